/** Records of every sensor through the whole: `normalize` knows them, `correlate` links what is an alert or matches a rule. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import { fixture, type JsonObject } from '../formats/format-context.ts';
import { SENSOR_RECORDS, tetragonRecord, hubbleRecord, vaultRecord } from '../formats/sensor-records.ts';
import { PAYMENT_SOURCES } from '../../src/model/payment.ts';
import { RECORD_FORMATS } from '../../src/runtime/normalize.ts';
import { runCli } from './run-cli.ts';
import { linesOf, paymentRecord, spanRecord } from './small-case.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-sensors-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
const rule = (name: string, source: string, detection: string): string =>
  `title: ${name}\nname: ${name}\nlevel: high\nlogsource: ${source}\ndetection:\n  s: {${detection}}\n  condition: s\n`;

/** The API server says which account the pod runs as. */
const POD_MADE = {
  auditID: 'a-1',
  stage: 'ResponseComplete',
  verb: 'create',
  requestURI: '/api/v1/namespaces/payments/pods',
  requestReceivedTimestamp: '2026-03-10T13:59:00.000000Z',
  objectRef: { resource: 'pods', namespace: 'payments', name: 'ledger-1' },
  responseStatus: { code: 201 },
  responseObject: {
    metadata: { name: 'ledger-1', namespace: 'payments' },
    spec: { serviceAccountName: 'ledger' },
  },
};

/** A payment through pod `ledger-1` beside each kind of record. */
async function linksOf(records: readonly object[], rules: readonly string[] = []) {
  const spans = [spanRecord('ledger-1', 'p1', '2026-03-10T14:00:03.000Z', 1)];
  const paths = rules.flatMap((text, i) => ['--rules-paths', file(`rule-${i}.yml`, text)]);
  const run = await runCli(
    [
      'correlate',
      '--events',
      file('events.ndjson', linesOf(records)),
      '--spans',
      file('spans.ndjson', linesOf(spans)),
      '--payments',
      file('payments.ndjson', linesOf([paymentRecord('p1')])),
      '--cluster',
      'prod-eu',
      '-o',
      'ndjson',
      '--stats',
      join(dir, 'stats.json'),
      ...paths,
    ],
    // What makes an event here is what the test says.
    { env: { COUNTERFOIL_DATA: dir, COUNTERFOIL_RULES_DEFAULTS: 'false' } },
  );
  const links = run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LinkDocument);
  return { ...run, links };
}

test('an alert of Tetragon finds the payment that passed the pod [F7]', async () => {
  const { status, links } = await linksOf([tetragonRecord()]);
  expect(status).toBe(0);
  expect(links.map((link) => [link.rule.id, link.payment.id])).toEqual([['tetragon:file-monitoring', 'p1']]);
});

test('a flow and a request of Vault find it by a rule, once for the two lines of a request [F9]', async () => {
  const other = { ...vaultRecord(), type: 'request', response: undefined };
  const dropped = { ...hubbleRecord() };
  const flow = dropped['flow'] as JsonObject;
  dropped['flow'] = { ...flow, traffic_direction: 'INGRESS' };
  const rules = [
    rule('denied_flow', '{product: hubble}', 'flow.verdict: DROPPED'),
    rule('secret_read', '{product: vault, service: audit}', 'request.operation: read'),
  ];
  const quiet = await linksOf([POD_MADE, dropped, other, vaultRecord()]);
  expect(quiet.links).toEqual([]);
  const { links, stderr } = await linksOf([POD_MADE, dropped, other, vaultRecord()], rules);
  expect(links.map((link) => link.rule.id).toSorted()).toEqual(['sigma:denied_flow', 'sigma:secret_read']);
  expect(stderr).toContain('2 events');
});

test('normalize knows each of them, and lines of text in what a shipper makes of them [F6]', async () => {
  const shipped = fixture('istio-docs/access-log-default.log')
    .trim()
    .split('\n')
    .map((log) => ({
      '@timestamp': 1606339578.409,
      log,
      kubernetes: { pod_name: 'httpbin-1', namespace_name: 'foo' },
    }));
  const records = [...Object.values(SENSOR_RECORDS).map((record) => record()), ...shipped];
  const path = file('all.ndjson', linesOf(records));
  const { status, stdout, stderr } = await runCli(['normalize', path, '-o', 'ndjson'], {
    env: { COUNTERFOIL_DATA: dir },
  });
  expect([status, stderr.trim()]).toEqual([0, '14 records: 14 accepted (0 seen before), 0 refused']);
  expect(new Set(stdout.match(/"dataset":"[a-z]+/g)).size).toBe(12);
  expect(RECORD_FORMATS).toEqual([...Object.keys(SENSOR_RECORDS), ...PAYMENT_SOURCES]);
});
