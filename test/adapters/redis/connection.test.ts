// Goal: a server that could lose spans without a word is refused, with what to set; one that is away for a while is waited
// for, and no longer; and no error shows a password.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { command, textOf } from '../../../src/adapters/redis/command.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection.ts';
import { settingsOfUrl } from '../../../src/adapters/redis/settings.ts';
import { slotOf } from '../../../src/adapters/redis/shards.ts';
import { openRedisTraces } from '../../../src/adapters/redis/trace-store.ts';
import { openRedisWindow } from '../../../src/adapters/redis/window-store.ts';
import { chunkOf, entryOf, KEY, START } from '../../conformance/window-store-chunks.ts';
import { NOON, traceId } from '../../conformance/facts.ts';
import {
  canStart,
  privateServer,
  serverFor,
  START_TIMEOUT_MS,
  type PrivateServer,
} from '../../servers/servers.ts';
import { connect, settingsFor, withClient } from './connections.ts';

const server = await serverFor('redis');
const cluster = await serverFor('redis-cluster');
const startable = await canStart('redis');

describe.skipIf(!startable)('a connection to Redis', () => {
  const started: PrivateServer[] = [];
  const own = async (...[kind, options]: Parameters<typeof privateServer>): Promise<PrivateServer> => {
    const one = await privateServer(kind, options);
    started.push(one);
    return one;
  };
  afterAll(async () => {
    await Promise.all(started.map((one) => one.stop()));
  }, START_TIMEOUT_MS);

  it(
    'goes over TLS, as a user with no more rights than the reference page lists [W6]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const { address } = await own('redis', { auth: true, tls: true });
      const page = readFileSync(new URL('../../../docs/reference/redis.md', import.meta.url), 'utf8');
      const [line = ''] = /^ACL SETUSER .*$/m.exec(page) ?? [];
      const words = line.replace('PASSWORD', 'a-secret-of-the-test').split(' ').slice(1).with(1, 'worker');
      await withClient(address, (admin) => admin.call('ACL', ...words));
      const user = { username: 'worker', password: 'a-secret-of-the-test', namespace: 'counterfoil' };
      const connection = await connect(settingsFor(address, user));
      const window = await openRedisWindow(connection);
      await window.putSpans([chunkOf({})]);
      expect(await window.putEvent([KEY], entryOf('ev_1'))).toHaveLength(1);
      await window.dropEvents(['ev_1']);
      await window.expire(START + 3_600_000_000);
      expect(await window.usage()).toMatchObject({ chunks: 0, hotEntries: 0 });
      const traces = await openRedisTraces(connection);
      const carried = { traceId: traceId('a'), at: NOON, attribute: 'order.id', value: '1' };
      await traces.putCarried([carried]);
      expect(await traces.putMet([carried.traceId], NOON)).toEqual([carried]);
      await traces.putNamed([{ traceId: carried.traceId, eventId: 'ev_1' }]);
      expect(await traces.namedAmong(() => [carried.traceId])).toHaveLength(1);
      await traces.dropNamed(['ev_1']);
      await traces.expire({ carried: NOON + 3_600_000_000, marks: NOON + 1 });
      connection.close();
      await expect(
        connect(settingsFor(address, { ...user, namespace: 'other' })).then((c) => openRedisWindow(c)),
      ).rejects.toMatchObject({ code: 'CF_SERVER_SETUP' });
      const plain = settingsFor(address, { ...user, tls: null, retryMs: 300 });
      await expect(connect(plain)).rejects.toMatchObject({ code: 'CF_UNREACHABLE' });
      const stranger = settingsFor(address, {
        ...user,
        tls: { ca: null, cert: null, key: null },
        retryMs: 300,
      });
      await expect(connect(stranger)).rejects.toMatchObject({ code: 'CF_UNREACHABLE' });
      const wrong = await connect(settingsFor(address, { ...user, password: 'not-this-one' })).catch(
        (error: unknown) => error,
      );
      expect(wrong).toMatchObject({ code: 'CF_SERVER_SETUP', message: expect.stringContaining('WRONGPASS') });
      expect(String(wrong)).not.toContain('not-this-one');
    },
  );

  it(
    'goes to a Cluster over TLS and with a password, and knows its primaries by one of them [W6]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const { address } = await own('redis-cluster', { auth: true, tls: true });
      const settings = settingsFor(address);
      const connection = await connect({ ...settings, nodes: settings.nodes.slice(2) });
      const window = await openRedisWindow(connection);
      const chunks = Array.from({ length: 200 }, (_, i) => chunkOf({ spanKey: `n:${i}` }));
      await window.putSpans(chunks);
      const found = await window.putEvent(
        chunks.map(({ spanKey }) => spanKey),
        entryOf('ev_1'),
      );
      expect(found).toHaveLength(200);
      connection.close();
    },
  );

  it('takes a URL as settings, and shows none that it cannot read', () => {
    expect(settingsOfUrl('rediss://u:p%40ss@[::1]:7000')).toEqual({
      nodes: [{ host: '::1', port: 7_000 }],
      username: 'u',
      password: 'p@ss',
      tls: { ca: null, cert: null, key: null },
    });
    expect(settingsOfUrl('redis://redis')).toMatchObject({
      nodes: [{ host: 'redis', port: 6_379 }],
      tls: null,
    });
    for (const url of ['', 'http://u:secret@host', 'redis://', 'host:6379'])
      expect(() => settingsOfUrl(url)).toThrow(/^The URL of Redis is not of the form/);
    const nowhere = { ...settingsOfUrl('redis://redis'), cluster: false };
    expect(() => new RedisConnection({ ...nowhere, namespace: 'a{b}' })).toThrow('braces');
    expect(() => new RedisConnection({ ...nowhere, nodes: [], namespace: 'a' })).toThrow('no node');
  });

  it(
    'refuses a server that evicts, and one that is a replica, and says what to do [W6]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const evicting = await own('redis', { settings: ['maxmemory-policy=allkeys-lru'] });
      await expect(connect(settingsFor(evicting.address))).rejects.toMatchObject({
        code: 'CF_SERVER_SETUP',
        message: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
      });
      await withClient(evicting.address, async (client) => {
        await client.config('SET', 'maxmemory-policy', 'noeviction');
        await client.replicaof('127.0.0.1', 1);
      });
      await expect(connect(settingsFor(evicting.address))).rejects.toMatchObject({
        code: 'CF_SERVER_SETUP',
        message: expect.stringContaining('is a replica'),
      });
    },
  );

  it(
    'waits for a server that does not answer, and gives up after a while [W6]',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const silent = await own('redis');
      const { address } = silent;
      const settings = settingsFor(address, { commandTimeoutMs: 200, retryMs: 3_000 });
      const connection = await connect(settings);
      const ping = (): Promise<unknown> => connection.run([{ slot: 0, commands: [command('PING')] }]);
      await silent.pause();
      const waiting = ping();
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
      await silent.resume();
      await waiting;
      await silent.kill();
      const failed = await ping().catch((error: unknown) => error);
      expect(failed).toMatchObject({
        code: 'CF_UNREACHABLE',
        message: expect.stringContaining(address.nodes[0] ?? ''),
      });
      await silent.restart();
      await ping();
      connection.close();
      await expect(ping()).rejects.toThrow('closed');
    },
  );

  it.skipIf(server === null || cluster === null)(
    'notices when the configuration takes a Cluster for a single server, or the other way round [W6]',
    async () => {
      if (server === null || cluster === null) return;
      for (const settings of [
        settingsFor(server, { cluster: true }),
        settingsFor(cluster, { cluster: false }),
      ])
        await expect(connect(settings)).rejects.toMatchObject({ code: 'CF_SERVER_SETUP' });
    },
  );

  it.skipIf(cluster === null)('finds the primary of every slot from one node', async () => {
    if (cluster === null) return;
    const settings = settingsFor(cluster);
    const connection = await connect({ ...settings, nodes: settings.nodes.slice(0, 1) });
    const tags = Array.from({ length: 50 }, (_, i) => String(i));
    const replies = await connection.run(
      tags.map((tag) => ({
        slot: slotOf(tag),
        commands: [
          command('SET', `${settings.namespace}{${tag}}`, tag, 'EX', 60),
          command('GET', `${settings.namespace}{${tag}}`),
        ],
      })),
    );
    expect(replies.map(({ replies }) => textOf(replies[1]))).toEqual(tags);
    expect(new Set(replies.map(({ history }) => history)).size).toBe(3);
    connection.close();
  });
});
