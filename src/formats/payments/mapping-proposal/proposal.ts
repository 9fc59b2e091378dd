/** A mapping that is proposed for the records of a sample, with what speaks for each line of it. */
import { AMOUNT_FORMS, type MappedPart, type PaymentMapping } from '../../../model/payment-mapping.ts';
import { STRONG_ALIAS_TYPES } from '../../../model/payment.ts';

/** A field, with what was seen of it. */
export interface Evidence {
  pointer: string;
  /** Records that have it, of all that were looked at. */
  present: number;
  distinct: number;
  /** What its values look like; empty: nothing in particular. */
  looks: string;
  /** Whether the name speaks for it, or the values alone. */
  byName: boolean;
}

export interface ProposedPart extends Evidence {
  part: MappedPart;
  /** What it might be instead, best first. */
  others: Evidence[];
}

export interface ProposedAttribute extends Evidence {
  /** As data/recoverability.yaml calls it. */
  name: string;
}

/** A name of the sample, and ours. */
export interface NamedValue {
  value: string;
  records: number;
  /** Null: it is not known here. */
  ours: string | null;
}

export interface ProposedNames {
  values: NamedValue[];
  /** Values that may not be shown. */
  hidden: number;
}

/** What the sample does not tell. */
export interface Missing {
  what: 'id' | 'time' | 'state' | 'rail' | 'amount' | 'currency';
  /** Without it no record is a payment. */
  blocks: boolean;
  /** Fields that were close. */
  candidates: Evidence[];
}

export interface MappingProposal {
  /** How many records were looked at. */
  records: number;
  parts: ProposedPart[];
  /** What deadlines are computed from. */
  attributes: ProposedAttribute[];
  states: ProposedNames;
  rails: ProposedNames;
  /** For records that state none; null: the sample states it, or nothing does. */
  currencyName: string | null;
  railName: string | null;
  timeForm: PaymentMapping['timeForm'];
  amountForm: PaymentMapping['amountForm'];
  /** Whole numbers, of which nothing says what they count. */
  amountFormUnsure: boolean;
  /** Times in which days and months may be either. */
  timeFormUnsure: boolean;
  /** Times name no zone. */
  localTime: boolean;
  /** The field of the amount where no currency is known: without one it would be no mapping. */
  amountAlone: Evidence | null;
  missing: Missing[];
  /** Fields that look like something that cannot be read, with what it is. */
  unread: { pointer: string; why: string }[];
}

/** The mapping as the configuration has it; null where it would be none. */
export function mappingOf(proposal: MappingProposal): PaymentMapping | null {
  if (proposal.missing.some(({ blocks }) => blocks)) return null;
  const { parts, states, rails, currencyName, railName, timeForm, amountForm } = proposal;
  return {
    parts: Object.fromEntries(parts.map(({ part, pointer }) => [part, pointer])),
    attributes: Object.fromEntries(proposal.attributes.map(({ name, pointer }) => [name, pointer])),
    states: namesOf(states),
    rails: namesOf(rails),
    rail: railName,
    currency: currencyName,
    timeForm,
    amountForm: parts.some(({ part }) => part === 'amount') ? amountForm : AMOUNT_FORMS[0],
  };
}

function namesOf({ values }: ProposedNames): Record<string, string> {
  const names = Object.create(null) as Record<string, string>;
  for (const { value, ours } of values) if (ours !== null) names[value] = ours;
  return names;
}

/** The parts of which one tells which payment it is. */
export const ID_PARTS: readonly string[] = ['id', ...STRONG_ALIAS_TYPES];
