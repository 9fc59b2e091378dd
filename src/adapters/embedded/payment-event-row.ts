/**
 * A payment event as a row: its names, and everything else as one JSON array without field names, which is about half
 * of the text. Amounts are decimal text, because JSON numbers are not exact; attributes come back without a
 * prototype, so that a key `__proto__` is a key like any other.
 */
import {
  REFERENCE_ALIAS_TYPES,
  STRONG_ALIAS_TYPES,
  type PaymentAlias,
  type PaymentEvent,
} from '../../model/payment.ts';
import type { Row } from './many-lookup.ts';
import { unpackId } from './packed-ids.ts';

export const PAYMENT_EVENT = 'pe_';

/** Fields that are a text or nothing, in the order of the array; a new one goes to the end. */
const TEXTS = [
  'tenant',
  'ownId',
  'state',
  'rail',
  'currency',
  'customerId',
  'customerCountry',
  'merchantId',
  'service',
  'traceId',
  'podUid',
  'podName',
  'namespace',
  'cluster',
  'containerId',
] as const satisfies readonly (keyof PaymentEvent)[];

type Body = [
  aliases: PaymentAlias[],
  amount: string | null,
  attributes: Record<string, string>,
  ...texts: (string | null)[],
];

export function bodyOf(event: PaymentEvent): string {
  const { aliases, amountMinor, attributes } = event;
  const amount = amountMinor === null ? null : String(amountMinor);
  const body: Body = [aliases, amount, attributes, ...TEXTS.map((field) => event[field])];
  return JSON.stringify(body);
}

export function paymentEventOf(row: Row): PaymentEvent {
  const [aliases, amount, attributes, ...texts] = JSON.parse(String(row['body'])) as Body;
  const event: Partial<PaymentEvent> = {
    id: unpackId(PAYMENT_EVENT, row['id']),
    time: Number(row['time']),
    aliases,
    amountMinor: amount === null ? null : BigInt(amount),
    attributes: Object.assign(Object.create(null), attributes) as Record<string, string>,
  };
  // A loop: this is most of what a lookup of payments costs.
  for (let i = 0; i < TEXTS.length; i += 1) {
    const field = TEXTS[i];
    if (field !== undefined) (event as Record<string, string | null>)[field] = texts[i] ?? null;
  }
  return event as PaymentEvent;
}

/** Whether the record itself says where it happened, which joins without any tracing (`payment_pod`). */
export function isPlaced(event: PaymentEvent): boolean {
  return event.podUid !== null || event.podName !== null || event.containerId !== null;
}

/**
 * A name is a mark of its kind and the value: the own id, each strong reference by its type, all else alike. References of banks are marked as own ids,
 * since they may name one: a group is then all that decides what they name (join/payment-references.ts).
 */
const OWN = 'i';
const STRONG_MARKS: ReadonlyMap<string, string> = new Map([
  ...STRONG_ALIAS_TYPES.map((type, i) => [type, String(i)] as const),
  ...REFERENCE_ALIAS_TYPES.map((type) => [type, OWN] as const),
]);
const WEAK = 'w';
const ALL_STRONG = [...new Set([OWN, ...STRONG_MARKS.values()])];

/** Names by which events may be one payment (join/payment-groups.ts). */
export function strongNamesOf(event: PaymentEvent): string[] {
  const own = event.ownId === null ? [] : [OWN + event.ownId];
  const references = event.aliases.flatMap(({ type, value }) => {
    const mark = STRONG_MARKS.get(type);
    return mark === undefined ? [] : [mark + value];
  });
  return [...own, ...references];
}

/** All names by which the event is found. */
export function namesOf(event: PaymentEvent): string[] {
  const weak = event.aliases.filter(({ type }) => !STRONG_MARKS.has(type));
  return [...strongNamesOf(event), ...weak.map(({ value }) => WEAK + value)];
}

/** Names that a value may be, of any strong kind, or of any kind at all. */
export function strongNamesFor(value: string): string[] {
  return ALL_STRONG.map((mark) => mark + value);
}

export function namesFor(value: string): string[] {
  return [...strongNamesFor(value), WEAK + value];
}
