// Goal: a reader without a lock sees whole records only, up to where the log ended when it was opened, writes nothing, and
// says what it could not see.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEventLogReader, type EventLogReader } from '../../../src/adapters/embedded/event-log-reader.ts';
import { openEventLog } from '../../../src/adapters/embedded/event-log.ts';
import type { LogEntry, LogRecord } from '../../../src/ports/event-log.ts';
import { entriesOf, entryOf, plain } from '../../conformance/event-log.suite.ts';
import { bytesOf, diskWith, newDisk, openOn, segmentPath } from './event-log-disk.ts';

/** Two records of 100 bytes fill a segment. */
const SMALL = { segmentBytes: 300 };
const entry = (i: number): LogEntry => entryOf(i, 100);

async function all(records: AsyncIterable<LogRecord[]>): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const batch of records)
    found.push(...batch.map((record) => ({ ...record, value: record.value.slice() })));
  return found;
}

const offsets = async (reader: EventLogReader): Promise<number[]> =>
  (await all(reader.records())).map(({ offset }) => offset);

describe('the reader of a log [R1]', () => {
  it('gives what the writer has appended, and what meets a range', async () => {
    const disk = newDisk();
    const log = await openOn(disk, SMALL);
    for (const each of entriesOf(7)) await log.append(each);
    await log.append({ value: Uint8Array.of(1), from: null, to: null });
    const reader = await openEventLogReader('/data', disk.files());
    expect((await all(reader.records())).map(plain)).toEqual(
      [...entriesOf(7), { value: Uint8Array.of(1), from: null, to: null }].map(plain),
    );
    const scanned = await all(reader.scan({ from: 21, to: 40 }));
    expect(scanned.map(({ offset }) => offset)).toEqual([2, 3, 4]);
    expect(reader.extent).toMatchObject({ begin: 0, end: 8, keptFrom: null, earliest: 0, latest: 65 });
    expect(reader.bytesOf({ from: 21, to: 40 })).toBeLessThan(reader.extent.bytes);
    expect(reader.bytesOf({ from: 1_000, to: 2_000 })).toBe(0);
  });

  it('ends where the log ended at opening', async () => {
    const disk = newDisk();
    const log = await openOn(disk, SMALL);
    for (let i = 0; i < 3; i += 1) await log.append(entry(i));
    const reader = await openEventLogReader('/data', disk.files());
    for (let i = 3; i < 9; i += 1) await log.append(entry(i));
    expect(await offsets(reader)).toEqual([0, 1, 2]);
    expect(await offsets(await openEventLogReader('/data', disk.files()))).toHaveLength(9);
  });

  it('stops before a torn tail at any byte, and changes nothing', async () => {
    const whole = newDisk();
    const log = await openOn(whole);
    for (let i = 0; i < 3; i += 1) await log.append(entry(i));
    const bytes = await bytesOf(whole, segmentPath(0));
    const frame = 136;
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const disk = await diskWith({ [segmentPath(0)]: bytes.slice(0, cut) });
      const steps = new Set<string>();
      disk.faultOf = ({ operation }) => (steps.add(operation), null);
      const reader = await openEventLogReader('/data', disk.files());
      expect(await offsets(reader)).toHaveLength(Math.max(0, Math.floor((cut - 28) / frame)));
      expect(reader.extent.unfinishedBytes).toBe(cut < 28 ? 0 : (cut - 28) % frame);
      for (const step of steps) expect(['list', 'open', 'read']).toContain(step);
      expect(disk.sizeOf(segmentPath(0))).toBe(cut);
    }
  });

  it('says what is damaged that was acknowledged', async () => {
    const disk = newDisk();
    const log = await openOn(disk, SMALL);
    for (let i = 0; i < 5; i += 1) await log.append(entry(i));
    disk.damage(segmentPath(4), 60);
    await log.append(entry(5));
    const open = openEventLogReader('/data', disk.files());
    await expect(open).rejects.toMatchObject({ code: 'CF_LOG_CORRUPT' });
    const other = newDisk();
    const second = await openOn(other, SMALL);
    for (let i = 0; i < 5; i += 1) await second.append(entry(i));
    const reader = await openEventLogReader('/data', other.files());
    other.damage(segmentPath(0), 100);
    await expect(offsets(reader)).rejects.toMatchObject({
      code: 'CF_LOG_CORRUPT',
      message: expect.stringContaining(segmentPath(0)),
    });
  });

  it('passes over what retention takes away meanwhile, counts it, and says from when on the log holds all', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { ...SMALL, retentionMs: 1 }, () => 0);
    for (let i = 0; i < 7; i += 1) await log.append(entry(i));
    const reader = await openEventLogReader('/data', disk.files());
    for (const base of [0, 2]) await disk.files().remove(segmentPath(base));
    expect(await offsets(reader)).toEqual([4, 5, 6]);
    expect(await offsets(reader)).toEqual([4, 5, 6]);
    expect(reader.gone).toBe(2);
    const later = await openEventLogReader('/data', disk.files());
    expect(later.extent).toMatchObject({ begin: 4, end: 7, keptFrom: 45 });
    expect(later.gone).toBe(0);
  });

  it('counts what goes while it opens', async () => {
    const disk = newDisk();
    const log = await openOn(disk, SMALL);
    for (let i = 0; i < 7; i += 1) await log.append(entry(i));
    const other = disk.files();
    let opened = 0;
    disk.faultOf = ({ operation }) => {
      if (operation === 'open' && (opened += 1) === 2) {
        disk.faultOf = () => null;
        void other.remove(segmentPath(0));
        void other.remove(segmentPath(2));
        return { error: 'ENOENT' };
      }
      return null;
    };
    const reader = await openEventLogReader('/data', disk.files());
    expect(reader.gone).toBe(2);
    expect(await offsets(reader)).toEqual([4, 5, 6]);
  });

  it('needs a log to be there', async () => {
    await expect(openEventLogReader('/nowhere')).rejects.toMatchObject({ code: 'CF_NO_LOG' });
  });

  it('sees whole records in order beside a writer that appends, rolls and drops', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'counterfoil-reader-'));
    try {
      const log = await openEventLog({ directory, segmentBytes: 40_000, maxBytes: 200_000 });
      let appended = 0;
      let stop = false;
      const write = async (): Promise<void> => {
        while (!stop) {
          await Promise.all([0, 1, 2, 3].map((i) => log.append(entryOf(appended + i))));
          appended += 4;
          await log.commit({ partition: 0, offset: appended });
        }
      };
      const writing = write();
      for (let round = 0; round < 40 || (await log.begin(0)) === 0; round += 1) {
        const before = await log.end(0);
        const reader = await openEventLogReader(directory);
        const records = await all(reader.records());
        const first = records[0]?.offset ?? reader.extent.end;
        expect(reader.extent.end).toBeGreaterThanOrEqual(before);
        expect(records.map(plain)).toEqual(records.map((_, i) => plain(entryOf(first + i))));
        expect(first + records.length).toBe(reader.extent.end);
      }
      stop = true;
      await writing;
      const sizes = (): number[] =>
        readdirSync(join(directory, 'log')).map((name) => statSync(join(directory, 'log', name)).size);
      const before = sizes();
      await offsets(await openEventLogReader(directory));
      expect(sizes()).toEqual(before);
      await log.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
