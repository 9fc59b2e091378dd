/**
 * Goal: what leaves for topics that others read is all there when a partition has moved to another broker since the metadata was asked
 * for [K13]. Method: three real brokers; partition 1 is moved to the broker that leads partition 0, so that this one answers for
 * both in the second attempt.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaFeeds } from '../../../src/adapters/kafka/feeds.ts';
import { kafkaSpanHistory } from '../../../src/adapters/kafka/span-history.ts';
import { serverFor } from '../../servers/servers.ts';
import { kafkaForTest, type KafkaForTest } from './broker.ts';

const server = await serverFor('kafka-cluster');
const MESSAGES = 40;
const [FIRST, SECOND, THIRD] = [1, 2, 3];

describe.skipIf(server === null)('feeds on three brokers', () => {
  let on: KafkaForTest;

  beforeAll(async () => void (on = await kafkaForTest(server?.nodes ?? [])));
  afterAll(async () => await on.close());

  it.each([
    ['to a broker that leads another partition', FIRST],
    ['to a broker that led none', THIRD],
  ])('[K13] lose nothing when a partition moves %s', { timeout: 60_000 }, async (_, to) => {
    const topic = `test-${randomUUID()}`;
    const admin = on.connection.admin();
    await admin.connect();
    const feeds = new KafkaFeeds(on.connection, { incidents: topic, deadLetters: topic });
    try {
      const replicaAssignment = [FIRST, SECOND].map((node, partition) => ({ partition, replicas: [node] }));
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, replicaAssignment }] });
      await feeds.publish('default', messages());
      await admin.alterPartitionReassignments({
        topics: [{ topic, partitionAssignment: [{ partition: 1, replicas: [to] }] }],
      });
      await expect
        .poll(async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions, {
          timeout: 20_000,
        })
        .toEqual(expect.arrayContaining([expect.objectContaining({ partitionId: 1, leader: to })]));
      await feeds.publish('default', messages());
      expect(await countIn(on, topic)).toBe(2 * MESSAGES);
    } finally {
      await feeds.close();
      await admin.disconnect();
    }
  });
});

/** Of incidents that are no more: their ids fall on both partitions. */
function messages(): { id: string; incident: null }[] {
  return Array.from({ length: MESSAGES }, (_, at) => ({ id: `inc_${at}`, incident: null }));
}

async function countIn({ connection }: KafkaForTest, topic: string): Promise<number> {
  let count = 0;
  for await (const { records } of kafkaSpanHistory(connection, { topic }).appended({
    from: -Infinity,
    to: Infinity,
  }))
    count += records.length;
  return count;
}
