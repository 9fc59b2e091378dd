// Goal: whatever keeps the topic, its history gives every record of a range of time, of every partition, once.
import { describe, expect, it } from 'vitest';
import type { SpanHistory } from '../../src/ports/span-history.ts';
import { bytesOf, textOf, type TopicsForTest } from './topic-reader.suite.ts';

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

async function read(history: SpanHistory, from: number, to: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { partition, records } of history.appended({ from, to }))
    found.push(...records.map(({ value, offset }) => `${partition}/${offset}=${textOf(value)}`));
  return found;
}

export function spanHistorySuite(name: string, open: () => Promise<TopicsForTest>): void {
  describe(`${name}: the history of a topic`, () => {
    it('[K10] gives the records of a range, both ends included, of every partition, whatever their order', async () => {
      const topics = await open();
      const topic = await topics.topic(3);
      // Seconds at which records are appended; producers set times, which may go back.
      const times = [[0, 1, 2, 3, 4, 5], [5, 0, 3, 2, 9, 1], []];
      for (const [partition, seconds] of times.entries())
        if (seconds.length > 0)
          await topics.append(
            topic,
            partition,
            seconds.map((second, i) => ({
              value: i === 2 ? null : bytesOf(`s${second}`),
              at: START + second * SECOND,
            })),
          );
      const history = topics.history(topic);
      expect(await read(history, START + 2 * SECOND, START + 3 * SECOND)).toEqual([
        '0/2=null',
        '0/3=s3',
        '1/2=null',
        '1/3=s2',
      ]);
      expect(await read(history, START, START + 9 * SECOND)).toHaveLength(12);
      expect(await read(history, START + 9 * SECOND, START + 9 * SECOND)).toEqual(['1/4=s9']);
      expect(await read(history, START + 1, START + SECOND - 1)).toEqual([]);
      expect(await read(history, START + 10 * SECOND, START + 20 * SECOND)).toEqual([]);
      expect(await read(history, START + 3 * SECOND, START + 2 * SECOND)).toEqual([]);
    });

    it('says how many records it reads, and from no beginning on gives all that is kept', async () => {
      const topics = await open();
      const topic = await topics.topic(2);
      for (const partition of [0, 1])
        await topics.append(
          topic,
          partition,
          [0, 1, 2].map((second) => ({ value: bytesOf(`s${second}`), at: START + second * SECOND })),
        );
      const history = topics.history(topic);
      expect(await history.size({ from: -Infinity, to: Infinity })).toBe(6);
      expect(await read(history, -Infinity, Infinity)).toHaveLength(6);
      const later = { from: START + 2 * SECOND, to: Infinity };
      expect(await history.size(later)).toBeGreaterThanOrEqual(2);
      expect(await read(history, later.from, later.to)).toHaveLength(2);
    });

    it('ends where the topic ended when it was called, and can be called again', async () => {
      const topics = await open();
      const topic = await topics.topic(1);
      const values = Array.from({ length: 1_200 }, (_, i) => ({
        value: bytesOf(`v${i}`),
        at: START + i * SECOND,
      }));
      await topics.append(topic, 0, values);
      const history = topics.history(topic);
      let count = 0;
      for await (const { records } of history.appended({ from: START, to: START + 5_000 * SECOND })) {
        await topics.append(topic, 0, [{ value: bytesOf('later'), at: START }]);
        count += records.length;
      }
      expect(count).toBe(1_200);
      expect((await read(history, START, START + 5_000 * SECOND)).length).toBeGreaterThan(1_200);
    });
  });
}
