/**
 * Moves the engine: reads the log from where it stands, applies, settles, checkpoints, drains.
 *
 * Settles when it has caught up with the log (then somebody waits for the answer), and at least every `settleMs` while it
 * has not; but after a settle it does not settle again for as long as that took. Otherwise, with an engine that has much to
 * evaluate, every small request would pay for a settle of its own, and the next sender would wait for it. Checkpoints come every
 * `checkpointMs`, also when no records do, because time passes.
 *
 * Steps of the engine never overlap: each waits for the one before (`#step`), so a timer is only one more step.
 *
 * Fails once, as a whole: whatever the engine throws stops reading and is thrown by `run`. Only a record that is no frame is
 * passed over (poison.ts), since it would stop every later start too.
 *
 * Worked example: 40 frames wait. They come in batches of about a MiB; after 250 ms what was applied is settled, which takes
 * 80 ms, then the rest is applied in 30 ms, and settled 50 ms later.
 */
import type { Accounting } from '../../model/accounting.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog, LogRecord } from '../../ports/event-log.ts';
import type { Timers } from '../../ports/timers.ts';
import type { Backlog } from './backlog.ts';
import { isPoison, standIn } from './poison.ts';

/** What the loop needs of the engine. */
export interface MovedEngine {
  readonly accounting: Accounting;
  nextOffset(partition: number): number;
  apply(records: readonly LogRecord[]): Promise<void>;
  settle(checkpoint: boolean): Promise<void>;
  /** In bounded mode: nothing more comes. */
  finish(): Promise<void>;
  hasEnded(inputs: readonly string[]): boolean;
}

export interface LoopSettings {
  /** In bounded mode: the inputs that must have ended before the engine finishes; null: it never does. */
  bounded: readonly string[] | null;
  settleMs?: number;
  checkpointMs?: number;
  /** Is told how long a step took. */
  onStep?: (step: 'apply' | 'settle' | 'checkpoint', ms: number) => void;
  onPoison?: (record: LogRecord) => void;
  onFinished?: () => void;
  /** After each checkpoint, alone as every step: retention. */
  afterCheckpoint?: () => Promise<void>;
}

export interface LoopParts {
  engine: MovedEngine;
  log: EventLog;
  backlog: Backlog;
  clock: Clock;
  timers: Timers;
}

const SETTLE_MS = 250;
const CHECKPOINT_MS = 5_000;
const PARTITION = 0;

export class EngineLoop {
  readonly #parts: LoopParts;
  readonly #settings: LoopSettings;
  readonly #stop = new AbortController();
  #accounting: Accounting;
  #tail: Promise<void> = Promise.resolve();
  #settledAt: number;
  /** How long the last settle took. */
  #settleCost = 0;
  /** Applied since. */
  #unsettled = false;
  #checkpointedAt: number;
  #cancelCheckpoint: () => void = () => undefined;
  #cancelSettle: (() => void) | null = null;
  #failure: { error: unknown } | null = null;
  #draining = false;
  #finished = false;
  #done: Promise<void> | null = null;

  constructor(parts: LoopParts, settings: LoopSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#accounting = structuredClone(parts.engine.accounting);
    this.#settledAt = this.#checkpointedAt = parts.clock.elapsedMs();
    parts.backlog.appliedUpTo(parts.engine.nextOffset(PARTITION));
  }

  /** Whether a bounded run has come to its end. */
  get finished(): boolean {
    return this.#finished;
  }

  /** What was read, with what waits in the log; both equations hold (DESIGN 4.4). */
  accounting(): Accounting {
    return this.#parts.backlog.addedTo(this.#accounting);
  }

  /** Resolves when it was drained; rejects with what the engine threw. */
  run(): Promise<void> {
    return (this.#done ??= this.#run());
  }

  /** Applies what is in the log, settles with a checkpoint, and ends. Who appends has stopped before. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#step(() => this.#stopWhenCaughtUp());
    await this.run();
  }

  async #run(): Promise<void> {
    const { engine, log } = this.#parts;
    this.#schedule();
    // What a start has taken up is evaluated now, and not only when the next record comes: there may be none.
    await this.#step(async () => {
      await this.#checkpoint();
      await this.#finishWhenDue();
    });
    try {
      const from = { partition: PARTITION, offset: engine.nextOffset(PARTITION) };
      for await (const records of log.read(from, this.#stop.signal))
        await this.#step(() => this.#take(records));
    } catch (error) {
      this.#fail(error);
    }
    this.#cancelCheckpoint();
    this.#cancelSettle?.();
    await this.#tail;
    if (this.#failure !== null) throw this.#failure.error;
    await this.#checkpoint();
  }

  /** One step at a time; a failure of one ends the loop. */
  #step(action: () => Promise<void>): Promise<void> {
    const before = this.#tail;
    this.#tail = this.#after(before, action);
    return this.#tail;
  }

  async #after(before: Promise<void>, action: () => Promise<void>): Promise<void> {
    await before;
    if (this.#failure !== null) return;
    try {
      await action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort();
  }

  #schedule(): void {
    const { checkpointMs = CHECKPOINT_MS } = this.#settings;
    this.#cancelCheckpoint = this.#parts.timers.after(checkpointMs, () => {
      void this.#step(async () => {
        await this.#checkpoint();
        if (!this.#stop.signal.aborted) this.#schedule();
      });
    });
  }

  async #take(records: readonly LogRecord[]): Promise<void> {
    const { checkpointMs = CHECKPOINT_MS } = this.#settings;
    await this.#timed('apply', () => this.#apply(records));
    this.#unsettled = true;
    const caughtUp = await this.#caughtUp();
    const now = this.#parts.clock.elapsedMs();
    // Under load the timer's steps wait behind those of the reader; so the reader looks at the clock too.
    if (now - this.#checkpointedAt >= checkpointMs) await this.#checkpoint();
    else await this.#settleWhenDue(caughtUp, now);
    await this.#finishWhenDue();
    if (this.#draining) await this.#stopWhenCaughtUp();
  }

  async #settleWhenDue(caughtUp: boolean, now: number): Promise<void> {
    const { settleMs = SETTLE_MS } = this.#settings;
    const wait = Math.max(this.#settleCost, caughtUp ? 0 : settleMs) - (now - this.#settledAt);
    if (wait <= 0) return this.#settle(false);
    if (!caughtUp || this.#cancelSettle !== null) return;
    this.#cancelSettle = this.#parts.timers.after(wait, () => {
      this.#cancelSettle = null;
      void this.#step(async () => (this.#unsettled ? this.#settle(false) : undefined));
    });
  }

  /** Applies them all, those that are no frames by their stand-ins. */
  async #apply(records: readonly LogRecord[]): Promise<void> {
    const { engine } = this.#parts;
    let rest = records;
    while (rest.length > 0) {
      try {
        await engine.apply(rest);
        rest = [];
      } catch (error) {
        const next = engine.nextOffset(PARTITION);
        const stopped = rest.find(({ offset }) => offset >= next);
        if (stopped === undefined || !isPoison(stopped)) throw error;
        this.#settings.onPoison?.(stopped);
        await engine.apply([standIn(stopped)]);
        rest = rest.filter(({ offset }) => offset > stopped.offset);
      }
    }
    this.#note();
  }

  /** The accounts and what waits move in one step, so that no reader sees a record twice or not at all. */
  #note(): void {
    const { engine, backlog } = this.#parts;
    this.#accounting = structuredClone(engine.accounting);
    backlog.appliedUpTo(engine.nextOffset(PARTITION));
  }

  async #settle(checkpoint: boolean): Promise<void> {
    // What is final stays as it is.
    if (this.#finished) return;
    const ms = await this.#timed(checkpoint ? 'checkpoint' : 'settle', () =>
      this.#parts.engine.settle(checkpoint),
    );
    this.#settledAt = this.#parts.clock.elapsedMs();
    this.#settleCost = ms;
    this.#unsettled = false;
    this.#note();
  }

  async #checkpoint(): Promise<void> {
    await this.#settle(true);
    this.#checkpointedAt = this.#settledAt;
    await this.#settings.afterCheckpoint?.();
  }

  async #finishWhenDue(): Promise<void> {
    const { bounded } = this.#settings;
    if (bounded === null || this.#finished || !this.#parts.engine.hasEnded(bounded)) return;
    if (!(await this.#caughtUp())) return;
    await this.#parts.engine.finish();
    this.#finished = true;
    this.#note();
    this.#settings.onFinished?.();
  }

  async #caughtUp(): Promise<boolean> {
    const { engine, log } = this.#parts;
    return engine.nextOffset(PARTITION) >= (await log.end(PARTITION));
  }

  async #stopWhenCaughtUp(): Promise<void> {
    if (await this.#caughtUp()) this.#stop.abort();
  }

  async #timed(step: 'apply' | 'settle' | 'checkpoint', action: () => Promise<void>): Promise<number> {
    const { clock } = this.#parts;
    const from = clock.elapsedMs();
    await action();
    const ms = clock.elapsedMs() - from;
    this.#settings.onStep?.(step, ms);
    return ms;
  }
}
