// Goal: on real servers doctor finds each fault that keeps workers from their work, says what to do about it, shows no secret and changes nothing;
// where all is well it finds nothing.
import { Kafka, ConfigResourceTypes, logLevel, Partitioners, type Admin } from 'kafkajs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHECKS } from '../../../src/cli/doctor/checks.ts';
import { KEY_VARIABLE } from '../../../src/cli/redaction-secret.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { MICROS_PER_MINUTE } from '../../../src/model/instant.ts';
import { withClient } from '../../adapters/redis/connections.ts';
import { Deployment, realServers } from '../../e2e/deployment.ts';
import { until } from '../../e2e/live-process.ts';
import { START_TIMEOUT_MS } from '../../servers/servers.ts';
import { runCli } from '../run-cli.ts';
import { Desk, KEY, trouble } from './look-at-servers.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: START_TIMEOUT_MS });

const servers = await realServers();
const desk = new Desk();
const look = desk.look.bind(desk);
afterAll(() => desk.remove());

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
    const config = desk.changed(deployment.config, {
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
    const none = await look(desk.changed(deployment.config, { kafka: { brokers: ['127.0.0.1:9'] } }));
    expect(none.of('kafka.topics')).toMatchObject([{ level: 'not_checked', found: 'no broker answers' }]);
  });

  it('setup says of each server that it cannot be reached, and goes on to the next [D11]', async () => {
    const config = desk.changed(deployment.config, {
      kafka: { brokers: ['127.0.0.1:9'] },
      elasticsearch: { nodes: ['http://127.0.0.1:9'] },
    });
    const { status, stderr } = await runCli(['setup', '-c', config]);
    expect(status).toBe(5);
    expect(stderr).toMatch(
      /CF_UNREACHABLE[^]*Kafka: Kafka at 127\.0\.0\.1:9[^]*Elasticsearch: Elasticsearch at 127/,
    );
  });

  it('missing topics, and run says it too [D8] [D11]', async () => {
    const missing = `${deployment.namespace}.nothing`;
    const config = desk.changed(deployment.config, { kafka: { topics: { spans: [missing] } } });
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
    const config = desk.changed(deployment.config, {
      redis: { nodes: [], password_file: join(desk.folder, 'nowhere') },
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
    const alone = desk.changed(deployment.config, { kafka: { brokers: [] } });
    for (const verb of ['validate', 'run'])
      expect(await runCli([verb, '-c', alone], { env: { [KEY_VARIABLE]: KEY } })).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('kafka.brokers: name some brokers') as string,
      });
  });
});
