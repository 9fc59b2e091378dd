/**
 * What a broker says of topics, and what this user may do with them, without trying any of it.
 *
 * A Metadata request of version 8 is answered with the operations that are allowed, one bit each (KIP-430), so that nothing needs to be
 * read or written to find out; the driver stops at version 6. Brokers answer it since Kafka 2.3, the oldest that is used at all. One that has
 * no authorizer says that all is allowed.
 *
 * Cost: one request. Worked example: bits 3 and 8 are set, 264: reading and describing, no writing.
 * Source: Kafka's protocol guide, Metadata version 8; AclOperation for the numbers of the bits.
 */
import type { KafkaConnection } from './connection.ts';
import { protocolError, sendRaw, type RawRequest } from './driver.ts';
import { kafkaFailed, protocolType } from './kafka-errors.ts';
import { ResponseReader } from './response-reader.ts';

/** Rights that are needed somewhere, with their bits. */
const BITS = { read: 3, write: 4, create: 5, describe: 8 } as const;

export type Right = keyof typeof BITS;

export interface TopicLook {
  topic: string;
  /** Name of the protocol's error: it does not exist, or this user may not see it; null: none. */
  error: string | null;
  may: ReadonlySet<Right>;
  partitions: readonly PartitionLook[];
}

export interface PartitionLook {
  partition: number;
  hasLeader: boolean;
  replicas: number;
  /** Replicas that are up to date. */
  insync: number;
}

export interface MetadataLook {
  /** `host:port` as the brokers tell everybody to reach them. */
  brokers: readonly string[];
  /** What may be done with the cluster; nothing is said to a user who may not describe it. */
  may: ReadonlySet<Right>;
  topics: readonly TopicLook[];
}

/** How a broker says that there is no such topic. */
export const NO_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

/**
 * Asks a broker of the address that was given about these topics; none is made by asking.
 * @throws CounterfoilError CF_UNREACHABLE
 */
export async function lookAtTopics(
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<MetadataLook> {
  const cluster = connection.cluster();
  try {
    await cluster.connect();
    return await sendRaw(await cluster.brokerPool.findConnectedBroker(), metadataRequest(topics));
  } catch (error) {
    throw kafkaFailed(connection.brokers, 'to ask for its topics', error);
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}

function metadataRequest(topics: readonly string[]): RawRequest<MetadataLook> {
  return {
    apiKey: 3,
    apiVersion: 8,
    apiName: 'Metadata',
    fields: (encoder) => encoder.writeArray(topics).writeBoolean(false).writeBoolean(true).writeBoolean(true),
    read: metadataOf,
  };
}

function metadataOf(answer: Buffer): MetadataLook {
  const reader = new ResponseReader(answer);
  reader.int32();
  const brokers = reader.list(() => brokerOf(reader));
  reader.text();
  reader.int32();
  const topics = reader.list(() => topicOf(reader));
  return { brokers, may: rightsOf(reader.int32()), topics };
}

function brokerOf(reader: ResponseReader): string {
  reader.int32();
  const host = reader.text();
  const port = reader.int32();
  reader.text();
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function topicOf(reader: ResponseReader): TopicLook {
  const error = errorName(reader.int16());
  const topic = reader.text();
  reader.flag();
  const partitions = reader.list(() => partitionOf(reader));
  return { topic, error, partitions, may: rightsOf(reader.int32()) };
}

function partitionOf(reader: ResponseReader): PartitionLook {
  reader.int16();
  const partition = reader.int32();
  const hasLeader = reader.int32() >= 0;
  reader.int32();
  const [replicas, insync] = [reader.list(() => reader.int32()), reader.list(() => reader.int32())];
  reader.list(() => reader.int32());
  return { partition, hasLeader, replicas: replicas.length, insync: insync.length };
}

/** The rights whose bits are set. */
export function rightsOf(bits: number): ReadonlySet<Right> {
  const names = Object.keys(BITS) as Right[];
  return new Set(names.filter((name) => (bits & (1 << BITS[name])) !== 0));
}

/** Name of an error of the protocol; null: none. */
export function errorName(code: number): string | null {
  return code === 0 ? null : (protocolType(protocolError(code)) ?? `error ${code}`);
}
