/**
 * Reads the event log's entries out of one partition: follows it, or scans what it holds.
 *
 * Large entries come in parts (log-parts.ts): at the last part, the reader goes back over a connection of its own and gathers.
 * Parts at the end of the partition whose last one is not there belong to an entry under way, or to a writer that died: the log ends
 * before them, and `withoutTorn` says so to whoever asks for the end, or a reader would never seem to have caught up.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { LogRange, LogRecord } from '../../ports/event-log.ts';
import type { KafkaConnection } from './connection.ts';
import type { FetchedPartition } from './fetch-response.ts';
import { partMarkOf, timesOf, type PartMark } from './log-parts.ts';
import { unlessAborted } from './patience.ts';
import { PartitionReader } from './partition-reader.ts';
import type { FetchedRecord } from './record-batch.ts';

export interface ReadingSettings {
  topic: string;
  partition: number;
  batchBytes: number;
}

/** How long a broker holds a fetch when there is nothing; an abort does not wait for it, a disconnection does. */
const WAIT_MS = 500;

export class LogReading {
  readonly #connection: KafkaConnection;
  readonly #settings: ReadingSettings;
  readonly #closed = new AbortController();
  /** Parts without a last one that were last seen at the partition's end: from, and up to where. */
  #torn = { from: 0, to: -1 };

  constructor(connection: KafkaConnection, settings: ReadingSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  async *read(offset: number, signal: AbortSignal): AsyncGenerator<LogRecord[]> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    if (ended.aborted) return;
    const reader = this.#reader();
    try {
      const bounds = await unlessAborted(reader.bounds(), ended);
      if (bounds === null) return;
      if (offset < bounds.begin) throw this.#gone(offset, bounds.begin);
      if (offset > bounds.end) throw this.#shrunk(offset, bounds.end);
      yield* this.#entries(reader, offset, { fromBegin: offset === bounds.begin, signal: ended });
    } finally {
      this.#leave(reader);
    }
  }

  async *scan(range: LogRange, end: Promise<number>): AsyncGenerator<LogRecord[]> {
    const until = await end;
    const ended = this.#closed.signal;
    const reader = this.#reader();
    try {
      const { begin } = await reader.bounds();
      if (range.from > range.to || begin >= until) return;
      for await (const { records, next } of this.#passes(reader, begin, { fromBegin: true, signal: ended })) {
        const meeting = records.filter((record) => record.offset < until && meets(record, range));
        if (meeting.length > 0) yield meeting;
        if (next >= until) return;
      }
    } finally {
      this.#leave(reader);
    }
  }

  /** The log's end, given the partition's. */
  withoutTorn(end: number): number {
    return end === this.#torn.to ? this.#torn.from : end;
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async *#entries(reader: PartitionReader, offset: number, how: Reading): AsyncGenerator<LogRecord[]> {
    for await (const { records } of this.#passes(reader, offset, how)) if (records.length > 0) yield records;
  }

  async *#passes(
    reader: PartitionReader,
    offset: number,
    how: Reading,
  ): AsyncGenerator<{ records: LogRecord[]; next: number }> {
    let behindLast = offset;
    let begin = 0;
    for await (const fetched of reader.from(offset, how.signal)) {
      if (fetched.error !== 0) throw await this.#outOfRange(fetched, behindLast);
      begin = fetched.begin;
      const records: LogRecord[] = [];
      for (const record of fetched.records) {
        const entry = await this.#entryOf(record, begin, how);
        if (entry === null) continue;
        records.push(entry);
        behindLast = entry.offset + 1;
      }
      this.#torn = {
        from: behindLast,
        to: fetched.next === fetched.end && fetched.next > behindLast ? fetched.next : -1,
      };
      yield { records, next: fetched.next };
    }
  }

  /** Null: a part that is not the last, or the end of an entry of which a reader from the beginning finds no whole. */
  async #entryOf(record: FetchedRecord, begin: number, how: Reading): Promise<LogRecord | null> {
    const { partition } = this.#settings;
    const { offset } = record;
    if (record.unreadable !== null) throw this.#corrupt(record.unreadable);
    const mark = this.#markOf(record);
    if (mark === null) return { partition, offset, value: record.value ?? EMPTY, ...timesOf(record.headers) };
    if (mark.index < mark.count - 1) return null;
    const first = mark.first ?? offset;
    if (first < begin) {
      if (how.fromBegin) return null;
      throw this.#gone(first, begin);
    }
    const value =
      mark.count === 1 ? (record.value ?? EMPTY) : await this.#gather(mark, first, offset, how.signal);
    return value === null ? null : { partition, offset, value, ...timesOf(record.headers) };
  }

  #markOf({ headers, offset }: FetchedRecord): PartMark | null {
    try {
      return partMarkOf(headers);
    } catch (cause) {
      throw this.#corrupt(`offset ${offset}: ${cause instanceof Error ? cause.message : ''}`);
    }
  }

  /** All parts of an entry, put together; null when the signal was aborted meanwhile. */
  async #gather(mark: PartMark, first: number, last: number, signal: AbortSignal): Promise<Buffer | null> {
    const parts: Buffer[] = [];
    const reader = this.#reader();
    try {
      for await (const { error, records, next, begin } of reader.from(first, signal)) {
        if (error !== 0) throw this.#gone(first, begin);
        for (const record of records) {
          const other = record.offset <= last && record.unreadable === null ? this.#markOf(record) : null;
          if (other?.entry === mark.entry && other.index === parts.length) parts.push(record.value ?? EMPTY);
        }
        if (next > last) break;
      }
    } finally {
      this.#leave(reader);
    }
    if (parts.length === mark.count) return Buffer.concat(parts);
    if (signal.aborted) return null;
    throw this.#corrupt(`of the entry at offset ${last}, ${parts.length} of ${mark.count} parts are there`);
  }

  #reader(): PartitionReader {
    const { topic, partition, batchBytes } = this.#settings;
    const size = { partitionBytes: batchBytes, totalBytes: batchBytes, waitMs: WAIT_MS };
    return new PartitionReader(this.#connection, { topic, partition }, size);
  }

  /** Its last fetch may still hang at the broker: nobody waits for it. */
  #leave(reader: PartitionReader): void {
    void reader.close();
  }

  async #outOfRange(fetched: FetchedPartition, position: number): Promise<CounterfoilError> {
    const reader = this.#reader();
    try {
      const { begin, end } = await reader.bounds();
      return position < begin || fetched.next < begin
        ? this.#gone(position, begin)
        : this.#shrunk(position, end);
    } finally {
      this.#leave(reader);
    }
  }

  #gone(offset: number, begin: number): CounterfoilError {
    const text = `Topic ${this.#settings.topic} begins at offset ${begin} now, and offset ${offset} is wanted`;
    const next = 'its retention has dropped it: read from the beginning, and set retention.ms higher';
    return new CounterfoilError('CF_LOG_GONE', `${text}; ${next}`);
  }

  #shrunk(offset: number, end: number): CounterfoilError {
    const text = `Topic ${this.#settings.topic} ends at offset ${end}, and was read up to ${offset} before`;
    const next =
      'it was made anew, or a broker without all records became its leader: make the facts again from its beginning';
    return new CounterfoilError('CF_LOG_CORRUPT', `${text}; ${next}`);
  }

  #corrupt(what: string): CounterfoilError {
    const { topic, partition } = this.#settings;
    return new CounterfoilError('CF_LOG_CORRUPT', `Topic ${topic}, partition ${partition}: ${what}`);
  }
}

interface Reading {
  /** Whether it began at the oldest record: what retention has cut in two is passed over then. */
  fromBegin: boolean;
  signal: AbortSignal;
}

const EMPTY = Buffer.alloc(0);

/** Records without times meet no range; one time stands for both. */
function meets({ from, to }: LogRecord, range: LogRange): boolean {
  const [earliest, latest] = [from ?? to, to ?? from];
  return earliest !== null && latest !== null && earliest <= range.to && latest >= range.from;
}
