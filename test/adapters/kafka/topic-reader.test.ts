// Goal: what only Kafka can do to a reader: slow batches, storms of members, unreadable batches, transactions, more partitions.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/embedded/clock.ts';
import { driver } from '../../../src/adapters/kafka/driver.ts';
import { openKafkaLog } from '../../../src/adapters/kafka/event-log.ts';
import type { PartitionProducer } from '../../../src/adapters/kafka/partition-producer.ts';
import { openTopicReader, type TopicReaderSettings } from '../../../src/adapters/kafka/topic-reader.ts';
import type { TopicHandler, TopicReader, TopicRecord } from '../../../src/ports/topic-reader.ts';
import { take } from '../../conformance/event-log.suite.ts';
import { serverFor } from '../../servers/servers.ts';
import { kafkaForTest, type KafkaForTest } from './broker.ts';

const server = await serverFor('kafka');
const kafka = server === null ? null : await kafkaForTest(server.nodes);
afterAll(() => kafka?.close());

const textOf = ({ value }: TopicRecord): string => (value === null ? 'null' : Buffer.from(value).toString());
const values = (from: number, count: number): { value: Buffer }[] =>
  Array.from({ length: count }, (_, i) => ({ value: Buffer.from(String(from + i)) }));

async function reader(
  of: KafkaForTest,
  topic: string,
  more: Partial<TopicReaderSettings> = {},
): Promise<TopicReader> {
  const settings = {
    group: `reader-${randomUUID()}`,
    topics: [topic],
    sessionMs: 1_500,
    heartbeatMs: 200,
    probeMs: 100,
  };
  return await openTopicReader(of.connection, { ...settings, ...more }, systemClock);
}

function noting(taken: string[], idle: TopicHandler['idle'] = async () => undefined): TopicHandler {
  return { take: async ({ records }) => void taken.push(...records.map(textOf)), idle };
}

describe.skipIf(kafka === null)('a topic reader on Kafka', () => {
  const on = kafka as KafkaForTest;

  it('[K4] keeps its partitions while batches take longer than its session', async () => {
    const topic = await on.topic(1);
    const slow = await reader(on, topic);
    const taken: string[] = [];
    const run = slow.run({
      take: async ({ records }) => {
        const isFirst = taken.length === 0;
        taken.push(...records.map(textOf));
        if (isFirst) await on.append(topic, 0, values(10, 1));
        await pause(2_500);
      },
      idle: async () => undefined,
    });
    await on.append(topic, 0, values(0, 10));
    await expect
      .poll(async () => (await slow.lag()).map(({ position }) => position), { timeout: 9_000 })
      .toEqual([11]);
    await slow.stop();
    await run;
    expect(taken).toHaveLength(11);
  });

  it('[K4] loses nothing while members come and go, and settles', async () => {
    const topic = await on.topic(3);
    const group = `storm-${randomUUID()}`;
    const taken: string[] = [];
    const stays = await reader(on, topic, { group });
    const run = stays.run(noting(taken));
    let appended = 0;
    for (let round = 0; round < 5; round++) {
      const guest = await reader(on, topic, { group });
      const visit = guest.run(noting(taken));
      for (let partition = 0; partition < 3; partition++)
        await on.append(topic, partition, values(appended++ * 100, 100));
      await expect.poll(async () => (await guest.lag()).length, { timeout: 8_000 }).toBeGreaterThan(0);
      await guest.stop();
      await visit;
    }
    await expect.poll(() => new Set(taken).size, { timeout: 8_000 }).toBe(1_500);
    await expect
      .poll(async () => (await stays.lag()).map(({ position, end }) => end - position))
      .toEqual([0, 0, 0]);
    await stays.stop();
    await run;
    // Records that a rebalance caught between their effects and their commit come twice; all of them would be a loop.
    expect(taken.length).toBeLessThan(3_000);
  });

  it('[K7] is told of a batch that cannot be read, and goes on; a log says that it is damaged', async () => {
    const topic = await on.topic(1);
    await on.append(topic, 0, values(0, 1));
    await producing(on, async (producer) => {
      const bomb = { value: Buffer.alloc(70 * 2 ** 20) };
      const compression = driver.CompressionTypes.ZSTD;
      await producer.send({ topic, partition: 0, messages: [bomb], compression });
    });
    await on.append(topic, 0, values(2, 1));
    const records: TopicRecord[] = [];
    const reads = await reader(on, topic);
    const run = reads.run({
      take: async (batch) => void records.push(...batch.records),
      idle: async () => undefined,
    });
    await expect.poll(() => records.length).toBe(3);
    await reads.stop();
    await run;
    expect(records.map(textOf)).toEqual(['0', 'null', '2']);
    expect(records[1]?.unreadable).toMatch(/would become more than/);
    const log = await openKafkaLog(on.connection, { topic, tenant: 'acme', group: 'none' });
    await expect(take(log, 0, 3)).rejects.toMatchObject({ code: 'CF_LOG_CORRUPT' });
    await log.close();
  });

  it('[K11] reads committed transactions only, and is not idle while one is open', async () => {
    const topic = await on.topic(1);
    const taken: string[] = [];
    const asked: number[] = [];
    const reads = await reader(on, topic);
    const idle: TopicHandler['idle'] = async (_topic, _partition, _at, when) => void asked.push(when);
    const run = reads.run(noting(taken, idle));
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    const { NOTHING: logLevel } = driver.logLevel;
    const client = new driver.Kafka({ brokers: [...on.brokers], clientId: 'transactional', logLevel });
    const producer = client.producer({
      transactionalId: randomUUID(),
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const send = async (value: string): Promise<ReturnType<Producer['transaction']>> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value, partition: 0 }] });
      return transaction;
    };
    await (await send('aborted')).abort();
    const open = await send('committed');
    const opened = systemClock.now();
    await pause(500);
    expect(asked.filter((when) => when > opened)).toEqual([]);
    await open.commit();
    await expect.poll(() => taken).toEqual(['committed']);
    await expect.poll(() => asked.at(-1) ?? 0).toBeGreaterThan(opened);
    await producer.disconnect();
    await reads.stop();
    await run;
  });

  it('[K4] reads partitions that are added to its topic', async () => {
    const topic = await on.topic(1);
    const taken: string[] = [];
    const reads = await reader(on, topic);
    const run = reads.run(noting(taken));
    await expect.poll(async () => (await reads.lag()).length).toBe(1);
    const admin = on.connection.admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    await admin.disconnect();
    await expect.poll(async () => (await reads.partitions()).get(topic)).toEqual([0, 1, 2]);
    await expect.poll(async () => (await reads.lag()).length, { timeout: 8_000 }).toBe(3);
    await producing(on, (producer) => producer.send({ topic, partition: 2, messages: [{ value: 'new' }] }));
    await expect.poll(() => taken).toEqual(['new']);
    await reads.stop();
    await run;
  });

  it('[K4] says which records retention took before they were read, and goes on', async () => {
    const topic = await on.topic(1);
    const group = `late-${randomUUID()}`;
    await on.append(topic, 0, values(0, 10));
    const first = await reader(on, topic, { group });
    const taken: string[] = [];
    const running = first.run(noting(taken));
    await expect.poll(() => taken.length).toBe(10);
    await first.stop();
    await running;
    await on.append(topic, 0, values(10, 10));
    await on.dropBefore(topic, 15);
    const second = await reader(on, topic, { group });
    const run = second.run(noting(taken));
    await expect.poll(() => taken.length).toBe(15);
    await second.stop();
    await run;
    const missed = on.notes.filter(({ name, topic: of }) => name === 'kafka_records_missed' && of === topic);
    expect(missed).toMatchObject([
      { level: 'error', partition: 0, text: expect.stringContaining('offsets 10 to 14') as string },
    ]);
  });

  it('[K4] is stopped at once, joining, paused or in the middle', async () => {
    const topic = await on.topic(2);
    const group = `stop-${randomUUID()}`;
    for (const partition of [0, 1]) await on.append(topic, partition, values(0, 10));
    const one = await reader(on, topic, { group });
    const run = one.run(noting([]));
    const joining = await reader(on, topic, { group });
    const joiningRun = joining.run(noting([]));
    await joining.stop();
    await joiningRun;
    one.pause();
    await one.stop();
    await run;
    const idle = await reader(on, topic, { group });
    await idle.stop();
    await expect(idle.lag()).resolves.toEqual([]);
  });
});

async function producing(
  of: KafkaForTest,
  use: (producer: PartitionProducer) => Promise<unknown>,
): Promise<void> {
  const producer = of.connection.producer();
  await producer.connect();
  await use(producer);
  await producer.disconnect();
}
