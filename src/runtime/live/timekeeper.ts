/**
 * Time in the live engine: how far each input has come, which events close now, which have expired (DESIGN 4.4).
 *
 * It puts the parts in a row (join/watermark.ts, join/closing.ts, join/talk-rate.ts, join/coverage.ts) for one log in
 * which all inputs stand: a reader at the log's end is at the end of every input.
 */
import { ClosingQueue, lookBackOf } from '../../join/closing.ts';
import type { Interval } from '../../join/confidence.ts';
import { coverageOf, type Coverage } from '../../join/coverage.ts';
import type { InputMode } from '../../join/partition-progress.ts';
import type { ReadPosition } from '../../ports/read-position.ts';
import { TalkRate, type TelemetrySilent } from '../../join/talk-rate.ts';
import { InputWatermark, type ItemTiming, type WatermarkSnapshot } from '../../join/watermark.ts';
import type { InputName } from '../../model/accounting.ts';
import type { Instant, Micros } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { TimeSettings } from '../../model/time-settings.ts';
import { LateCounts } from './late-counts.ts';

export interface TimekeeperSnapshot {
  epoch: number;
  watermarks: Partial<Record<InputName, WatermarkSnapshot>>;
  lateSpans: [minute: number, count: number][];
}

/**
 * What takes spans off the window. `events`: the inputs of events have passed them. `spans`: the spans themselves have, so that an
 * input which says little, or nothing at all, keeps none; an event that comes behind them is met from the log.
 */
export type WindowFollows = 'events' | 'spans';

/**
 * How an item stands in time; `beyond_horizon`: too late for any event that is still remembered; `too_many_events`: as many are
 * remembered as may be, and this could be one more.
 */
export type Timing = ItemTiming | 'beyond_horizon' | 'too_many_events';

/** Below the limit of the closing queue by what can be applied between two settles. */
const MAX_EVENTS = 900_000;

const SECURITY_INPUTS: readonly InputName[] = ['audit', 'alerts', 'events'];
const INPUTS: readonly InputName[] = [...SECURITY_INPUTS, 'spans', 'payments'];
const PARTITION = 0;

export interface TimekeeperOptions {
  windowFollows?: WindowFollows;
  /** That are remembered at most, open or within their late horizon; some 3 KB each. */
  maxEvents?: number;
}

export class Timekeeper {
  readonly talk = new TalkRate();
  readonly #mode: InputMode;
  readonly #join: JoinSettings;
  readonly #time: TimeSettings;
  readonly #watermarks: Record<InputName, InputWatermark>;
  readonly #closing: ClosingQueue;
  readonly #windowFollows: WindowFollows;
  readonly #maxEvents: number;
  readonly #lateSpans = new LateCounts();
  #epoch = 1;

  constructor(
    mode: InputMode,
    join: JoinSettings,
    time: TimeSettings,
    { windowFollows = 'events', maxEvents = MAX_EVENTS }: TimekeeperOptions = {},
  ) {
    this.#maxEvents = maxEvents;
    this.#mode = mode;
    this.#windowFollows = windowFollows;
    this.#join = join;
    this.#time = time;
    const watermark = (): InputWatermark => new InputWatermark(time, mode);
    this.#watermarks = {
      audit: watermark(),
      alerts: watermark(),
      events: watermark(),
      spans: watermark(),
      payments: watermark(),
    };
    this.#closing = new ClosingQueue(join, time);
    this.#own();
  }

  #own(): void {
    for (const input of INPUTS) {
      this.#watermarks[input].setPartitions([PARTITION]);
      this.#watermarks[input].own(PARTITION, this.#epoch);
    }
  }

  restore(snapshot: TimekeeperSnapshot): void {
    for (const input of INPUTS) {
      const known = snapshot.watermarks[input];
      if (known !== undefined) this.#watermarks[input].restore(known);
    }
    this.#lateSpans.restore(snapshot.lateSpans);
    this.#epoch = snapshot.epoch + 1;
    this.#own();
  }

  snapshot(): TimekeeperSnapshot {
    const watermarks = Object.fromEntries(INPUTS.map((input) => [input, this.#watermarks[input].snapshot()]));
    // Nothing older can close any more, or it would have.
    this.#lateSpans.dropBefore(this.spanWatermark - this.#join.lateHorizon - this.#join.sessionCap);
    return { epoch: this.#epoch, watermarks, lateSpans: this.#lateSpans.snapshot() };
  }

  /** @param at of a span: its end */
  judge(input: InputName, at: Instant, now: Instant): Timing {
    const tooLate = this.#mode === 'live' && at < this.earliestLetIn(input);
    // Payments have no horizon: settlement files come days later.
    if (tooLate && input !== 'payments') return 'beyond_horizon';
    if (SECURITY_INPUTS.includes(input) && this.#eventCount >= this.#maxEvents) return 'too_many_events';
    const timing = this.#watermarks[input].observe(PARTITION, at, now);
    if (timing === 'late' && input === 'spans') this.#lateSpans.add(at);
    return timing;
  }

  /** Live: what is later than this is skewed. */
  /** What lies before it is beyond the horizon. */
  earliestLetIn(input: InputName): Instant {
    return this.#watermarks[input].watermark - this.#join.lateHorizon;
  }

  latestLetIn(now: Instant): Instant {
    return now + this.#time.maxSkew;
  }

  /** The effects of everything judged so far are written. */
  acknowledge(input: InputName): void {
    const watermark = this.#watermarks[input];
    watermark.publish(PARTITION, this.#epoch, watermark.seal(PARTITION));
  }

  /** Where the reader of the log stands; after every read, one that found nothing above all. */
  report(at: ReadPosition, now: Instant): void {
    for (const input of INPUTS) this.#watermarks[input].report(PARTITION, this.#epoch, at, now);
  }

  finish(input: InputName): void {
    this.#watermarks[input].finish(PARTITION, this.#epoch);
  }

  get spanWatermark(): Instant {
    return this.#watermarks.spans.watermark;
  }

  /** Least over the security inputs. */
  get eventWatermark(): Instant {
    return SECURITY_INPUTS.reduce(
      (least, input) => Math.min(least, this.#watermarks[input].watermark),
      Infinity,
    );
  }

  /** By input, for metrics. */
  watermarks(): Record<string, Instant> {
    return Object.fromEntries(INPUTS.map((input) => [input, this.#watermarks[input].watermark]));
  }

  /** Spans that ended before this can match no event that is still to come, or are found in the log then. */
  get spansNeededFrom(): Instant {
    const spans = this.#windowFollows === 'spans' ? this.spanWatermark : -Infinity;
    return Math.max(this.eventWatermark, spans) - this.lookBack;
  }

  /** How long spans are kept for events that are still to come. */
  get lookBack(): Micros {
    return lookBackOf(this.#join, this.#time);
  }

  /** How far a span's trace can reach from it. */
  get reach(): Micros {
    return this.#join.bindingHorizon + 2 * this.#join.maxSpan;
  }

  /**
   * @param end of the event; of a session that goes on: the latest it is believed to go on to
   * @param closed it is final already: it only expires
   */
  watch(eventId: string, end: Instant, closed: boolean): void {
    this.#closing.put(eventId, end, closed);
  }

  forget(eventId: string): void {
    this.#closing.remove(eventId);
  }

  get #eventCount(): number {
    return this.#closing.open + this.#closing.closed;
  }

  due(): string[] {
    return this.#closing.due(this.spanWatermark);
  }

  expired(): string[] {
    return this.#closing.expired(this.spanWatermark);
  }

  /** Of the window of an event. */
  coverage({ start, end }: Interval, now: Instant): Coverage {
    const spans = this.#watermarks.spans;
    const partitions = spans.status(now);
    const { watermark } = spans;
    const late = this.#lateSpans.between(start, end);
    return coverageOf([{ name: 'spans', partitions, watermark, late, samplingRatio: null }]);
  }

  /** Pods of an event that fell silent although they should talk. */
  silences(spanKeys: Iterable<string>, windowEnd: Instant): TelemetrySilent[] {
    return [...spanKeys].flatMap(
      (key) => this.talk.silenceOf(key, windowEnd, this.spanWatermark, null) ?? [],
    );
  }
}
