/** Servers of one test: what is killed comes back with its data on the same port, what is paused answers nobody. */
import { readFileSync } from 'node:fs';
import { Client } from '@elastic/elasticsearch';
import { Cluster, Redis } from 'ioredis';
import { Kafka, logLevel, Partitioners, type SASLOptions } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  canStart,
  privateServer,
  START_TIMEOUT_MS,
  type PrivateServer,
  type PrivateServerOptions,
  type ServerAddress,
  type ServerKind,
} from './servers.ts';

const TOPIC = 'records';
const INDEX = 'documents';
const RECORDS = 50;
const SHORT_MS = 500;

async function start(kind: ServerKind, options?: PrivateServerOptions): Promise<PrivateServer> {
  const server = await privateServer(kind, options);
  onTestFinished(() => server.stop());
  return server;
}

function redisAt({ url, caFile }: ServerAddress, options: object = {}): Redis {
  const tls = caFile === '' ? {} : { tls: { ca: readFileSync(caFile) } };
  const client = new Redis(url, { ...tls, ...options });
  // A connection that breaks when the server is killed is what these tests are about.
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

function kafkaAt(brokers: readonly string[], more: { ca?: Buffer; sasl?: SASLOptions } = {}): Kafka {
  const { ca, sasl } = more;
  return new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 3 },
    ...(ca === undefined ? {} : { ssl: { ca } }),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

async function produce(kafka: Kafka): Promise<void> {
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = Array.from({ length: RECORDS }, (_, index) => ({ value: String(index) }));
  await producer.send({ topic: TOPIC, messages });
  await producer.disconnect();
}

async function recordsIn(kafka: Kafka): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const partitions = await admin.fetchTopicOffsets(TOPIC);
    return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}

describe.skipIf(!(await canStart('redis')))('a private redis', { timeout: START_TIMEOUT_MS }, () => {
  it('is killed, and comes back with its data', async () => {
    const server = await start('redis');
    await redisAt(server.address).set('key', 'value');
    await server.kill();
    await expect(
      redisAt(server.address, { retryStrategy: null, maxRetriesPerRequest: 0 }).ping(),
    ).rejects.toThrow('Connection is closed');
    await server.restart();
    expect(await redisAt(server.address).get('key')).toBe('value');
  });

  it('answers nobody while it is paused', async () => {
    const server = await start('redis');
    const client = redisAt(server.address, { commandTimeout: SHORT_MS });
    expect(await client.ping()).toBe('PONG');
    await server.pause();
    await expect(client.ping()).rejects.toThrow('timed out');
    await server.resume();
    expect(await client.ping()).toBe('PONG');
  });

  it('asks for a user and TLS', async () => {
    const { address } = await start('redis', { auth: true, tls: true });
    expect(await redisAt(address).ping()).toBe('PONG');
    const url = new URL(address.url);
    url.password = 'wrong';
    await expect(redisAt({ ...address, url: url.href }, { retryStrategy: null }).ping()).rejects.toThrow(
      'WRONGPASS',
    );
    const plain = redisAt(
      { ...address, url: address.url.replace('rediss:', 'redis:'), caFile: '' },
      { retryStrategy: null },
    );
    await expect(plain.ping()).rejects.toThrow('Connection is closed');
  });

  it('loses one node of a cluster, which comes back to its slots', async () => {
    const server = await start('redis-cluster', { auth: true, tls: true });
    const { nodes, user, password, caFile } = server.address;
    const client = new Cluster(
      nodes.map((node) => ({ host: node.split(':')[0] ?? '', port: Number(node.split(':')[1]) })),
      { redisOptions: { username: user, password, tls: { ca: readFileSync(caFile) } } },
    );
    client.on('error', () => undefined);
    onTestFinished(() => client.disconnect());
    // One key for the slots of each node: b 3300, c 7365, a 15495.
    for (const key of ['a', 'b', 'c']) await client.set(key, key);
    await server.kill(2);
    await server.restart();
    for (const key of ['a', 'b', 'c']) expect(await client.get(key)).toBe(key);
  });
});

describe.skipIf(!(await canStart('kafka')))('a private kafka', { timeout: START_TIMEOUT_MS }, () => {
  it('is killed, and comes back with its records', async () => {
    const server = await start('kafka');
    const kafka = kafkaAt(server.address.nodes);
    await produce(kafka);
    await server.kill();
    await expect(recordsIn(kafka)).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await recordsIn(kafka)).toBe(RECORDS);
  });

  it('asks for a user and TLS', async () => {
    const { address } = await start('kafka', { auth: true, tls: true });
    const ca = readFileSync(address.caFile);
    const sasl = (password: string): SASLOptions => ({
      mechanism: 'scram-sha-256',
      username: address.user,
      password,
    });
    await produce(kafkaAt(address.secureNodes, { ca, sasl: sasl(address.password) }));
    expect(await recordsIn(kafkaAt(address.nodes))).toBe(RECORDS);
    await expect(recordsIn(kafkaAt(address.secureNodes, { ca, sasl: sasl('wrong') }))).rejects.toThrow(
      'SASL',
    );
    await expect(recordsIn(kafkaAt(address.secureNodes, { sasl: sasl(address.password) }))).rejects.toThrow(
      'Closed connection',
    );
  });
});

describe.skipIf(!(await canStart('elasticsearch')))(
  'a private elasticsearch',
  { timeout: 3 * START_TIMEOUT_MS },
  () => {
    it('asks for a user and TLS; is killed, and comes back with its documents', async () => {
      const server = await start('elasticsearch', { auth: true, tls: true });
      const { url, user, password, caFile } = server.address;
      const at = (secret: string): Client => {
        const client = new Client({
          node: url,
          auth: { username: user, password: secret },
          tls: { ca: readFileSync(caFile) },
        });
        onTestFinished(() => client.close());
        return client;
      };
      await expect(at('wrong').info()).rejects.toThrow('security_exception');
      const client = at(password);
      await client.indices.create({ index: INDEX });
      await client.index({ index: INDEX, id: '1', document: { text: 'kept' } });
      await server.kill();
      await expect(client.info({}, { maxRetries: 0 })).rejects.toThrow(/ECONN|closed/);
      await server.restart();
      expect(await client.get({ index: INDEX, id: '1' })).toMatchObject({ _source: { text: 'kept' } });
    });
  },
);
