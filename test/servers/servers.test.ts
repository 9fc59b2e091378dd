/** That tests get real servers: each kind answers in its own protocol, and is what it is said to be. */
import { Client } from '@elastic/elasticsearch';
import { Cluster, Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { serverFor, type ServerAddress } from './servers.ts';

const SLOTS = 16_384;

const kafka = await serverFor('kafka');
const kafkaCluster = await serverFor('kafka-cluster');
const redis = await serverFor('redis');
const redisCluster = await serverFor('redis-cluster');
const elasticsearch = await serverFor('elasticsearch');

async function brokersOf(address: ServerAddress | null): Promise<number> {
  const admin = new Kafka({ brokers: [...(address?.nodes ?? [])], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

describe.skipIf(kafka === null)('kafka', () => {
  it('answers with its one broker', async () => expect(await brokersOf(kafka)).toBe(1));
});

describe.skipIf(kafkaCluster === null)('kafka-cluster', () => {
  it('answers with three brokers', async () => expect(await brokersOf(kafkaCluster)).toBe(3));
});

describe.skipIf(redis === null)('redis', () => {
  it('answers, and is 7 or newer', async () => {
    const client = new Redis(redis?.url ?? '');
    try {
      expect(await client.ping()).toBe('PONG');
      const version = /^redis_version:(\d+)\./m.exec(await client.info('server'))?.[1];
      expect(Number(version)).toBeGreaterThanOrEqual(7);
    } finally {
      client.disconnect();
    }
  });
});

describe.skipIf(redisCluster === null)('redis-cluster', () => {
  it('serves all slots, and takes keys of any', async () => {
    const nodes = (redisCluster?.nodes ?? []).map((node) => new URL(`redis://${node}`));
    const client = new Cluster(nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port) })));
    try {
      const info = String(await client.call('CLUSTER', 'INFO'));
      expect(info).toContain(`cluster_slots_ok:${SLOTS}`);
      expect(info).toContain('cluster_size:3');
      const keys = Array.from({ length: 20 }, (_, index) => `servers-test:${index}`);
      for (const key of keys) await client.set(key, key, 'EX', 60);
      for (const key of keys) expect(await client.get(key)).toBe(key);
    } finally {
      client.disconnect();
    }
  });
});

describe.skipIf(elasticsearch === null)('elasticsearch', () => {
  it('answers with its version', async () => {
    const client = new Client({ node: elasticsearch?.url ?? '' });
    const { version } = await client.info();
    expect(version.number).toMatch(/^9\./);
    await client.close();
  });
});
