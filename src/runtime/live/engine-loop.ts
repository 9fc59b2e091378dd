/**
 * Moves the engine: reads the log from where it stands, applies, settles, checkpoints, drains.
 *
 * Settles when it has caught up with the log (then somebody waits for the answer), and at least every `settleMs` while it
 * has not; but after a settle it does not settle again for as long as that took. Otherwise, with an engine that has much to
 * evaluate, every small request would pay for a settle of its own, and the next sender would wait for it. When no records come it
 * settles every `tickMs`, because time passes, and what is due closes without another record. Checkpoints come every `checkpointMs`.
 *
 * Steps of the engine never overlap: each waits for the one before (step-queue.ts), so a timer is only one more step.
 *
 * Fails once, as a whole: whatever the engine throws stops reading and is thrown by `run`. Only a record that is no frame is
 * passed over (poison.ts), since it would stop every later start too.
 *
 * Worked example: 40 frames wait. They come in batches of about a MiB; after 250 ms what was applied is settled, which takes
 * 80 ms, then the rest is applied in 30 ms, and settled 50 ms later.
 */
import type { Accounting, InputName } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog, LogRecord } from '../../ports/event-log.ts';
import type { Timers } from '../../ports/timers.ts';
import type { Backlog } from './backlog.ts';
import { applyPast } from './poison.ts';
import { StepQueue } from './step-queue.ts';

/** What the loop needs of the engine. */
export interface MovedEngine {
  readonly accounting: Accounting;
  nextOffset(partition: number): number;
  apply(records: readonly LogRecord[], now: Instant): Promise<void>;
  /** Where the reader of the log stands; told after every read, and when time passes without one. */
  report(at: { position: number; end: number }, now: Instant): void;
  settle(checkpoint: boolean, now: Instant): Promise<void>;
  /** Puts what the window should hold back into it, while records are applied. */
  rebuildWindow(): Promise<void>;
  /** In bounded mode: nothing more comes. */
  finish(): Promise<void>;
  hasEnded(inputs: readonly InputName[]): boolean;
}

export interface LoopSettings {
  /** In bounded mode: the inputs that must have ended before the engine finishes; null: it never does. */
  bounded: readonly InputName[] | null;
  settleMs?: number;
  /** How often time passes for the engine when nothing comes: what is due closes then. */
  tickMs?: number;
  checkpointMs?: number;
  /** Is told how long a step took. */
  onStep?: (step: 'apply' | 'settle' | 'checkpoint', ms: number) => void;
  onPoison?: (record: LogRecord) => void;
  onFinished?: () => void;
  /** Resolves when there is room for what comes of the next records; without it there always is. */
  hasRoom?: () => Promise<void>;
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
const TICK_MS = 1_000;
/** What a crash makes to be applied again, at most. */
const CHECKPOINT_MS = 1_000;
const PARTITION = 0;

export class EngineLoop {
  readonly #parts: LoopParts;
  readonly #settings: LoopSettings;
  readonly #stop = new AbortController();
  readonly #steps = new StepQueue(() => this.#stop.abort());
  #accounting: Accounting;
  #settledAt: number;
  /** How long the last settle took. */
  #settleCost = 0;
  /** Offset from which on the window is rebuilt; Infinity: that was begun. */
  #rebuildFrom = Infinity;
  /** Applied since. */
  #unsettled = false;
  #checkpointedAt: number;
  #cancelTick: () => void = () => undefined;
  #cancelSettle: (() => void) | null = null;
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
    await this.#steps.run(() => this.#stopWhenCaughtUp());
    await this.run();
  }

  async #run(): Promise<void> {
    const { engine, log } = this.#parts;
    this.#schedule();
    // What a start has taken up is evaluated now, and not only when the next record comes: there may be none.
    await this.#steps.run(async () => {
      await this.#checkpoint();
      await this.#finishWhenDue();
    });
    this.#rebuildFrom = await log.end(PARTITION);
    this.#rebuildWhenDue();
    try {
      const from = { partition: PARTITION, offset: engine.nextOffset(PARTITION) };
      for await (const records of log.read(from, this.#stop.signal)) {
        await this.#settings.hasRoom?.();
        await this.#steps.run(() => this.#take(records));
      }
    } catch (error) {
      this.#steps.fail(error);
    }
    this.#cancelTick();
    this.#cancelSettle?.();
    await this.#steps.end();
    await this.#checkpoint();
  }

  /** Once what was in the log at the start is applied: new records come before old spans. */
  #rebuildWhenDue(): void {
    if (this.#parts.engine.nextOffset(PARTITION) < this.#rebuildFrom) return;
    this.#rebuildFrom = Infinity;
    void this.#rebuild();
  }

  /** Beside the steps: new records do not wait for it. */
  async #rebuild(): Promise<void> {
    try {
      await this.#parts.engine.rebuildWindow();
    } catch (error) {
      // Who drains does not wait for it, and closes under it what it reads from.
      if (!this.#stop.signal.aborted) this.#steps.fail(error);
    }
  }

  #schedule(): void {
    const { tickMs = TICK_MS } = this.#settings;
    this.#cancelTick = this.#parts.timers.after(tickMs, () => {
      void this.#steps.run(async () => {
        await this.#tick();
        if (!this.#stop.signal.aborted) this.#schedule();
      });
    });
  }

  async #tick(): Promise<void> {
    await this.#report();
    this.#rebuildWhenDue();
    if (this.#checkpointIsDue()) await this.#checkpoint();
    else await this.#settle(false);
  }

  async #take(records: readonly LogRecord[]): Promise<void> {
    const { engine, clock } = this.#parts;
    const onPoison = this.#settings.onPoison ?? ((): void => undefined);
    await this.#timed('apply', () => applyPast(engine, records, clock.now(), onPoison));
    this.#note();
    this.#unsettled = true;
    const caughtUp = await this.#report();
    // Under load the timer's steps wait behind those of the reader; so the reader looks at the clock too.
    this.#rebuildWhenDue();
    if (this.#checkpointIsDue()) await this.#checkpoint();
    else await this.#settleWhenDue(caughtUp);
    await this.#finishWhenDue();
    if (this.#draining) await this.#stopWhenCaughtUp();
  }

  #checkpointIsDue(): boolean {
    const { checkpointMs = CHECKPOINT_MS } = this.#settings;
    return this.#parts.clock.elapsedMs() - this.#checkpointedAt >= checkpointMs;
  }

  async #settleWhenDue(caughtUp: boolean): Promise<void> {
    const { settleMs = SETTLE_MS } = this.#settings;
    const since = this.#parts.clock.elapsedMs() - this.#settledAt;
    const wait = Math.max(this.#settleCost, caughtUp ? 0 : settleMs) - since;
    if (wait <= 0) return this.#settle(false);
    if (!caughtUp || this.#cancelSettle !== null) return;
    this.#cancelSettle = this.#parts.timers.after(wait, () => {
      this.#cancelSettle = null;
      void this.#steps.run(async () => (this.#unsettled ? this.#settle(false) : undefined));
    });
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
    const { engine, clock } = this.#parts;
    const ms = await this.#timed(checkpoint ? 'checkpoint' : 'settle', () =>
      engine.settle(checkpoint, clock.now()),
    );
    this.#settledAt = clock.elapsedMs();
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
    if (!(await this.#report())) return;
    await this.#parts.engine.finish();
    this.#finished = true;
    this.#note();
    this.#settings.onFinished?.();
  }

  /** @returns whether everything in the log is applied */
  async #report(): Promise<boolean> {
    const { engine, log, clock } = this.#parts;
    const [position, end] = [engine.nextOffset(PARTITION), await log.end(PARTITION)];
    engine.report({ position, end }, clock.now());
    return position >= end;
  }

  async #stopWhenCaughtUp(): Promise<void> {
    if (await this.#report()) this.#stop.abort();
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
