/**
 * Payments from their state events (SPEC J18), and what an id on a span means (SPEC J15).
 *
 * What: which events are one payment payment-groups.ts says; its state is that of the latest event. Weak aliases (end-to-end id, order id) find a payment but never merge two:
 * `NOTPROVIDED`-like values are shared by strangers. Why the 7 days: shops reuse order numbers, and a value that names
 * two payments near the span could be either, so it binds neither.
 *
 * Cost: one object per payment, one map entry per name; an alias that many have is looked through by halves. Worked example: records {id: a, uetr: U} and {id: b, uetr: U}
 * are payment `a`; `b` is superseded and still finds it.
 * Source: DESIGN 4.2.
 */
import type { Instant, Micros } from '../model/instant.ts';
import {
  STRONG_ALIAS_TYPES,
  RECALL_ASKED,
  referenceIn,
  TELLS_NO_CHANGE,
  UNTOLD_RAIL,
  type Payment,
  type PaymentAlias,
  type PaymentEvent,
} from '../model/payment.ts';
import { firstIndex } from './first-index.ts';
import { groupsOf } from './payment-groups.ts';
import type { PaymentGroup } from './payment-references.ts';
import { attributesOf, hasCapturedPart } from './payment-parts.ts';

/** Rank of a state on its rail, later states higher; breaks ties of equal status time. */
export type StateRank = (rail: string, state: string) => number;

export type PaymentOutcome = { payment: number } | { payment: null; why: 'unknown_id' | 'ambiguous_alias' };

/** Payments of one run, by ordinal. */
export class PaymentTable {
  readonly payments: readonly Payment[];
  /** Own ids, superseded ids and strong references -> ordinal. */
  readonly #strong = new Map<string, number>();
  /** `type \0 value` -> ordinals, and `\0 value` -> ordinals over all types; by the times of their payments. */
  readonly #aliases = new Map<string, number[]>();
  readonly #aliasHorizon: Micros;

  constructor(payments: readonly Payment[], aliasHorizon: Micros) {
    this.payments = payments;
    this.#aliasHorizon = aliasHorizon;
    for (const [ordinal, payment] of payments.entries()) this.#index(payment, ordinal);
    for (const ordinals of this.#aliases.values()) ordinals.sort((a, b) => this.#timeOf(a) - this.#timeOf(b));
  }

  #index(payment: Payment, ordinal: number): void {
    // What is ambiguous is so by its id too: the alias of the same value finds it, and those that it may be of.
    for (const id of payment.ambiguous ? payment.supersededIds : [payment.id, ...payment.supersededIds])
      this.#strong.set(id, ordinal);
    for (const { type, value } of payment.aliases) {
      if (STRONG_ALIAS_TYPES.includes(type)) {
        if (!this.#strong.has(value)) this.#strong.set(value, ordinal);
      } else {
        for (const key of [`${type}\0${value}`, `\0${value}`]) {
          const ordinals = this.#aliases.get(key);
          if (ordinals === undefined) this.#aliases.set(key, [ordinal]);
          // They come in order: where it is known already, it is the last.
          else if (ordinals.at(-1) !== ordinal) ordinals.push(ordinal);
        }
      }
    }
  }

  /**
   * The payment that an id on a span names.
   * @param type the alias type that the attribute stands for; null: any
   * @param at start of the span that carries the id
   */
  resolve(value: string, type: string | null, at: Instant): PaymentOutcome {
    const strong = this.#strong.get(value);
    if (strong !== undefined) return { payment: strong };
    const candidates = this.#aliases.get(`${type ?? ''}\0${value}`) ?? [];
    const near = this.#twoNear(candidates, at);
    const meant = near.length > 0 ? near : candidates;
    const [only] = meant;
    if (meant.length === 1 && only !== undefined) return { payment: only };
    return { payment: null, why: candidates.length === 0 ? 'unknown_id' : 'ambiguous_alias' };
  }

  /** At most two of those within the horizon: a shop may have one number for a hundred thousand payments. */
  #twoNear(ordinals: readonly number[], at: Instant): number[] {
    const isLate = (ordinal: number): boolean => this.#timeOf(ordinal) >= at - this.#aliasHorizon;
    const first = firstIndex(ordinals, isLate);
    return ordinals
      .slice(first, first + 2)
      .filter((ordinal) => this.#timeOf(ordinal) - at <= this.#aliasHorizon);
  }

  #timeOf(ordinal: number): Instant {
    return this.payments[ordinal]?.time ?? 0;
  }
}

/** Merges state events into payments, by id; repeats of one event count once. */
export function buildPayments(events: readonly PaymentEvent[], rank: StateRank): Payment[] {
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  return groupsOf(distinct)
    .map((group) => paymentOf(group, rank))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function paymentOf({ events: group, ambiguous }: PaymentGroup, rank: StateRank): Payment {
  const events = group.toSorted(
    (a, b) => a.time - b.time || rank(a.rail, a.state) - rank(b.rail, b.state) || (a.id < b.id ? -1 : 1),
  );
  const ownIds = sorted(events.flatMap((event) => (event.ownId === null ? [] : [event.ownId])));
  const aliases = aliasesOf(events);
  const first = events[0];
  if (first === undefined) throw new Error('a payment has at least one event');
  const last = <T>(of: (event: PaymentEvent) => T | null): T | null =>
    events.reduce<T | null>((known, event) => of(event) ?? known, null);
  const amount = last((event) => (event.amountMinor === null ? null : event));
  return {
    id: ownIds[0] ?? referenceIn(aliases) ?? first.id,
    tenant: first.tenant,
    aliases,
    supersededIds: ownIds.slice(1),
    time: first.time,
    rail: last(({ rail }) => (rail === UNTOLD_RAIL ? null : rail)) ?? UNTOLD_RAIL,
    ...stateOf(events, first),
    amountMinor: amount?.amountMinor ?? 0n,
    currency: amount?.currency ?? 'XXX',
    customerId: last((event) => event.customerId),
    customerCountry: last((event) => event.customerCountry),
    merchantId: last((event) => event.merchantId),
    service: last((event) => event.service),
    traceIds: sorted(events.flatMap((event) => (event.traceId === null ? [] : [event.traceId]))),
    attributes: attributesOf(events, amount?.currency ?? 'XXX'),
    events,
    ambiguous,
  };
}

/** Who is asked for his money back was sent it, where nobody tells more. */
const SENT = 'sent';

/** States of what was authorised and not captured: they say nothing of the part that was. */
const UNCAPTURED: ReadonlySet<string> = new Set(['authorized', 'voided', 'cancelled', 'expired']);

/** The events that tell the state; those that only repeat what was known do so where there are no others. */
function toldBy(events: readonly PaymentEvent[]): readonly PaymentEvent[] {
  const all = events.filter(({ state }) => state !== RECALL_ASKED);
  const telling = all.filter(({ attributes }) => attributes[TELLS_NO_CHANGE] === undefined);
  const captured = hasCapturedPart(telling) ? telling.filter(({ state }) => !UNCAPTURED.has(state)) : telling;
  return [captured, telling, all].find((some) => some.length > 0) ?? [];
}

function stateOf(events: readonly PaymentEvent[], first: PaymentEvent): Pick<Payment, 'state' | 'stateAt'> {
  const told = toldBy(events);
  const state = told.at(-1)?.state;
  if (state === undefined) return { state: SENT, stateAt: first.time };
  return { state, stateAt: enteredAt(told, state) };
}

/** Since when the payment has its state: records that say it again, such as a refund in part, begin no deadline anew. */
function enteredAt(events: readonly PaymentEvent[], state: string): Instant {
  const before = events.findLastIndex((event) => event.state !== state);
  return events[before + 1]?.time ?? 0;
}

function aliasesOf(events: readonly PaymentEvent[]): PaymentAlias[] {
  const distinct = new Map<string, PaymentAlias>();
  for (const alias of events.flatMap((event) => event.aliases))
    distinct.set(`${alias.type}\0${alias.value}`, alias);
  return [...distinct.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, alias]) => alias);
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
