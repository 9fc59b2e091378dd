// Goal: topics that would lose facts are found before the first record, all differences at once, each with its command.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureTopics, type TopicNeed } from '../../../src/adapters/kafka/topics.ts';
import type { CounterfoilError } from '../../../src/model/errors.ts';
import { serverFor } from '../../servers/servers.ts';
import { kafkaForTest, type KafkaForTest } from './broker.ts';

const server = await serverFor('kafka');
const kafka = server === null ? null : await kafkaForTest(server.nodes);
afterAll(() => kafka?.close());

const needOf = (topic: string, more: Partial<TopicNeed> = {}): TopicNeed => ({
  topic,
  partitions: 2,
  replication: 1,
  minInsyncReplicas: 1,
  retentionMs: 86_400_000,
  maxMessageBytes: 1_048_588,
  ...more,
});

describe.skipIf(kafka === null)('topics', () => {
  const on = kafka as KafkaForTest;

  it('[K8] are made as needed when they are missing, by several at once too', async () => {
    const needs = [needOf(`made-${randomUUID()}`), needOf(`made-${randomUUID()}`, { retentionMs: -1 })];
    await Promise.all([1, 2, 3].map(() => ensureTopics(on.connection, needs, true)));
    await expect(ensureTopics(on.connection, needs, false)).resolves.toBeUndefined();
  });

  it('[K8] that are not as needed are told, every difference with its command, and left alone', async () => {
    const name = await on.topic(1, {
      'cleanup.policy': 'compact',
      'retention.ms': '1000',
      'max.message.bytes': '1000',
    });
    const missing = `missing-${randomUUID()}`;
    const needs = [needOf(name, { replication: 2, minInsyncReplicas: 2 }), needOf(missing)];
    const failed = await ensureTopics(on.connection, needs, false).catch(
      (error: unknown) => error as CounterfoilError,
    );
    expect(failed).toMatchObject({ code: 'CF_SERVER_SETUP' });
    const { problems } = failed as CounterfoilError;
    const said = problems.map(({ text }) => text).join('\n');
    expect(problems.map(({ at }) => at)).toEqual(
      [...Array.from({ length: 6 }, () => name), missing].map((topic) => `topic ${topic}`),
    );
    for (const words of [
      '2 are needed',
      'cleanup.policy=delete',
      'retention.ms=86400000',
      'min.insync.replicas=2',
    ])
      expect(said).toContain(words);
    expect(said).toContain(
      `kafka-configs --alter --entity-type topics --entity-name ${name} --add-config max.message.bytes=1048588`,
    );
    await expect(ensureTopics(on.connection, needs, true)).rejects.toMatchObject({ code: 'CF_SERVER_SETUP' });
  });

  it('[K8] that keep longer or take more than needed will do', async () => {
    const name = await on.topic(4, { 'retention.ms': '-1', 'max.message.bytes': '5000000' });
    await expect(ensureTopics(on.connection, [needOf(name)], true)).resolves.toBeUndefined();
  });
});
