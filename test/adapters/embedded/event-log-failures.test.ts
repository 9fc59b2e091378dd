// Goal: what the disk does not take is refused, whole; what was acknowledged stays; and the log goes on when it can.
import { describe, expect, it } from 'vitest';
import type { EmbeddedEventLog } from '../../../src/adapters/embedded/event-log.ts';
import type { LogEntry } from '../../../src/ports/event-log.ts';
import type { DiskStep } from '../../simulation/faulty-files.ts';
import { entryOf, plain, takeAll } from '../../conformance/event-log.suite.ts';
import { newDisk, openOn, stepsOf } from './event-log-disk.ts';

const SEGMENTS = { segmentBytes: 400 };
const ENTRIES = Array.from({ length: 12 }, (_, i) => entryOf(i, 100));
const FULL = { code: 'CF_LOG_FULL' };

/** Whether the log takes an entry; anything but a plain refusal fails the test. */
async function keeps(log: EmbeddedEventLog, entry: LogEntry): Promise<boolean> {
  const outcome = await log.append(entry).catch((error: unknown) => error);
  const isKept = !(outcome instanceof Error);
  expect(outcome).toMatchObject(isKept ? { partition: 0 } : FULL);
  return isKept;
}

describe('a full disk', () => {
  it('refuses the append, at whatever byte it fills up, and goes on when there is space', async () => {
    for (let room = 0; room < 500; room += 1) {
      const disk = newDisk(room);
      let log = await openOn(disk, SEGMENTS);
      disk.capacityBytes = 200 + room;
      const kept: number[] = [];
      for (const [i, entry] of ENTRIES.entries()) {
        const isKept = await keeps(log, entry);
        if (isKept) kept.push(i);
        expect(await log.end(0)).toBe(kept.length);
      }
      disk.capacityBytes = Infinity;
      expect(await log.append(entryOf(50))).toEqual({ partition: 0, offset: kept.length });
      disk.crash('power');
      log = await openOn(disk, SEGMENTS);
      const expected = [...kept.map((i) => entryOf(i, 100)), entryOf(50)];
      expect((await takeAll(log)).map(plain)).toEqual(expected.map(plain));
      expect(log.recovered.truncatedBytes).toBe(0);
    }
  });

  it('refuses the whole batch, and leaves nothing of it in the file', async () => {
    const disk = newDisk();
    const log = await openOn(disk);
    await log.append(entryOf(0, 100));
    const size = disk.sizeOf('/data/log/0000000000000000.log');
    disk.capacityBytes = size + 300;
    const answers = await Promise.allSettled(ENTRIES.map((entry) => log.append(entry)));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(disk.sizeOf('/data/log/0000000000000000.log')).toBe(size);
  });

  it('lets a reader go on with what is there', async () => {
    const disk = newDisk();
    const first = await openOn(disk, { segmentBytes: 1 });
    for (const entry of ENTRIES) await first.append(entry);
    await first.close();
    disk.capacityBytes = 0;
    const log = await openOn(disk, { segmentBytes: 1 });
    await expect(log.append(entryOf(1))).rejects.toMatchObject(FULL);
    expect((await takeAll(log)).map(plain)).toEqual(ENTRIES.map(plain));
  });
});

describe('a step that fails once', () => {
  const OPERATIONS: DiskStep['operation'][] = ['write', 'sync', 'truncate', 'open', 'syncFolder'];

  it.each(OPERATIONS)(
    '%s: what is refused is gone, what is not stays, later appends work',
    async (operation) => {
      let reached = true;
      let times = 0;
      for (let nth = 0; reached; nth += 1) {
        const disk = newDisk(nth);
        let log = await openOn(disk, { ...SEGMENTS, retentionMs: 0 });
        let count = 0;
        reached = false;
        disk.faultOf = (step) => {
          if (step.operation !== operation || count++ !== nth) return null;
          reached = true;
          return { error: 'EIO' };
        };
        const kept: number[] = [];
        for (const [i, entry] of ENTRIES.entries()) {
          // A truncation happens only where something else failed.
          if (operation === 'truncate' && i % 3 === 2) disk.capacityBytes = 0;
          const isKept = await keeps(log, entry);
          disk.capacityBytes = Infinity;
          if (isKept) kept.push(i);
        }
        disk.faultOf = () => null;
        expect(await log.append(entryOf(50))).toEqual({ partition: 0, offset: kept.length });
        disk.crash('power');
        log = await openOn(disk, SEGMENTS);
        const expected = [...kept.map((i) => entryOf(i, 100)), entryOf(50)];
        expect((await takeAll(log)).map(plain)).toEqual(expected.map(plain));
        times += reached ? 1 : 0;
      }
      expect(times).toBeGreaterThan(1);
    },
  );
});

describe('a flush that fails', () => {
  it('is not believed the second time: nothing is acknowledged until a probe is flushed', async () => {
    const disk = newDisk(3);
    const log = await openOn(disk);
    await log.append(entryOf(0));
    let failing = true;
    disk.faultOf = ({ operation }) => (failing && operation === 'sync' ? { error: 'EIO' } : null);
    for (let i = 1; i < 5; i += 1) await expect(log.append(entryOf(i))).rejects.toMatchObject(FULL);
    failing = false;
    const writes = stepsOf(disk, 'write');
    expect(await log.append(entryOf(9))).toEqual({ partition: 0, offset: 1 });
    expect(writes.map(({ bytes }) => bytes)[0]).toBe(4_096);
    disk.crash('power');
    expect((await takeAll(await openOn(disk))).map(plain)).toEqual([entryOf(0), entryOf(9)].map(plain));
  });

  it('is not believed by the next process either, should this one die before it can cut', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const disk = newDisk(seed);
      const log = await openOn(disk);
      await log.append(entryOf(0));
      disk.faultOf = ({ operation }) => {
        if (operation === 'sync') return { error: 'EIO' };
        return operation === 'truncate' ? { crash: 'before', of: 'process' } : null;
      };
      await expect(log.append(entryOf(1))).rejects.toMatchObject(FULL);
      disk.faultOf = () => null;
      // The page cache has it whole, the disk has not: who is given it now must find it there after the next crash too.
      const seen = (await takeAll(await openOn(disk))).map(plain);
      disk.crash('power');
      expect((await takeAll(await openOn(disk))).map(plain)).toEqual(seen);
    }
  });

  it('leaves nothing of what was refused behind an orderly end', async () => {
    const disk = newDisk(4);
    const log = await openOn(disk);
    await log.append(entryOf(0));
    let left = 2;
    disk.faultOf = ({ operation }) => (operation === 'sync' && left-- > 0 ? { error: 'EIO' } : null);
    await expect(log.append(entryOf(1))).rejects.toMatchObject(FULL);
    await log.close();
    expect((await takeAll(await openOn(disk))).map(plain)).toEqual([entryOf(0)].map(plain));
  });
});

describe('group commit', () => {
  it('flushes once for all appends that come together, and once for those that come meanwhile', async () => {
    const disk = newDisk();
    const log = await openOn(disk);
    const syncs = stepsOf(disk, 'sync');
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => log.append(entryOf(i, 10))));
    expect(syncs).toHaveLength(1);
    const meanwhile: Promise<unknown>[] = [];
    disk.faultOf = (step) => {
      if (step.operation === 'sync' && meanwhile.length === 0)
        for (let i = 0; i < 100; i += 1) meanwhile.push(log.append(entryOf(i, 10)));
      if (step.operation === 'sync') syncs.push(step);
      return null;
    };
    await log.append(entryOf(0));
    await Promise.all(meanwhile);
    expect(syncs).toHaveLength(3);
  });

  it('answers only after the flush', async () => {
    const disk = newDisk();
    const log = await openOn(disk);
    const order: string[] = [];
    disk.faultOf = ({ operation }) => {
      order.push(operation);
      return null;
    };
    await log.append(entryOf(0)).then(() => order.push('answer'));
    expect(order).toEqual(['write', 'sync', 'answer']);
  });
});
