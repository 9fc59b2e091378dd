/**
 * How many late spans lie in a stretch of time: part of the coverage that a closed event shows (DESIGN 4.4).
 *
 * Counted by the minute of event time, so an event's figure is that of the minutes that its window touches. Minutes older
 * than anything that can still close are dropped, so there are a few thousand at most.
 */
import { MICROS_PER_MINUTE, type Instant } from '../../model/instant.ts';

export class LateCounts {
  readonly #byMinute = new Map<number, number>();

  add(at: Instant, count = 1): void {
    const minute = minuteOf(at);
    this.#byMinute.set(minute, (this.#byMinute.get(minute) ?? 0) + count);
  }

  between(from: Instant, to: Instant): number {
    let sum = 0;
    for (let minute = minuteOf(from); minute <= minuteOf(to); minute += 1)
      sum += this.#byMinute.get(minute) ?? 0;
    return sum;
  }

  dropBefore(at: Instant): void {
    for (const minute of this.#byMinute.keys()) if (minute < minuteOf(at)) this.#byMinute.delete(minute);
  }

  restore(counts: readonly (readonly [minute: number, count: number])[]): void {
    for (const [minute, count] of counts) this.#byMinute.set(minute, count);
  }

  snapshot(): [minute: number, count: number][] {
    return [...this.#byMinute];
  }
}

function minuteOf(at: Instant): number {
  return Math.floor(at / MICROS_PER_MINUTE);
}
