/**
 * What is measured of the numbers in a window: their sum, their average, or a percentile of them, each exactly.
 *
 * A percentile p of n numbers in order is the one at place p/100 * (n - 1), counted from 0; between two places it is as far
 * between their numbers. So the 50th of 1, 2, 10, 20 is 6, their median. Nothing is divided: instead of a/b < c it is a < c*b.
 *
 * A window moves, so numbers come and go: a sum is changed by each, and for a percentile the numbers of a place are found in a
 * Fenwick tree, which counts them by their rank among all numbers that the group has.
 *
 * Cost: constant per number for sums; log(d) for percentiles, d the different numbers of the group.
 * Sources: P. M. Fenwick, A New Data Structure for Cumulative Frequency Tables, 1994; SQL:2003, percentile_cont.
 */
import { compareDecimals, decimalOf, plus, times, ZERO, type Decimal } from './decimal.ts';

export interface Measure {
  add(value: number): void;
  take(value: number): void;
  /** Below zero where what is measured is less than the bound, above where it is more; there has to be a number. */
  compare(bound: number): number;
}

/** The sum of the numbers, or that divided by how many there are. */
export class SumMeasure implements Measure {
  readonly #average: boolean;
  #sum = ZERO;
  #count = 0n;

  constructor({ average }: { average: boolean }) {
    this.#average = average;
  }

  add(value: number): void {
    this.#sum = plus(this.#sum, decimalOf(value));
    this.#count += 1n;
  }

  take(value: number): void {
    this.#sum = plus(this.#sum, times(decimalOf(value), -1n));
    this.#count -= 1n;
  }

  compare(bound: number): number {
    return compareDecimals(this.#sum, times(decimalOf(bound), this.#average ? this.#count : 1n));
  }
}

export class PercentileMeasure implements Measure {
  readonly #percentile: Decimal;
  /** Every number that may be added, each once, in order. */
  readonly #numbers: readonly number[];
  readonly #ranks: ReadonlyMap<number, number>;
  /** The Fenwick tree, from 1: at i the count of the `i & -i` ranks that end with the one before it. */
  readonly #tree: Uint32Array;
  #count = 0;

  /** @param numbers every number that may be added */
  constructor(percentile: number, numbers: Iterable<number>) {
    this.#percentile = decimalOf(percentile);
    this.#numbers = [...new Set(numbers)].toSorted((a, b) => a - b);
    this.#ranks = new Map(this.#numbers.map((value, rank) => [value, rank]));
    this.#tree = new Uint32Array(this.#numbers.length + 1);
  }

  add(value: number): void {
    this.#change(value, 1);
  }

  take(value: number): void {
    this.#change(value, -1);
  }

  compare(bound: number): number {
    const whole = 100n * 10n ** BigInt(this.#percentile.scale);
    const place = this.#percentile.units * BigInt(this.#count - 1);
    const below = Number(place / whole);
    const part = place % whole;
    const low = times(decimalOf(this.#numberAt(below)), whole - part);
    const between = part === 0n ? low : plus(low, times(decimalOf(this.#numberAt(below + 1)), part));
    return compareDecimals(between, times(decimalOf(bound), whole));
  }

  #change(value: number, by: 1 | -1): void {
    this.#count += by;
    for (let at = (this.#ranks.get(value) ?? 0) + 1; at < this.#tree.length; at += at & -at)
      this.#tree[at] = (this.#tree[at] ?? 0) + by;
  }

  /** The number with so many before it, repeats counted. */
  #numberAt(before: number): number {
    let rank = 0;
    let left = before;
    for (let step = 2 ** Math.floor(Math.log2(this.#tree.length)); step >= 1; step /= 2) {
      const counted = this.#tree[rank + step];
      if (counted === undefined || counted > left) continue;
      rank += step;
      left -= counted;
    }
    return this.#numbers[rank] ?? 0;
  }
}
