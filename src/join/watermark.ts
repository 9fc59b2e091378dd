/**
 * The watermark of one input over its partitions: no item before it is still to come (SPEC T1 to T8).
 *
 * What: the least of the published watermarks of all partitions that the log *lists*. Why of all: whoever leaves out the
 * silent ones has to guess with a timeout when to leave them out, and drops their records when he guessed wrong; here a
 * silent partition is either at its end, which the log itself says, and then goes on with the wall clock less the
 * longest delay, or it is behind, and then holds and says so. So no partition is ever left out, a finished one is
 * simply at infinity, and nobody waits for a record that may never come.
 *
 * Nothing here reads a clock: `now` and positions are handed in. Lateness is a word, not a drop: a late item is written
 * and joined like any other, and makes a revision (join/closing.ts). Records that are read again from before the
 * position that went with a restored snapshot must not be observed again: the watermark covers them already, and they
 * would all be called late.
 *
 * Cost: a few numbers per partition; `publish` and `report` look at all partitions, `observe` at one.
 * Worked example (out-of-orderness 5 s, longest delay 5 min): partition 0 is written up to 14:10:00, partition 1 has
 * nothing since 14:02:00 and its reader stands at the log's end at 14:10:01. The watermark is the lesser of 14:09:55
 * and 14:05:01. Were partition 1 behind instead, it would stay at 14:01:55, `stalled` after a minute.
 * Source: DESIGN 4.4; reference/streaming 1 and 3.4; what it avoids: FLINK-38477 (a finished input carries the others
 * to infinity as soon as these are idle), ksql#9084 (no output without a later record).
 */
import { CounterfoilError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import type { TimeSettings } from '../model/time-settings.ts';
import type { ReadPosition } from '../ports/read-position.ts';
import { PartitionProgress, storedOf, watermarkOf } from './partition-progress.ts';
import type { InputMode, PartitionSnapshot, PartitionState, StoredWatermark } from './partition-progress.ts';

/** `late`: accepted, though the watermark had passed it. `skewed`: from the future, for the side output. */
export type ItemTiming = 'ok' | 'late' | 'skewed';

export interface PartitionStatus {
  partition: number;
  state: PartitionState;
  /** May be infinite on either side. */
  watermark: Instant;
  /** Whether the input's watermark waits for this one. */
  holding: boolean;
}

/** Plain JSON; belongs beside the committed position, in one transaction where the store has any. */
export interface WatermarkSnapshot {
  watermark: StoredWatermark;
  /** By number. */
  partitions: PartitionSnapshot[];
}

/** More than any broker gives one topic in practice; every publication looks at all of them. */
const MAX_PARTITIONS = 10_000;

export class InputWatermark {
  readonly #settings: TimeSettings;
  readonly #mode: InputMode;
  readonly #partitions = new Map<number, PartitionProgress>();
  /** Until the log has listed its partitions, nothing can be their minimum. */
  #listed = false;
  #watermark: Instant = -Infinity;

  constructor(settings: TimeSettings, mode: InputMode) {
    this.#settings = settings;
    this.#mode = mode;
  }

  /** Never regresses; -Infinity while a listed partition has none, Infinity when all are finished. */
  get watermark(): Instant {
    return this.#watermark;
  }

  /**
   * The partitions that the log lists now. New ones hold until they are read; those that are gone are forgotten.
   * @throws CounterfoilError CF_OVER_LIMIT beyond 10,000
   */
  setPartitions(partitions: readonly number[]): void {
    if (partitions.length > MAX_PARTITIONS) {
      throw new CounterfoilError(
        'CF_OVER_LIMIT',
        `an input may have ${MAX_PARTITIONS} partitions, the log lists ${partitions.length}`,
      );
    }
    const listed = new Set(partitions);
    for (const partition of this.#partitions.keys()) {
      if (!listed.has(partition)) this.#partitions.delete(partition);
    }
    for (const partition of listed) this.#ensure(partition);
    this.#listed = true;
    this.#advance();
  }

  /** Takes ownership under an epoch; false where a newer owner is known. */
  own(partition: number, epoch: number): boolean {
    return this.#of(partition).own(epoch);
  }

  /** Gives a partition up; it holds where it is until somebody reads on. */
  release(partition: number): void {
    this.#of(partition).release();
  }

  /**
   * Judges one item, and unless it is skewed counts it into the open batch of its partition.
   * @param eventTime of a span: its end
   * @param now wall clock; without effect on the answer in bounded mode
   */
  observe(partition: number, eventTime: Instant, now: Instant): ItemTiming {
    const progress = this.#of(partition);
    if (this.#mode === 'live' && eventTime > now + this.#settings.maxSkew) return 'skewed';
    progress.accept(eventTime, now);
    return eventTime < this.#watermark ? 'late' : 'ok';
  }

  /**
   * Seals the open batch of a partition, when it is handed to the writer.
   * @returns the number that `publish` takes
   * @throws CounterfoilError CF_OVER_LIMIT with 1,024 batches in flight
   */
  seal(partition: number): number {
    return this.#of(partition).seal();
  }

  /** The writes of a batch are acknowledged. False, and no effect, where the epoch is not the owner's. */
  publish(partition: number, epoch: number, cover: number): boolean {
    return this.#asOwner(partition, epoch, (progress) => progress.acknowledge(cover));
  }

  /**
   * Where the reader stands. To be called after every fetch, an empty one above all: it is what moves an idle partition.
   * @param now wall clock before the fetch was sent, so that nothing appended meanwhile can be older than promised
   * @returns false, without effect, where the epoch is not the owner's
   */
  report(partition: number, epoch: number, at: ReadPosition, now: Instant): boolean {
    return this.#asOwner(partition, epoch, (progress) => progress.report(at, now));
  }

  /** The bounded end of a partition: nothing will follow. False, and no effect, where the epoch is not the owner's. */
  finish(partition: number, epoch: number): boolean {
    return this.#asOwner(partition, epoch, (progress) => progress.end());
  }

  /** Every listed partition, by number. */
  status(now: Instant): PartitionStatus[] {
    const least = this.#least();
    return this.#sorted().map((progress) => ({
      partition: progress.partition,
      state: progress.state(now),
      watermark: progress.watermark,
      holding: progress.watermark === least && least !== Infinity,
    }));
  }

  snapshot(): WatermarkSnapshot {
    return {
      watermark: storedOf(this.#watermark),
      partitions: this.#sorted().map((progress) => progress.snapshot()),
    };
  }

  /**
   * Takes over what a snapshot knows better. After `setPartitions` only partitions that are listed: so a worker learns
   * what others published, too.
   */
  restore(snapshot: WatermarkSnapshot): void {
    for (const one of snapshot.partitions) {
      if (this.#listed && !this.#partitions.has(one.partition)) continue;
      this.#ensure(one.partition).restore(one);
    }
    this.#watermark = Math.max(this.#watermark, watermarkOf(snapshot.watermark));
    this.#advance();
  }

  #asOwner(partition: number, epoch: number, act: (progress: PartitionProgress) => void): boolean {
    const progress = this.#of(partition);
    if (progress.epoch !== epoch) return false;
    act(progress);
    this.#advance();
    return true;
  }

  #ensure(partition: number): PartitionProgress {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const fresh = new PartitionProgress(partition, this.#settings, this.#mode);
    this.#partitions.set(partition, fresh);
    return fresh;
  }

  #of(partition: number): PartitionProgress {
    const progress = this.#partitions.get(partition);
    if (progress !== undefined) return progress;
    throw new CounterfoilError('CF_INTERNAL', `partition ${partition} is not one that the log lists`);
  }

  #sorted(): PartitionProgress[] {
    return [...this.#partitions.values()].toSorted((a, b) => a.partition - b.partition);
  }

  #least(): Instant {
    let least = Infinity;
    for (const { watermark } of this.#partitions.values()) least = Math.min(least, watermark);
    return least;
  }

  /** An input without partitions has no end: it has not begun. A partition that is new may lie behind, and never pulls back. */
  #advance(): void {
    if (!this.#listed || this.#partitions.size === 0) return;
    this.#watermark = Math.max(this.#watermark, this.#least());
  }
}
