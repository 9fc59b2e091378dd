// What is the embedded window's own: its memory and its files. The contract is in test/conformance/window-store.suite.ts.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createWindowStore } from '../../../src/adapters/embedded/window-store.ts';
import { bucketEnd } from '../../../src/model/span-bucket.ts';
import type { SpanChunk, WindowStore, WindowUsage } from '../../../src/ports/window-store.ts';
import { BUCKET, chunkOf, chunksFrom, entryOf, KEY } from '../../conformance/window-store-chunks.ts';

const directory = mkdtempSync(join(tmpdir(), 'counterfoil-window-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const MIB = 2 ** 20;

/** Six buckets wide, 20 keys, 200 KB a bucket, a straggler three buckets behind; usage after each bucket. */
async function roll(store: WindowStore, buckets: number): Promise<WindowUsage[]> {
  const usages: WindowUsage[] = [];
  for (let bucket = BUCKET; bucket < BUCKET + buckets; bucket += 1) {
    for (let offset = 0; offset < 10; offset += 1) {
      const keys = Array.from({ length: 20 }, (_, i) => `n:${bucket}/${i}`);
      const chunks = keys.map((spanKey) => chunkOf({ spanKey, bucket, offset, length: 1_000 }));
      await store.putSpans([...chunks, chunkOf({ bucket: bucket - 3, offset })]);
    }
    await store.expire(bucketEnd(bucket - 6));
    usages.push(await store.usage());
  }
  return usages;
}

it('takes no more memory and file, however long it runs', async () => {
  const store = createWindowStore({ maxBytes: MIB / 2, maxSpilledBytes: 64 * MIB, directory });
  const usages = await roll(store, 60);
  const payload = 6 * 201_000;
  for (const { bytes, spilledBytes } of usages.slice(10)) {
    // One slab of each of the buckets that are written to.
    expect(bytes).toBeLessThan(MIB / 2 + 2 * 262_144);
    expect(bytes + spilledBytes).toBeGreaterThan(payload);
    expect(spilledBytes).toBeLessThan(payload + 2 * 262_144);
  }
  await store.expire(bucketEnd(BUCKET + 60));
  expect(await store.usage()).toMatchObject({ chunks: 0, spilledBytes: 0 });
  expect((await store.usage()).bytes).toBe(0);
  await store.close();
});

it('leaves no file that another process could read or that outlives this one', async () => {
  const store = createWindowStore({ maxBytes: 0, directory });
  for (let offset = 0; offset < 20; offset += 1) await store.putSpans([chunkOf({ offset })]);
  expect((await store.usage()).spilledBytes).toBeGreaterThan(0);
  expect(await chunksFrom(store)).toHaveLength(20);
  expect(readdirSync(directory)).toEqual([]);
  await store.close();
  expect(readdirSync(directory)).toEqual([]);
});

it('says what to do when a file cannot be made, and loses nothing by it', async () => {
  const store = createWindowStore({ maxBytes: 0, directory: join(directory, 'no-such-folder') });
  await store.putSpans([chunkOf({ offset: 1 })]);
  await expect(store.putSpans([chunkOf({ offset: 2 })])).rejects.toThrow(/ENOENT.*name another folder/);
  expect((await chunksFrom(store)).map(({ offset }) => offset)).toEqual([1]);
  await store.close();
});

it('has a limit on headers and on hot entries', async () => {
  const store = createWindowStore({ maxIndexBytes: 4_000, maxHotEntries: 3, directory });
  let taken = 0;
  const put = (): Promise<unknown> => store.putSpans([chunkOf({ offset: taken, length: 1 })]);
  await expect(
    (async () => {
      for (; taken < 1_000; taken += 1) await put();
    })(),
  ).rejects.toThrow('4000 bytes of headers');
  expect(taken).toBeGreaterThan(20);
  await store.putEvent(['n:a', 'n:b'], entryOf('ev_1'));
  await expect(store.putEvent(['n:a', 'n:b'], entryOf('ev_2'))).rejects.toThrow('3 events wait');
  expect((await store.usage()).hotEntries).toBe(2);
  // The same event again, and under one key more, is one more.
  await store.putEvent(['n:b', 'n:c'], entryOf('ev_1'));
  expect((await store.usage()).hotEntries).toBe(3);
  await store.close();
});

it('refuses a place that no log has, and takes nothing of that batch', async () => {
  const store = createWindowStore({ directory });
  const wrong: Partial<SpanChunk>[] = [{ bucket: Number.NaN }, { offset: 0.5 }, { partition: -1 }];
  for (const part of [...wrong, { partition: 2 ** 31 }])
    await expect(store.putSpans([chunkOf({}), { ...chunkOf({}), ...part }])).rejects.toThrow(
      'No chunk can be',
    );
  expect((await store.usage()).chunks).toBe(0);
  await store.close();
});

it('gives chunks that typed arrays can be laid over', async () => {
  const store = createWindowStore({ directory });
  for (const length of [8, 3, 16, 24, 1]) await store.putSpans([chunkOf({ offset: length, length })]);
  for (const { packed } of await chunksFrom(store, [KEY])) expect(packed.byteOffset % 8).toBe(0);
  await store.close();
});
