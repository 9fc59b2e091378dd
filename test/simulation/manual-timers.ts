/** Time that moves when it is told to: a clock and its timers. */
import type { Clock } from '../../src/ports/clock.ts';
import type { Timers } from '../../src/ports/timers.ts';

export class ManualTime implements Clock, Timers {
  #ms = 0;
  #waiting: { at: number; action: () => void }[] = [];

  now(): number {
    return this.#ms * 1_000;
  }

  elapsedMs(): number {
    return this.#ms;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#ms + ms, action };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((each) => each !== timer);
    };
  }

  /** Moves on, firing what is due, in order. */
  advance(ms: number): void {
    this.#ms += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.#ms).toSorted((a, b) => a.at - b.at);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#ms);
    for (const { action } of due) action();
  }
}
