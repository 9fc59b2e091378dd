/**
 * Goal: bare lines of text that are posted, or are values of topics on real Kafka, make the documents that the same lines make as JSON strings in files
 * [F22, F23]. Method: an exec in parts, alerts and access logs in text and payments behind prefixes, through a real process and a replay of topics.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { accountingErrors, type Accounting, type InputName } from '../../src/model/accounting.ts';
import { runCli, type CliRun } from '../cli/run-cli.ts';
import { execRecord, paymentRecord, spanRecord } from '../cli/small-case.ts';
import { TEXT_LINES } from '../formats/text-lines.ts';
import { serverFor } from '../servers/servers.ts';
import { documentsIn } from './folder-documents.ts';
import { startLive, until } from './live-process.ts';

const kafka = await serverFor('kafka');

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-text-lines-'));
const at = (name: string): string => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const cli = async (...args: string[]): Promise<CliRun> =>
  await runCli(args, { env: { COUNTERFOIL_REDACTION_KEY: '00'.repeat(32) } });

const RUNTIME = '2026-03-10T14:00:03.001Z stdout';
const EXEC = JSON.stringify(execRecord());
const PARTS = [`${RUNTIME} P ${EXEC.slice(0, 200)}`, `${RUNTIME} F ${EXEC.slice(200)}`];
/** What each input is given, a record an entry. */
const RECORDS: readonly [InputName, string, string[]][] = [
  ['audit', 'kubernetes-audit', [PARTS.join('\n')]],
  [
    'alerts',
    'falco',
    [
      `${RUNTIME} F 14:00:01.5: Critical A shell was spawned (user=root k8s.ns=payments k8s.pod=ledger-1)`,
      '<5>Mar 10 14:00:02 node-2 sensors[7]: 2026-03-10T14:00:02Z: Notice A file was read (k8s.ns=payments k8s.pod=ledger-1)',
    ],
  ],
  ['events', 'istio', Object.values(TEXT_LINES).map(({ line }) => line)],
  ['payments', 'payments', ['p1', 'p2'].map((id) => `${RUNTIME} F ${JSON.stringify(paymentRecord(id))}`)],
];
const SPAN = JSON.stringify(spanRecord('ledger-1', 'p1', '2026-03-10T14:00:02.000Z', 1));
const CONFIG = { cluster: 'prod-eu' };

/** The same as JSON strings in files. */
let expected: ReturnType<typeof documentsIn>;
beforeAll(async () => {
  const files = RECORDS.flatMap(([input, , records]) => {
    // In a string nobody joins parts.
    const lines = input === 'audit' ? [`${RUNTIME} F ${EXEC}`] : records;
    writeFileSync(at(input), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return [`--${input}`, at(input)];
  });
  writeFileSync(at('spans'), SPAN);
  const { status, stderr } = await cli(
    'replay',
    '--cluster',
    'prod-eu',
    ...files,
    '--spans',
    at('spans'),
    '--into',
    at('expected'),
  );
  if (status !== 0) throw new Error(stderr);
  expected = documentsIn(at('expected'));
}, 60_000);

test('the same lines as JSON strings are linked', () => {
  expect(expected['links']?.length).toBeGreaterThan(2);
});

test('[F22] [F23] posted to a real process', { timeout: 120_000 }, async () => {
  const live = await startLive(
    ['--cluster', 'prod-eu', '--data', at('live'), '--otlp-port', '0', '--bounded'],
    false,
    {
      COUNTERFOIL_REDACTION_KEY: '00'.repeat(32),
    },
  );
  const post = async (path: string, body: string | Buffer, headers = {}) =>
    await fetch(`${live.url}${path}`, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers });
  try {
    for (const [input, route, records] of RECORDS) {
      const text = records.map((record) => `${record}\n`).join('');
      const plain = { 'content-type': 'text/plain' };
      const answer =
        input === 'events'
          ? await post(`/intake/${route}`, zstdCompressSync(text), { ...plain, 'content-encoding': 'zstd' })
          : await post(`/intake/${route}`, text, plain);
      expect([answer.status, await answer.json()]).toMatchObject([
        200,
        { records: records.length, refused: 0 },
      ]);
    }
    expect((await post('/v1/traces', SPAN, { 'content-type': 'application/json' })).status).toBe(200);
    const refused = await post('/intake/falco', 'up and running\nstill running\n');
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('not_json')]);
    const cut = await post('/intake/falco', `${RUNTIME} P {"rule":`);
    expect([cut.status, await cut.text()]).toEqual([422, expect.stringContaining('truncated')]);
    const inputs = ['audit', 'alerts', 'events', 'spans', 'payments'].map((input) => `input=${input}`);
    expect((await post(`/intake/_end?${inputs.join('&')}`, '')).status).toBe(200);
    await until(() => live.log.some((line) => line['event.action'] === 'engine-finished') || undefined);
    const accounting = (await (await fetch(`${live.url}/api/v1/accounting`)).json()) as Accounting;
    expect(accountingErrors(accounting)).toEqual([]);
    expect(accounting.inputs.alerts).toMatchObject({ records: 4, decoded: 2, dead_lettered: 2 });
  } finally {
    await live.stop();
  }
  expect(documentsIn(at('live'))).toEqual(expected);
});

describe.skipIf(kafka === null)('on real Kafka', () => {
  if (kafka === null) return;

  test('[F22] [F23] values of topics', { timeout: 120_000 }, async () => {
    const namespace = `t${randomBytes(4).toString('hex')}`;
    const topic = (input: InputName): string => `${namespace}.${input}`;
    const client = new Kafka({ brokers: [...kafka.nodes], logLevel: logLevel.NOTHING });
    const [admin, producer] = [
      client.admin(),
      client.producer({ createPartitioner: Partitioners.DefaultPartitioner }),
    ];
    await Promise.all([admin.connect(), producer.connect()]);
    const inputs: InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];
    await admin.createTopics({
      waitForLeaders: true,
      topics: inputs.map((input) => ({ topic: topic(input), numPartitions: 2 })),
    });
    try {
      for (const [input, , records] of RECORDS)
        await producer.send({
          topic: topic(input),
          messages: records.map((value, i) => ({ value, partition: i % 2 })),
        });
      await producer.send({ topic: topic('spans'), messages: [{ value: SPAN }] });
      const topics = Object.fromEntries(inputs.map((input) => [input, [topic(input)]]));
      const config = { ...CONFIG, namespace, kafka: { brokers: kafka.nodes, topics } };
      writeFileSync(at('counterfoil.yaml'), stringify(config));
      mkdirSync(at('nothing'));
      const data = ['--data', at('nothing'), '--into', at('topics')];
      const { status, stderr } = await cli('replay', '-c', at('counterfoil.yaml'), ...data);
      expect([status, stderr]).toEqual([0, expect.stringContaining('hold for every input')]);
      expect(documentsIn(at('topics'))).toEqual(expected);
    } finally {
      await admin.deleteTopics({ topics: inputs.map(topic) });
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    }
  });
});
