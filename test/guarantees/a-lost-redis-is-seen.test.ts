// Goal: whatever takes content out of Redis (a flush, a crash, a primary that comes back empty), at any point, every worker is told
// before it relies on it; and when each has done its own again, no span and event that belong together have missed each other.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { openRedisTraces } from '../../src/adapters/redis/trace-store.ts';
import { openRedisWindow } from '../../src/adapters/redis/window-store.ts';
import type { WindowStore } from '../../src/ports/window-store.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { closingBoth, connect, settingsFor, withClient } from '../adapters/redis/connections.ts';
import { workThrough } from '../adapters/redis/workers.ts';
import { NOON, traceId } from '../conformance/facts.ts';
import { chunkOf, entryOf, KEY } from '../conformance/window-store-chunks.ts';
import {
  canStart,
  privateServer,
  START_TIMEOUT_MS,
  type PrivateServer,
  type ServerAddress,
} from '../servers/servers.ts';

const RUNS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2_000) / 40);

const started: PrivateServer[] = [];
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
}, START_TIMEOUT_MS);

async function own(...[kind, options]: Parameters<typeof privateServer>): Promise<PrivateServer> {
  const server = await privateServer(kind, options);
  started.push(server);
  return server;
}

/** Two workers, each with a connection of its own, on the same content. */
async function twoWorkers(
  { address }: PrivateServer,
  settings = settingsFor(address),
): Promise<{ spans: WindowStore; events: WindowStore; close: () => Promise<void> }> {
  const worker = async (): Promise<WindowStore> => {
    const connection = await connect(settings);
    return closingBoth(await openRedisWindow(connection), connection);
  };
  const [spans, events] = [await worker(), await worker()];
  return {
    spans,
    events,
    close: async () => {
      await spans.close();
      await events.close();
    },
  };
}

describe.skipIf(!(await canStart('redis')))('a lost Redis', () => {
  it(
    'that is flushed at any point costs no meeting of a span and an event [W1]',
    { timeout: START_TIMEOUT_MS + RUNS * 500 },
    async () => {
      const server = await own('redis', { settings: ['appendonly=no'] });
      await withClient(server.address, async (client) => {
        let losses = 0;
        for (let seed = 0; seed < RUNS; seed += 1) {
          const random = new SeededRandom(seed);
          const workers = await twoWorkers(server);
          const outcome = await workThrough(workers, random, async () => {
            for (let flushes = random.integer(1, 3); flushes > 0; flushes -= 1) {
              await wait(random.integer(0, 25));
              await client.flushall();
            }
          });
          expect(outcome.missed, `seed ${seed}`).toEqual([]);
          losses += outcome.losses;
          await workers.close();
        }
        expect(losses).toBeGreaterThan(RUNS / 2);
      });
    },
  );

  it(
    'is not written to and not read until each worker has begun again [W1]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const server = await own('redis', { settings: ['appendonly=no'] });
      const { spans, events, close } = await twoWorkers(server);
      const former = await spans.generation();
      await events.putEvent([KEY], entryOf('ev_1'));
      await withClient(server.address, (client) => client.flushall());
      const lost = { code: 'CF_WINDOW_LOST' };
      expect(await spans.generation()).not.toBe(former);
      await expect(spans.putSpans([chunkOf({})])).rejects.toMatchObject(lost);
      // Once one shard was found lost, the store does nothing with the others either.
      await expect(spans.putSpans([chunkOf({ spanKey: 'n:another' })])).rejects.toMatchObject(lost);
      const present = await spans.begin();
      expect(present).not.toBe(former);
      expect([...(await spans.putSpans([chunkOf({})]))]).toEqual([]);
      await expect(events.expire(Infinity)).rejects.toMatchObject(lost);
      await expect(events.dropEvents(['ev_1'])).rejects.toMatchObject(lost);
      await expect(events.completeFrom()).rejects.toMatchObject(lost);
      expect(await events.begin()).toBe(present);
      expect(await events.putEvent([KEY], entryOf('ev_1'))).toHaveLength(1);
      await close();
    },
  );

  it(
    'that crashed counts as lost although it has its data from the disk: the last of it is gone [W2]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const server = await own('redis');
      const { spans, close } = await twoWorkers(server);
      await spans.putSpans([chunkOf({})]);
      const former = await spans.generation();
      await wait(1_100); // appendfsync everysec
      await server.kill();
      await server.restart();
      await expect(spans.putSpans([chunkOf({ offset: 1 })])).rejects.toMatchObject({
        code: 'CF_WINDOW_LOST',
      });
      expect(await spans.begin()).not.toBe(former);
      expect((await spans.usage()).chunks).toBeGreaterThan(0);
      await close();
    },
  );

  it(
    'that was a replica for a moment counts as lost, although it answers at the same address [W2]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const server = await own('redis');
      const { spans, close } = await twoWorkers(server);
      await spans.putSpans([chunkOf({})]);
      const former = await spans.generation();
      await withClient(server.address, async (client) => {
        await client.replicaof('127.0.0.1', 1);
        await client.replicaof('NO', 'ONE');
      });
      await expect(spans.putSpans([chunkOf({})])).rejects.toMatchObject({ code: 'CF_WINDOW_LOST' });
      expect(await spans.begin()).not.toBe(former);
      await close();
    },
  );

  it(
    'whose replica took over counts as lost for what it had [W2]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const cluster = await own('redis-cluster', { settings: ['appendonly=no'] });
      const replica = await own('redis', {
        settings: ['appendonly=no', 'cluster-enabled=yes', 'cluster-node-timeout=2000'],
      });
      await follow(replica.address, cluster.address);
      const workers = await twoWorkers(cluster, settingsFor(cluster.address, { commandTimeoutMs: 1_000 }));
      const outcome = await workThrough(workers, new SeededRandom(7), () => cluster.kill(1));
      expect(outcome.missed).toEqual([]);
      expect(outcome.losses).toBeGreaterThan(0);
      await workers.close();
    },
  );

  it('is seen when only traces are kept there [W1]', { timeout: START_TIMEOUT_MS }, async () => {
    const { address } = await own('redis', { settings: ['appendonly=no'] });
    const connection = await connect(settingsFor(address));
    const traces = await openRedisTraces(connection);
    const former = await traces.generation();
    const carried = [{ traceId: traceId('a'), at: NOON, attribute: 'order.id', value: '1' }];
    await traces.putMet([traceId('a')], NOON);
    await withClient(address, (client) => client.flushall());
    const lost = { code: 'CF_WINDOW_LOST' };
    await expect(traces.putCarried(carried)).rejects.toMatchObject(lost);
    await expect(traces.putMet([], NOON)).rejects.toMatchObject(lost);
    await expect(traces.namedAmong(() => [traceId('a')])).rejects.toMatchObject(lost);
    await expect(traces.expire({ carried: 0, marks: 0 })).rejects.toMatchObject(lost);
    expect(await traces.begin()).not.toBe(former);
    expect((await traces.putCarried(carried)).size).toBe(0);
    connection.close();
  });

  it(
    'of which one of three primaries crashes and comes back empty costs no meeting either [W2]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const server = await own('redis-cluster', { settings: ['appendonly=no'] });
      for (const node of [1, 2, 3]) {
        const workers = await twoWorkers(server, settingsFor(server.address, { commandTimeoutMs: 2_000 }));
        const outcome = await workThrough(workers, new SeededRandom(node), async () => {
          await wait(10);
          await server.kill(node);
          await server.restart();
        });
        expect(outcome.missed).toEqual([]);
        expect(outcome.losses).toBeGreaterThan(0);
        await workers.close();
      }
    },
  );
});

/** Makes a node of its own the replica of the first of a Cluster, and waits until it has its content. */
async function follow(replica: ServerAddress, cluster: ServerAddress): Promise<void> {
  const [host = '', port = ''] = (cluster.nodes[0] ?? '').split(':');
  const [primaryId, busPort] = await withClient(cluster, async (client) => {
    const id = String(await client.call('CLUSTER', 'MYID'));
    const line = String(await client.call('CLUSTER', 'NODES'))
      .split('\n')
      .find((each) => each.startsWith(id));
    return [id, /@(\d+)/.exec(line ?? '')?.[1] ?? ''];
  });
  await withClient(replica, async (client) => {
    await client.call('CLUSTER', 'MEET', host, port, busPort);
    const knowsIt = async (): Promise<boolean> =>
      String(await client.call('CLUSTER', 'NODES')).includes(primaryId);
    await expect.poll(knowsIt, { timeout: 20_000 }).toBe(true);
    await client.call('CLUSTER', 'REPLICATE', primaryId);
    const isLinked = async (): Promise<boolean> =>
      (await client.info('replication')).includes('master_link_status:up');
    await expect.poll(isLinked, { timeout: 20_000 }).toBe(true);
  });
}
