// Goal: whatever keeps the log, an append that resolved is there for every reader: once, whole, in the order of the calls,
// also after the log was closed and opened again.
import { describe, expect, it } from 'vitest';
import type { EventLog, LogEntry, LogRange, LogRecord } from '../../src/ports/event-log.ts';

export interface OpenedForTest {
  log: EventLog;
  /** Closes the log and opens it again. */
  again: () => Promise<EventLog>;
}

/** An entry whose bytes say which one it is; its time is its number, so that ranges are easy to see. */
export function entryOf(number: number, length = 40 + ((number * 997) % 3_000)): LogEntry {
  const value = Uint8Array.from({ length }, (_, i) => (number * 31 + i * 7) % 251);
  return { value, from: number * 10, to: number * 10 + 5 };
}

export function entriesOf(count: number): LogEntry[] {
  return Array.from({ length: count }, (_, i) => entryOf(i));
}

/** Something to compare, with the bytes copied. */
export function plain({ value, from, to }: LogEntry): {
  value: string;
  from: number | null;
  to: number | null;
} {
  return { value: Buffer.from(value).toString('hex'), from, to };
}

/** As many records as asked for, from an offset on. */
export async function take(log: EventLog, offset: number, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const stop = new AbortController();
  if (count === 0) return records;
  for await (const batch of log.read({ partition: 0, offset }, stop.signal)) {
    records.push(...batch);
    if (records.length >= count) stop.abort();
  }
  return records;
}

/** All that is in the log now; there may be offsets that no record has. */
export async function takeAll(log: EventLog): Promise<LogRecord[]> {
  const [offset, end] = [await log.begin(0), await log.end(0)];
  const records: LogRecord[] = [];
  const stop = new AbortController();
  if (offset === end) return records;
  for await (const batch of log.read({ partition: 0, offset }, stop.signal)) {
    records.push(...batch);
    if (records.at(-1)?.offset === end - 1) stop.abort();
  }
  return records;
}

async function scanned(log: EventLog, range: LogRange): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const batch of log.scan(range))
    found.push(...batch.map((record) => ({ ...record, value: record.value.slice() })));
  return found;
}

const ALWAYS = { from: -Infinity, to: Infinity };

export function eventLogSuite(name: string, open: () => Promise<OpenedForTest>): void {
  const withLog = async (use: (opened: OpenedForTest) => Promise<void>): Promise<void> => {
    const opened = await open();
    try {
      await use(opened);
    } finally {
      await opened.log.close();
    }
  };

  describe(`${name}: an event log`, () => {
    it('is empty at first', async () => {
      await withLog(async ({ log }) => {
        expect(await log.partitions()).toContain(0);
        expect(await log.begin(0)).toBe(0);
        expect(await log.end(0)).toBe(0);
        expect(await scanned(log, ALWAYS)).toEqual([]);
      });
    });

    it('gives what was appended, whole and in order, from any offset', async () => {
      await withLog(async ({ log }) => {
        const entries = entriesOf(60);
        for (const [i, entry] of entries.entries()) {
          expect(await log.append(entry)).toEqual({ partition: 0, offset: i });
          expect(await log.end(0)).toBe(i + 1);
        }
        for (const start of [0, 1, 29, 59]) {
          const records = await take(log, start, 60 - start);
          expect(records.map(({ offset }) => offset)).toEqual(entries.map((_, i) => i).slice(start));
          expect(records.map(plain)).toEqual(entries.slice(start).map(plain));
        }
      });
    });

    it('gives concurrent appends an offset each, in the order of the calls', async () => {
      await withLog(async ({ log }) => {
        const entries = entriesOf(500);
        const positions = await Promise.all(entries.map((entry) => log.append(entry)));
        expect(positions.map(({ offset }) => offset)).toEqual(entries.map((_, i) => i));
        expect((await takeAll(log)).map(plain)).toEqual(entries.map(plain));
      });
    });

    it('takes empty values, values without times or with one, and large ones', async () => {
      await withLog(async ({ log }) => {
        const entries: LogEntry[] = [
          { value: new Uint8Array(0), from: null, to: null },
          entryOf(1, 8_000_000),
          { value: new Uint8Array(3), from: 7, to: null },
          { value: new Uint8Array(0), from: 0, to: 0 },
          entryOf(2, 3_000_000),
          { value: Uint8Array.of(0xff), from: null, to: 9 },
        ];
        await Promise.all(entries.map((entry) => log.append(entry)));
        expect((await takeAll(log)).map(plain)).toEqual(entries.map(plain));
        expect(await scanned(log, ALWAYS)).toHaveLength(5);
      });
    });

    it('refuses a value above 64 MiB, and goes on', async () => {
      await withLog(async ({ log }) => {
        const large = { value: new Uint8Array(2 ** 26 + 1), from: null, to: null };
        await expect(log.append(large)).rejects.toMatchObject({ code: 'CF_OVER_LIMIT' });
        expect(await log.append(entryOf(0))).toEqual({ partition: 0, offset: 0 });
      });
    });

    it('keeps everything when it is closed and opened again, and goes on behind it', async () => {
      const opened = await open();
      const entries = entriesOf(100);
      await Promise.all(entries.slice(0, 50).map((entry) => opened.log.append(entry)));
      let log = await opened.again();
      expect((await takeAll(log)).map(plain)).toEqual(entries.slice(0, 50).map(plain));
      for (const entry of entries.slice(50)) await log.append(entry);
      log = await opened.again();
      expect(await log.end(0)).toBe(100);
      expect((await takeAll(log)).map(plain)).toEqual(entries.map(plain));
      expect(await scanned(log, ALWAYS)).toHaveLength(100);
      await log.close();
    });

    it('answers what was appended before it is closed, and takes nothing after', async () => {
      const { log } = await open();
      const appends = entriesOf(10).map((entry) => log.append(entry));
      await log.close();
      await log.close();
      expect((await Promise.all(appends)).at(-1)).toEqual({ partition: 0, offset: 9 });
      await expect(log.append(entryOf(0))).rejects.toThrow('closed');
    });

    followingSuite(withLog);
    scanSuite(withLog);
  });
}

type WithLog = (use: (opened: OpenedForTest) => Promise<void>) => Promise<void>;

function followingSuite(withLog: WithLog): void {
  describe('a reader', () => {
    it('waits at the end for what comes, and never sees a record twice', async () => {
      await withLog(async ({ log }) => {
        const entries = entriesOf(90);
        const reading = take(log, 0, 90);
        for (let i = 0; i < 90; i += 3)
          await Promise.all(entries.slice(i, i + 3).map((entry) => log.append(entry)));
        const records = await reading;
        expect(records.map(({ offset }) => offset)).toEqual(entries.map((_, i) => i));
        expect(records.map(plain)).toEqual(entries.map(plain));
      });
    });

    it('goes at its own pace beside another, and may keep what it got', async () => {
      await withLog(async ({ log }) => {
        const entries = entriesOf(200);
        const signal = new AbortController().signal;
        const slow = log.read({ partition: 0, offset: 0 }, signal)[Symbol.asyncIterator]();
        await log.append(entryOf(0));
        const kept: LogRecord[] = [];
        const step = async (): Promise<void> => {
          const { value, done } = await slow.next();
          if (done !== true) kept.push(...value);
        };
        await step();
        await Promise.all(entries.slice(1).map((entry) => log.append(entry)));
        expect(await take(log, 0, 200)).toHaveLength(200);
        while (kept.length < 200) await step();
        await slow.return?.();
        expect(kept.map(plain)).toEqual(entries.map(plain));
      });
    });

    it('ends when its signal is aborted: before, at work, or waiting', async () => {
      await withLog(async ({ log }) => {
        await Promise.all(entriesOf(5).map((entry) => log.append(entry)));
        const before = AbortSignal.abort();
        for await (const batch of log.read({ partition: 0, offset: 0 }, before)) expect(batch).toEqual([]);
        const stop = new AbortController();
        const waiting = log.read({ partition: 0, offset: 5 }, stop.signal)[Symbol.asyncIterator]();
        const next = waiting.next();
        stop.abort();
        expect((await next).done).toBe(true);
      });
    });

    it('ends when the log is closed', async () => {
      await withLog(async ({ log }) => {
        const signal = new AbortController().signal;
        const waiting = log.read({ partition: 0, offset: 0 }, signal)[Symbol.asyncIterator]();
        const next = waiting.next();
        await log.close();
        expect((await next).done).toBe(true);
      });
    });

    it('is told when the log ends before the place where it stood', async () => {
      await withLog(async ({ log }) => {
        await log.append(entryOf(0));
        await expect(take(log, 2, 1)).rejects.toMatchObject({ code: 'CF_LOG_CORRUPT' });
      });
    });

    it('reads what was committed, as long as it is kept', async () => {
      await withLog(async ({ log }) => {
        await Promise.all(entriesOf(20).map((entry) => log.append(entry)));
        await log.commit({ partition: 0, offset: 20 });
        await log.commit({ partition: 0, offset: 3 });
        expect((await take(log, 0, 20)).map(plain)).toEqual(entriesOf(20).map(plain));
      });
    });
  });
}

function scanSuite(withLog: WithLog): void {
  describe('a scan', () => {
    it('gives the records whose times meet the range, both ends included, in order', async () => {
      await withLog(async ({ log }) => {
        // Times go up and down, so that no part of the log holds a range by itself.
        const entries = entriesOf(300).map((entry, i) => entryOf((i * 77) % 300, entry.value.length));
        entries.push({ value: Uint8Array.of(1), from: 0, to: 4_000 });
        await Promise.all(entries.map((entry) => log.append(entry)));
        for (const [from, to] of [
          [1_000, 1_200],
          [995, 1_000],
          [996, 999],
          [-Infinity, 100],
          [2_900, Infinity],
          [-Infinity, Infinity],
          [5_000, 6_000],
          [200, 100],
        ] as const) {
          const expected = entries.filter((e) => from <= to && (e.from ?? 0) <= to && (e.to ?? 0) >= from);
          expect((await scanned(log, { from, to })).map(plain)).toEqual(expected.map(plain));
        }
      });
    });

    it('ends where the log ended when it was called', async () => {
      await withLog(async ({ log }) => {
        await Promise.all(entriesOf(10).map((entry) => log.append(entry)));
        const scan = log.scan(ALWAYS);
        await Promise.all(entriesOf(10).map((entry) => log.append(entry)));
        let count = 0;
        for await (const batch of scan) {
          count += batch.length;
          await log.append(entryOf(0));
        }
        expect(count).toBe(10);
      });
    });
  });
}
