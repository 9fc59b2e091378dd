/**
 * The event log on one partition of a topic: `counterfoil.links` of the distributed lane.
 *
 * The parts: log-parts.ts (how an entry becomes records), log-appender.ts (writing), log-reading.ts (reading),
 * group-commits.ts (positions for lag tools). Offsets are the topic's own. Of small entries they follow on each other; there
 * are gaps before large ones, and wherever a broker puts records of its own.
 *
 * Many processes append, each keeps its own order. The end is asked of the broker at every call, since others append too, but calls
 * that come while one is under way share the next: however often it is asked for, one request is on its way.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { EventLog, LogEntry, LogPosition, LogRange, LogRecord } from '../../ports/event-log.ts';
import type { Codec } from './codecs.ts';
import type { KafkaConnection } from './connection.ts';
import { GroupCommits } from './group-commits.ts';
import { LogAppender } from './log-appender.ts';
import { LogReading } from './log-reading.ts';
import { RECORD_OVERHEAD_BYTES } from './log-parts.ts';
import { SharedCall } from './shared-call.ts';
import { TopicAccess } from './topic-access.ts';

export interface KafkaLogSettings {
  topic: string;
  /** Default 0. */
  partition?: number;
  /** The key of every record, so that tools see whose it is. */
  tenant: string;
  /** Where `commit` is written, for tools that show lag. */
  group: string;
  /** Default: none. */
  codec?: Codec;
  /** Values above this are cut; default 900 kB, which leaves room below the 1 MiB that a topic takes by default. */
  partBytes?: number;
  /** Most that a fetch of a reader brings, but for one larger batch; default 1 MiB. */
  batchBytes?: number;
  /** The most that may wait to be appended; default 256 MiB. */
  maxWaitingBytes?: number;
}

const MAX_VALUE_BYTES = 2 ** 26;
const DEFAULTS = {
  partition: 0,
  codec: 'none' as Codec,
  partBytes: 900_000,
  batchBytes: 2 ** 20,
  maxWaitingBytes: 2 ** 28,
};

/**
 * Opens the log of a topic that exists (topics.ts).
 * @throws CounterfoilError CF_UNREACHABLE; CF_SERVER_SETUP when topic or partition do not exist
 */
export async function openKafkaLog(
  connection: KafkaConnection,
  settings: KafkaLogSettings,
): Promise<EventLog> {
  const log = new KafkaLog(connection, { ...DEFAULTS, ...settings });
  await log.open();
  return log;
}

class KafkaLog implements EventLog {
  readonly #settings: Required<KafkaLogSettings>;
  readonly #access: TopicAccess;
  readonly #appender: LogAppender;
  readonly #reading: LogReading;
  readonly #commits: GroupCommits;
  readonly #end: SharedCall<number>;
  #closing: Promise<void> | null = null;

  constructor(connection: KafkaConnection, settings: Required<KafkaLogSettings>) {
    const { topic, partition, tenant: key, partBytes, maxWaitingBytes, codec, batchBytes, group } = settings;
    this.#settings = settings;
    this.#access = new TopicAccess(connection, [topic]);
    this.#appender = new LogAppender(connection, this.#access, {
      topic,
      partition,
      key,
      partBytes: partBytes - RECORD_OVERHEAD_BYTES,
      maxWaitingBytes,
      codec,
    });
    this.#reading = new LogReading(connection, { topic, partition, batchBytes });
    this.#commits = new GroupCommits(connection, this.#access, { topic, partition, group });
    this.#end = new SharedCall(() => this.#offset('end'));
  }

  async open(): Promise<void> {
    await this.#access.open();
    this.#checkPartition(this.#settings.partition);
  }

  async partitions(): Promise<readonly number[]> {
    return [this.#settings.partition];
  }

  async append(entry: LogEntry): Promise<LogPosition> {
    if (this.#closing !== null) throw this.#closed();
    if (entry.value.length > MAX_VALUE_BYTES) {
      const text = `A record of ${entry.value.length} bytes is more than the ${MAX_VALUE_BYTES} that the log takes`;
      throw new CounterfoilError('CF_OVER_LIMIT', `${text}; send smaller ones`);
    }
    return await this.#appender.append(entry);
  }

  read(from: LogPosition, signal: AbortSignal): AsyncIterable<LogRecord[]> {
    this.#checkPartition(from.partition);
    return this.#reading.read(from.offset, signal);
  }

  scan(range: LogRange): AsyncIterable<LogRecord[]> {
    if (this.#closing !== null) throw this.#closed();
    const end = this.#end.call();
    // The end as it is now: what this process appends after the call is not before it.
    this.#appender.holdUntil(end);
    return this.#reading.scan(range, end);
  }

  async begin(partition: number): Promise<number> {
    this.#checkPartition(partition);
    return await this.#offset('begin');
  }

  async end(partition: number): Promise<number> {
    this.#checkPartition(partition);
    return this.#reading.withoutTorn(await this.#end.call());
  }

  async commit({ partition, offset }: LogPosition): Promise<void> {
    this.#checkPartition(partition);
    this.#commits.note(offset);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#reading.close(), this.#appender.close(), this.#commits.close()]);
    await this.#access.close();
  }

  async #offset(at: 'begin' | 'end'): Promise<number> {
    const { topic, partition } = this.#settings;
    const offsets = await this.#access.patiently(`to ask where topic ${topic} ends`, () =>
      this.#access.offsets(topic, [partition], at),
    );
    return offsets.get(partition) ?? 0;
  }

  #checkPartition(partition: number): void {
    const { topic } = this.#settings;
    if (partition === this.#settings.partition && this.#access.partitions(topic).includes(partition)) return;
    throw new CounterfoilError(
      'CF_SERVER_SETUP',
      `Topic ${topic} has no partition ${partition} that this log is on`,
    );
  }

  #closed(): CounterfoilError {
    return new CounterfoilError('CF_STOPPING', `The log on topic ${this.#settings.topic} is closed`);
  }
}
