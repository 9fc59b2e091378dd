/** A proposal for records, made with the vocabulary that is shipped. */
import { stateTable } from '../../../../src/cli/payment-reading.ts';
import { recoverabilityTable } from '../../../../src/cli/settings.ts';
import type { Fields } from '../../../../src/formats/fields.ts';
import type { MappingProposal } from '../../../../src/formats/payments/mapping-proposal/proposal.ts';
import { proposeMapping } from '../../../../src/formats/payments/mapping-proposal/propose.ts';
import { profileOf } from '../../../../src/formats/payments/mapping-proposal/sample-profile.ts';
import type { Vocabulary } from '../../../../src/formats/payments/mapping-proposal/state-words.ts';
import { CONTEXT } from '../../format-context.ts';

export const VOCABULARY: Vocabulary = {
  table: stateTable(),
  rails: new Map([...recoverabilityTable().rails].map(([rail, states]) => [rail, new Set(states.keys())])),
};

const isShowable = (text: string): boolean => CONTEXT.redactor.text(text) === text;

export function proposed(records: readonly Fields[]): MappingProposal {
  return proposeMapping(profileOf(records, isShowable), VOCABULARY, isShowable);
}

/** Where each part was found. */
export function partsOf({ parts }: MappingProposal): Record<string, string> {
  return Object.fromEntries(parts.map(({ part, pointer }) => [part, pointer]));
}

/** Our name for each of theirs; null where there is none. */
export function namesOf({ values }: MappingProposal['states']): Record<string, string | null> {
  return Object.fromEntries(values.map(({ value, ours }) => [value, ours]));
}
