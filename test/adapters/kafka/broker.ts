/** A real broker for tests, and topics of their own on it. */
import { randomUUID } from 'node:crypto';
import type { AppendedForTest } from '../../conformance/topic-reader.suite.ts';
import {
  connectKafka,
  type KafkaConnection,
  type KafkaNote,
} from '../../../src/adapters/kafka/connection.ts';

export interface KafkaForTest {
  brokers: readonly string[];
  connection: KafkaConnection;
  notes: KafkaNote[];
  /** Makes a topic nobody else has. */
  topic: (partitions: number, config?: Record<string, string>) => Promise<string>;
  append: (topic: string, partition: number, records: readonly AppendedForTest[]) => Promise<void>;
  /** What retention does: the offsets before this one are gone. */
  dropBefore: (topic: string, offset: number) => Promise<void>;
  close(): Promise<void>;
}

export async function kafkaForTest(brokers: readonly string[]): Promise<KafkaForTest> {
  const notes: KafkaNote[] = [];
  const settings = { brokers, clientId: 'counterfoil-test', tls: null, sasl: null };
  const connection = await connectKafka(settings, (note) => notes.push(note));
  const admin = connection.admin();
  await admin.connect();
  const topic = async (partitions: number, config: Record<string, string> = {}): Promise<string> => {
    const name = `test-${randomUUID()}`;
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, replicationFactor: 1, configEntries }],
    });
    return name;
  };
  const producer = connection.producer();
  await producer.connect();
  return {
    brokers,
    connection,
    notes,
    topic,
    append: async (name, partition, records) => {
      const messages = records.map(({ value, at }) => ({
        value: value === null ? null : Buffer.from(value),
        ...(at === undefined ? {} : { timestamp: String(at / 1_000) }),
      }));
      await producer.send({ topic: name, partition, messages });
    },
    dropBefore: async (name, offset) => {
      // The client drops nothing of a topic that it was not asked about before.
      await admin.fetchTopicOffsets(name);
      await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: String(offset) }] });
    },
    close: async () => {
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}
