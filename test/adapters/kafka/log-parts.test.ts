// Goal: large entries of several writers come out whole and once, wherever a reader begins, and torn ones never.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { openKafkaLog } from '../../../src/adapters/kafka/event-log.ts';
import { partMessage } from '../../../src/adapters/kafka/log-parts.ts';
import type { EventLog } from '../../../src/ports/event-log.ts';
import { entryOf, plain, take, takeAll } from '../../conformance/event-log.suite.ts';
import { serverFor } from '../../servers/servers.ts';
import { kafkaForTest, type KafkaForTest } from './broker.ts';

const server = await serverFor('kafka');
const kafka = server === null ? null : await kafkaForTest(server.nodes);
afterAll(() => kafka?.close());

const PART_BYTES = 20_000;

async function opened(of: KafkaForTest, topic: string): Promise<EventLog> {
  return await openKafkaLog(of.connection, {
    topic,
    tenant: 'acme',
    group: `log-${randomUUID()}`,
    partBytes: PART_BYTES,
  });
}

describe.skipIf(kafka === null)('large entries of the log', () => {
  const on = kafka as KafkaForTest;

  it("[K2] of two writers at once are whole, in each writer's order, from every position", async () => {
    const topic = await on.topic(1);
    const [one, two] = [await opened(on, topic), await opened(on, topic)];
    const large = Array.from({ length: 8 }, (_, i) => entryOf(i, i % 3 === 2 ? 100 : 90_000 + i));
    const half = (log: EventLog, from: number): Promise<{ offset: number }[]> =>
      Promise.all(large.slice(from, from + 4).map((entry) => log.append(entry)));
    const positions = (await Promise.all([half(one, 0), half(two, 4)])).flat().map(({ offset }) => offset);
    const records = await takeAll(one);
    expect(records.map(plain).toSorted(byFrom)).toEqual(large.map(plain));
    expect(records.map(({ offset }) => offset)).toEqual(positions.toSorted((a, b) => a - b));
    for (const half of [positions.slice(0, 4), positions.slice(4)])
      expect(half).toEqual(half.toSorted((a, b) => a - b));
    for (const [i, { offset }] of records.entries()) {
      const rest = records.slice(i + 1);
      expect((await take(two, offset + 1, rest.length)).map(plain)).toEqual(rest.map(plain));
    }
    await Promise.all([one.close(), two.close()]);
  });

  it('[K2] of a writer that died in the middle are passed over, and do not hold up the end', async () => {
    const topic = await on.topic(1);
    const log = await opened(on, topic);
    await log.append(entryOf(0));
    const producer = on.connection.producer();
    await producer.connect();
    for (const index of [0, 1]) {
      const mark = { entry: 'died', index, count: 3, first: index === 0 ? null : 1 };
      await producer.send({
        topic,
        partition: 0,
        messages: [partMessage(entryOf(1, 60_000), mark, PART_BYTES)],
      });
    }
    await producer.disconnect();
    expect((await take(log, 0, 1)).map(plain)).toEqual([plain(entryOf(0))]);
    const stop = new AbortController();
    const reading = log.read({ partition: 0, offset: 1 }, stop.signal)[Symbol.asyncIterator]();
    const next = reading.next();
    await expect.poll(() => log.end(0)).toBe(1);
    expect(await log.append(entryOf(2))).toEqual({ partition: 0, offset: 3 });
    expect(await log.end(0)).toBe(4);
    const { value } = await next;
    expect((value ?? []).map(plain)).toEqual([plain(entryOf(2))]);
    stop.abort();
    await log.close();
  });

  it('[K2] is told when retention has dropped the position, or cut an entry in two', async () => {
    const topic = await on.topic(1);
    const log = await opened(on, topic);
    for (let i = 0; i < 3; i++) await log.append(entryOf(i));
    const { offset } = await log.append(entryOf(3, 60_000));
    await log.append(entryOf(4));
    await on.dropBefore(topic, offset - 1);
    expect(await log.begin(0)).toBe(offset - 1);
    await expect(take(log, 1, 1)).rejects.toMatchObject({ code: 'CF_LOG_GONE' });
    await expect(take(log, offset, 1)).rejects.toMatchObject({ code: 'CF_LOG_GONE' });
    expect((await take(log, offset - 1, 1)).map(plain)).toEqual([plain(entryOf(4))]);
    expect((await take(log, offset + 1, 1)).map(plain)).toEqual([plain(entryOf(4))]);
    await log.close();
  });

  it('[K3] refuses more than may wait, and keeps what was taken', async () => {
    const topic = await on.topic(1);
    const log = await openKafkaLog(on.connection, {
      topic,
      tenant: 'acme',
      group: `log-${randomUUID()}`,
      maxWaitingBytes: 50_000,
    });
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => log.append(entryOf(i, 5_000))),
    );
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(11);
    expect(refused[0]).toMatchObject({ reason: { code: 'CF_BUSY' } });
    expect((await takeAll(log)).map(plain)).toEqual(
      Array.from({ length: 9 }, (_, i) => plain(entryOf(i, 5_000))),
    );
    await log.close();
  });

  it('[K3] a topic that takes no such records is said, and what comes after is appended', async () => {
    const topic = await on.topic(1, { 'max.message.bytes': '2000' });
    const log = await opened(on, topic);
    await expect(log.append(entryOf(0, 10_000))).rejects.toMatchObject({ code: 'CF_SERVER_SETUP' });
    expect(await log.append(entryOf(1, 100))).toEqual({ partition: 0, offset: 0 });
    await log.close();
  });
});

function byFrom(a: { from: number | null }, b: { from: number | null }): number {
  return (a.from ?? 0) - (b.from ?? 0);
}
