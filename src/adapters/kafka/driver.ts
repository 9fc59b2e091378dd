/**
 * The Kafka driver, kafkajs 2.2.4, with its known faults handled; nothing else imports it but for types.
 *
 * 1. The timer of its request queue. Whenever nothing waits to be sent it sets a timer of `throttledUntil - now` milliseconds,
 *    with `throttledUntil` at -1: a negative number, which Node turns into 1 ms, and the timer sets itself again. An idle
 *    connection fires 880 times a second. Here no timer is set when nothing waits and nothing is throttled. (kafkajs issue 1751.)
 * 2. Its codecs: only gzip is built in. Ours are put in for what is sent; what is fetched is read by record-batch.ts.
 * 3. Its consumer. A group that rebalances during a batch may never settle (issues 1720, 1566), it starts over at the
 *    beginning without a word when retention overtook it, it says neither where a partition ends nor that nothing came,
 *    and each reader needs a group. So requests are made here one level below: the driver knows protocol, connections,
 *    authentication and metadata, and `Cluster` and `Broker` below are the parts of it that are used.
 * 4. A broker that takes a connection and answers nothing. When its answer to the first request, which versions it knows, is not there in
 *    time, the connection stays open, the next attempt takes it for a good one, and every request after fails for ever with
 *    "Broker not connected", which is no error of the driver's own. Here the connection is closed, so that the next attempt makes another.
 * 5. Its `send` loses records of some partitions when one of them moves: see partition-producer.ts.
 * 6. A request that is sent while its connection is being closed. The driver takes it a moment before it stops the timer that would end
 *    it: it is never answered and never rejected, and every later attempt to close that connection waits for it. Asking for metadata closes the
 *    connections of brokers that are gone, so it never comes back either. Here what is on its way when a connection has been closed is rejected.
 *
 * Reaching below an interface is safe only because the version is pinned and the project has had no release since
 * 2023; `checkDriver` says at once if another version came in. Its producer and admin client are used as they are.
 */
import { createRequire } from 'node:module';
import kafkajs, { type Kafka } from 'kafkajs';
import { CODECS, pack, unpack } from './codecs.ts';

export interface PartitionMetadata {
  partitionId: number;
  /** -1: none now. */
  leader: number;
}

/** A request of the protocol, ready to be sent. */
interface ProtocolRequest {
  request: { apiVersion: number };
  response: { decode(bytes: Buffer): unknown; parse(decoded: unknown): unknown };
}

interface Lookup {
  readonly versions: readonly string[];
}

export interface TopicOffsets {
  topic: string;
  partitions: { partition: number; offset: string }[];
}

export interface GroupMemberData {
  memberId: string;
  memberMetadata: Buffer;
}

/** One broker, connected. */
export interface Broker {
  nodeId: number | string;
  connectionPool: { send(request: unknown): Promise<unknown> };
  lookupRequest(apiKey: number, lookup: Lookup): (parameters: object) => ProtocolRequest;
  disconnect(): Promise<void>;
  joinGroup(request: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: { name: string; metadata: Buffer }[];
  }): Promise<{
    generationId: number;
    leaderId: string;
    memberId: string;
    groupProtocol: string;
    members: GroupMemberData[];
  }>;
  syncGroup(request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: TopicOffsets[];
  }): Promise<unknown>;
  offsetFetch(request: {
    groupId: string;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{ responses: TopicOffsets[] }>;
}

/** The brokers, as some topics need them; connections are its own. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): PartitionMetadata[];
  findBroker(node: { nodeId: number | string }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  /** Finds the broker of the address that was given, as long as nothing was asked of its cluster. */
  brokerPool: { findConnectedBroker(): Promise<Broker> };
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromTimestamp: number }[],
  ): Promise<TopicOffsets[]>;
}

/** A request that the driver does not know, with fields as they are sent, and what reads its answer. */
export interface RawRequest<T> {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  fields: (encoder: RawEncoder) => RawEncoder;
  read: (answer: Buffer) => T;
}

export interface RawEncoder {
  writeString(text: string): RawEncoder;
  writeBoolean(flag: boolean): RawEncoder;
  writeArray(items: readonly string[]): RawEncoder;
}

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

/** What of a broker is used before it is ready. */
interface Handshake {
  apiVersions: (this: Handshake) => Promise<unknown>;
  disconnect(): Promise<void>;
}

/** What of a connection is used when it is closed. */
interface Closing {
  host: string;
  port: number;
  disconnect: (this: Closing) => Promise<unknown>;
  rejectRequests(error: Error): void;
}

interface Encoder {
  buffer: Buffer;
}

const requireFrom = createRequire(import.meta.url);
const { requests } = requireFrom('kafkajs/src/protocol/requests') as { requests: { Fetch: Lookup } };
const { createErrorFromCode } = requireFrom('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

const { KafkaJSConnectionClosedError: ConnectionClosed } = requireFrom('kafkajs/src/errors') as {
  KafkaJSConnectionClosedError: new (text: string, at: { host: string; port: number }) => Error;
};
const RequestEncoder = requireFrom('kafkajs/src/protocol/encoder') as new () => RawEncoder;

const DRIVER_VERSION = '2.2.4';
const FETCH_KEY = 1;
/** The newest that the driver writes; brokers take it since Kafka 2.3. */
export const FETCH_VERSION = 11;

/** A fetch in the newest version that broker and driver both know. */
export function fetchRequest(broker: Broker, parameters: object): ProtocolRequest {
  return broker.lookupRequest(FETCH_KEY, requests.Fetch)(parameters);
}

/** Sends a request that the driver does not know; the broker closes the connection where it does not know it either. */
export async function sendRaw<T>(broker: Broker, asked: RawRequest<T>): Promise<T> {
  const { apiKey, apiVersion, apiName, fields, read } = asked;
  const encode = async (): Promise<RawEncoder> => fields(new RequestEncoder());
  const decode = async (answer: Buffer): Promise<{ answer: T }> => ({ answer: read(answer) });
  const parse = async (decoded: unknown): Promise<unknown> => decoded;
  const sent = { request: { apiKey, apiVersion, apiName, encode }, response: { decode, parse } };
  return ((await broker.connectionPool.send(sent)) as { answer: T }).answer;
}

/** The driver's own error for a code of the protocol. */
export function protocolError(code: number): Error {
  return createErrorFromCode(code);
}

/** Connections and metadata of their own; nothing is connected yet. */
export function newCluster(kafka: Kafka, metadataMaxAgeMs: number): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find((key) =>
    key.description?.endsWith(':createCluster'),
  );
  if (create === undefined) throw new TypeError('kafkajs is not of the version that is expected');
  const factory = (kafka as unknown as Record<symbol, (settings: object) => Cluster>)[create];
  if (factory === undefined) throw new TypeError('kafkajs is not of the version that is expected');
  // Isolation 0: the end of a partition is asked for as it is, records of unfinished transactions included.
  return factory({ metadataMaxAge: metadataMaxAgeMs, allowAutoTopicCreation: false, isolationLevel: 0 });
}

function checkDriver(): void {
  const { version } = requireFrom('kafkajs/package.json') as { version: string };
  if (version !== DRIVER_VERSION)
    throw new Error(`kafkajs ${DRIVER_VERSION} is needed, and ${version} is there`);
}

function mendTimer(): void {
  const { prototype } = requireFrom('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(this: RequestQueue): void {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    schedule.call(this);
  };
}

function mendHandshake(): void {
  const { prototype } = requireFrom('kafkajs/src/broker') as { prototype: Handshake };
  const ask = prototype.apiVersions;
  prototype.apiVersions = async function apiVersions(this: Handshake): Promise<unknown> {
    try {
      return await ask.call(this);
    } catch (error) {
      await this.disconnect();
      throw error;
    }
  };
}

function mendClosing(): void {
  const { prototype } = requireFrom('kafkajs/src/network/connection') as { prototype: Closing };
  const close = prototype.disconnect;
  prototype.disconnect = async function disconnect(this: Closing): Promise<unknown> {
    const closed = await close.call(this);
    const { host, port } = this;
    this.rejectRequests(new ConnectionClosed('Closed connection', { host, port }));
    return closed;
  };
}

function putCodecsIn(): void {
  const codecs: Record<number, unknown> = kafkajs.CompressionCodecs;
  for (const [type, codec] of CODECS.entries())
    if (codec !== 'none')
      codecs[type] = () => ({
        compress: async (encoder: Encoder): Promise<Buffer> => pack(codec, encoder.buffer),
        decompress: async (packed: Buffer): Promise<Buffer> => unpack(codec, packed),
      });
}

checkDriver();
mendTimer();
mendHandshake();
mendClosing();
putCodecsIn();

export const driver = kafkajs;
