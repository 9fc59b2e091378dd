/** What `init` says of a sample: how it is read, what is missing, and what to do next. */
import type { Reading } from '../../formats/payments/mapping-proposal/check-reading.ts';
import type { MappingProposal, Missing } from '../../formats/payments/mapping-proposal/proposal.ts';
import { printable } from '../text-width.ts';
import { reasonsText } from '../report.ts';
import { counted, facts } from './parts.ts';

/** The sample as the configuration that is proposed reads it. */
export function readingLines({ records, taken, ignored, refused, payments }: Reading): string[] {
  const of = (count: number, rest = ''): string => `${count.toLocaleString('en')}${rest}`;
  const final = (known: number): string =>
    known < payments.events ? `; of the other ${of(payments.events - known)} the money counts as final` : '';
  const refusals = records - taken;
  return facts([
    ['records', of(records)],
    ['read as payments', of(payments.events, ignored === 0 ? '' : ` (${of(ignored)} ignored)`)],
    ['refused', refusals === 0 ? '0' : of(refusals, `: ${reasonsText(refused)}`)],
    ['with an id', of(payments.withId, payments.ids === 0 ? '' : `, ${of(payments.ids)} different`)],
    ['with a time', of(payments.withTime)],
    ['with an amount', of(payments.withAmount)],
    ['with a known rail', of(payments.withKnownRail, final(payments.withKnownRail))],
    ['with a known state', of(payments.withKnownState, final(payments.withKnownState))],
  ]);
}

const TO_DO: Readonly<Record<Missing['what'], string>> = {
  id: 'set payments.mapping.id to the field that differs from payment to payment, or uetr or psp_reference',
  time: 'set payments.mapping.time to the field that holds when the payment came into its state, with its zone or as Unix time',
  state: 'set payments.mapping.state to the field that holds what became of the payment',
  rail: 'set payments.mapping.rail_name to the rail of these payments, or rail to the field that holds it; until then their money counts as final',
  amount:
    'set payments.mapping.amount, and currency or currency_name; until then payments are linked without their money',
  currency:
    'set payments.mapping.amount together with currency_name, such as EUR; until then payments are linked without their money',
};

/** What the sample does not tell, and what to do about it. */
export function missingLinesOf({ missing, unread, states, rails }: MappingProposal): string[] {
  const unknown = (values: MappingProposal['states']['values']): number =>
    values.filter(({ ours }) => ours === null).length;
  return [
    ...missing.map(({ what }) => `not found: ${what}; ${TO_DO[what]}`),
    ...unread.map(({ pointer, why }) => `cannot be read: ${printable(pointer)}, ${why}`),
    ...namesLine(unknown(states.values), 'state'),
    ...namesLine(unknown(rails.values), 'rail'),
  ];
}

function namesLine(unknown: number, noun: 'state' | 'rail'): string[] {
  if (unknown === 0) return [];
  return [
    `not known here: ${counted(unknown, noun)}; fill in payments.mapping.${noun}s, where they are listed`,
  ];
}
