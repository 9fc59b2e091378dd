/**
 * Compares the lanes again and again, each time for events that closed since the time before. One comparison at a time: the next is due an
 * interval after the last has ended, however long that took. A comparison that fails is said, and its events are not compared.
 */
import type { Timers } from '../../ports/timers.ts';
import type { ClosedSample } from './closed-events.ts';
import type { Reconciled } from './reconcile.ts';

export interface ReconcileRun {
  outcome: Promise<Reconciled>;
  stop(): void;
}

export interface ReconcileScheduleParts {
  takeClosed: () => Promise<ClosedSample>;
  start: (eventIds: readonly string[]) => ReconcileRun;
  timers: Timers;
  everyMs: number;
  onDone: (reconciled: Reconciled, closed: ClosedSample) => void;
  onFailure: (error: unknown) => void;
}

export class ReconcileSchedule {
  readonly #parts: ReconcileScheduleParts;
  #cancel: () => void = () => undefined;
  #run: ReconcileRun | null = null;
  #stopped = false;

  constructor(parts: ReconcileScheduleParts) {
    this.#parts = parts;
  }

  /** The first comparison is an interval away. */
  start(): void {
    this.#cancel = this.#parts.timers.after(this.#parts.everyMs, () => void this.#compare());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#run?.stop();
  }

  async #compare(): Promise<void> {
    try {
      const closed = await this.#parts.takeClosed();
      if (closed.total > 0 && !this.#stopped) {
        this.#run = this.#parts.start(closed.ids);
        this.#parts.onDone(await this.#run.outcome, closed);
      }
    } catch (error) {
      if (!this.#stopped) this.#parts.onFailure(error);
    }
    this.#run = null;
    if (!this.#stopped) this.start();
  }
}
