/**
 * Reads topics as one of a group: joins, serves what it is given until that is taken away (reader-session.ts), and joins again.
 *
 * A position that the group committed and the topic does not keep any more is never passed over in silence: the reader goes on at the
 * oldest record, and `kafka_records_missed` says from where to where.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { OwnedByReader, PartitionLag, TopicHandler, TopicReader } from '../../ports/topic-reader.ts';
import type { KafkaConnection } from './connection.ts';
import { GroupMember, type GroupSettings, type TopicPartition } from './group-member.ts';
import { kafkaFailed } from './kafka-errors.ts';
import { OwnedPartition } from './owned-partition.ts';
import { pauseUnless, unlessAborted } from './patience.ts';
import { ReaderSession, type SessionSettings } from './reader-session.ts';
import { TopicAccess } from './topic-access.ts';

export interface TopicReaderSettings
  extends Pick<GroupSettings, 'group' | 'topics'>, Partial<SessionSettings> {
  /** How long the others wait for one that is finishing its work; default 60 s. */
  rebalanceMs?: number;
}

/** How long a reader that is stopped while it joins waits for its group. */
const LATE_JOIN_MS = 5_000;
const NEVER = new AbortController().signal;

const DEFAULTS = {
  sessionMs: 30_000,
  rebalanceMs: 60_000,
  heartbeatMs: 3_000,
  commitMs: 1_000,
  probeMs: 1_000,
  concurrency: 8,
  partitionBytes: 2 ** 20,
  fetchBytes: 10 * 2 ** 20,
  bufferBytes: 32 * 2 ** 20,
};

/**
 * A reader of a group, connected.
 * @throws CounterfoilError CF_UNREACHABLE; CF_SERVER_SETUP when a topic does not exist
 */
export async function openTopicReader(
  connection: KafkaConnection,
  settings: TopicReaderSettings,
  clock: Clock,
): Promise<TopicReader> {
  const reader = new KafkaTopicReader(connection, { ...DEFAULTS, ...settings }, clock);
  await reader.open();
  return reader;
}

class KafkaTopicReader implements TopicReader {
  readonly #connection: KafkaConnection;
  readonly #settings: GroupSettings & SessionSettings;
  readonly #clock: Clock;
  readonly #access: TopicAccess;
  readonly #member: GroupMember;
  readonly #stopped = new AbortController();
  #session: ReaderSession | null = null;
  #paused = false;
  #running: Promise<void> | null = null;

  constructor(connection: KafkaConnection, settings: GroupSettings & SessionSettings, clock: Clock) {
    this.#connection = connection;
    this.#settings = settings;
    this.#clock = clock;
    this.#access = new TopicAccess(connection, settings.topics);
    this.#member = new GroupMember(connection, this.#access, settings);
  }

  async open(): Promise<void> {
    await this.#access.open();
  }

  async partitions(): Promise<ReadonlyMap<string, readonly number[]>> {
    const { topics } = this.#settings;
    const lists = await Promise.all(topics.map((topic) => this.#access.listPartitions(topic)));
    return new Map(topics.map((topic, i) => [topic, lists[i] ?? []]));
  }

  async run(handler: TopicHandler): Promise<void> {
    if (this.#running !== null) throw new CounterfoilError('CF_INTERNAL', 'A topic reader runs once');
    this.#running = this.#run(handler);
    await this.#running;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#session?.touch();
  }

  owned(): readonly OwnedByReader[] {
    return this.#session?.owned ?? [];
  }

  async lag(): Promise<PartitionLag[]> {
    try {
      return (await this.#session?.lag()) ?? [];
    } catch (error) {
      throw kafkaFailed(this.#connection.brokers, 'to ask for its lag', error);
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#session?.stop();
    await this.#running?.catch(() => undefined);
    await this.#access.close();
  }

  async #run(handler: TopicHandler): Promise<void> {
    const { signal } = this.#stopped;
    try {
      while (!signal.aborted) {
        const joining = this.#join();
        const owned = await unlessAborted(joining, signal);
        if (owned === null) {
          // Who has not joined cannot leave, and the others would wait for it until its session is over.
          await Promise.race([joining.catch(() => undefined), pauseUnless(LATE_JOIN_MS, NEVER)]);
          break;
        }
        const end = await this.#serve(owned, handler);
        if (end.why === 'failed') throw end.error;
      }
    } catch (error) {
      throw kafkaFailed(this.#connection.brokers, `by group ${this.#settings.group}`, error);
    } finally {
      await this.#member.leave();
      await this.#access.close();
    }
  }

  async #serve(owned: readonly OwnedPartition[], handler: TopicHandler): ReturnType<ReaderSession['serve']> {
    const session = new ReaderSession(
      {
        topics: this.#settings.topics,
        access: this.#access,
        member: this.#member,
        handler,
        clock: this.#clock,
        settings: this.#settings,
        isPaused: () => this.#paused,
        onJump: (partition, from, to) => this.#noteMissed(partition, from, to),
      },
      owned,
    );
    this.#session = session;
    try {
      return await session.serve();
    } finally {
      this.#session = null;
    }
  }

  async #join(): Promise<OwnedPartition[]> {
    const partitions = await this.#member.join(this.#stopped.signal);
    const { group } = this.#settings;
    const names = partitions.map(({ topic, partition }) => `${topic} ${partition}`).join(', ');
    this.#connection.log({
      name: 'kafka_joined',
      level: 'info',
      text: `group ${group}: ${names || 'no partitions'}`,
    });
    if (partitions.length === 0) return [];
    return await this.#access.patiently('to ask where its group stands', () => this.#positions(partitions));
  }

  async #positions(partitions: readonly TopicPartition[]): Promise<OwnedPartition[]> {
    const committed = await this.#member.committed(partitions);
    const owned: OwnedPartition[] = [];
    for (const [topic, of] of Map.groupBy(committed, (one) => one.topic)) {
      const numbers = of.map(({ partition }) => partition);
      const begins = await this.#access.offsets(topic, numbers, 'begin');
      const ends = await this.#access.offsets(topic, numbers, 'end');
      for (const { partition, offset } of of) {
        const begin = begins.get(partition) ?? 0;
        const isKept = offset >= begin && offset <= (ends.get(partition) ?? 0);
        if (!isKept && offset >= 0) this.#noteMissed({ topic, partition }, offset, begin);
        owned.push(new OwnedPartition({ topic, partition }, isKept ? offset : begin));
      }
    }
    return owned;
  }

  #noteMissed({ topic, partition }: TopicPartition, from: number, to: number): void {
    const { group } = this.#settings;
    const what =
      from < to
        ? `retention dropped offsets ${from} to ${to - 1} before they were read; set retention.ms higher`
        : `it was made anew, or lost records: it ends before offset ${from}, and is read from ${to} again`;
    this.#connection.log({
      name: 'kafka_records_missed',
      level: 'error',
      text: `group ${group}: ${what}`,
      topic,
      partition,
    });
  }
}
