// Goal: what several workers on one Redis rely on, beyond what the suite of the port asks of each store: that they meet,
// that they agree on what is expired, and that nothing gets stuck when memory is used up or a slot moves.
import { afterAll, describe, expect, it } from 'vitest';
import { openRedisWindow, type RedisWindowSettings } from '../../../src/adapters/redis/window-store.ts';
import { SHARD_SLOTS, shardOf } from '../../../src/adapters/redis/shards.ts';
import { bucketEnd } from '../../../src/model/span-bucket.ts';
import type { WindowStore } from '../../../src/ports/window-store.ts';
import { BUCKET, chunkOf, chunksFrom, entryOf, KEY, LAST } from '../../conformance/window-store-chunks.ts';
import { missedMeetings } from '../../conformance/window-store-meetings.ts';
import {
  canStart,
  privateServer,
  serverFor,
  START_TIMEOUT_MS,
  type PrivateServer,
  type ServerAddress,
} from '../../servers/servers.ts';
import { closingBoth, connect, nodesOf, settingsFor, withClient } from './connections.ts';

const RUNS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2_000) / 40);

async function workers(
  server: ServerAddress,
  count: number,
  settings: RedisWindowSettings = {},
): Promise<WindowStore[]> {
  const shared = settingsFor(server);
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await connect(shared);
      return closingBoth(await openRedisWindow(connection, settings), connection);
    }),
  );
}

for (const kind of ['redis', 'redis-cluster'] as const) {
  const server = await serverFor(kind);
  describe.skipIf(server === null)(`workers on one ${kind}`, () => {
    const using =
      (count: number, use: (...stores: WindowStore[]) => Promise<void>, settings?: RedisWindowSettings) =>
      async (): Promise<void> => {
        if (server === null) return;
        const stores = await workers(server, count, settings);
        await use(...stores);
        await Promise.all(stores.map((store) => store.close()));
      };

    it(
      'miss no meeting of a span and an event that come at once on different connections [W3]',
      { timeout: START_TIMEOUT_MS },
      using(2, async (spans, events) => {
        for (let seed = 0; seed < RUNS; seed += 1)
          expect(await missedMeetings(spans, seed, events)).toEqual([]);
      }),
    );

    it(
      'agree on the generation, on what is there and on what is expired [W4]',
      using(3, async (a, b, c) => {
        expect(await b.generation()).toBe(await a.generation());
        await a.putSpans([chunkOf({}), chunkOf({ bucket: BUCKET + 1 })]);
        await b.putEvent([KEY], entryOf('ev_1'));
        expect(await c.usage()).toMatchObject({ chunks: 2, hotEntries: 1 });
        await b.expire(LAST + 1);
        expect(await c.completeFrom()).toBe(LAST + 1);
        const hot = await c.putSpans([chunkOf({ offset: 1 })]);
        expect(hot.get(KEY)).toEqual([entryOf('ev_1')]);
        expect(await a.usage()).toMatchObject({ chunks: 1, lateChunks: 1 });
        await c.expire(LAST);
        expect(await a.completeFrom()).toBe(LAST + 1);
        await a.dropEvents(['ev_1']);
        expect(await chunksFrom(c, [KEY], 0)).toHaveLength(1);
        expect(await c.usage()).toMatchObject({ chunks: 1, hotEntries: 0 });
      }),
    );

    it(
      'may expire the same buckets at once, thousands of keys of them [W4]',
      { timeout: START_TIMEOUT_MS },
      using(3, async (a, b, c) => {
        const keys = Array.from({ length: 5_000 }, (_, i) => `n:${i}`);
        await a.putSpans(keys.map((spanKey) => chunkOf({ spanKey, length: 8 })));
        // Many keys of one shard, so that it takes several steps.
        const crowd = Array.from({ length: 200_000 }, (_, i) => `n:c${i}`).filter(
          (key) => shardOf(key) === 5,
        );
        await b.putSpans(crowd.map((spanKey) => chunkOf({ spanKey, length: 8 })));
        await Promise.all([a, b, c].map((store) => store.expire(LAST + 1)));
        expect(await c.usage()).toMatchObject({ chunks: 0, bytes: 0 });
        expect(await chunksFrom(a, crowd.slice(0, 100), 0)).toEqual([]);
      }),
    );

    it(
      'are held back together by the limit of one [W5]',
      using(
        2,
        async (a, b) => {
          const batch = (offset: number) => [chunkOf({ offset, length: 20_000 })];
          for (let offset = 0; offset < 4; offset += 1) await a.putSpans(batch(offset));
          // What another worker wrote is known after a second at the latest.
          const refusal = () =>
            b.putSpans(batch(3)).then(
              () => null,
              (error: unknown) => error,
            );
          await expect.poll(refusal, { timeout: 5_000 }).toMatchObject({ code: 'CF_OVER_LIMIT' });
          await a.expire(LAST + 1);
          await b.putSpans([chunkOf({ bucket: BUCKET + 1, length: 20_000 })]);
        },
        { maxBytes: 100_000 },
      ),
    );

    it(
      'take no more events than may wait, and say so [W5]',
      using(
        1,
        async (store) => {
          await store.putEvent([KEY], entryOf('ev_1'));
          await store.putEvent([KEY], entryOf('ev_2'));
          await store.putEvent([KEY], entryOf('ev_2', LAST));
          await expect(store.putEvent([KEY], entryOf('ev_3'))).rejects.toMatchObject({
            code: 'CF_OVER_LIMIT',
          });
          await store.dropEvents(['ev_1']);
          await store.putEvent([KEY], entryOf('ev_3'));
        },
        { maxHotEntriesPerShard: 2 },
      ),
    );
  });
}

describe.skipIf(!(await canStart('redis')))('a window on a server of its own', () => {
  const started: PrivateServer[] = [];
  const own = async (...[kind, options]: Parameters<typeof privateServer>): Promise<PrivateServer> => {
    const server = await privateServer(kind, options);
    started.push(server);
    return server;
  };
  afterAll(async () => {
    await Promise.all(started.map((server) => server.stop()));
  }, START_TIMEOUT_MS);

  it(
    'leaves no key without a time to live but those that are counted by shards, and expires by itself [W4]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const { address } = await own('redis', { settings: ['appendonly=no'] });
      const [store] = await workers(address, 1, { ttlSeconds: 1 });
      await store?.putSpans([chunkOf({}), chunkOf({ spanKey: 'n:1' })]);
      await withClient(address, async (client) => {
        const names = async (): Promise<string[]> =>
          (await client.keys('*')).filter((key) => /\}[cl]/.test(key));
        expect(await names()).toHaveLength(4);
        await expect.poll(names, { timeout: 5_000 }).toEqual([]);
      });
      await store?.expire(LAST + 1);
      expect(await store?.usage()).toMatchObject({ chunks: 0, bytes: 0 });
      await store?.close();
    },
  );

  it(
    'holds spans back when the server has no memory left, while events and expiry go on [W5]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const { address } = await own('redis', { settings: ['appendonly=no', 'maxmemory=8mb'] });
      const [store] = await workers(address, 1);
      if (store === undefined) return;
      let bucket = BUCKET;
      const fill = async (): Promise<void> => {
        for (; bucket < BUCKET + 1_000; bucket += 1)
          await store.putSpans([
            chunkOf({ bucket, length: 50_000 }),
            chunkOf({ spanKey: 'n:2', bucket, length: 50_000 }),
          ]);
      };
      const failure = await fill().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'CF_OVER_LIMIT', message: expect.stringContaining('maxmemory') });
      const found = await store.putEvent([KEY], entryOf('ev_1'));
      expect(found.length).toBeGreaterThanOrEqual(bucket - BUCKET);
      await store.expire(bucketEnd(BUCKET + 20));
      await store.dropEvents(['ev_1']);
      // Memory is freed beside the commands, so not at once.
      await expect
        .poll(() =>
          store.putSpans([chunkOf({ bucket, length: 50_000 })]).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      await store.close();
    },
  );

  it(
    'loses nothing, and no generation, while a slot moves from one primary to another [W3]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const { address } = await own('redis-cluster', { settings: ['appendonly=no'] });
      const [spans, events] = await workers(address, 2);
      if (spans === undefined || events === undefined) return;
      const generation = await spans.generation();
      const keys = Array.from({ length: 400 }, (_, i) => `n:${i}`)
        .filter((key) => shardOf(key) < 21)
        .slice(0, 60);
      const seen = new Set<string>();
      const putSpans = async (spanKey: string, offset: number): Promise<void> => {
        const hot = await spans.putSpans([chunkOf({ spanKey, offset })]);
        for (const { eventId } of hot.get(spanKey) ?? []) seen.add(`${spanKey} ${offset} ${eventId}`);
      };
      const putEvent = async (spanKey: string, eventId: string): Promise<void> => {
        const chunks = await events.putEvent([spanKey], entryOf(eventId));
        for (const { offset } of chunks) seen.add(`${spanKey} ${offset} ${eventId}`);
      };
      const put = async (n: number): Promise<void> => {
        for (const spanKey of keys) await Promise.all([putSpans(spanKey, n), putEvent(spanKey, `ev_${n}`)]);
      };
      await put(1);
      await Promise.all([put(2), moveSlot(address, SHARD_SLOTS[shardOf(keys[0] ?? '')] ?? 0)]);
      await put(3);
      const pairs = keys.flatMap((key) =>
        [1, 2, 3].flatMap((offset) => [1, 2, 3].map((event) => `${key} ${offset} ev_${event}`)),
      );
      expect(pairs.filter((pair) => !seen.has(pair))).toEqual([]);
      expect(await spans.generation()).toBe(generation);
      await spans.close();
      await events.close();
    },
  );
});

/** Moves a slot of the first node to the second, a key at a time, as `redis-cli --cluster reshard` does. */
async function moveSlot(server: ServerAddress, slot: number): Promise<void> {
  await withClient(server, async (source) => {
    await withClient(
      server,
      async (target) => {
        const [from, to] = [
          String(await source.call('CLUSTER', 'MYID')),
          String(await target.call('CLUSTER', 'MYID')),
        ];
        await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from);
        await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to);
        const { host, port } = nodesOf(server)[1] ?? { host: '', port: 0 };
        for (;;) {
          const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[];
          if (keys.length === 0) break;
          await source.call('MIGRATE', host, port, '', 0, 5_000, 'KEYS', ...keys);
          await new Promise((resolve) => {
            setTimeout(resolve, 5);
          });
        }
        for (const node of [target, source]) await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', to);
      },
      1,
    );
  });
}
