/**
 * What leaves for topics that others read: incidents (ports/incident-feed.ts) and dead letters.
 *
 * Incidents: one CloudEvents message an incident and revision, keyed by its id, so that a compacted topic keeps the latest of each. One that
 * is no more is a tombstone. `id` of a message is the incident's and the revision: what comes again has the same, and is to be
 * passed over. Dead letters: one message a letter, keyed by its id, redacted as it is stored.
 *
 * What leaves together goes in requests of less than a topic takes at once: all of a request for one partition is one batch for the broker, which
 * refuses it as a whole, and would every time.
 * Source: CloudEvents 1.0, Kafka protocol binding, structured mode.
 */
import type { DeadLetter } from '../../ports/fact-store.ts';
import type { FeedMessage, IncidentFeed } from '../../ports/incident-feed.ts';
import type { KafkaConnection } from './connection.ts';
import { kafkaFailed } from './kafka-errors.ts';
import type { Cluster } from './driver.ts';
import { RECORD_OVERHEAD_BYTES } from './log-parts.ts';
import { partitionOfKey, type PartitionProducer } from './partition-producer.ts';

const CLOUD_EVENT = 'application/cloudevents+json; charset=UTF-8';
const JSON_TYPE = 'application/json';
/** Of a message; what brokers take by default is 1 MiB. A larger incident is only named, and read from the API. */
const MAX_CHARACTERS = 300_000;
/** Of a request; a single message has fewer, at three bytes a character. */
const REQUEST_BYTES = 900_000;

export interface FeedTopics {
  incidents: string;
  deadLetters: string;
}

interface FeedRecord {
  key: string;
  value: string | null;
  headers: Record<string, string>;
}

interface Opened {
  cluster: Cluster;
  producer: PartitionProducer;
}

export class KafkaFeeds implements IncidentFeed {
  readonly #connection: KafkaConnection;
  readonly #topics: FeedTopics;
  #opening: Promise<Opened> | null = null;

  constructor(connection: KafkaConnection, topics: FeedTopics) {
    this.#connection = connection;
    this.#topics = topics;
  }

  async publish(tenant: string, messages: readonly FeedMessage[]): Promise<void> {
    await this.#send(
      this.#topics.incidents,
      messages.map((message) => recordOf(tenant, message)),
    );
  }

  /** Resolves when all of them are durable. @throws CounterfoilError CF_UNREACHABLE */
  async addDeadLetters(tenant: string, letters: readonly DeadLetter[]): Promise<void> {
    const headers = { 'content-type': JSON_TYPE };
    await this.#send(
      this.#topics.deadLetters,
      letters.map((letter) => ({ key: letter.id, value: JSON.stringify({ tenant, ...letter }), headers })),
    );
  }

  async #send(topic: string, messages: FeedRecord[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      const { cluster, producer } = await (this.#opening ??= this.#open());
      await cluster.refreshMetadataIfNecessary();
      const count = cluster.findTopicPartitionMetadata(topic).length;
      const shares = Map.groupBy(messages, ({ key }) => partitionOfKey(topic, key, count));
      for (const [partition, share] of shares)
        for (const some of requestsOf(share)) await producer.send({ topic, partition, messages: some });
    } catch (error) {
      // Not waited for: a broker that does not answer may keep the connection for long.
      void this.close();
      throw kafkaFailed(this.#connection.brokers, `to write to topic ${topic}`, error);
    }
  }

  async #open(): Promise<Opened> {
    const cluster = this.#connection.cluster();
    const producer = this.#connection.producer();
    const open = { cluster, producer };
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics(Object.values(this.#topics));
      await producer.connect();
    } catch (error) {
      // Of what fails half-way, connections are closed too.
      void closed(open);
      throw error;
    }
    return open;
  }

  /** May be used again; it connects anew. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    await opening?.then(closed, () => undefined);
  }
}

async function closed({ cluster, producer }: Opened): Promise<void> {
  await Promise.allSettled([producer.disconnect(), cluster.disconnect()]);
}

/** In their order, each request as large as it may be. */
function requestsOf(messages: readonly FeedRecord[]): FeedRecord[][] {
  const requests: FeedRecord[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value ?? '') + RECORD_OVERHEAD_BYTES;
    bytes += size;
    if (bytes <= REQUEST_BYTES) requests.at(-1)?.push(message);
    else {
      requests.push([message]);
      bytes = size;
    }
  }
  return requests;
}

function recordOf(tenant: string, { id, incident }: FeedMessage): FeedRecord {
  const headers = { 'content-type': CLOUD_EVENT };
  if (incident === null) return { key: id, value: null, headers };
  const { revision } = incident.meta;
  const event = {
    specversion: '1.0',
    id: `${id}:${revision}`,
    source: `/counterfoil/${tenant}`,
    type: revision === 1 ? 'counterfoil.incident.opened' : 'counterfoil.incident.changed',
    subject: id,
    time: incident['@timestamp'],
    datacontenttype: 'application/json',
    dataschema: incident.schema,
  };
  const whole = JSON.stringify({ ...event, data: incident });
  const value =
    whole.length <= MAX_CHARACTERS ? whole : JSON.stringify({ ...event, dataref: `/api/v1/incidents/${id}` });
  return { key: id, value, headers };
}
