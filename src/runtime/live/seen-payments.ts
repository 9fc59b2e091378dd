/**
 * What was seen of payments, counted a while after they passed (DESIGN 4.6): the delayed lane.
 *
 * A minute of payments is counted once every span that can lie near them has come: when the span watermark is past them by
 * as far as a trace reaches. An event that closes needs the payments of its window counted, so they are counted first.
 * What is bound later (a settlement file that names a trace) is found by the join, but is not counted again.
 */
import { PaymentTable, buildPayments, type StateRank } from '../../join/payments.ts';
import { MICROS_PER_MINUTE, type Instant, type Micros } from '../../model/instant.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import type { KnownPayment } from '../joined-view.ts';
import type { PaymentBook } from './payment-book.ts';
import type { VisibilityCounter } from './visibility.ts';

const EVERY: Micros = MICROS_PER_MINUTE;

export class SeenPayments {
  /** Payments before this are counted. */
  until: Instant = -Infinity;
  readonly #payments: PaymentBook;
  readonly #facts: FactStore;
  readonly #counter: VisibilityCounter;
  readonly #reach: Micros;
  readonly #options: { rank: StateRank; aliasHorizon: Micros };

  /** @param reach how far a span of a payment's trace can lie from it */
  constructor(
    payments: PaymentBook,
    facts: FactStore,
    counter: VisibilityCounter,
    reach: Micros,
    options: { rank: StateRank; aliasHorizon: Micros },
  ) {
    this.#payments = payments;
    this.#facts = facts;
    this.#counter = counter;
    this.#reach = reach;
    this.#options = options;
  }

  /**
   * Counts up to where the span watermark allows, once a minute of event time or when asked.
   * @returns the payments whose counts are new
   */
  async advance(spanWatermark: Instant, must: boolean): Promise<KnownPayment[]> {
    const to = spanWatermark - this.#reach;
    if (!Number.isFinite(to) || to <= this.until || (!must && to < this.until + EVERY)) return [];
    const from = this.until;
    this.until = to;
    const payments = await this.#payments.between(Math.max(from, Number.MIN_SAFE_INTEGER), to);
    const passed = new Map(
      payments
        .map(({ payment }) => [payment.id, payment.time] as const)
        .filter(([, time]) => time > from && time <= to),
    );
    if (passed.size === 0) return [];
    const earliest = [...passed.values()].reduce((least, time) => Math.min(least, time), to);
    const range = { start: earliest - this.#reach, end: to + this.#reach };
    const table = new PaymentTable(
      payments.map(({ payment }) => payment),
      this.#options.aliasHorizon,
    );
    const counts = await this.#counter.count(table, range);
    await this.#facts.saveVisibility(counts.filter(({ paymentId }) => passed.has(paymentId)));
    return await this.#payments.named({ strong: [...passed.keys()] });
  }

  /** Every payment over the whole log: the end of a bounded run. A live one may follow, and need not count them again. */
  async countAll(spanWatermark: Instant): Promise<void> {
    const to = spanWatermark - this.#reach;
    if (Number.isFinite(to)) this.until = Math.max(this.until, to);
    const events = new Map<string, PaymentEvent>();
    for await (const page of this.#payments.all())
      for (const { payment } of page) for (const event of payment.events) events.set(event.id, event);
    const payments = buildPayments([...events.values()], this.#options.rank);
    const table = new PaymentTable(payments, this.#options.aliasHorizon);
    const everything = { start: -Infinity, end: Infinity };
    await this.#facts.saveVisibility(await this.#counter.count(table, everything));
  }
}
