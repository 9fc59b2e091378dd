/**
 * Some topics over connections of their own: their partitions, where they begin and end, and their records.
 *
 * No consumer group is needed for that, so a reader that knows its position starts at once, and leaves nothing behind at the broker.
 * Each call is one attempt; who calls decides what is tried again (patience.ts), with `mend` before.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { KafkaConnection } from './connection.ts';
import { FETCH_VERSION, fetchRequest, protocolError, type Cluster } from './driver.ts';
import { readFetchResponse, type FetchAnswer, type FetchedPartition } from './fetch-response.ts';
import { kafkaFailed } from './kafka-errors.ts';
import { patiently, pauseUnless, type Patience } from './patience.ts';

/** What is asked of a partition: records from an offset on. */
export interface Wanted {
  topic: string;
  partition: number;
  offset: number;
}

export interface FetchSize {
  /** Of one partition; a single larger batch still comes whole. */
  partitionBytes: number;
  /** Of all together. */
  totalBytes: number;
  /** How long the broker may wait when there is nothing. */
  waitMs: number;
}

const LAST_ANSWER_MS = 1_000;
const BEGIN = -2;
const END = -1;
const READ_COMMITTED = 1;
const OFFSET_OUT_OF_RANGE = 1;

export class TopicAccess {
  readonly cluster: Cluster;
  readonly #connection: KafkaConnection;
  readonly #topics: readonly string[];
  readonly #closed = new AbortController();
  #opening: Promise<void> | null = null;

  constructor(connection: KafkaConnection, topics: readonly string[]) {
    this.#connection = connection;
    this.#topics = topics;
    this.cluster = connection.cluster();
  }

  /**
   * Connects, once.
   * @throws CounterfoilError CF_UNREACHABLE; CF_SERVER_SETUP when a topic does not exist
   */
  async open(): Promise<void> {
    this.#opening ??= this.patiently('to look up its topics', async () => {
      await this.cluster.connect();
      await this.cluster.addMultipleTargetTopics([...this.#topics]);
    });
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = null;
      throw error;
    }
    for (const topic of this.#topics)
      if (this.cluster.findTopicPartitionMetadata(topic).length === 0) throw noTopic(this.#connection, topic);
  }

  /** Tries an action for as long as brokers may be away; between attempts, metadata is asked for again. */
  async patiently<T>(doing: string, action: () => Promise<T>, signal = this.#closed.signal): Promise<T> {
    const patience: Patience = {
      brokers: this.#connection.brokers,
      giveUpMs: this.#connection.timeouts.giveUpMs,
      doing,
      signal,
      onRetry: (error, attempt) => this.noteRetry(doing, error, attempt),
    };
    return await patiently(patience, action, () => this.mend());
  }

  /** Says that something is tried again: the first time, and then ever more rarely. */
  noteRetry(doing: string, error: unknown, attempt: number): void {
    if ((attempt & (attempt - 1)) !== 0) return;
    const failed = kafkaFailed(this.#connection.brokers, doing, error);
    const text = failed instanceof Error ? failed.message : 'unknown';
    this.#connection.log({ name: 'kafka_retry', level: 'warn', text: `attempt ${attempt}: ${text}` });
  }

  /** Connects again, and asks who leads what now. */
  async mend(): Promise<void> {
    await this.cluster.connect();
    await this.cluster.refreshMetadata();
  }

  /** As the broker lists them now. */
  async listPartitions(topic: string): Promise<number[]> {
    await this.patiently('to list partitions', () => this.cluster.refreshMetadata());
    return this.partitions(topic);
  }

  /** As the broker listed them last. */
  partitions(topic: string): number[] {
    return this.cluster
      .findTopicPartitionMetadata(topic)
      .map(({ partitionId }) => partitionId)
      .toSorted((a, b) => a - b);
  }

  /** The broker to ask about a partition; null when there is none now. */
  leader(topic: string, partition: number): number | null {
    const found = this.cluster
      .findTopicPartitionMetadata(topic)
      .find(({ partitionId }) => partitionId === partition);
    return found === undefined || found.leader < 0 ? null : found.leader;
  }

  /**
   * Offsets of partitions: the first kept, the one after the last, or the first of a record appended at or after an
   * instant in milliseconds, -1 where there is none.
   */
  async offsets(
    topic: string,
    partitions: readonly number[],
    at: 'begin' | 'end' | number,
  ): Promise<Map<number, number>> {
    const fromTimestamp = at === 'begin' ? BEGIN : at === 'end' ? END : at;
    await this.cluster.refreshMetadataIfNecessary();
    const asked = [{ topic, partitions: partitions.map((partition) => ({ partition })), fromTimestamp }];
    const found = await this.cluster.fetchTopicsOffset(asked);
    const offsets = new Map(
      found.flatMap((one) =>
        one.partitions.map(({ partition, offset }) => [partition, Number(offset)] as const),
      ),
    );
    for (const partition of partitions) if (!offsets.has(partition)) throw protocolError(5);
    return offsets;
  }

  /** What one broker has of the partitions that it leads. */
  async fetch(node: number, wanted: readonly Wanted[], size: FetchSize): Promise<FetchedPartition[]> {
    await this.cluster.refreshMetadataIfNecessary();
    const broker = await this.cluster.findBroker({ nodeId: node });
    const { request, response } = fetchRequest(broker, {
      isolationLevel: READ_COMMITTED,
      maxWaitTime: size.waitMs,
      minBytes: 1,
      maxBytes: size.totalBytes,
      topics: groupedByTopic(wanted, size.partitionBytes),
    });
    if (request.apiVersion !== FETCH_VERSION) throw tooOld(this.#connection);
    const offsets = new Map(wanted.map(({ topic, partition, offset }) => [`${topic} ${partition}`, offset]));
    const decode = async (bytes: Buffer): Promise<FetchAnswer> =>
      readFetchResponse(bytes, (topic, partition) => offsets.get(`${topic} ${partition}`) ?? 0);
    const parse = async (answer: FetchAnswer): Promise<FetchAnswer> => answer;
    const answer = (await broker.connectionPool.send({
      request,
      response: { ...response, decode, parse },
    })) as FetchAnswer;
    if (answer.error !== 0) throw protocolError(answer.error);
    return answer.partitions;
  }

  /** Ends what is waiting. Connections end when their last request is answered, which is not waited for longer than a moment. */
  async close(): Promise<void> {
    this.#closed.abort();
    const disconnected = new AbortController();
    const disconnecting = this.cluster.disconnect().catch(() => undefined);
    void disconnecting.then(() => disconnected.abort());
    await pauseUnless(LAST_ANSWER_MS, disconnected.signal);
  }
}

/**
 * Whether the offset lies outside of what the partition keeps.
 * @throws the driver's error for any other error of the partition
 */
export function isOutOfRange({ error }: FetchedPartition): boolean {
  if (error !== 0 && error !== OFFSET_OUT_OF_RANGE) throw protocolError(error);
  return error === OFFSET_OUT_OF_RANGE;
}

function groupedByTopic(wanted: readonly Wanted[], maxBytes: number): object[] {
  const topics = Map.groupBy(wanted, ({ topic }) => topic);
  return [...topics].map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition, offset }) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes,
    })),
  }));
}

function noTopic({ brokers }: KafkaConnection, topic: string): CounterfoilError {
  const text = `Kafka at ${brokers} has no topic ${topic}; create it with kafka-topics --create --topic ${topic}`;
  return new CounterfoilError('CF_SERVER_SETUP', text);
}

function tooOld({ brokers }: KafkaConnection): CounterfoilError {
  return new CounterfoilError(
    'CF_SERVER_SETUP',
    `Kafka at ${brokers} is older than 2.3, the oldest that is read`,
  );
}
