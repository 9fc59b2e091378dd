// Goal: what a topic does not keep any more is said, not passed over; and a long topic is not read further than it must.
import { afterAll, describe, expect, it } from 'vitest';
import { kafkaSpanHistory } from '../../../src/adapters/kafka/span-history.ts';
import { serverFor } from '../../servers/servers.ts';
import { kafkaForTest, type KafkaForTest } from './broker.ts';

const server = await serverFor('kafka');
const kafka = server === null ? null : await kafkaForTest(server.nodes);
afterAll(() => kafka?.close());

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

describe.skipIf(kafka === null)('the history of a topic on Kafka', () => {
  const on = kafka as KafkaForTest;
  const read = async (topic: string, from: number, to: number): Promise<number[]> => {
    const offsets: number[] = [];
    const history = kafkaSpanHistory(on.connection, { topic });
    for await (const { records } of history.appended({ from, to }))
      offsets.push(...records.map(({ offset }) => offset));
    return offsets;
  };

  it('[K10] says that retention has overtaken a range, and gives one that is whole', async () => {
    const topic = await on.topic(1);
    const records = Array.from({ length: 20 }, (_, i) => ({
      value: Buffer.from('x'),
      at: START + i * SECOND,
    }));
    await on.append(topic, 0, records);
    await on.dropBefore(topic, 10);
    for (const from of [START, START + 9 * SECOND])
      await expect(read(topic, from, START + 30 * SECOND)).rejects.toMatchObject({ code: 'CF_LOG_GONE' });
    expect(await read(topic, START + 10 * SECOND, START + 12 * SECOND)).toEqual([10, 11, 12]);
    await on.dropBefore(topic, 20);
    expect(await read(topic, START + 10 * SECOND, START + 12 * SECOND)).toEqual([]);
  });

  it('[K10] reads times that the broker sets', async () => {
    const topic = await on.topic(1, { 'message.timestamp.type': 'LogAppendTime' });
    const before = Date.now() * 1_000;
    await on.append(topic, 0, [{ value: Buffer.from('a'), at: START }]);
    const between = Date.now() * 1_000;
    await new Promise((resolve) => setTimeout(resolve, 20));
    await on.append(topic, 0, [{ value: Buffer.from('b'), at: START }]);
    expect(await read(topic, START, START + SECOND)).toEqual([]);
    expect(await read(topic, before, between)).toEqual([0]);
    expect(await read(topic, before, between + 60 * SECOND)).toEqual([0, 1]);
  });
});
