/** Reads the records of a sample as a run would, and counts what comes of them: whether a mapping, or none, does what it should. */
import type { PaymentEvent } from '../../../model/payment.ts';
import { countReason } from '../../../model/accounting.ts';
import type { Place } from '../../../model/place.ts';
import type { Decoded } from '../../decoded.ts';
import type { PaymentContext } from '../payment-context.ts';
import { decodePayments } from '../payment-formats.ts';

export interface Reading {
  records: number;
  /** Records that became payments, or are known to be none. */
  taken: number;
  ignored: number;
  /** Records that were refused, by reason. */
  refused: Record<string, number>;
  payments: {
    events: number;
    ids: number;
    withId: number;
    withAmount: number;
    withTime: number;
    withKnownState: number;
    withKnownRail: number;
  };
}

/**
 * @param rails our states, by rail
 * @returns the counts, and for each record whether it was taken
 */
export function readingOf(
  values: readonly unknown[],
  context: PaymentContext,
  rails: ReadonlyMap<string, ReadonlySet<string>>,
): { reading: Reading; isTaken: boolean[] } {
  const refused: Record<string, number> = {};
  const events: PaymentEvent[] = [];
  const isTaken: boolean[] = [];
  let ignored = 0;
  for (const value of values) {
    const decoded = decodePayments(value, PLACE, context);
    const [refusal] = decoded.refused;
    if (refusal !== undefined) countReason(refused, refusal.reason);
    if (isIgnored(decoded)) ignored += 1;
    isTaken.push(refusal === undefined);
    events.push(...decoded.items);
  }
  const taken = isTaken.filter((is) => is).length;
  return {
    reading: { records: values.length, taken, ignored, refused, payments: counted(events, rails) },
    isTaken,
  };
}

const PLACE: Place = { input: 'sample', line: 1, column: 1 };

function isIgnored({ items, refused }: Decoded<PaymentEvent>): boolean {
  return items.length === 0 && refused.length === 0;
}

function counted(
  events: readonly PaymentEvent[],
  rails: ReadonlyMap<string, ReadonlySet<string>>,
): Reading['payments'] {
  const count = (holds: (event: PaymentEvent) => boolean): number => events.filter(holds).length;
  return {
    events: events.length,
    ids: new Set(events.flatMap(({ ownId }) => ownId ?? [])).size,
    withId: count(({ ownId, aliases }) => ownId !== null || aliases.length > 0),
    withAmount: count(({ amountMinor }) => amountMinor !== null),
    // A record without a time is refused, so that all of them have one.
    withTime: events.length,
    withKnownState: count(({ rail, state }) => rails.get(rail)?.has(state) ?? isStateOfAny(state, rails)),
    withKnownRail: count(({ rail }) => rails.has(rail)),
  };
}

/** Of a rail without a table a state is as good as known when another rail has it. */
function isStateOfAny(state: string, rails: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  return [...rails.values()].some((states) => states.has(state));
}
