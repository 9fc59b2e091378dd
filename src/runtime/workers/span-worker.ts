/**
 * The worker of spans: right side of hops 1 and 2 of the rendezvous (DESIGN 4.3), over stores that all workers share.
 *
 * Batches that come together are one flush: chunks are written and the hot lists of their keys read back, ids are written under their
 * traces and the traces that met an event read back. What came of it goes to the topic of links, and when that is acknowledged, the batches may be committed. A worker that dies
 * before is followed by one that does it again: chunks and witnesses are by record, so the second time is the first.
 *
 * What it keeps is who it has told the engine of. That is lost with it, and told again.
 *
 * Limits: batches wait for `lingerMs` or until they hold `maxBytes`; one flush at a time; the reader does not hand out more of a partition
 * before its batch is done. So memory is bounded by partitions and fetches.
 *
 * Cost: decoding; for spans that meet nothing, their share of the commands of a flush. Worked example: four partitions give 3,000 spans each,
 * of 2,000 pods: 2,000 chunks of 6 spans, written and answered in one round trip; one note a partition.
 * Source: reference/streaming 3.3 (flush by bytes or time), 3.4.
 */
import { Learned } from '../../join/learned.ts';
import type { InputMode } from '../../join/partition-progress.ts';
import { emptyInputAccounts } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { TimeSettings } from '../../model/time-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog, LogEntry } from '../../ports/event-log.ts';
import type { IdentityFact } from '../../ports/inventory.ts';
import type { ReadPosition } from '../../ports/read-position.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import type { Timers } from '../../ports/timers.ts';
import type { TopicBatch, TopicHandler, TopicRecord } from '../../ports/topic-reader.ts';
import type { TraceStore } from '../../ports/trace-store.ts';
import type { WindowStore } from '../../ports/window-store.ts';
import type { BuiltSpans, FrameBuilder } from '../live/frame-builder.ts';
import { sourceOf, type Origin } from '../live/origin.ts';
import type { SpanNotes } from '../live/span-notes.ts';
import { appendInOrder } from './in-order.ts';
import { Patience, type PatienceSettings } from './patience.ts';
import { SpanAdmission } from './span-admission.ts';
import { NOTHING_TOLD, SpanBatch, type SourceSpans } from './span-batch.ts';
import { SpanMeetings } from './span-meetings.ts';
import {
  mediaOf,
  partitionNumber,
  recordName,
  withoutValue,
  type ReadRecord,
  type RecordBody,
} from './topic-input.ts';

export interface SpanWorkerParts {
  builder: FrameBuilder;
  windows: WindowStore;
  traces: TraceStore;
  links: Pick<EventLog, 'append'>;
  open: (body: RecordBody) => RecordSource;
  clock: Clock;
  timers: Timers;
}

export interface SpanWorkerSettings {
  /** In the order of the configuration: partitions are numbered by it. */
  topics: readonly string[];
  mode: InputMode;
  cluster: string | null;
  join: JoinSettings;
  time: TimeSettings;
  lingerMs?: number;
  maxBytes?: number;
  onTrouble?: PatienceSettings['onTrouble'];
  /** Is told of each record that was read; of one that is read again, again. */
  onRecord?: (record: ReadRecord) => void;
  /** Is told of each flush. */
  onFlush?: (flush: { spans: number; chunks: number; ms: number }) => void;
}

const LINGER_MS = 100;
const MAX_BYTES = 8 * 1_048_576;
/** Wider ranges of pods that are known are told this often, and before a partition is said to be idle. */
const GROWN_MS = 1_000;

interface Waiting {
  batch: TopicBatch;
  done: PromiseWithResolvers<void>;
}

export class SpanWorker implements TopicHandler {
  readonly #parts: SpanWorkerParts;
  readonly #settings: SpanWorkerSettings;
  readonly #learned: Learned;
  readonly #meetings: SpanMeetings;
  readonly #patience: Patience;
  readonly #admissions = new Map<string, SpanAdmission>();
  readonly #ended = new Set<string>();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #cancelLinger: (() => void) | null = null;
  #flushing: Promise<void> = Promise.resolve();
  #grownAt = -Infinity;

  constructor(parts: SpanWorkerParts, settings: SpanWorkerSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#learned = new Learned(settings.cluster, settings.join.lateHorizon);
    this.#patience = new Patience({ timers: parts.timers, onTrouble: settings.onTrouble ?? ignore });
    this.#meetings = new SpanMeetings(parts.windows, parts.traces);
  }

  take(batch: TopicBatch): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ batch, done });
    for (const { value } of batch.records) this.#waitingBytes += value?.length ?? 0;
    const { lingerMs = LINGER_MS, maxBytes = MAX_BYTES } = this.#settings;
    if (this.#waitingBytes >= maxBytes) this.#flush();
    else this.#cancelLinger ??= this.#parts.timers.after(lingerMs, () => this.#flush());
    return done.promise;
  }

  /** One after the other: what the second tells must not arrive before what the first did. */
  #flush(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#flushing = this.#settle(this.#flushing, waiting);
  }

  async #settle(before: Promise<void>, waiting: readonly Waiting[]): Promise<void> {
    await before;
    try {
      await this.#write(waiting.map(({ batch }) => batch));
      for (const { done } of waiting) done.resolve();
    } catch (error) {
      for (const { done } of waiting) done.reject(error);
    }
  }

  async #write(batches: readonly TopicBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const { clock } = this.#parts;
    const from = clock.elapsedMs();
    const gathered = new SpanBatch(this.#learned);
    for (const batch of batches)
      for (const record of batch.records) await this.#gather(gathered, batch, record);
    const found = await this.#patience.until(() => this.#meetings.meet(gathered));
    const identities = this.#untold();
    const sources = [...gathered.sources];
    const told = sources.map(([source, spans], at) => {
      // What was met by the batch as a whole is told once, with who was seen before it, and before how far anything has come.
      const whole = at === 0 ? { ...found, identities } : {};
      return this.#told(source, spans, whole);
    });
    await this.#append(told);
    const spans = sources.reduce((sum, [, { spanCount }]) => sum + spanCount, 0);
    this.#settings.onFlush?.({ spans, chunks: gathered.chunks.length, ms: clock.elapsedMs() - from });
  }

  async #gather(gathered: SpanBatch, { topic, partition }: TopicBatch, record: TopicRecord): Promise<void> {
    const { builder, clock, open } = this.#parts;
    const { offset } = record;
    const source = gathered.source(sourceOf({ topic, partition }));
    const name = recordName(topic, partition, offset);
    const nothing = withoutValue(record, name);
    const { onRecord = ignore } = this.#settings;
    if (nothing !== null) {
      onRecord({ input: 'spans', media: 'protobuf', ...nothing, to: null });
      return source.takeNothing(offset, nothing);
    }
    const bytes = record.value ?? new Uint8Array();
    const body: RecordBody = { input: 'spans', name, bytes, media: mediaOf(bytes) };
    const built = await builder.spans(open(body));
    const admitted = this.#admission(sourceOf({ topic, partition })).admit(built, offset, clock.now());
    const [, count] = admitted.count;
    const account = typeof count === 'number' ? built.account : count;
    onRecord({ input: 'spans', media: body.media, account, to: latestOf(built) });
    source.take(built, admitted, body.name);
    const number = partitionNumber(this.#settings.topics, topic, partition);
    gathered.add(source, admitted, { partition: number, offset });
  }

  #admission(source: string): SpanAdmission {
    let admission = this.#admissions.get(source);
    if (admission === undefined) {
      const { mode, time, join } = this.#settings;
      admission = new SpanAdmission(mode, time, join.lateHorizon);
      this.#admissions.set(source, admission);
    }
    return admission;
  }

  #told(source: string, spans: SourceSpans, whole: Partial<SpanNotes>): LogEntry {
    const { latest, late } = this.#admission(source).written();
    const notes = { ...NOTHING_TOLD, counts: spans.counts, latest, late, talked: spans.talked(), ...whole };
    return this.#entryOf(originOf(source), { notes, refused: spans.refused, ends: false });
  }

  #entryOf(
    origin: Origin,
    { notes, refused, ends }: { notes: SpanNotes; refused: SourceSpans['refused']; ends: boolean },
  ): LogEntry {
    const account = emptyInputAccounts();
    return this.#parts.builder.without({ input: 'spans', account, refused, ends, origin, notes });
  }

  async #append(entries: readonly LogEntry[]): Promise<void> {
    await appendInOrder(this.#parts.links, this.#patience, entries);
  }

  /** New identities at once, since witnesses name them; wider ranges now and then. */
  #untold(all = false): IdentityFact[] {
    const fresh = this.#learned.takeNew().identities;
    const now = this.#parts.clock.elapsedMs();
    if (!all && now - this.#grownAt < GROWN_MS) return fresh;
    this.#grownAt = now;
    return [...fresh, ...this.#learned.takeGrown().identities];
  }

  /** Whether something that it needs is failing. */
  get troubled(): boolean {
    return this.#patience.troubled;
  }

  /** What fails is given up from now on; its batches are not done, and are read again by the next owner. */
  giveUp(): void {
    this.#patience.stop();
  }

  async idle(topic: string, partition: number, at: ReadPosition, asked: Instant): Promise<void> {
    this.#flush();
    await this.#flushing;
    const source = sourceOf({ topic, partition });
    const notes = { ...NOTHING_TOLD, identities: this.#untold(true) };
    if (this.#settings.mode === 'live') {
      this.#admission(source).idle(asked);
      const origin = { ...originOf(source), idle: { at, asked } };
      await this.#append([this.#entryOf(origin, { notes, refused: [], ends: false })]);
    } else if (at.position >= at.end && !this.#ended.has(source)) {
      await this.#append([this.#entryOf(originOf(source), { notes, refused: [], ends: true })]);
      this.#ended.add(source);
    }
  }
}

const ignore = (): void => undefined;

function latestOf({ spans }: BuiltSpans): Instant | null {
  if (spans === null) return null;
  return spans.end.reduce((latest, end) => Math.max(latest, end), -Infinity);
}

function originOf(source: string): Origin {
  const slash = source.lastIndexOf('/');
  const topic = source.slice(0, slash);
  return { topic, partition: Number(source.slice(slash + 1)), offset: null, idle: null };
}
