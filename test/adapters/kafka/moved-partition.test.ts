/**
 * Goal: a partition that moves to another broker costs nothing: what leaves for topics that others read is all there, and a reader that is held
 * knows what it owns and how far behind it is [K13]. Method: three real brokers; partition 1 is moved after its metadata was asked
 * for, to the broker that leads partition 0, so that this one answers for both in the second attempt, and to another.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/embedded/clock.ts';
import { KafkaFeeds } from '../../../src/adapters/kafka/feeds.ts';
import { kafkaSpanHistory } from '../../../src/adapters/kafka/span-history.ts';
import { openTopicReader } from '../../../src/adapters/kafka/topic-reader.ts';
import { serverFor } from '../../servers/servers.ts';
import { kafkaForTest, type KafkaForTest } from './broker.ts';

const server = await serverFor('kafka-cluster');
const MESSAGES = 40;
const [FIRST, SECOND, THIRD] = [1, 2, 3];

describe.skipIf(server === null)('a partition that moves', { timeout: 60_000 }, () => {
  let on: KafkaForTest;
  let admin: ReturnType<KafkaForTest['connection']['admin']>;

  beforeAll(async () => {
    on = await kafkaForTest(server?.nodes ?? []);
    admin = on.connection.admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    await on.close();
  });

  /** Partition 0 on the first broker, partition 1 on the second. */
  async function topicOfTwo(): Promise<string> {
    const topic = `test-${randomUUID()}`;
    const replicaAssignment = [FIRST, SECOND].map((node, partition) => ({ partition, replicas: [node] }));
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, replicaAssignment }] });
    return topic;
  }

  async function move(topic: string, node: number): Promise<void> {
    const partitionAssignment = [{ partition: 1, replicas: [node] }];
    await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
    const leader = async (): Promise<number | undefined> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.find(({ partitionId }) => partitionId === 1)?.leader;
    };
    await expect.poll(leader, { timeout: 20_000 }).toBe(node);
  }

  it.each([
    ['to a broker that leads another partition', FIRST],
    ['to a broker that led none', THIRD],
  ])('[K13] %s loses nothing of what is sent', async (_, node) => {
    const topic = await topicOfTwo();
    const feeds = new KafkaFeeds(on.connection, { incidents: topic, deadLetters: topic });
    await feeds.publish('default', messages());
    await move(topic, node);
    await feeds.publish('default', messages());
    await feeds.close();
    expect(await countIn(on, topic)).toBe(2 * MESSAGES);
  });

  it('[K13] is still owned by a reader that is held, and asked where it ends', async () => {
    const topic = await topicOfTwo();
    const settings = { group: `held-${randomUUID()}`, topics: [topic] };
    const reader = await openTopicReader(on.connection, settings, systemClock);
    reader.pause();
    const run = reader.run({ take: () => Promise.resolve(), idle: () => Promise.resolve() });
    await expect.poll(() => reader.owned().length, { timeout: 10_000 }).toBe(2);
    await reader.lag();
    await move(topic, THIRD);
    await on.append(topic, 1, [{ value: Buffer.from('one') }]);
    expect(reader.owned()).toHaveLength(2);
    const behind = async (): Promise<number> => {
      const lag = await reader.lag().catch(() => []);
      return lag.reduce((sum, { position, end }) => sum + end - position, 0);
    };
    await expect.poll(behind, { timeout: 5_000 }).toBe(1);
    await reader.stop();
    await run;
    expect(reader.owned()).toEqual([]);
  });
});

/** Of incidents that are no more: their ids fall on both partitions. */
function messages(): { id: string; incident: null }[] {
  return Array.from({ length: MESSAGES }, (_, at) => ({ id: `inc_${at}`, incident: null }));
}

async function countIn({ connection }: KafkaForTest, topic: string): Promise<number> {
  const ever = { from: -Infinity, to: Infinity };
  let count = 0;
  for await (const { records } of kafkaSpanHistory(connection, { topic }).appended(ever))
    count += records.length;
  return count;
}
