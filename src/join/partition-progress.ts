/**
 * How far one partition of an input has been read and written (SPEC T1, T4, T5, T6).
 *
 * What: the greatest event time accepted, the batches whose writes are not acknowledged yet, and the *published*
 * watermark: the greatest time of what is written for good, less the out-of-orderness. Why not simply the greatest time
 * read: between reading a span and its write being acknowledged, an event that closed would look for it in vain. Why an
 * owner's epoch: a worker that lost the partition and does not know yet still believes that it is at the log's end, and
 * would push the watermark with its wall clock past what the new owner has still to read.
 *
 * Cost: a few numbers, and one small object per batch in flight. Worked example (out-of-orderness 5 s): 100 s and 103 s
 * are read into batch 1, 120 s into batch 2. Batch 2 is acknowledged first: nothing moves, batch 1 could still be lost.
 * Then batch 1: the watermark goes to 115 s at once.
 * Source: reference/streaming 3.4; Akidau et al., The Dataflow Model, VLDB 2015; fencing as in Kafka's producer epochs.
 */
import { CounterfoilError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import type { TimeSettings } from '../model/time-settings.ts';
import type { ReadPosition } from '../ports/read-position.ts';

/** `bounded`: the input ends, and the wall clock plays no part in any watermark. */
export type InputMode = 'live' | 'bounded';

/** `unowned`: nobody has read from it since this process began. All but `finished` hold, `idle` at the clock's pace. */
export type PartitionState = 'unowned' | 'active' | 'idle' | 'stalled' | 'finished';

/** An instant, or a side of time that JSON has no number for. */
export type StoredWatermark = Instant | 'none' | 'end';

export interface PartitionSnapshot {
  partition: number;
  /** -1 where it never had an owner. */
  epoch: number;
  watermark: StoredWatermark;
}

interface Batch {
  cover: number;
  /** Of this batch and all before it. */
  greatest: Instant;
  acknowledged: boolean;
}

const UNOWNED = -1;
/** Batches in flight; a reader that has more does not wait for its writes at all. */
const MAX_IN_FLIGHT = 1_024;

export class PartitionProgress {
  readonly partition: number;
  readonly #settings: TimeSettings;
  readonly #mode: InputMode;
  #epoch = UNOWNED;
  #watermark: Instant = -Infinity;
  #greatest: Instant = -Infinity;
  /** Whether anything was accepted since the last batch was sealed. */
  #open = false;
  #lastCover = 0;
  #inFlight: Batch[] = [];
  #ended = false;
  #idle = false;
  #position: number | null = null;
  /** Wall clock at the last sign of progress. */
  #movedAt: Instant | null = null;

  constructor(partition: number, settings: TimeSettings, mode: InputMode) {
    this.partition = partition;
    this.#settings = settings;
    this.#mode = mode;
  }

  /** Published, never regressing; -Infinity before anything is known, Infinity once finished. */
  get watermark(): Instant {
    return this.#watermark;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Takes ownership; false where a newer owner is known. A new epoch forgets what the former one had in flight. */
  own(epoch: number): boolean {
    if (epoch < this.#epoch) return false;
    if (epoch > this.#epoch) this.#forgetUnwritten();
    this.#epoch = epoch;
    return true;
  }

  /** Gives it up: what is not acknowledged will be read again by the next owner. */
  release(): void {
    this.#forgetUnwritten();
    this.#position = null;
    this.#movedAt = null;
    this.#idle = false;
  }

  /** An item that will be written. */
  accept(eventTime: Instant, now: Instant): void {
    this.#greatest = Math.max(this.#greatest, eventTime);
    this.#open = true;
    this.#idle = false;
    this.#movedAt = now;
  }

  /**
   * Seals what was accepted since the last call as one batch.
   * @returns what `acknowledge` takes once the writes of the batch are acknowledged
   * @throws CounterfoilError CF_OVER_LIMIT with 1,024 batches in flight
   */
  seal(): number {
    if (this.#inFlight.length >= MAX_IN_FLIGHT) {
      throw new CounterfoilError(
        'CF_OVER_LIMIT',
        `partition ${this.partition} has ${MAX_IN_FLIGHT} batches without an acknowledgement: wait for the oldest`,
      );
    }
    this.#lastCover += 1;
    this.#inFlight.push({ cover: this.#lastCover, greatest: this.#greatest, acknowledged: false });
    this.#open = false;
    return this.#lastCover;
  }

  /** The batch is written for good. The watermark moves when all batches before it are, too. */
  acknowledge(cover: number): void {
    const batch = this.#inFlight.find((one) => one.cover === cover);
    if (batch !== undefined) batch.acknowledged = true;
    while (this.#inFlight[0]?.acknowledged === true) {
      this.#advance(this.#inFlight[0].greatest - this.#settings.outOfOrderness);
      this.#inFlight.shift();
    }
    this.#settleEnd();
  }

  /** Where the reader stands, as one fetch told it; `now` is the wall clock before that fetch was sent. */
  report({ position, end }: ReadPosition, now: Instant): void {
    this.#idle = position >= end && this.#written();
    if (this.#idle || position !== this.#position) this.#movedAt = now;
    this.#position = position;
    if (this.#idle && this.#mode === 'live') this.#advance(now - this.#settings.maxEventDelay);
  }

  /** Nothing will follow. Takes effect once all that was accepted is acknowledged. */
  end(): void {
    this.#ended = true;
    this.#settleEnd();
  }

  /** In bounded mode nothing stalls: how fast a file is read says nothing about its content. */
  state(now: Instant): PartitionState {
    if (this.#watermark === Infinity) return 'finished';
    if (this.#movedAt === null) return 'unowned';
    if (this.#mode === 'live' && now - this.#movedAt >= this.#settings.stalledAfter) return 'stalled';
    return this.#idle ? 'idle' : 'active';
  }

  snapshot(): PartitionSnapshot {
    return { partition: this.partition, epoch: this.#epoch, watermark: storedOf(this.#watermark) };
  }

  /** Takes what is newer of a snapshot; what is known here already stays. */
  restore(snapshot: PartitionSnapshot): void {
    this.own(snapshot.epoch);
    this.#advance(watermarkOf(snapshot.watermark));
  }

  #advance(to: Instant): void {
    this.#watermark = Math.max(this.#watermark, to);
  }

  #written(): boolean {
    return !this.#open && this.#inFlight.length === 0;
  }

  #settleEnd(): void {
    if (this.#ended && this.#written()) this.#advance(Infinity);
  }

  /** The greatest time goes with it: nobody has written that item yet. So does an end that had not taken effect. */
  #forgetUnwritten(): void {
    this.#inFlight = [];
    this.#open = false;
    this.#greatest = -Infinity;
    this.#ended = false;
  }
}

export function storedOf(watermark: Instant): StoredWatermark {
  if (Number.isFinite(watermark)) return watermark;
  return watermark > 0 ? 'end' : 'none';
}

export function watermarkOf(stored: StoredWatermark): Instant {
  if (typeof stored === 'number') return stored;
  return stored === 'end' ? Infinity : -Infinity;
}
