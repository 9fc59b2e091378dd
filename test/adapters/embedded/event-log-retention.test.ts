// Goal: only whole segments go, oldest first, none that holds anything not committed; readers are served and told.
import { describe, expect, it } from 'vitest';
import { MICROS_PER_SECOND } from '../../../src/model/instant.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { entryOf, plain, take, takeAll } from '../../conformance/event-log.suite.ts';
import { newDisk, openOn, stepsOf } from './event-log-disk.ts';

/** Two records of 100 bytes fill a segment. */
const SEGMENTS = { segmentBytes: 300 };
const entry = (i: number): ReturnType<typeof entryOf> => entryOf(i, 100);

describe('retention', () => {
  it('by age: drops committed segments whose last write is long ago', async () => {
    let now = 0;
    const disk = newDisk();
    const log = await openOn(disk, { ...SEGMENTS, retentionMs: 10_000 }, () => now);
    for (let i = 0; i < 10; i += 1) {
      now = i * MICROS_PER_SECOND;
      await log.append(entry(i));
    }
    now = 13.5 * MICROS_PER_SECOND;
    expect(await log.retain()).toBe(0);
    await log.commit({ partition: 0, offset: 3 });
    expect(await log.retain()).toBe(1);
    await log.commit({ partition: 0, offset: 10 });
    expect(await log.retain()).toBe(1);
    expect(await log.begin(0)).toBe(4);
    now = 1_000 * MICROS_PER_SECOND;
    expect(await log.retain()).toBe(2);
    expect(await log.begin(0)).toBe(8);
    expect((await takeAll(log)).map(plain)).toEqual([8, 9].map(entry).map(plain));
    disk.crash('power');
    expect(await (await openOn(disk)).begin(0)).toBe(8);
  });

  it('by age: knows the time of writing of segments from an earlier life', async () => {
    let now = 0;
    const disk = newDisk();
    const settings = { ...SEGMENTS, retentionMs: 10_000 };
    let log = await openOn(disk, settings, () => now);
    for (let i = 0; i < 6; i += 1) await log.append(entry(i));
    await log.close();
    now = 11 * MICROS_PER_SECOND;
    log = await openOn(disk, settings, () => now);
    await log.commit({ partition: 0, offset: 6 });
    expect(await log.retain()).toBe(2);
  });

  it('by size: drops committed segments at the next roll, and refuses when they are not committed', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { ...SEGMENTS, maxBytes: 2_000 });
    let kept = 0;
    while (await log.append(entry(kept)).then(Boolean, () => false)) kept += 1;
    expect(kept).toBeGreaterThan(8);
    expect(log.usage().bytes).toBeLessThanOrEqual(2_000);
    await expect(log.append(entry(99))).rejects.toMatchObject({
      code: 'CF_LOG_FULL',
      message: expect.stringContaining('holds the 2000 bytes that it may'),
    });
    expect(await log.begin(0)).toBe(0);
    await log.commit({ partition: 0, offset: kept });
    for (let i = 0; i < 100; i += 1) {
      expect(await log.append(entry(kept + i))).toEqual({ partition: 0, offset: kept + i });
      await log.commit({ partition: 0, offset: kept + i + 1 });
      expect(log.usage().bytes).toBeLessThanOrEqual(2_000);
    }
    const begin = await log.begin(0);
    expect(begin).toBeGreaterThan(80);
    expect((await takeAll(log)).map(({ offset }) => offset)[0]).toBe(begin);
  });

  it('by size: refuses the record that does not fit, and takes the smaller ones beside it', async () => {
    const log = await openOn(newDisk(), { maxBytes: 2_000 });
    const answers = await Promise.allSettled(
      [entry(0), entryOf(1, 1_900), entry(2)].map((each) => log.append(each)),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await takeAll(log)).map(plain)).toEqual([entry(0), entry(2)].map(plain));
  });

  it('tells a reader that what it wants is gone', async () => {
    const log = await openOn(newDisk(), { ...SEGMENTS, retentionMs: 0, tailBytes: 0 }, clockThatMoves());
    for (let i = 0; i < 10; i += 1) await log.append(entry(i));
    const scan = log.scan({ from: -Infinity, to: Infinity })[Symbol.asyncIterator]();
    await scan.next();
    const slow = log.read({ partition: 0, offset: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
    await slow.next();
    await log.commit({ partition: 0, offset: 10 });
    expect(await log.retain()).toBe(4);
    await expect(take(log, 3, 1)).rejects.toMatchObject({ code: 'CF_LOG_GONE' });
    await expect(slow.next()).rejects.toMatchObject({ code: 'CF_LOG_GONE' });
    await expect(scan.next()).rejects.toMatchObject({ code: 'CF_LOG_GONE' });
  });
});

describe('reading', () => {
  it('needs no disk for a reader that keeps up', async () => {
    const disk = newDisk();
    const log = await openOn(disk);
    const reads = stepsOf(disk, 'read');
    const reading = take(log, 0, 50);
    for (let i = 0; i < 50; i += 1) await log.append(entry(i));
    expect(await reading).toHaveLength(50);
    expect(reads).toEqual([]);
  });

  it('goes on in the file where memory no longer reaches, without beginning the segment again', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { tailBytes: 3_000, batchBytes: 1_000 });
    for (let i = 0; i < 5; i += 1) await log.append(entry(i));
    const { signal } = new AbortController();
    const reader = log.read({ partition: 0, offset: 0 }, signal)[Symbol.asyncIterator]();
    const seen: LogRecord[] = [];
    while (seen.length < 5) seen.push(...((await reader.next()).value as LogRecord[]));
    for (let i = 5; i < 100; i += 1) await log.append(entry(i));
    const reads = stepsOf(disk, 'read');
    while (seen.length < 100) seen.push(...((await reader.next()).value as LogRecord[]));
    expect(seen.map(plain)).toEqual(Array.from({ length: 100 }, (_, i) => plain(entry(i))));
    // 85 records of 136 bytes in reads of 1,000, seven whole ones each.
    expect(reads.length).toBeLessThan(16);
    await reader.return?.();
  });

  it('gives batches within their bound', async () => {
    const log = await openOn(newDisk(), { batchBytes: 1_000, tailBytes: 4_000 });
    for (let i = 0; i < 60; i += 1) await log.append(entry(i));
    await log.append(entryOf(60, 5_000));
    let count = 0;
    for await (const batch of log.read({ partition: 0, offset: 0 }, new AbortController().signal)) {
      count += batch.length;
      expect(batch.length === 1 || batch.length <= 10).toBe(true);
      if (count === 61) break;
    }
  });

  it('opens only the segments whose times meet a scan', async () => {
    const disk = newDisk();
    const log = await openOn(disk, SEGMENTS);
    for (let i = 0; i < 20; i += 1) await log.append(entry(i));
    const opened = stepsOf(disk, 'open');
    const found: number[] = [];
    for await (const batch of log.scan({ from: 95, to: 120 }))
      found.push(...batch.map(({ offset }) => offset));
    expect(found).toEqual([9, 10, 11, 12]);
    expect(opened).toHaveLength(3);
  });
});

function clockThatMoves(): () => number {
  let now = 0;
  return () => (now += 1_000_000);
}
