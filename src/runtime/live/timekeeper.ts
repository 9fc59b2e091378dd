/**
 * Time in the live engine: how far each input has come, which events close now, which have expired (DESIGN 4.4).
 *
 * It puts the parts in a row (join/watermark.ts, join/closing.ts, join/talk-rate.ts, join/coverage.ts), in one of two ways. One
 * log in which all inputs stand: a reader at the log's end is at the end of every input. Or topics that workers read: each
 * partition of each (a *source*) is as far as the worker has told that read it.
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
import type { SpanNotes } from './span-notes.ts';

export interface TimekeeperSnapshot {
  epoch: number;
  watermarks: Partial<Record<InputName, WatermarkSnapshot>>;
  lateSpans: [minute: number, count: number][];
  /** Names of sources; the first is partition 1 of its input's watermark. */
  sources?: string[];
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
/** Of the engine's own log. */
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
  /** Numbers of sources, from 1. */
  readonly #sources = new Map<string, number>();
  /** Partitions of each input. */
  readonly #listed = new Map<InputName, ReadonlySet<number>>();
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
    for (const input of INPUTS) this.#list(input, this.#listed.get(input) ?? new Set([PARTITION]));
  }

  #list(input: InputName, partitions: ReadonlySet<number>): void {
    this.#watermarks[input].setPartitions([...partitions]);
    for (const partition of partitions) this.#watermarks[input].own(partition, this.#epoch);
  }

  /** The sources of each input, as the brokers list them now. An input that has none has ended. */
  listSources(sources: ReadonlyMap<InputName, readonly string[]>): void {
    for (const input of INPUTS) {
      const numbers = new Set((sources.get(input) ?? []).map((source) => this.#numberOf(source)));
      if (numbers.size > 0) this.#listed.set(input, numbers);
      this.#list(input, numbers.size > 0 ? numbers : new Set([PARTITION]));
      if (numbers.size === 0) this.finish(input, null);
    }
  }

  #numberOf(source: string): number {
    let number = this.#sources.get(source);
    if (number === undefined) {
      number = this.#sources.size + 1;
      this.#sources.set(source, number);
    }
    return number;
  }

  /** Of a source that a worker met before the brokers were asked again, too. */
  #partitionOf(input: InputName, source: string): number {
    const number = this.#numberOf(source);
    const listed = this.#listed.get(input) ?? new Set<number>();
    if (!listed.has(number)) {
      this.#listed.set(input, new Set([...listed, number]));
      this.#list(input, new Set([...listed, number]));
    }
    return number;
  }

  restore(snapshot: TimekeeperSnapshot): void {
    for (const source of snapshot.sources ?? []) this.#numberOf(source);
    for (const input of INPUTS) {
      const known = snapshot.watermarks[input];
      if (known === undefined) continue;
      const numbers = known.partitions.map(({ partition }) => partition);
      if (numbers.some((number) => number !== PARTITION)) this.#listed.set(input, new Set(numbers));
      this.#watermarks[input].setPartitions(numbers);
      this.#watermarks[input].restore(known);
    }
    this.#lateSpans.restore(snapshot.lateSpans);
    this.#epoch = snapshot.epoch + 1;
    this.#own();
  }

  snapshot(): TimekeeperSnapshot {
    const watermarks = Object.fromEntries(INPUTS.map((input) => [input, this.#watermarks[input].snapshot()]));
    // Nothing older can close any more, or it would have.
    this.#lateSpans.dropBefore(this.spanWatermark - this.#join.lateHorizon - this.#join.sessionCap);
    const sources = [...this.#sources.keys()];
    return { epoch: this.#epoch, watermarks, lateSpans: this.#lateSpans.snapshot(), sources };
  }

  /**
   * @param at of a span: its end
   * @param source it came from; null: the engine's own log
   */
  judge(input: InputName, at: Instant, now: Instant, source: string | null = null): Timing {
    const tooLate = this.#mode === 'live' && at < this.earliestLetIn(input);
    // Payments have no horizon: settlement files come days later.
    if (tooLate && input !== 'payments') return 'beyond_horizon';
    if (SECURITY_INPUTS.includes(input) && this.#eventCount >= this.#maxEvents) return 'too_many_events';
    const timing = this.#timingOf(input, at, now, source);
    if (timing === 'late' && input === 'spans') this.#lateSpans.add(at);
    return timing;
  }

  #timingOf(input: InputName, at: Instant, now: Instant, source: string | null): ItemTiming {
    const watermark = this.#watermarks[input];
    if (source !== null) return watermark.observe(this.#partitionOf(input, source), at, now);
    if (!this.#listed.has(input)) return watermark.observe(PARTITION, at, now);
    // Put through again beside the topics: it says nothing of how far any of them is.
    if (this.#mode === 'live' && at > this.latestLetIn(now)) return 'skewed';
    return at < watermark.watermark ? 'late' : 'ok';
  }

  /** Spans that a worker has judged and written: up to where, and how many came late. */
  hear(source: string, { latest, late }: Pick<SpanNotes, 'latest' | 'late'>): void {
    // Whether it came from the future, the worker has judged by a clock of its own.
    if (latest !== null) this.#watermarks.spans.observe(this.#partitionOf('spans', source), latest, latest);
    for (const [minute, count] of late) this.#lateSpans.add(minute, count);
  }

  /** What lies before it is beyond the horizon. */
  earliestLetIn(input: InputName): Instant {
    return this.#watermarks[input].watermark - this.#join.lateHorizon;
  }

  /** Live: what is later than this is skewed. */
  latestLetIn(now: Instant): Instant {
    return now + this.#time.maxSkew;
  }

  /** The effects of everything judged so far are written. */
  acknowledge(input: InputName, source: string | null = null): void {
    if (source === null && this.#listed.has(input)) return;
    const watermark = this.#watermarks[input];
    const partition = source === null ? PARTITION : this.#partitionOf(input, source);
    watermark.publish(partition, this.#epoch, watermark.seal(partition));
  }

  /** Where the reader of the log stands; after every read, one that found nothing above all. */
  report(at: ReadPosition, now: Instant): void {
    for (const input of INPUTS) this.#watermarks[input].report(PARTITION, this.#epoch, at, now);
  }

  /** Where the reader of a source stood when it asked. */
  reportSource(input: InputName, source: string, at: ReadPosition, asked: Instant): void {
    this.#watermarks[input].report(this.#partitionOf(input, source), this.#epoch, at, asked);
  }

  /** Nothing more comes of an input, or of one source of it. */
  finish(input: InputName, source: string | null): void {
    const partition = source === null ? PARTITION : this.#partitionOf(input, source);
    this.#watermarks[input].finish(partition, this.#epoch);
  }

  /** Whether nothing more comes of any source of an input. */
  isFinished(input: InputName): boolean {
    return this.#watermarks[input].watermark === Infinity;
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
