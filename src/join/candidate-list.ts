/**
 * The events that one span identity can match, ordered so that those in whose window a span lies are found without
 * looking at the others.
 *
 * What: sorted by the start of their windows; windows are all about as long, so a span needs only those that start
 * between (its start - the longest window) and its end. Why no interval tree: one unfinished session of hours makes
 * the look-back longer, and nothing else; a sorted array is built once and read millions of times.
 *
 * Cost: a binary search per span, and the windows near it. Worked example: windows of 17 minutes, 10,000 events over a
 * day: a span looks at some 120 of them.
 */
import { meets, type Interval } from './confidence.ts';
import type { Candidate } from './hot-events.ts';

export class CandidateList {
  readonly #candidates: readonly Candidate[];
  readonly #longest: number;

  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates.toSorted((a, b) => a.hot.window.start - b.hot.window.start);
    this.#longest = candidates.reduce(
      (longest, { hot }) => Math.max(longest, hot.window.end - hot.window.start),
      0,
    );
  }

  /** Those whose window the interval meets. */
  inWindow(interval: Interval): Candidate[] {
    const found: Candidate[] = [];
    for (let at = this.#firstFrom(interval.start - this.#longest); at < this.#candidates.length; at += 1) {
      const candidate = this.#candidates[at];
      if (candidate === undefined || candidate.hot.window.start > interval.end) break;
      if (meets(candidate.hot.window, interval)) found.push(candidate);
    }
    return found;
  }

  #firstFrom(start: number): number {
    let low = 0;
    let high = this.#candidates.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#candidates[middle]?.hot.window.start ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
