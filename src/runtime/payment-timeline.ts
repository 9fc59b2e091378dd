/** Payments by their time: those of an interval are found by a binary search. */
import type { Instant } from '../model/instant.ts';
import type { KnownPayment } from './joined-view.ts';

export class PaymentTimeline {
  readonly #payments: readonly KnownPayment[];

  constructor(payments: readonly KnownPayment[]) {
    this.#payments = payments.toSorted((a, b) => a.payment.time - b.payment.time);
  }

  /** Bounds included. */
  *between(from: Instant, to: Instant): Iterable<KnownPayment> {
    for (let at = this.#firstFrom(from); at < this.#payments.length; at += 1) {
      const known = this.#payments[at];
      if (known === undefined || known.payment.time > to) return;
      yield known;
    }
  }

  #firstFrom(from: Instant): number {
    let low = 0;
    let high = this.#payments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#payments[middle]?.payment.time ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
