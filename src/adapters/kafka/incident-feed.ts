/**
 * The feed of incidents (ports/incident-feed.ts): one CloudEvents message an incident and revision, keyed by its id, so that a compacted topic
 * keeps the latest of each. One that is no more is a tombstone.
 *
 * `id` of a message is the incident's and the revision: what comes again has the same, and is to be passed over.
 * Source: CloudEvents 1.0, Kafka protocol binding, structured mode.
 */
import type { Producer } from 'kafkajs';
import type { FeedMessage, IncidentFeed } from '../../ports/incident-feed.ts';
import type { KafkaConnection } from './connection.ts';
import { kafkaFailed } from './kafka-errors.ts';

const CONTENT_TYPE = 'application/cloudevents+json; charset=UTF-8';

export class KafkaIncidentFeed implements IncidentFeed {
  readonly #connection: KafkaConnection;
  readonly #topic: string;
  #producer: Producer | null = null;

  constructor(connection: KafkaConnection, topic: string) {
    this.#connection = connection;
    this.#topic = topic;
  }

  async publish(tenant: string, messages: readonly FeedMessage[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      const producer = await this.#connected();
      const records = messages.map((message) => recordOf(tenant, message));
      await producer.send({ topic: this.#topic, acks: -1, messages: records });
    } catch (error) {
      await this.close();
      throw kafkaFailed(this.#connection.brokers, `to write to topic ${this.#topic}`, error);
    }
  }

  async #connected(): Promise<Producer> {
    if (this.#producer !== null) return this.#producer;
    const producer = this.#connection.producer();
    await producer.connect();
    this.#producer = producer;
    return producer;
  }

  /** May be used again; it connects anew. */
  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.disconnect().catch(() => undefined);
  }
}

function recordOf(
  tenant: string,
  { id, incident }: FeedMessage,
): { key: string; value: string | null; headers: Record<string, string> } {
  const headers = { 'content-type': CONTENT_TYPE };
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
    data: incident,
  };
  return { key: id, value: JSON.stringify(event), headers };
}
