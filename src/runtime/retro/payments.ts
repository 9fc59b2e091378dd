/**
 * Second hop of the retro lane: from traces to payments. Ids that spans of those traces carry come from the log, and from
 * the facts, which keep those of every trace that ever met an event, however far from it. Only payments that such an id,
 * a trace or the event's own pod can mean are read.
 *
 * Why both: an id far from the matching span binds nothing, but a trace with a thousand of them is a payout batch (SPEC
 * J14), and only all of them say so.
 *
 * Cost: a seek per trace and per distinct id, in a few statements for thousands of them.
 */
import type { Interval } from '../../join/confidence.ts';
import type { Bindings } from '../../join/bindings.ts';
import { PaymentTable, buildPayments, type StateRank } from '../../join/payments.ts';
import { countReason } from '../../model/accounting.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { CarriedFact, FactStore, PaymentNames } from '../../ports/fact-store.ts';

/** Asked for at a time. */
const PAGE = 5_000;
/** The most ids of spans, and the most states of payments, that are held at once. */
const MAX_CARRIED = 5_000_000;
const MAX_PAYMENT_EVENTS = 2_000_000;

/** What spans carry, each once, however often it was delivered. */
export class CarriedIds {
  readonly #facts = new Map<string, CarriedFact>();

  add(fact: CarriedFact): void {
    this.#facts.set(JSON.stringify([fact.traceId, fact.at, fact.attribute, fact.value]), fact);
    if (this.#facts.size > MAX_CARRIED) throw tooMany('transaction ids on spans', MAX_CARRIED);
  }

  async addStored(facts: FactStore, traceIds: readonly string[]): Promise<void> {
    for (const page of pagesOf(traceIds)) for (const fact of await facts.carriedOf(page)) this.add(fact);
  }

  all(): CarriedFact[] {
    return [...this.#facts.values()];
  }
}

export interface PaymentsAsked {
  traceIds: readonly string[];
  carried: readonly CarriedFact[];
  /** The event's window: payments that name a pod at a time in it may have been handled there. */
  window: Interval;
}

/** Every payment that may be linked, whole. */
export async function paymentsFor(
  facts: FactStore,
  { traceIds, carried, window }: PaymentsAsked,
  rank: StateRank,
  settings: JoinSettings,
): Promise<PaymentTable> {
  const events = new Map<string, PaymentEvent>();
  const read = async (name: keyof PaymentNames, values: readonly string[]): Promise<void> => {
    for (const page of pagesOf(values)) {
      for (const event of await facts.paymentGroups({ [name]: page })) events.set(event.id, event);
      if (events.size > MAX_PAYMENT_EVENTS) throw tooMany('states of payments', MAX_PAYMENT_EVENTS);
    }
  };
  await read('values', [...new Set(carried.map(({ value }) => value))]);
  await read('traceIds', traceIds);
  const placed = await facts.placedPaymentsBetween(window.start, window.end);
  await read(
    'eventIds',
    placed.map(({ id }) => id),
  );
  return new PaymentTable(buildPayments([...events.values()], rank), settings.aliasHorizon);
}

/** Ties traces to payments. Returns ids that named none, or two, by reason. */
export function bindTraces(
  bindings: Bindings,
  table: PaymentTable,
  carried: readonly CarriedFact[],
  attribute: (name: string) => { type: string | null; order: boolean } | undefined,
  orderFactor: number,
): Record<string, number> {
  const unresolved: Record<string, number> = {};
  for (const [ordinal, payment] of table.payments.entries())
    for (const traceId of payment.traceIds) bindings.name(traceId, ordinal);
  for (const { traceId, at, attribute: name, value } of carried) {
    const { type, order } = attribute(name) ?? { type: null, order: false };
    const outcome = table.resolve(value, type, at);
    if (outcome.payment === null) countReason(unresolved, outcome.why);
    else bindings.carry(traceId, outcome.payment, at, order ? orderFactor : 1);
  }
  return unresolved;
}

function* pagesOf<T>(items: readonly T[]): Iterable<T[]> {
  for (let at = 0; at < items.length; at += PAGE) yield items.slice(at, at + PAGE);
}

function tooMany(what: string, most: number): CounterfoilError {
  return new CounterfoilError(
    'CF_OVER_LIMIT',
    `The time asked about holds more than ${most} ${what}. Ask about a shorter time (--from, --to).`,
  );
}
