/**
 * A producer that sends to one partition at a time.
 *
 * Why: the driver's own `send` takes records of many partitions, and loses some of them without a word. It notes which *brokers* have
 * answered, and asks only the others when it tries again. When a partition moves, between two attempts, to a broker that has
 * answered for another one, its records are sent to nobody, and the send is said to have succeeded. With one partition in a send
 * there is nothing to mix up: the answer is of that partition, or there is none, which is an error here.
 *
 * Cost: one request a partition instead of one a broker. Worked example: a batch for partitions 0 (broker 1) and 1 (broker 2) is sent while 2
 * dies. Broker 1 answers, 2 does not; 1 leads both now, and has answered, so the driver is done: partition 1 has nothing of it.
 * Source: kafkajs 2.2.4, producer/sendMessages.js, and a test that moves a partition (SPEC K13).
 */
import type { CompressionTypes, Message, Producer } from 'kafkajs';
import { driver } from './driver.ts';

/** What is sent in one request, and kept whole or not at all. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  messages: readonly Pick<Message, 'key' | 'value' | 'headers' | 'timestamp'>[];
  /** Default: none. */
  compression?: CompressionTypes;
}

export interface PartitionProducer {
  connect(): Promise<void>;
  /**
   * Resolves when all replicas in sync have it.
   * @returns the offset of the first message; the others follow without a gap
   */
  send(batch: PartitionBatch): Promise<number>;
  disconnect(): Promise<void>;
}

const ALL_REPLICAS = -1;

/** @param producer idempotent, with one request in flight: only so does it keep the order */
export function partitionProducer(producer: Producer): PartitionProducer {
  return {
    connect: () => producer.connect(),
    disconnect: () => producer.disconnect(),
    send: async ({ topic, partition, messages, compression = driver.CompressionTypes.None }) => {
      const placed = messages.map((message) => ({ ...message, partition }));
      const answers = await producer.send({ topic, acks: ALL_REPLICAS, compression, messages: placed });
      const offset = answers.find((answer) => answer.partition === partition)?.baseOffset;
      if (offset === undefined) throw new TypeError(`Kafka did not say where it put records of ${topic}`);
      return Number(offset);
    },
  };
}

/** The partition of a key, as every client of Kafka chooses it: by murmur2. */
export function partitionOfKey(topic: string, key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    leader: 0,
    partitionErrorCode: 0,
    replicas: [],
    isr: [],
  }));
  return choose({ topic, partitionMetadata, message: { key, value: null } });
}

const choose = driver.Partitioners.DefaultPartitioner();
