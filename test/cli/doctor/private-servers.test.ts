// Goal: doctor finds what servers of one's own have wrong: who is let in, what he may, where brokers send everybody, what Redis drops. Method: private
// servers with logins, rights and settings; what a finding says is to be done is done, and mends it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  Partitioners,
  ResourcePatternTypes,
} from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { withClient } from '../../adapters/redis/connections.ts';
import { Deployment, realServers } from '../../e2e/deployment.ts';
import { startLive, until } from '../../e2e/live-process.ts';
import { privateServer, START_TIMEOUT_MS, type PrivateServer } from '../../servers/servers.ts';
import { runCli } from '../run-cli.ts';
import { Desk, SECRET, trouble } from './look-at-servers.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: START_TIMEOUT_MS });

const servers = await realServers();
const desk = new Desk();
const look = desk.look.bind(desk);
afterAll(() => desk.remove());

/** Variables of a login; only secrets and the key come this way. */
const PASSWORDS = {
  kafka: 'COUNTERFOIL_KAFKA_PASSWORD',
  redis: 'COUNTERFOIL_REDIS_PASSWORD',
  apiKey: 'COUNTERFOIL_ELASTICSEARCH_API_KEY',
};

describe.skipIf(servers === null)('doctor on servers of its own', () => {
  if (servers === null) return;
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.open(servers);
  });
  afterAll(() => deployment.close());
  const changed = (options: Record<string, Record<string, unknown>>): string =>
    desk.changed(deployment.config, options);

  describe('a Kafka that asks who comes, and what he may', () => {
    let kafka: PrivateServer;
    let names: Record<string, unknown>;
    beforeAll(async () => {
      kafka = await privateServer('kafka', {
        auth: true,
        tls: true,
        settings: [
          'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users=User:ANONYMOUS',
        ],
      });
      const inside = changed({ kafka: { brokers: kafka.address.nodes } });
      const { status, stderr } = await runCli(['setup', '-c', inside]);
      if (status !== 0) throw new Error(stderr);
      names = {
        brokers: kafka.address.secureNodes,
        tls: true,
        ca_file: kafka.address.caFile,
        sasl: { mechanism: 'scram-sha-256', username: kafka.address.user },
      };
    });
    afterAll(() => kafka.stop());

    it('a wrong password, no TLS, and an authority that nobody knows [D8] [D9]', async () => {
      const { secureNodes, password } = kafka.address;
      const reachable = async (options: object, secret = password): Promise<FindingPart[]> => {
        const config = changed({ kafka: { ...names, ...options } });
        return (await look(config, [], { env: { [PASSWORDS.kafka]: secret } })).of('kafka.reachable');
      };
      expect(await reachable({}, SECRET)).toMatchObject([
        trouble('problem', 'refused the login', 'Check mechanism, user and password'),
      ]);
      expect(await reachable({ ca_file: undefined })).toMatchObject([
        trouble('problem', 'No secure connection', 'Check the certificate authority'),
      ]);
      expect(await reachable({ tls: false, ca_file: undefined })).toMatchObject([
        trouble('problem', secureNodes[0] ?? '', 'whether its port wants TLS or a login'),
      ]);
    });

    it('a user who may do nothing, until every command was done that it names [D8]', async () => {
      const config = changed({ kafka: names });
      const env = { [PASSWORDS.kafka]: kafka.address.password };
      const before = await look(config, [], { env });
      expect(before.of('kafka.reachable')).toMatchObject([{ level: 'ok' }]);
      const lacking = before.of('kafka.permission');
      expect(new Set(lacking.map(({ level }) => level))).toEqual(new Set(['problem']));
      expect(lacking.map(({ found, looked_at }) => `${looked_at}: ${found}`)).toContainEqual(
        expect.stringMatching(/topic .*\.links: user \w+ of Kafka may not write it/),
      );
      expect(new Set(before.of('kafka.topics').map(({ level }) => level))).toEqual(new Set(['not_checked']));
      await grant(kafka.address.nodes, lacking);
      const after = await look(config, [], { env });
      expect(after.of('kafka.permission')).toMatchObject([{ level: 'ok' }]);
      expect(after.document.counts.problem).toBe(0);
    });

    it('and with these rights the workers run: one publishes, and dead letters are told [D8]', async () => {
      const config = changed({ kafka: names });
      const env = { [PASSWORDS.kafka]: kafka.address.password, COUNTERFOIL_REDACTION_KEY: '00'.repeat(32) };
      const folder = mkdtempSync(join(tmpdir(), 'counterfoil-rights-'));
      const worker = await startLive(
        ['-c', config, '--role', 'payments,incidents', '--data', folder],
        false,
        env,
      );
      const admin = new Kafka({ brokers: [...kafka.address.nodes], logLevel: logLevel.NOTHING });
      const producer = admin.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      try {
        await until(
          () => worker.log.some((line) => line['event.action'] === 'turn-begun') || undefined,
          30_000,
        );
        await producer.send({ topic: deployment.topic('payments'), messages: [{ value: '{}' }] });
        await until(async () => await hasRecords(admin, `${deployment.namespace}.dead-letters`), 20_000);
        expect(await worker.stop()).toBe(0);
      } finally {
        await producer.disconnect();
        await worker.stop('SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });

  it('brokers that send everybody to an address where nobody is [D8]', async () => {
    const kafka = await privateServer('kafka', {
      settings: ['advertised.listeners=PLAINTEXT://127.0.0.1:9'],
    });
    const { of } = await look(changed({ kafka: { brokers: kafka.address.nodes } }));
    await kafka.stop();
    expect(of('kafka.reachable')).toMatchObject([
      { level: 'ok' },
      {
        looked_at: 'Kafka at 127.0.0.1:9 (advertised)',
        ...trouble('problem', 'ECONNREFUSED', 'advertised.listeners'),
      },
    ]);
    expect(of('kafka.topics').map(({ level }) => level)).toContain('problem');
  });

  it('a Redis Cluster of which one node is named, and then one is gone [D7] [D8]', async () => {
    const redis = await privateServer('redis-cluster');
    try {
      const { nodes } = redis.address;
      const config = changed({ redis: { nodes: nodes.slice(0, 1), cluster: true } });
      const whole = await look(config);
      for (const check of ['redis.reachable', 'redis.eviction', 'redis.permission', 'redis.cluster'])
        expect(whole.of(check).map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
      expect(whole.of('redis.window')).toMatchObject([{ level: 'ok' }]);
      const single = await look(changed({ redis: { nodes: nodes.slice(0, 1), cluster: false } }));
      expect(single.of('redis.cluster')[0]).toMatchObject(
        trouble('problem', 'is a node of a Cluster', 'Set redis.cluster: true'),
      );
      await redis.kill(2);
      const { of } = await look(config);
      expect(of('redis.reachable').filter(({ level }) => level !== 'ok')).toMatchObject([
        { looked_at: `Redis at ${nodes[1]}`, ...trouble('problem', 'ECONNREFUSED', 'See that it runs') },
      ]);
    } finally {
      await redis.stop();
    }
  });

  describe('a Redis of its own', () => {
    let redis: PrivateServer;
    const env = { [PASSWORDS.redis]: 'a-secret-of-the-test' };
    const asWorker = (): string => changed({ redis: { nodes: redis.address.nodes, username: 'worker' } });
    const ask = async (...words: [string, ...string[]]): Promise<unknown> =>
      await withClient(redis.address, async (client) => await client.call(...words));
    beforeAll(async () => {
      redis = await privateServer('redis', { auth: true });
      const page = readFileSync(new URL('../../../docs/reference/redis.md', import.meta.url), 'utf8');
      const [line = ''] = /^ACL SETUSER .*$/m.exec(page) ?? [];
      const words = line
        .replace('PASSWORD', env[PASSWORDS.redis] ?? '')
        .replace('~counterfoil:', `~${deployment.namespace}:`)
        .split(' ')
        .slice(2);
      await ask('ACL', 'SETUSER', 'worker', ...words.slice(1));
    });
    afterAll(() => redis.stop());

    it('an evicting policy, too little memory, and a mode that is not configured [D8]', async () => {
      const healthy = (await look(asWorker(), [], { env })).troubles();
      expect(healthy.filter((each) => !each.includes('kafka.lag'))).toEqual([]);
      await ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      await ask('CONFIG', 'SET', 'maxmemory', '100mb');
      const { of } = await look(asWorker(), ['--redis-cluster', 'true'], { env });
      expect(of('redis.eviction')).toMatchObject([
        trouble('problem', 'maxmemory-policy allkeys-lru', 'CONFIG SET maxmemory-policy noeviction'),
      ]);
      expect(of('redis.memory')).toMatchObject([
        trouble('warning', /^100 MiB \(maxmemory\)/, 'Set maxmemory higher'),
      ]);
      expect(of('redis.cluster')).toMatchObject([
        trouble('problem', 'is no Cluster', 'Set redis.cluster: false'),
      ]);
      await ask('CONFIG', 'SET', 'maxmemory', '1mb');
      expect((await look(asWorker(), [], { env })).of('redis.memory')).toMatchObject([
        trouble('problem', /of 1\.0 MiB are used/, 'Give it more memory'),
      ]);
      await ask('CONFIG', 'SET', 'maxmemory', '0');
      await ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    });

    it('a command, keys, or a login that are refused; nothing is written to find out [D8] [D9]', async () => {
      const keysBefore = await ask('DBSIZE');
      await ask('ACL', 'SETUSER', 'worker', '-hset', '-zrem');
      expect((await look(asWorker(), [], { env })).of('redis.permission')).toMatchObject([
        trouble('problem', 'user worker may not send HSET, ZREM', 'docs/reference/redis.md'),
      ]);
      await ask('ACL', 'SETUSER', 'worker', '+hset', '+zrem', 'resetkeys', '~other:*');
      expect((await look(asWorker(), [], { env })).of('redis.permission')).toMatchObject([
        trouble('problem', `may not use keys of ${deployment.namespace}:`, 'docs/reference/redis.md'),
      ]);
      await ask('ACL', 'SETUSER', 'worker', 'resetkeys', `~${deployment.namespace}:*`, '-multi');
      const without = await look(asWorker(), [], { env });
      expect(without.of('redis.permission')).toMatchObject([{ level: 'not_checked' }]);
      expect(
        (await look(asWorker(), [], { env: { [PASSWORDS.redis]: SECRET } })).of('redis.reachable'),
      ).toMatchObject([trouble('problem', 'refuses the user (WRONGPASS)', 'Look at the user name')]);
      expect(await ask('DBSIZE')).toEqual(keysBefore);
    });
  });

  it('an API key that may only read Elasticsearch, and one that is none [D8] [D9]', async () => {
    const elasticsearch = await privateServer('elasticsearch', { auth: true });
    try {
      const { url, user, password } = elasticsearch.address;
      const { origin } = new URL(url);
      const file = changed({ elasticsearch: { nodes: [origin] } });
      const response = await fetch(`${origin}/_security/api_key`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        },
        body: JSON.stringify({
          name: 'reader',
          role_descriptors: {
            reader: { indices: [{ names: [`${deployment.namespace}-*`], privileges: ['read'] }] },
          },
        }),
      });
      const { encoded } = (await response.json()) as { encoded: string };
      const reader = await look(file, [], { env: { [PASSWORDS.apiKey]: encoded } });
      expect(reader.of('elasticsearch.permission')).toMatchObject([
        trouble(
          'problem',
          'this user lacks write, create_index, view_index_metadata',
          'Give the role or the API key',
        ),
      ]);
      expect(reader.of('elasticsearch.templates')).toMatchObject([
        { level: 'not_checked', found: expect.stringContaining('403') as string },
      ]);
      const stranger = await look(file, [], { env: { [PASSWORDS.apiKey]: SECRET } });
      expect(stranger.of('elasticsearch.reachable')).toMatchObject([
        trouble('problem', '401', 'Check the API key'),
      ]);
    } finally {
      await elasticsearch.stop();
    }
  });
});

/** Does what the commands say that a finding names. */
async function grant(nodes: readonly string[], findings: readonly FindingPart[]): Promise<void> {
  const admin = new Kafka({ brokers: [...nodes], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const acl = findings.map(({ to_do }) => {
    const [, principal = '', operation = '', what = '', resourceName = ''] =
      /^kafka-acls --add --allow-principal (\S+) --operation (\w+) --(topic|group) (\S+)$/.exec(
        to_do ?? '',
      ) ?? [];
    return {
      resourceType: what === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal,
      host: '*',
      operation: AclOperationTypes[operation.toUpperCase() as keyof typeof AclOperationTypes],
      permissionType: AclPermissionTypes.ALLOW,
    };
  });
  await admin.createAcls({ acl });
  await admin.disconnect();
}

async function hasRecords(kafka: Kafka, topic: string): Promise<true | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return offsets.some(({ high }) => high !== '0') || undefined;
}
