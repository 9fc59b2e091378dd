/** A real broker for tests, and topics of their own on it. */
import { randomUUID } from 'node:crypto';
import {
  connectKafka,
  type KafkaConnection,
  type KafkaNote,
} from '../../../src/adapters/kafka/connection.ts';

/** Address of the broker of this run; null where there is none. */
export async function kafkaBroker(): Promise<string | null> {
  return process.env['KAFKA_BROKERS'] ?? null;
}

export interface KafkaForTest {
  connection: KafkaConnection;
  notes: KafkaNote[];
  /** Makes a topic nobody else has. */
  topic(partitions: number, config?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

export async function kafkaForTest(brokers: string): Promise<KafkaForTest> {
  const notes: KafkaNote[] = [];
  const settings = { brokers: brokers.split(','), clientId: 'counterfoil-test', tls: null, sasl: null };
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
  return { connection, notes, topic, close: () => admin.disconnect() };
}
