// Goal: whatever keeps the topics, a group reads every record, in order of its partition, and nothing is committed whose
// effects are not there; and what is said of a partition at its end is true.
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import type { TopicBatch, TopicHandler, TopicReader } from '../../src/ports/topic-reader.ts';
import type { SpanHistory } from '../../src/ports/span-history.ts';

export interface AppendedForTest {
  value: Uint8Array | null;
  /** Microseconds; a multiple of 1,000. */
  at?: number;
}

/** A member of a group that takes what it gets and never finishes, until it is killed without a farewell. */
export interface DoomedMember {
  /** Resolves with the values of its first batch. */
  took: Promise<string[]>;
  kill(): Promise<void>;
}

export interface TopicsForTest {
  topic(partitions: number): Promise<string>;
  append(topic: string, partition: number, records: readonly AppendedForTest[]): Promise<void>;
  reader(group: string, topics: readonly string[]): Promise<TopicReader>;
  doomed(group: string, topic: string): Promise<DoomedMember>;
  history(topic: string): SpanHistory;
  clock: Clock;
}

let groups = 0;
const newGroup = (): string => `group-${process.pid}-${Math.random().toString(36).slice(2)}-${groups++}`;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (value: Uint8Array | null): string =>
  value === null ? 'null' : new TextDecoder().decode(value);

function numbered(partition: number, from: number, count: number): AppendedForTest[] {
  return Array.from({ length: count }, (_, i) => ({ value: bytesOf(`${partition}:${from + i}`) }));
}

/** Notes what it takes, and lets a test wait until something is so. */
class Notes implements TopicHandler {
  readonly taken: string[] = [];
  readonly batches: TopicBatch[] = [];
  readonly idles: { topic: string; partition: number; position: number; end: number; asked: number }[] = [];
  readonly #checks: (() => void)[] = [];

  async take(batch: TopicBatch, _signal?: AbortSignal): Promise<void> {
    this.batches.push(batch);
    this.taken.push(...batch.records.map(({ value }) => textOf(value)));
    this.changed();
  }

  async idle(
    topic: string,
    partition: number,
    at: { position: number; end: number },
    asked: number,
  ): Promise<void> {
    this.idles.push({ topic, partition, ...at, asked });
    this.changed();
  }

  changed(): void {
    for (const check of this.#checks) check();
  }

  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (isSo()) resolve();
      };
      this.#checks.push(check);
      check();
    });
  }
}

/** Runs a reader until `use` has returned; what `run` rejected with is thrown. */
async function running(reader: TopicReader, handler: TopicHandler, use: () => Promise<void>): Promise<void> {
  const run = reader.run(handler);
  const failed = run.then(
    () => undefined,
    (error: unknown) => Promise.reject(error),
  );
  failed.catch(() => undefined);
  try {
    await Promise.race([use(), failed.then(() => new Promise<never>(() => undefined))]);
  } finally {
    await reader.stop();
  }
  await run;
}

/** Lets everything else go on. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function lagOf(reader: TopicReader): Promise<number> {
  return (await reader.lag()).reduce((sum, { position, end }) => sum + end - position, 0);
}

/** In every partition, what came first is in the order of appending. */
function expectInOrder(taken: readonly string[], partitions: number, count: number): void {
  const first = [...new Set(taken)];
  for (let partition = 0; partition < partitions; partition++) {
    const of = first.filter((text) => text.startsWith(`${partition}:`));
    expect(of).toEqual(Array.from({ length: count }, (_, i) => `${partition}:${i}`));
  }
}

export function topicReaderSuite(name: string, open: () => Promise<TopicsForTest>): void {
  describe(`${name}: a topic reader`, () => {
    readingSuite(open);
    sharingSuite(open);
    committingSuite(open);
    idleSuite(open);
  });
}

function readingSuite(open: () => Promise<TopicsForTest>): void {
  it('[K1] reads several topics from their beginning, and says where it stands', async () => {
    const topics = await open();
    const [first, second] = [await topics.topic(2), await topics.topic(1)];
    await topics.append(first, 0, numbered(0, 0, 30));
    await topics.append(first, 1, numbered(1, 0, 30));
    await topics.append(second, 0, numbered(2, 0, 30));
    const reader = await topics.reader(newGroup(), [first, second]);
    expect(await reader.partitions()).toEqual(
      new Map([
        [first, [0, 1]],
        [second, [0]],
      ]),
    );
    const notes = new Notes();
    await running(reader, notes, async () => {
      await notes.until(() => notes.taken.length === 90);
      await topics.append(second, 0, numbered(2, 30, 5));
      await notes.until(() => notes.taken.length === 95);
    });
    expectInOrder(
      notes.taken.filter((text) => text < '2'),
      2,
      30,
    );
    expect(notes.taken.filter((text) => text > '2')).toEqual(
      numbered(2, 0, 35).map(({ value }) => textOf(value as Uint8Array)),
    );
    for (const { records, after } of notes.batches) {
      expect(after.position).toBe((records.at(-1)?.offset ?? 0) + 1);
      expect(after.end).toBeGreaterThanOrEqual(after.position);
    }
  });

  it('gives tombstones, empty values, and the time of appending', async () => {
    const topics = await open();
    const topic = await topics.topic(1);
    const at = 1_700_000_000_123_000;
    await topics.append(topic, 0, [
      { value: null, at },
      { value: new Uint8Array(0), at: at + 1_000 },
      { value: bytesOf('x'), at },
    ]);
    const notes = new Notes();
    await running(await topics.reader(newGroup(), [topic]), notes, () =>
      notes.until(() => notes.taken.length === 3),
    );
    const records = notes.batches.flatMap((batch) => batch.records);
    expect(records.map((record) => [record.offset, record.value === null, record.at])).toEqual([
      [0, true, at],
      [1, false, at + 1_000],
      [2, false, at],
    ]);
  });

  it('[K12] hands nothing out while paused, and stays in its group', async () => {
    const topics = await open();
    const topic = await topics.topic(2);
    const reader = await topics.reader(newGroup(), [topic]);
    const notes = new Notes();
    await topics.append(topic, 0, numbered(0, 0, 10));
    await running(reader, notes, async () => {
      await notes.until(() => notes.taken.length === 10);
      reader.pause();
      for (let i = 10; i < 40; i += 10) {
        await topics.append(topic, 0, numbered(0, i, 10));
        await topics.append(topic, 1, numbered(1, i, 10));
        const lag = await reader.lag();
        expect(lag.map(({ position, end }) => end - position)).toEqual([i, i]);
        const numbers = reader.owned().map(({ partition }) => partition);
        expect(new Set(numbers)).toEqual(new Set([0, 1]));
      }
      expect(notes.taken).toHaveLength(10);
      reader.resume();
      await notes.until(() => notes.taken.length === 70);
    });
    expect(new Set(notes.taken).size).toBe(70);
  });
}

function sharingSuite(open: () => Promise<TopicsForTest>): void {
  it('[K1] shares partitions with a second member; nothing is lost, each partition keeps its order', async () => {
    const topics = await open();
    const topic = await topics.topic(4);
    const group = newGroup();
    const [one, two] = [new Notes(), new Notes()];
    const [first, second] = [await topics.reader(group, [topic]), await topics.reader(group, [topic])];
    const all = (): Set<string> => new Set([...one.taken, ...two.taken]);
    for (let partition = 0; partition < 4; partition++)
      await topics.append(topic, partition, numbered(partition, 0, 40));
    await running(first, one, async () => {
      await one.until(() => one.taken.length > 0);
      await running(second, two, async () => {
        for (let i = 40; two.taken.length === 0 || i < 80; i += 20) {
          for (let partition = 0; partition < 4; partition++)
            await topics.append(topic, partition, numbered(partition, i, 20));
          await turn();
        }
        while ((await first.lag()).length !== 2 || (await second.lag()).length !== 2) await turn();
        while ((await lagOf(first)) + (await lagOf(second)) > 0) await turn();
      });
    });
    const counts = [0, 1, 2, 3].map(
      (partition) => [...all()].filter((text) => text.startsWith(`${partition}:`)).length,
    );
    expect(new Set(counts).size).toBe(1);
    for (const notes of [one, two])
      for (const batch of notes.batches) expect(batch.records.length).toBeGreaterThan(0);
    expectInOrder([...one.taken, ...two.taken].toSorted(byNumber), 4, counts[0] ?? 0);
    expect(two.taken.length).toBeGreaterThan(0);
  });

  it('[K1] gives what a killed member took and did not finish to another', async () => {
    const topics = await open();
    const topic = await topics.topic(1);
    const group = newGroup();
    await topics.append(topic, 0, numbered(0, 0, 20));
    const doomed = await topics.doomed(group, topic);
    const lost = await doomed.took;
    expect(lost.length).toBeGreaterThan(0);
    await doomed.kill();
    const notes = new Notes();
    await running(await topics.reader(group, [topic]), notes, () =>
      notes.until(() => notes.taken.length >= 20),
    );
    expect(notes.taken).toEqual(numbered(0, 0, 20).map(({ value }) => textOf(value)));
  });

  it('[K1] aborts the signal when partitions are taken away; a rejection then stops nothing, and the records come again', async () => {
    const topics = await open();
    const topic = await topics.topic(2);
    const group = newGroup();
    await topics.append(topic, 0, numbered(0, 0, 5));
    await topics.append(topic, 1, numbered(1, 0, 5));
    const [one, two] = [new Notes(), new Notes()];
    let aborted = 0;
    const clinging: TopicHandler = {
      take: async (batch, signal) => {
        if (aborted === 0) {
          one.changed();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          aborted += 1;
          throw new Error('taken away');
        }
        await one.take(batch);
      },
      idle: (...what) => one.idle(...what),
    };
    const first = await topics.reader(group, [topic]);
    const second = await topics.reader(group, [topic]);
    const both = (): Set<string> => new Set([...one.taken, ...two.taken]);
    await running(first, clinging, async () => {
      while ((await first.lag()).length < 2) await turn();
      await running(second, two, async () => {
        await Promise.race([one.until(() => both().size === 10), two.until(() => both().size === 10)]);
      });
    });
    expect(aborted).toBeGreaterThan(0);
  });
}

function byNumber(a: string, b: string): number {
  return Number(a.split(':')[1]) - Number(b.split(':')[1]);
}

function committingSuite(open: () => Promise<TopicsForTest>): void {
  it('[K1] finishes and commits what is being taken when it is stopped: the next goes on behind it', async () => {
    const topics = await open();
    const topic = await topics.topic(1);
    const group = newGroup();
    await topics.append(topic, 0, numbered(0, 0, 10));
    const reader = await topics.reader(group, [topic]);
    const notes = new Notes();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const run = reader.run({
      take: async (batch) => {
        await notes.take(batch);
        await held;
      },
      idle: async () => undefined,
    });
    await notes.until(() => notes.taken.length > 0);
    const stopping = reader.stop();
    release();
    await stopping;
    await run;
    await topics.append(topic, 0, numbered(0, 10, 5));
    const after = new Notes();
    await running(await topics.reader(group, [topic]), after, () =>
      after.until(() => after.taken.includes('0:14')),
    );
    expect([...notes.taken, ...after.taken]).toEqual(numbered(0, 0, 15).map(({ value }) => textOf(value)));
  });

  it('[K1] stops with what the handler threw, and nothing of that batch is committed', async () => {
    const topics = await open();
    const topic = await topics.topic(1);
    const group = newGroup();
    await topics.append(topic, 0, numbered(0, 0, 10));
    const reader = await topics.reader(group, [topic]);
    const fault = new Error('disk full');
    await expect(reader.run({ take: () => Promise.reject(fault), idle: async () => undefined })).rejects.toBe(
      fault,
    );
    await reader.stop();
    const notes = new Notes();
    await running(await topics.reader(group, [topic]), notes, () =>
      notes.until(() => notes.taken.length === 10),
    );
    expect(notes.taken[0]).toBe('0:0');
  });
}

function idleSuite(open: () => Promise<TopicsForTest>): void {
  it('[K11] says that a partition is at its end only when all that was appended before was taken', async () => {
    const topics = await open();
    const topic = await topics.topic(2);
    const notes = new Notes();
    const appended: { text: string; at: number }[] = [];
    const lies: string[] = [];
    const reader = await topics.reader(newGroup(), [topic]);
    const handler: TopicHandler = {
      take: (batch) => notes.take(batch),
      idle: async (of, partition, at, asked) => {
        for (const { text, at: when } of appended)
          if (text.startsWith(`${partition}:`) && when < asked && !notes.taken.includes(text))
            lies.push(text);
        await notes.idle(of, partition, at, asked);
      },
    };
    await running(reader, handler, async () => {
      await notes.until(() => notes.idles.length >= 2);
      expect(notes.idles[0]).toMatchObject({ topic, position: 0, end: 0 });
      for (let i = 0; notes.idles.length < 6; i++) {
        await topics.append(topic, 0, numbered(0, i, 1));
        appended.push({ text: `0:${i}`, at: topics.clock.now() });
        await notes.until(() => notes.taken.length > i || notes.idles.length >= 6);
        await turn();
      }
    });
    expect(lies).toEqual([]);
    expect(notes.idles.every(({ position, end }) => position === end)).toBe(true);
  });
}
