// What the suite of the window store asks about its contents: kept, expired, hot.
import { expect, it } from 'vitest';
import { bucketEnd } from '../../src/model/span-bucket.ts';
import type { SpanChunk, WindowStore } from '../../src/ports/window-store.ts';
import { BUCKET, chunkOf, chunksFrom, entryOf, expectChunks } from './window-store-chunks.ts';
import { hotUnder, KEY, LAST, START } from './window-store-chunks.ts';

/** Makes a test of a function: runs it on a store of its own. */
export type Using = (use: (store: WindowStore) => Promise<void>, capBytes?: number) => () => Promise<void>;

export function keepingSuite(using: Using): void {
  it(
    'gives chunks in order of bucket, partition, offset and key, each once',
    using(async (store) => {
      const sorted: SpanChunk[] = [];
      for (const bucket of [BUCKET, BUCKET + 1])
        for (const partition of [2, 10])
          for (const offset of [3, 20, 2 ** 40])
            for (const spanKey of ['c:1', 'n:1'])
              sorted.push(chunkOf({ spanKey, bucket, partition, offset, length: offset % 7 }));
      for (const chunk of sorted.toReversed()) await store.putSpans([chunk]);
      expectChunks(await chunksFrom(store, ['n:1', 'c:1', 'n:1', 'n:unknown']), sorted);
    }),
  );

  it(
    'replaces a chunk that comes again, whatever its length',
    using(async (store) => {
      await store.putSpans([chunkOf({ offset: 1 }), chunkOf({ offset: 2 }), chunkOf({ offset: 3 })]);
      await store.putSpans([chunkOf({ offset: 2 })]);
      expectChunks(
        await chunksFrom(store),
        [1, 2, 3].map((offset) => chunkOf({ offset })),
      );
      for (const length of [100, 7, 3_000, 3_000, 0, 50]) {
        const again = chunkOf({ offset: 2, length, content: length });
        await store.putSpans([again, chunkOf({ spanKey: 'n:between', offset: length })]);
        expectChunks(await chunksFrom(store), [chunkOf({ offset: 1 }), again, chunkOf({ offset: 3 })]);
      }
      const last = chunkOf({ offset: 2, content: 9 });
      await store.putSpans([chunkOf({ offset: 2, content: 8 }), last]);
      expectChunks(await chunksFrom(store), [chunkOf({ offset: 1 }), last, chunkOf({ offset: 3 })]);
    }),
  );

  it(
    'tells apart chunks that differ in one part of their place',
    using(async (store) => {
      const all = [
        chunkOf({ offset: 1 }),
        chunkOf({ offset: 2 ** 32 + 1 }),
        chunkOf({ offset: 1, partition: 1 }),
        chunkOf({ offset: 1, bucket: BUCKET + 1 }),
      ];
      await store.putSpans([...all, chunkOf({ offset: 1, spanKey: `${KEY}0` })]);
      expectChunks(await chunksFrom(store), all);
    }),
  );

  it(
    'keeps many keys apart',
    using(async (store) => {
      const keys = Array.from({ length: 3_000 }, (_, i) => `n:prod/shop/pod-${i}`);
      for (const offset of [1, 2]) {
        const batch = keys.map((spanKey) => chunkOf({ spanKey, offset, length: 40 }));
        await store.putSpans(batch);
      }
      for (const i of [0, 17, 1_500, 2_999]) {
        const spanKey = `n:prod/shop/pod-${i}`;
        const expected = [1, 2].map((offset) => chunkOf({ spanKey, offset, length: 40 }));
        expectChunks(await chunksFrom(store, [spanKey]), expected);
      }
      expect(await chunksFrom(store, keys)).toHaveLength(6_000);
    }),
  );

  it(
    'takes large chunks beside small and empty ones',
    using(async (store) => {
      const all = [100, 3_000_000, 0, 300_000, 1, 262_144].map((length, offset) =>
        chunkOf({ offset, length }),
      );
      for (const chunk of all) await store.putSpans([chunk]);
      expectChunks(await chunksFrom(store), all);
    }),
  );

  it(
    'shares no memory with what it is given or gives',
    using(async (store) => {
      const given = chunkOf({ offset: 1 });
      await store.putSpans([given]);
      given.packed.fill(0);
      const [first] = await chunksFrom(store);
      await store.putSpans([chunkOf({ offset: 1, content: 5 })]);
      expectChunks(first === undefined ? [] : [first], [chunkOf({ offset: 1 })]);
      first?.packed.fill(0);
      expectChunks(await chunksFrom(store), [chunkOf({ offset: 1, content: 5 })]);
    }),
  );

  it(
    'takes nothing, and answers with nothing',
    using(async (store) => {
      await store.putEvent([KEY], entryOf('ev_1'));
      expect([...(await store.putSpans([]))]).toEqual([]);
      expect(await store.putEvent([], entryOf('ev_2'))).toEqual([]);
      await store.dropEvents([]);
      await store.dropEvents(['ev_unknown']);
      expect(await store.usage()).toMatchObject({ chunks: 0, hotEntries: 1 });
      expect(await hotUnder(store, KEY)).toEqual(['ev_1']);
    }),
  );
}

export function expirySuite(using: Using): void {
  it(
    'drops a bucket when it has ended, for all keys, read or not',
    using(async (store) => {
      const keys = ['n:read', 'n:never-read'];
      const all = [0, 1, 2].flatMap((shift) =>
        keys.map((spanKey) => chunkOf({ spanKey, bucket: BUCKET + shift })),
      );
      await store.putSpans(all);
      await store.putEvent(['n:read'], entryOf('ev_1'));
      expect(await store.completeFrom()).toBe(-Infinity);
      await store.expire(LAST);
      expect((await store.usage()).chunks).toBe(6);
      await store.expire(LAST + 1);
      expect((await store.usage()).chunks).toBe(4);
      expect(await store.completeFrom()).toBe(LAST + 1);
      await store.expire(START);
      expect(await store.completeFrom()).toBe(LAST + 1);
      const left = await chunksFrom(store, keys, 0);
      expect(left.map(({ bucket }) => bucket - BUCKET)).toEqual([1, 1, 2, 2]);
      // The event is hot all the same: what ends later can still match.
      expect([
        ...(await store.putSpans([chunkOf({ spanKey: 'n:read', bucket: BUCKET + 3 })])).keys(),
      ]).toEqual(['n:read']);
    }),
  );

  it(
    'expires by what it is told alone: spans and events of later times drop nothing',
    using(async (store) => {
      await store.putSpans([chunkOf({})]);
      await store.putSpans([chunkOf({ bucket: BUCKET + 100_000 })]);
      await store.putEvent([KEY], entryOf('ev_1', bucketEnd(BUCKET + 100_000)));
      expect(await store.completeFrom()).toBe(-Infinity);
      expectChunks(await chunksFrom(store), [chunkOf({}), chunkOf({ bucket: BUCKET + 100_000 })]);
    }),
  );

  it(
    'does not keep a chunk that comes after its bucket expired, but shows it the event',
    using(async (store) => {
      await store.expire(LAST + 1);
      await store.putEvent([KEY], entryOf('ev_1'));
      const inTime = chunkOf({ bucket: BUCKET + 1 });
      const hot = await store.putSpans([chunkOf({}), inTime, chunkOf({ bucket: BUCKET - 50 })]);
      expect(hot.get(KEY)).toEqual([entryOf('ev_1')]);
      expect(await store.usage()).toMatchObject({ chunks: 1, lateChunks: 2 });
      expectChunks(await chunksFrom(store, [KEY], 0), [inTime]);
    }),
  );

  it(
    'gives back what it held',
    using(async (store) => {
      const before = await store.usage();
      expect(before).toMatchObject({ chunks: 0, hotEntries: 0, lateChunks: 0, spilledBytes: 0 });
      const chunks = Array.from({ length: 400 }, (_, i) =>
        chunkOf({ spanKey: `n:${i % 40}`, bucket: BUCKET + (i % 3), offset: i, length: 2_000 }),
      );
      for (let i = 0; i < 400; i += 50) await store.putSpans(chunks.slice(i, i + 50));
      const full = await store.usage();
      expect(full.chunks).toBe(400);
      expect(full.bytes + full.spilledBytes).toBeGreaterThanOrEqual(800_000);
      await store.putSpans(chunks);
      expect((await store.usage()).chunks).toBe(400);
      await store.expire(bucketEnd(BUCKET + 2));
      const { bytes, ...counts } = await store.usage();
      expect(counts).toEqual({ chunks: 0, hotEntries: 0, lateChunks: 0, spilledBytes: 0 });
      expect(bytes).toBeLessThanOrEqual(before.bytes + 1_000);
    }),
  );
}

export function eventsSuite(using: Using): void {
  it(
    'replaces an event under the keys that it is put under again, and leaves the others',
    using(async (store) => {
      const later = entryOf('ev_1', START + 5);
      await store.putEvent(['n:a', 'n:b'], entryOf('ev_1'));
      await store.putEvent(['n:b', 'n:c', 'n:b'], later);
      const hot = await store.putSpans(['n:a', 'n:b', 'n:c'].map((spanKey) => chunkOf({ spanKey })));
      expect(hot.get('n:a')).toEqual([entryOf('ev_1')]);
      expect(hot.get('n:b')).toEqual([later]);
      expect(hot.get('n:c')).toEqual([later]);
      expect((await store.usage()).hotEntries).toBe(3);
    }),
  );

  it(
    'takes a dropped event off every key, and no other event',
    using(async (store) => {
      await store.putEvent(['n:a', 'n:b'], entryOf('ev_2'));
      await store.putEvent(['n:b'], entryOf('ev_3'));
      await store.putEvent(['n:b'], entryOf('ev_1'));
      expect(await hotUnder(store, 'n:b')).toEqual(['ev_1', 'ev_2', 'ev_3']);
      await store.dropEvents(['ev_2', 'ev_2']);
      expect(await hotUnder(store, 'n:b')).toEqual(['ev_1', 'ev_3']);
      expect([...(await store.putSpans([chunkOf({ spanKey: 'n:a' })])).keys()]).toEqual([]);
      await store.dropEvents(['ev_1', 'ev_3']);
      expect((await store.usage()).hotEntries).toBe(0);
      await store.putEvent(['n:a'], entryOf('ev_2'));
      expect(await hotUnder(store, 'n:a')).toEqual(['ev_2']);
      expect(await hotUnder(store, 'n:b')).toEqual([]);
    }),
  );

  it(
    'does not change an answer that it has given',
    using(async (store) => {
      await store.putEvent([KEY], entryOf('ev_1'));
      const hot = (await store.putSpans([chunkOf({})])).get(KEY);
      await store.putEvent([KEY], entryOf('ev_0'));
      await store.putEvent([KEY], entryOf('ev_1', LAST));
      await store.dropEvents(['ev_0', 'ev_1']);
      expect(hot).toEqual([entryOf('ev_1')]);
    }),
  );
}
