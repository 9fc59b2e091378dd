import { afterAll } from 'vitest';
import { createTopics } from '../../src/adapters/embedded/topics.ts';
import { systemTimers } from '../../src/adapters/embedded/timers.ts';
import { systemClock } from '../../src/adapters/embedded/clock.ts';
import { openTopicReader } from '../../src/adapters/kafka/topic-reader.ts';
import { kafkaSpanHistory } from '../../src/adapters/kafka/span-history.ts';
import { kafkaForTest, type KafkaForTest } from '../adapters/kafka/broker.ts';
import { doomedReader } from '../adapters/kafka/doomed-reader.ts';
import { serverFor } from '../servers/servers.ts';
import { spanHistorySuite } from './span-history.suite.ts';
import { textOf, topicReaderSuite, type DoomedMember, type TopicsForTest } from './topic-reader.suite.ts';

const time = { clock: systemClock, timers: systemTimers };

async function inMemory(): Promise<TopicsForTest> {
  const topics = createTopics();
  let names = 0;
  return {
    clock: systemClock,
    topic: async (partitions) => {
      const name = `topic-${names++}`;
      topics.create(name, partitions);
      return name;
    },
    append: async (topic, partition, records) => {
      for (const { value, at } of records) topics.append(topic, partition, value, at ?? systemClock.now());
    },
    reader: async (group, of) => topics.reader(group, of, time),
    history: (topic) => topics.history(topic),
    doomed: async (group, topic): Promise<DoomedMember> => {
      const reader = topics.reader(group, [topic], time);
      const { promise: took, resolve } = Promise.withResolvers<string[]>();
      void reader.run({
        take: async ({ records }) => {
          resolve(records.map(({ value }) => textOf(value)));
          await new Promise(() => undefined);
        },
        idle: async () => undefined,
      });
      return { took, kill: async () => topics.lose(reader) };
    },
  };
}

topicReaderSuite('embedded', inMemory);
spanHistorySuite('embedded', inMemory);

const server = await serverFor('kafka');
const kafka = server === null ? null : await kafkaForTest(server.nodes);
afterAll(() => kafka?.close());

async function onKafka({ connection, topic, brokers, append }: KafkaForTest): Promise<TopicsForTest> {
  const session = { sessionMs: 2_000, heartbeatMs: 200, probeMs: 300 };
  return {
    clock: systemClock,
    topic,
    append,
    reader: (group, topics) => openTopicReader(connection, { group, topics, ...session }, systemClock),
    history: (name) => kafkaSpanHistory(connection, { topic: name, batchBytes: 2_000 }),
    doomed: (group, name) => doomedReader({ brokers, group, topic: name, sessionMs: 2_000 }),
  };
}

if (kafka !== null) {
  topicReaderSuite('Kafka', () => onKafka(kafka));
  spanHistorySuite('Kafka', () => onKafka(kafka));
}
