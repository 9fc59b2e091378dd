/** Payments as documents need them: all state events of each, what can be done of it, what was seen of its traces. */
import { recoveryOf } from '../../impact/recovery.ts';
import type { RecoverabilityTable } from '../../impact/recoverability.ts';
import { buildPayments } from '../../join/payments.ts';
import type { Instant } from '../../model/instant.ts';
import type { Payment, PaymentEvent } from '../../model/payment.ts';
import type { FactStore, PaymentNames } from '../../ports/fact-store.ts';
import type { KnownPayment } from '../joined-view.ts';

/** The most payments of an incident's windows that its upper bound counts; beyond them it is counted and flagged. */
const MAX_IN_WINDOWS = 200_000;
const PAGE = 10_000;
/** In memory, some 2 KB each: those of incidents that go on. */
const MAX_KEPT = 50_000;
const UNSEEN = { traces: 0, spans: 0, spansWithIdentity: 0 };

export class PaymentBook {
  /** The payments of active incidents are shown again and again; what changes of one comes through here. */
  readonly #kept = new Map<string, KnownPayment>();
  readonly #facts: FactStore;
  readonly #recoverability: RecoverabilityTable;

  constructor(facts: FactStore, recoverability: RecoverabilityTable) {
    this.#facts = facts;
    this.#recoverability = recoverability;
  }

  async named(names: PaymentNames): Promise<KnownPayment[]> {
    return this.#known(await this.#facts.paymentGroups(names));
  }

  /** By their own ids, from memory where they are. */
  async withIds(ids: Iterable<string>): Promise<KnownPayment[]> {
    const found: KnownPayment[] = [];
    const missing: string[] = [];
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept === undefined) missing.push(id);
      else found.push(kept);
    }
    if (missing.length > 0) found.push(...(await this.named({ strong: missing })));
    for (const known of found) this.#keep(known);
    return found;
  }

  /** Forgets what is in memory: all of it may say more now. */
  forget(): void {
    this.#kept.clear();
  }

  /** Asked for last, forgotten last. */
  #keep(known: KnownPayment): void {
    this.#kept.delete(known.payment.id);
    this.#kept.set(known.payment.id, known);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /**
   * What payments were before some of their state events came, in the same order: none, itself, several that are one now, or one that is several now,
   * since a reference names two.
   * @param payments with all that they share a name with
   */
  before(payments: readonly Payment[], fresh: ReadonlySet<string>): Payment[][] {
    const former = this.#build(payments.flatMap(({ events }) => events.filter(({ id }) => !fresh.has(id))));
    const holder = new Map(former.flatMap((each) => each.events.map(({ id }) => [id, each] as const)));
    return payments.map(({ events }) => [...new Set(events.flatMap(({ id }) => holder.get(id) ?? []))]);
  }

  /** What was seen of payments that became this one was seen of it: it is not counted again. */
  async inherit(known: KnownPayment, before: readonly Payment[]): Promise<KnownPayment> {
    const { id } = known.payment;
    if (before.every((former) => former.id === id)) return known;
    const seen = await this.#facts.visibilityOf(before.map((former) => former.id));
    if (seen.length === 0) return known;
    const visibility = seen.reduce(
      (sum, { traces, spans, spansWithIdentity }) => ({
        traces: sum.traces + traces,
        spans: sum.spans + spans,
        spansWithIdentity: sum.spansWithIdentity + spansWithIdentity,
      }),
      UNSEEN,
    );
    await this.#facts.saveVisibility([{ paymentId: id, ...visibility }]);
    const heir = { ...known, visibility };
    this.#renew(heir);
    return heir;
  }

  /** Most payments concern no incident, and need no memory. */
  #renew(known: KnownPayment): void {
    const { id, supersededIds, aliases } = known.payment;
    if (this.#kept.has(id)) this.#kept.set(id, known);
    // Whatever it may have been known by before.
    for (const other of [...supersededIds, ...aliases.map(({ value }) => value)])
      if (other !== id) this.#kept.delete(other);
  }

  /** Those with a state event in the interval, and so all whose time lies in it. */
  async between(from: Instant, to: Instant): Promise<KnownPayment[]> {
    return this.#known(await this.#facts.paymentsBetween(from, to, MAX_IN_WINDOWS));
  }

  /** Every payment, some thousand at a time; one may come twice. */
  async *all(): AsyncIterable<KnownPayment[]> {
    let limit = PAGE;
    for (let from = Number.MIN_SAFE_INTEGER; ;) {
      const events = await this.#facts.paymentsBetween(from, Number.MAX_SAFE_INTEGER, limit);
      if (events.length > 0) yield this.#known(events);
      const times = events.map(({ time }) => time).filter((time) => time >= from);
      if (times.length < limit) return;
      const next = times.toSorted((a, b) => a - b)[limit - 1] ?? from;
      // A page of one instant only: the next must be longer, or it would never end.
      limit = next === from ? limit * 2 : PAGE;
      from = next;
    }
  }

  async #known(events: readonly PaymentEvent[]): Promise<KnownPayment[]> {
    const payments = this.#build(events);
    const seen = await this.#facts.visibilityOf(payments.map(({ id }) => id));
    const visibility = new Map(seen.map(({ paymentId, ...counts }) => [paymentId, counts]));
    const known = payments.map((payment) => ({
      payment,
      recovery: recoveryOf(payment, this.#recoverability),
      visibility: visibility.get(payment.id) ?? UNSEEN,
    }));
    for (const each of known) this.#renew(each);
    return known;
  }

  #build(events: readonly PaymentEvent[]): Payment[] {
    return buildPayments(events, (rail, state) => this.#recoverability.rank(rail, state));
  }
}
