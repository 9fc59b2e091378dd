// Connections to the servers of the tests, each with key names of its own.
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection.ts';
import {
  settingsOfUrl,
  type RedisAddress,
  type RedisSettings,
} from '../../../src/adapters/redis/settings.ts';
import type { ServerAddress } from '../../servers/servers.ts';

function namespace(): string {
  return `counterfoil-test-${randomUUID()}`;
}

export function nodesOf(server: ServerAddress): RedisAddress[] {
  return server.nodes.flatMap((node) => settingsOfUrl(`redis://${node}`).nodes);
}

export function settingsFor(server: ServerAddress, more: Partial<RedisSettings> = {}): RedisSettings {
  const { username, password } = settingsOfUrl(server.url || 'redis://none');
  return {
    nodes: nodesOf(server),
    cluster: server.kind === 'redis-cluster',
    username: username ?? (server.user || null),
    password: password ?? (server.password || null),
    tls: server.caFile === '' ? null : { ca: readFileSync(server.caFile, 'utf8'), cert: null, key: null },
    namespace: namespace(),
    ...more,
  };
}

export async function connect(settings: RedisSettings): Promise<RedisConnection> {
  const connection = new RedisConnection(settings);
  try {
    await connection.open();
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

/** Closes the connection together with the store that is alone on it. */
export function closingBoth<T extends { close(): Promise<void> }>(store: T, connection: RedisConnection): T {
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    connection.close();
  };
  return store;
}

/** A plain client of one node, to look and to break. */
export async function withClient<T>(
  server: ServerAddress,
  use: (client: Redis) => Promise<T>,
  node = 0,
): Promise<T> {
  const { host, port } = nodesOf(server)[node] ?? { host: '', port: 0 };
  const { username, password, tls } = settingsFor(server);
  const client = new Redis({
    host,
    port,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls === null ? {} : { tls: { ca: tls.ca ?? '' } }),
  });
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
