// Goal: opening a log gives every acknowledged record or says which file is damaged where; what a crash cut short goes.
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FOOTER_BYTES, frameBytes, SEGMENT_HEADER_BYTES } from '../../../src/adapters/embedded/log-frame.ts';
import { entriesOf, entryOf, plain, take, takeAll } from '../../conformance/event-log.suite.ts';
import { bytesOf, diskWith, newDisk, openOn, segmentPath, stepsOf } from './event-log-disk.ts';

const FIRST = segmentPath(0);
const SMALL = [90, 0, 41, 13, 60, 37].map((length, i) => entryOf(i, length));
const ends = SMALL.map((_, i) =>
  SMALL.slice(0, i + 1).reduce((sum, entry) => sum + frameBytes(entry), SEGMENT_HEADER_BYTES),
);

/** A file with three batches: records 0, 1 and 2, 3 to 5. */
async function threeBatches(): Promise<Uint8Array> {
  const disk = newDisk();
  const log = await openOn(disk);
  for (const batch of [SMALL.slice(0, 1), SMALL.slice(1, 3), SMALL.slice(3)])
    await Promise.all(batch.map((entry) => log.append(entry)));
  await log.close();
  return await bytesOf(disk, FIRST);
}

const BEHIND_TWO_BATCHES = ends[2] ?? 0;

describe('a torn tail', () => {
  it.each([
    ['missing', (whole: Uint8Array, at: number) => whole.slice(0, at)],
    ['zeros', (whole: Uint8Array) => new Uint8Array(whole.length)],
    ['garbage', (whole: Uint8Array) => new Uint8Array(whole.length + 9).fill(0xab)],
  ] as const)('is cut off at every byte of the last batch: %s', async (_name, torn) => {
    const whole = await threeBatches();
    for (let at = BEHIND_TWO_BATCHES; at < whole.length; at += 1) {
      const file = torn(whole, at);
      file.set(whole.subarray(0, at));
      const disk = await diskWith({ [FIRST]: file });
      const log = await openOn(disk);
      const kept = ends.filter((end) => end <= at).length;

      expect(await log.end(0)).toBe(kept);
      expect((await takeAll(log)).map(plain)).toEqual(SMALL.slice(0, kept).map(plain));
      expect(log.recovered.truncatedBytes).toBe(file.length - (ends[kept - 1] ?? 0));
      expect(await log.append(entryOf(9))).toEqual({ partition: 0, offset: kept });
      disk.crash('power');
      expect((await takeAll(await openOn(disk))).map(plain)).toEqual(
        [...SMALL.slice(0, kept), entryOf(9)].map(plain),
      );
    }
  });

  it('is cut off where a frame of the last batch is missing and later ones are there', async () => {
    const whole = await threeBatches();
    for (let at = BEHIND_TWO_BATCHES; at < (ends[4] ?? 0); at += 1) {
      const disk = await diskWith({ [FIRST]: whole });
      disk.damage(FIRST, at);
      const log = await openOn(disk);
      expect(await log.end(0)).toBe(at < (ends[3] ?? 0) ? 3 : 4);
    }
  });

  it('is a segment whose header was not yet whole', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { segmentBytes: 1 });
    for (const entry of SMALL) await log.append(entry);
    await log.close();
    const whole = await bytesOf(disk, segmentPath(5));
    const names = disk.paths();
    for (let size = 0; size <= SEGMENT_HEADER_BYTES; size += 1) {
      const contents = Object.fromEntries(
        await Promise.all(names.slice(0, -1).map(async (path) => [path, await bytesOf(disk, path)] as const)),
      );
      const torn = await diskWith({ ...contents, [segmentPath(5)]: whole.slice(0, size) });
      const reopened = await openOn(torn, { segmentBytes: 1 });
      expect(await reopened.append(entryOf(9))).toEqual({ partition: 0, offset: 5 });
      expect((await takeAll(reopened)).map(plain)).toEqual([...SMALL.slice(0, 5), entryOf(9)].map(plain));
    }
  });
});

describe('damage of what was acknowledged', () => {
  it('is refused at every byte before the last batch, with file and byte', async () => {
    const whole = await threeBatches();
    for (let at = SEGMENT_HEADER_BYTES; at < BEHIND_TWO_BATCHES; at += 1) {
      const disk = await diskWith({ [FIRST]: whole });
      disk.damage(FIRST, at);
      const frame = ends.findLast((end) => end <= at) ?? SEGMENT_HEADER_BYTES;
      await expect(openOn(disk)).rejects.toMatchObject({
        code: 'CF_LOG_CORRUPT',
        message: expect.stringContaining(`${FIRST} is damaged at byte ${frame}`),
      });
      expect(await bytesOf(disk, FIRST)).toHaveLength(whole.length);
    }
  });

  it('is refused in a header', async () => {
    const whole = await threeBatches();
    for (let at = 0; at < SEGMENT_HEADER_BYTES; at += 1) {
      const disk = await diskWith({ [FIRST]: whole });
      disk.damage(FIRST, at);
      await expect(openOn(disk)).rejects.toMatchObject({ code: 'CF_LOG_CORRUPT' });
    }
  });

  it('in a sealed segment is found when it is read', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { segmentBytes: 200 });
    for (const entry of entriesOf(6)) await log.append(entry);
    await log.close();
    disk.damage(segmentPath(2), SEGMENT_HEADER_BYTES + 40);
    const reopened = await openOn(disk, { segmentBytes: 200 });
    const fault = {
      code: 'CF_LOG_CORRUPT',
      message: expect.stringContaining(`${segmentPath(2)} is damaged at byte ${SEGMENT_HEADER_BYTES}`),
    };
    await expect(takeAll(reopened)).rejects.toMatchObject(fault);
    const scan = reopened.scan({ from: -Infinity, to: Infinity })[Symbol.asyncIterator]();
    await scan.next();
    await scan.next();
    await expect(scan.next()).rejects.toMatchObject(fault);
    expect((await take(reopened, 3, 3)).map(plain)).toEqual(entriesOf(6).slice(3).map(plain));
  });

  it('is refused when a segment is missing', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { segmentBytes: 1 });
    for (const entry of entriesOf(4)) await log.append(entry);
    await log.close();
    await disk.files().remove(segmentPath(2));
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'CF_LOG_CORRUPT' });
  });

  it('is refused when the header is of another version, or of another file', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { segmentBytes: 1 });
    for (const entry of entriesOf(2)) await log.append(entry);
    await log.close();
    const swapped = await diskWith({ [FIRST]: await bytesOf(disk, segmentPath(1)) });
    await expect(openOn(swapped)).rejects.toThrow('its name says 0');
    const newer = await threeBatches();
    newer[8] = 2;
    new DataView(newer.buffer).setUint32(24, crc32(newer.subarray(0, 24)), true);
    await expect(openOn(await diskWith({ [FIRST]: newer }))).rejects.toThrow('format 2 belongs to another');
  });
});

describe('a sealed segment', () => {
  it('is opened by its footer, whatever its size', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { segmentBytes: 100_000 });
    for (const entry of Array.from({ length: 40 }, (_, i) => entryOf(i, 30_000))) await log.append(entry);
    await log.close();
    const reads = stepsOf(disk, 'read');
    await openOn(disk, { segmentBytes: 100_000 });
    const last = disk.paths().at(-1);
    const ofSealed = reads.filter(({ path }) => path !== last).map(({ bytes }) => bytes);
    expect(Math.max(...ofSealed)).toBeLessThanOrEqual(Math.max(SEGMENT_HEADER_BYTES, FOOTER_BYTES));
    expect(reads.length).toBeGreaterThan(20);
  });

  it('gets its footer again when that is damaged or missing', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { segmentBytes: 200 });
    for (const entry of entriesOf(6)) await log.append(entry);
    await log.close();
    const whole = await bytesOf(disk, segmentPath(1));
    for (let missing = 1; missing <= FOOTER_BYTES; missing += 1) {
      const cut = await disk.files().open(segmentPath(1), 'write');
      await cut.truncate(whole.length - missing);
      if (missing % 2 === 0) await cut.write([new Uint8Array(2 * missing)], whole.length - missing);
      const reopened = await openOn(disk);
      expect((await takeAll(reopened)).map(plain)).toEqual(entriesOf(6).map(plain));
      await reopened.close();
      expect(await bytesOf(disk, segmentPath(1))).toHaveLength(whole.length);
    }
  });

  it('without a successor goes on in a new one, also when its footer was cut short', async () => {
    const disk = newDisk();
    const log = await openOn(disk, { segmentBytes: 200 });
    for (const entry of entriesOf(3)) await log.append(entry);
    await log.close();
    await disk.files().remove(segmentPath(2));
    const sealed = await bytesOf(disk, segmentPath(1));
    for (let missing = 0; missing <= FOOTER_BYTES; missing += 1) {
      const contents = { [FIRST]: await bytesOf(disk, FIRST) };
      const torn = await diskWith({
        ...contents,
        [segmentPath(1)]: sealed.slice(0, sealed.length - missing),
      });
      const reopened = await openOn(torn, { segmentBytes: 200 });
      expect(await reopened.end(0)).toBe(2);
      for (const entry of entriesOf(4)) await reopened.append(entry);
      await reopened.close();
      const again = await openOn(torn, { segmentBytes: 200 });
      expect((await takeAll(again)).map(plain)).toEqual([...entriesOf(2), ...entriesOf(4)].map(plain));
    }
  });

  it('leaves files of others alone', async () => {
    const disk = await diskWith({
      '/data/log/notes.txt': Uint8Array.of(1),
      '/data/log/1.log': Uint8Array.of(2),
    });
    const log = await openOn(disk);
    await log.append(entryOf(0));
    expect(disk.paths()).toEqual([FIRST, '/data/log/1.log', '/data/log/notes.txt']);
  });
});
