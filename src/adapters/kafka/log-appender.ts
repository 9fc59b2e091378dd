/**
 * Appends entries to one partition, in the order of the calls.
 *
 * What waits together goes together, up to about a megabyte in one request; the next request leaves when the last one is
 * acknowledged by all replicas in sync. One request at a time, because the driver keeps order and sequence numbers
 * of an idempotent producer right only so. Under load batches fill by themselves, so the rate is a batch a round trip.
 *
 * While brokers are away, the same request is sent again and again by the same producer, with the same sequence number: if the first
 * one had arrived after all, the broker knows it again. After a request that failed for good, its entries are rejected with all that waits
 * behind them, since nothing may pass what comes before it; and a *new* producer takes over: whether the old request arrived is not known, and the broker would take the next one with
 * that sequence number for a repetition of it, and throw it away while saying that it was kept.
 *
 * What waits is bounded: beyond `maxWaitingBytes`, appends are refused at once, the smaller ones that follow too, until a request has left.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { LogEntry, LogPosition } from '../../ports/event-log.ts';
import type { Codec } from './codecs.ts';
import type { KafkaConnection } from './connection.ts';
import { driver } from './driver.ts';
import { protocolType } from './kafka-errors.ts';
import {
  newEntryName,
  partCount,
  partMessage,
  RECORD_OVERHEAD_BYTES,
  wholeMessage,
  type PartMessage,
} from './log-parts.ts';
import type { PartitionProducer } from './partition-producer.ts';
import type { TopicAccess } from './topic-access.ts';

export interface AppenderSettings {
  topic: string;
  partition: number;
  /** Of every record: the tenant. */
  key: string;
  /** Larger values are cut into parts of so many bytes; a request holds about as much. */
  partBytes: number;
  /** The most that may wait to be sent. */
  maxWaitingBytes: number;
  codec: Codec;
}

interface Waiting {
  entry: LogEntry;
  resolve(position: LogPosition): void;
  reject(error: unknown): void;
}

/** Sequence numbers end at 2^31, and the driver does not go round as the broker expects: a new producer begins at 0 before that. */
const RECORDS_OF_A_PRODUCER = 1e9;
const { None, GZIP, Snappy, LZ4, ZSTD } = driver.CompressionTypes;
const COMPRESSION = { none: None, gzip: GZIP, snappy: Snappy, lz4: LZ4, zstd: ZSTD };
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'RECORD_TOO_LARGE']);

export class LogAppender {
  readonly #connection: KafkaConnection;
  readonly #access: TopicAccess;
  readonly #settings: AppenderSettings;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Something was refused for want of room, and would be passed by what follows it. */
  #isFull = false;
  #producer: PartitionProducer | null = null;
  /** Records that this producer has sent. */
  #sent = 0;
  #sending: Promise<void> | null = null;
  #barrier: Promise<unknown> | null = null;

  constructor(connection: KafkaConnection, access: TopicAccess, settings: AppenderSettings) {
    this.#connection = connection;
    this.#access = access;
    this.#settings = settings;
  }

  append(entry: LogEntry): Promise<LogPosition> {
    const bytes = sizeOf(entry);
    this.#isFull ||= this.#waitingBytes + bytes > this.#settings.maxWaitingBytes && this.#waiting.length > 0;
    if (this.#isFull) return Promise.reject(tooMuchWaits(this.#settings));
    this.#waitingBytes += bytes;
    const appended = new Promise<LogPosition>((resolve, reject) =>
      this.#waiting.push({ entry, resolve, reject }),
    );
    this.#sending ??= this.#sendAll();
    return appended;
  }

  /** Nothing that is appended from now on leaves before the promise has settled. */
  holdUntil(settled: Promise<unknown>): void {
    this.#barrier = Promise.allSettled([this.#barrier, settled]);
  }

  /** What waits is still sent. */
  async close(): Promise<void> {
    await this.#sending;
    await this.#producer?.disconnect().catch(() => undefined);
    this.#producer = null;
  }

  async #sendAll(): Promise<void> {
    // Calls of this turn of the event loop wait together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#passBarrier();
      const batch = this.#nextBatch();
      try {
        const offsets = await this.#send(batch.map(({ entry }) => entry));
        for (const [i, one] of batch.entries())
          one.resolve({ partition: this.#settings.partition, offset: offsets[i] ?? 0 });
      } catch (error) {
        this.#dropProducer();
        // They are taken to the end of the batch, so that their bytes are given back with it.
        batch.push(...this.#waiting.splice(0));
        for (const one of batch) one.reject(error);
      }
      for (const { entry } of batch) this.#waitingBytes -= sizeOf(entry);
      this.#isFull = false;
    }
    this.#sending = null;
  }

  async #passBarrier(): Promise<void> {
    while (this.#barrier !== null) {
      const barrier = this.#barrier;
      await barrier;
      // Another may have been put up meanwhile, for entries that came since.
      if (this.#barrier === barrier) this.#barrier = null;
    }
  }

  /** As many as fit into one request; a large entry goes by itself. */
  #nextBatch(): Waiting[] {
    const { partBytes } = this.#settings;
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#waiting) {
      bytes += sizeOf(entry);
      if (count > 0 && bytes > partBytes) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(entries: readonly LogEntry[]): Promise<number[]> {
    const { partBytes } = this.#settings;
    const [large] = entries;
    if (large !== undefined && partCount(large.value.length, partBytes) > 1)
      return [await this.#sendParts(large)];
    const base = await this.#produce(entries.map(wholeMessage));
    return entries.map((_, i) => base + i);
  }

  async #sendParts(entry: LogEntry): Promise<number> {
    const { partBytes } = this.#settings;
    const count = partCount(entry.value.length, partBytes);
    const name = newEntryName();
    let first: number | null = null;
    let last = 0;
    for (let index = 0; index < count; index++) {
      last = await this.#produce([partMessage(entry, { entry: name, index, count, first }, partBytes)]);
      first ??= last;
    }
    return last;
  }

  /** @returns offset of the first of them; the others follow without a gap, since one batch of the broker holds them */
  async #produce(messages: readonly PartMessage[]): Promise<number> {
    const { topic, partition, key, codec } = this.#settings;
    const batch = {
      topic,
      partition,
      compression: COMPRESSION[codec],
      messages: messages.map(({ value, headers }) => ({ key, value, headers })),
    };
    const first = await this.#access.patiently(`to append to topic ${topic}`, async () => {
      const producer = await this.#openProducer();
      return await producer.send(batch).catch((error: unknown) => {
        throw TOO_LARGE.has(protocolType(error) ?? '') ? takesLess(this.#settings) : error;
      });
    });
    this.#sent += messages.length;
    if (this.#sent > RECORDS_OF_A_PRODUCER) this.#dropProducer();
    return first;
  }

  async #openProducer(): Promise<PartitionProducer> {
    if (this.#producer !== null) return this.#producer;
    const producer = this.#connection.producer();
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    this.#producer = producer;
    return producer;
  }

  /** Nobody waits for its connections to end: a broker that does not answer may keep one for long. */
  #dropProducer(): void {
    const producer = this.#producer;
    this.#producer = null;
    this.#sent = 0;
    void producer?.disconnect().catch(() => undefined);
  }
}

function takesLess({ topic, partBytes }: AppenderSettings): CounterfoilError {
  const text = `Topic ${topic} does not take records of ${partBytes} bytes`;
  const fix = `kafka-configs --alter --entity-type topics --entity-name ${topic} --add-config max.message.bytes=1048588`;
  return new CounterfoilError('CF_SERVER_SETUP', `${text}; allow them with ${fix}`);
}

function sizeOf({ value }: LogEntry): number {
  return value.length + RECORD_OVERHEAD_BYTES;
}

function tooMuchWaits({ topic, maxWaitingBytes }: AppenderSettings): CounterfoilError {
  const text = `More than ${maxWaitingBytes} bytes wait to be appended to topic ${topic}`;
  return new CounterfoilError(
    'CF_BUSY',
    `${text}; Kafka takes them more slowly than they come: send less, or try again`,
  );
}
