/**
 * The worker of security records and payments (DESIGN 7): each record of its topics becomes a frame, as a request over HTTP does,
 * and goes to the topic of links. It keeps nothing, so any number of them may run, and any of them may die.
 *
 * One frame a record: then "read twice" is seen by the offset alone, and counted once.
 *
 * Cost: decoding, and a frame of some hundred bytes more than the record's facts. Worked example: a batch of 500 audit records is 500
 * appends that share a few produce requests; when all are acknowledged, the batch may be committed.
 */
import { emptyInputAccounts, type InputName } from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import type { InputMode } from '../../join/partition-progress.ts';
import type { EventLog, LogEntry } from '../../ports/event-log.ts';
import type { ReadPosition } from '../../ports/read-position.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import type { Timers } from '../../ports/timers.ts';
import type { TopicBatch, TopicHandler, TopicRecord } from '../../ports/topic-reader.ts';
import type { FrameBuilder } from '../live/frame-builder.ts';
import { sourceOf, type Origin } from '../live/origin.ts';
import { appendInOrder } from './in-order.ts';
import { Patience, type PatienceSettings } from './patience.ts';
import {
  recordName,
  withoutValue,
  type ReadRecord,
  type RecordBody,
  type TopicInput,
} from './topic-input.ts';

export interface RecordWorkerParts {
  builder: FrameBuilder;
  links: Pick<EventLog, 'append'>;
  open: (body: RecordBody) => RecordSource;
  timers: Timers;
}

export interface RecordWorkerSettings {
  topics: readonly TopicInput[];
  /** Bounded: a partition ends where its end was found. */
  mode: InputMode;
  onTrouble?: PatienceSettings['onTrouble'];
  /** Is told of each record that was read; of one that is read again, again. */
  onRecord?: (record: ReadRecord) => void;
}

const ignore = (): void => undefined;

export class RecordWorker implements TopicHandler {
  readonly #parts: RecordWorkerParts;
  readonly #settings: RecordWorkerSettings;
  readonly #patience: Patience;
  readonly #ended = new Set<string>();

  constructor(parts: RecordWorkerParts, settings: RecordWorkerSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#patience = new Patience({ timers: parts.timers, onTrouble: settings.onTrouble ?? ignore });
  }

  /** Whether something that it needs is failing. */
  get troubled(): boolean {
    return this.#patience.troubled;
  }

  /** What fails is given up from now on; its batches are not done, and are read again by the next owner. */
  giveUp(): void {
    this.#patience.stop();
  }

  async take({ topic, partition, records }: TopicBatch): Promise<void> {
    const input = this.#inputOf(topic);
    const entries: LogEntry[] = [];
    for (const record of records)
      entries.push(await this.#entry(input, record, { topic, partition, offset: record.offset, idle: null }));
    await appendInOrder(this.#parts.links, this.#patience, entries);
  }

  async #entry(input: InputName, record: TopicRecord, origin: Origin): Promise<LogEntry> {
    const { builder, open } = this.#parts;
    const name = recordName(origin.topic, origin.partition, record.offset);
    const nothing = withoutValue(record, name);
    const { onRecord = ignore } = this.#settings;
    if (nothing !== null) {
      onRecord({ input, media: 'json', ...nothing, to: null });
      return builder.without({ input, ...nothing, ends: false, origin });
    }
    const bytes = record.value ?? new Uint8Array();
    const { entry, ...read } = await builder.build(
      input,
      open({ input, name, bytes, media: 'json' }),
      origin,
    );
    onRecord({ input, media: 'json', ...read, to: entry.to });
    return entry;
  }

  async idle(topic: string, partition: number, at: ReadPosition, asked: Instant): Promise<void> {
    const { mode } = this.#settings;
    const { builder, links } = this.#parts;
    const input = this.#inputOf(topic);
    const source = sourceOf({ topic, partition });
    const account = emptyInputAccounts();
    const ends = mode === 'bounded';
    if (ends && (this.#ended.has(source) || at.position < at.end)) return;
    const origin = { topic, partition, offset: null, idle: ends ? null : { at, asked } };
    const entry = builder.without({ input, account, refused: [], ends, origin });
    await this.#patience.until(() => links.append(entry));
    if (ends) this.#ended.add(source);
  }

  #inputOf(topic: string): InputName {
    const found = this.#settings.topics.find((each) => each.topic === topic);
    if (found === undefined) throw new Error(`${topic} is no topic of this worker`);
    return found.input;
  }
}
