// Goal: on real servers doctor finds each fault that keeps workers from their work, says what to do about it, shows no secret and changes nothing;
// where all is well it finds nothing.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  Partitioners,
  ResourcePatternTypes,
  type Admin,
} from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { KEY_VARIABLE } from '../../../src/cli/redaction-secret.ts';
import { CHECKS } from '../../../src/cli/doctor/checks.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { MICROS_PER_MINUTE } from '../../../src/model/instant.ts';
import { Deployment, realServers } from '../../e2e/deployment.ts';
import { canStart, privateServer, START_TIMEOUT_MS, type PrivateServer } from '../../servers/servers.ts';
import { until } from '../../e2e/live-process.ts';
import { runCli } from '../run-cli.ts';
import { withClient } from '../../adapters/redis/connections.ts';
import { diagnose, type Circumstances, type Diagnosed } from './diagnose.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: START_TIMEOUT_MS });

const servers = await realServers();
const SECRET = 'a-secret-that-nobody-may-ever-see-0002';
const KEY = '00'.repeat(32);
const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-doctor-servers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Looks as the workers of a configuration would. */
async function look(
  config: string,
  args: readonly string[] = [],
  { env = {}, ...circumstances }: Circumstances = {},
): Promise<Diagnosed> {
  const data = join(scratch, 'incidents');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const diagnosed = await diagnose(['-c', config, '--data', data, '--http-port', '0', ...args], {
    env: { [KEY_VARIABLE]: KEY, ...env },
    ...circumstances,
  });
  expect(diagnosed.text).not.toContain(SECRET);
  for (const { level, why, to_do } of diagnosed.document.findings) {
    const isTrouble = level === 'problem' || level === 'warning';
    expect([why !== null, to_do !== null]).toEqual([isTrouble, isTrouble]);
  }
  return diagnosed;
}

const trouble = (level: FindingPart['level'], found: string | RegExp, toDo: string | RegExp): object => ({
  level,
  found: typeof found === 'string' ? expect.stringContaining(found) : expect.stringMatching(found),
  to_do: typeof toDo === 'string' ? expect.stringContaining(toDo) : expect.stringMatching(toDo),
});

/** Variables of a login; only secrets and the key come this way. */
const PASSWORDS = {
  kafka: 'COUNTERFOIL_KAFKA_PASSWORD',
  redis: 'COUNTERFOIL_REDIS_PASSWORD',
  apiKey: 'COUNTERFOIL_ELASTICSEARCH_API_KEY',
};

describe.skipIf(servers === null)('doctor on real servers', () => {
  if (servers === null) return;
  let deployment: Deployment;
  let admin: Admin;
  beforeAll(async () => {
    deployment = await Deployment.open(servers);
    admin = new Kafka({ brokers: [...servers.kafka.nodes], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    await deployment.close();
  });

  /** The configuration of the deployment with other options. */
  function changed(options: Record<string, Record<string, unknown>>): string {
    const config = parse(readFileSync(deployment.config, 'utf8')) as Record<string, Record<string, unknown>>;
    for (const [group, values] of Object.entries(options)) config[group] = { ...config[group], ...values };
    const file = join(scratch, `${Object.keys(options).join('-')}-${randomUUID()}.yaml`);
    writeFileSync(file, stringify(config));
    return file;
  }

  async function elastic(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${servers?.elasticsearch.url}/${path}`, init);
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  }

  it('finds nothing where all is well, and makes nothing [D7] [D8]', async () => {
    const { status, document, troubles } = await look(deployment.config);
    expect(troubles()).toEqual([]);
    expect(status).toBe(0);
    expect(new Set(document.findings.map(({ check }) => check))).toEqual(
      new Set(CHECKS.map(({ name }) => name)),
    );
    const { groups } = await admin.listGroups();
    expect(groups.filter(({ groupId }) => groupId.startsWith(deployment.namespace))).toEqual([]);
    await withClient(servers.redis, async (client) => {
      expect(await client.keys(`${deployment.namespace}*`)).toEqual([]);
    });
  });

  it('a wrong address of each server, beside all the rest [D8] [D9]', async () => {
    const config = changed({
      kafka: { brokers: ['127.0.0.1:9', ...servers.kafka.nodes] },
      redis: { nodes: ['127.0.0.1:9'] },
      elasticsearch: { nodes: ['http://127.0.0.1:9', servers.elasticsearch.url] },
    });
    const { of, status } = await look(config);
    expect(status).toBe(1);
    expect(of('kafka.reachable')).toMatchObject([
      trouble('problem', /127\.0\.0\.1:9 .*ECONNREFUSED/, 'the address is right'),
      { level: 'ok' },
    ]);
    expect(of('redis.reachable')).toMatchObject([trouble('problem', 'ECONNREFUSED', 'See that it runs')]);
    expect(of('redis.eviction')).toMatchObject([{ level: 'not_checked' }]);
    expect(of('elasticsearch.reachable')).toMatchObject([
      trouble('problem', 'ECONNREFUSED', 'Check that it runs'),
      { level: 'ok' },
    ]);
    for (const check of ['kafka.topics', 'elasticsearch.templates'])
      expect(new Set(of(check).map(({ level }) => level))).toEqual(new Set(['ok']));
    const none = await look(changed({ kafka: { brokers: ['127.0.0.1:9'] } }));
    expect(none.of('kafka.topics')).toMatchObject([{ level: 'not_checked', found: 'no broker answers' }]);
  });

  it('missing topics, and run says it too [D8] [D11]', async () => {
    const missing = `${deployment.namespace}.nothing`;
    const config = changed({ kafka: { topics: { spans: [missing] } } });
    const { of } = await look(config);
    expect(of('kafka.topics').filter(({ looked_at }) => looked_at === `topic ${missing}`)).toMatchObject([
      trouble('problem', 'does not exist', /counterfoil setup.*kafka-topics --create --topic/),
    ]);
    expect(await admin.listTopics()).not.toContain(missing);
    const run = await runCli(['run', '-c', config, '--role', 'spans', '--http-port', '0'], {
      env: { [KEY_VARIABLE]: KEY },
    });
    expect(run.status).toBe(5);
    expect(run.stderr).toContain('run `counterfoil setup`');
    expect(run.stderr).toContain(`topic ${missing}: it does not exist`);
    expect(run.stderr).toContain('topic counterfoil.links: it does not exist');
    expect(run.stderr).not.toContain('index ');
  });

  it('a retention that is too short, with the command that mends it [D8]', async () => {
    const topic = deployment.topic('spans');
    const set = async (value: string): Promise<void> => {
      const configEntries = [{ name: 'retention.ms', value }];
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
      });
    };
    await set('3600000');
    const { of } = await look(deployment.config);
    const [finding] = of('kafka.topics').filter(({ level }) => level !== 'ok');
    expect(finding).toMatchObject({
      looked_at: `topic ${topic}`,
      ...trouble('problem', /retention\.ms is 3600000, and \d+ is needed \(1d/, '--add-config retention.ms='),
    });
    await set(/retention\.ms=(\d+)/.exec(finding?.to_do ?? '')?.[1] ?? '');
    expect((await look(deployment.config)).troubles()).toEqual([]);
  });

  it('a template that is stale, one that is missing, and an index that is blocked [D8] [D11]', async () => {
    const { namespace } = deployment;
    const name = `_index_template/${namespace}-events`;
    const { index_templates: templates } = (await elastic('GET', name)) as {
      index_templates: {
        index_template: { priority: number; template: { mappings: Record<string, unknown> } };
      }[];
    };
    const [{ index_template: template } = { index_template: { priority: 0, template: { mappings: {} } } }] =
      templates;
    const mark = { counterfoil: { version: 0, hash: 'older' } };
    const mappings = { ...template.template.mappings, _meta: mark };
    await elastic('PUT', name, {
      index_patterns: [`${namespace}-events-*`],
      priority: template.priority,
      _meta: mark,
      template: { mappings },
    });
    await elastic('DELETE', `_index_template/${namespace}-links`);
    await elastic('PUT', `${namespace}-payments/_settings`, { 'index.blocks.write': true });
    await elastic('PUT', `${namespace}-incidents/_mapping`, { _meta: mark });
    const { of } = await look(deployment.config);
    expect(of('elasticsearch.templates')).toMatchObject([
      {
        looked_at: `template ${namespace}-events, index ${namespace}-incidents`,
        ...trouble('problem', 'earlier', 'counterfoil setup'),
      },
      { looked_at: `template ${namespace}-links`, ...trouble('problem', 'missing', 'counterfoil setup') },
    ]);
    expect(of('elasticsearch.blocks').filter(({ level }) => level !== 'ok')).toMatchObject([
      {
        looked_at: `index ${namespace}-payments`,
        ...trouble('problem', 'index.blocks.write is true', 'to null'),
      },
    ]);
    const run = await runCli(['run', '-c', deployment.config, '--role', 'api', '--http-port', '0']);
    expect(run.status).toBe(5);
    expect(run.stderr).toContain(`index ${namespace}-incidents: it is of an earlier version`);

    await elastic('PUT', `${namespace}-payments/_settings`, { 'index.blocks.write': null });
    expect(await runCli(['setup', '-c', deployment.config])).toMatchObject({ status: 0 });
    expect((await look(deployment.config)).troubles()).toEqual([]);
  });

  it('a clock that is not ours, and only beyond join.skew and the time that asking took [D10]', async () => {
    for (const ahead of [5 * MICROS_PER_MINUTE, -5 * MICROS_PER_MINUTE]) {
      const { of } = await look(deployment.config, [], { ahead });
      const expected = trouble('problem', ahead > 0 ? /^[45]m.* behind/ : /^[45]m.* ahead of/, 'NTP');
      expect(of('clock.servers')).toMatchObject([expected, expected, { level: 'not_checked' }]);
    }
    const near = await look(deployment.config, ['--join-skew', '10m'], { ahead: 5 * MICROS_PER_MINUTE });
    expect(near.of('clock.servers').map(({ level }) => level)).toEqual(['ok', 'ok', 'not_checked']);
  });

  it('records that nobody reads, and that retention has taken [D8]', async () => {
    const topic = deployment.topic('payments');
    const groupId = `${deployment.namespace}-payments`;
    const of = async (): Promise<FindingPart | undefined> =>
      (await look(deployment.config)).of('kafka.lag').find(({ looked_at }) => looked_at.includes(groupId));
    await deployment.produce('payments', ['{}', '{}', '{}', '{}']);
    expect(await of()).toMatchObject(
      trouble('warning', 'none has ever read; 4 records wait', '--role payments'),
    );
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] });
    expect(await of()).toMatchObject(
      trouble('warning', 'there is none now; 3 records wait', '--role payments'),
    );
    const worker = await deployment.start('payments');
    await until(async () => ((await of())?.found === '1 worker, 0 records behind' ? true : undefined));
    await worker.stop();
    await deployment.produce('payments', ['{}', '{}', '{}', '{}']);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    expect(await of()).toMatchObject(
      trouble('problem', /2 records were dropped by the retention/, 'more retention'),
    );
  });

  it('a worker that is far behind [D8]', async () => {
    const topic = deployment.topic('events');
    const groupId = `${deployment.namespace}-events`;
    const kafka = new Kafka({ brokers: [...servers.kafka.nodes], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const timestamp = String(Date.now() - 2 * 3_600_000);
    await producer.send({ topic, messages: [{ value: '{}', partition: 0, timestamp }] });
    await producer.disconnect();
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '0' }] });
    const idle = kafka.consumer({ groupId });
    await idle.connect();
    await idle.subscribe({ topics: [topic, deployment.topic('audit'), deployment.topic('alerts')] });
    const joined = new Promise<void>((resolve) => void idle.on(idle.events.GROUP_JOIN, () => resolve()));
    await idle.run({ autoCommit: false, eachMessage: async () => undefined });
    await joined;
    const { of } = await look(deployment.config);
    expect(of('kafka.lag').find(({ looked_at }) => looked_at.includes(groupId))).toMatchObject(
      trouble('warning', '1 worker, 1 record behind, some of them for more than 1h', 'start more of them'),
    );
    await idle.disconnect();
  });

  it('looks only at what the workers of --role use, and says so [D9]', async () => {
    const { of, document } = await look(deployment.config, ['--role', 'events']);
    expect(of('redis.eviction')).toMatchObject([{ level: 'not_checked' }]);
    expect(of('elasticsearch.templates')).toMatchObject([{ level: 'not_checked' }]);
    expect(of('folder.there')).toMatchObject([{ level: 'not_checked' }]);
    expect(of('kafka.lag')).toHaveLength(1);
    expect(document.counts.problem).toBe(0);
  });

  it('no redaction key, which workers need [D8]', async () => {
    const { of } = await look(deployment.config, [], { env: { [KEY_VARIABLE]: '' } });
    expect(of('key.variable')).toMatchObject([trouble('problem', 'is not set', 'openssl rand')]);
  });

  it('a configuration of which a part is missing, as validate does [D12]', async () => {
    const config = changed({
      redis: { nodes: [], password_file: join(scratch, 'nowhere') },
      elasticsearch: { username: 'u' },
    });
    const [doctor, validate] = [
      await runCli(['doctor', '-c', config]),
      await runCli(['validate', '-c', config]),
    ];
    expect([doctor.status, validate.status]).toEqual([3, 3]);
    expect(doctor.stderr).toBe(validate.stderr);
    for (const text of [
      'redis.nodes: name a node',
      'nowhere cannot be read (ENOENT)',
      'elasticsearch.username',
    ])
      expect(validate.stderr).toContain(text);
    const alone = changed({ kafka: { brokers: [] } });
    for (const verb of ['validate', 'run'])
      expect(await runCli([verb, '-c', alone], { env: { [KEY_VARIABLE]: KEY } })).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('kafka.brokers: name some brokers') as string,
      });
  });

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

describe.skipIf(servers === null || !(await canStart('elasticsearch')))(
  'an Elasticsearch that asks who comes',
  () => {
    it('an API key that may only read, and one that is none [D8] [D9]', async () => {
      if (servers === null) return;
      const elasticsearch = await privateServer('elasticsearch', { auth: true });
      try {
        const { url, user, password } = elasticsearch.address;
        const { origin } = new URL(url);
        const deployment = await Deployment.open(servers);
        const config = parse(readFileSync(deployment.config, 'utf8')) as Record<string, object>;
        const file = join(scratch, 'read-only.yaml');
        writeFileSync(file, stringify({ ...config, elasticsearch: { nodes: [origin] } }));
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
        expect(reader.text).not.toContain(encoded);
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
        await deployment.close();
      } finally {
        await elasticsearch.stop();
      }
    });
  },
);
