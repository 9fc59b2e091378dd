import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';
import { execRecord, linesOf, paymentRecord, spanRecord } from './small-case.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-normalize-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Printed {
  event: { kind: string; action?: string; end?: string };
  payment?: { id: string };
}

async function normalize(text: string, ...args: string[]) {
  const file = join(dir, 'in');
  writeFileSync(file, text);
  const run = await runCli(['normalize', file, ...args], { env: { COUNTERFOIL_DATA: dir } });
  const lines = run.stdout
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '');
  return { ...run, documents: args.includes('-o') ? [] : lines.map((line) => JSON.parse(line) as Printed) };
}

test('one document for each fact, whatever the format of the record', async () => {
  const { status, documents, stderr } = await normalize(linesOf([execRecord(), paymentRecord('p1')]));
  expect(status).toBe(0);
  expect(documents.map((document) => document.event.kind)).toEqual(['event', 'state']);
  expect(documents[1]?.payment?.id).toBe('p1');
  expect(stderr).toContain('2 records: 2 accepted (0 seen before), 0 refused');
});

test('[X6] numbers of payments are read exactly without --format too, beside and within records of sensors', async () => {
  const payment = (id: string, amount: string): string =>
    `{"id":${id},"time":"2026-03-10T14:00:02Z","state":"accepted","rail":"sepa_ct","amount":${amount},"currency":"EUR"}`;
  const nanos =
    '{"output_fields":{"evt.time":1773151202000000001},"rule":"Shell","priority":"Notice","time":"2026-03-10T14:00:02Z","output":"x"}';
  const wrapped = (record: string): string => JSON.stringify({ '@timestamp': 1.5, log: record });
  const exact = payment('12345678901234567891', '90071992547409.91');
  for (const line of [exact, wrapped(exact)]) {
    const { documents, stderr } = await normalize(`${line}\n${nanos}\n${wrapped(nanos)}\n`);
    expect(JSON.stringify(documents[0])).toContain('"id":"12345678901234567891"');
    expect(JSON.stringify(documents[0])).toContain('"90071992547409.91"');
    expect(stderr).toContain('0 refused');
  }
  for (const amount of ['9007199254740993', '0.1000000000000000055511151231257827'])
    for (const line of [payment('"p"', amount), wrapped(payment('"p"', amount))]) {
      const { documents, stderr, status } = await normalize(`${line}\n`);
      expect([documents, status]).toEqual([[], 4]);
      expect(stderr).toContain('bad_amount');
    }
  // A list of both in one envelope.
  const both = wrapped(`[${exact},${nanos}]`);
  expect((await normalize(`${both}\n`)).documents.length).toBeLessThanOrEqual(2);
});

test('stages of one request are one document, in any order, also when none completes it', async () => {
  const stages = [execRecord({ stage: 'RequestReceived' }), execRecord({ stage: 'ResponseComplete' })];
  for (const records of [stages, stages.toReversed()]) {
    const { documents } = await normalize(linesOf(records));
    expect(documents).toHaveLength(1);
    expect(JSON.stringify(documents)).toContain('14:00:05');
  }
  expect((await normalize(linesOf(stages.slice(0, 1)))).documents).toHaveLength(1);
});

test('never one twice; a request of another user with the same audit id is another', async () => {
  const record = execRecord();
  const { documents, stderr } = await normalize(linesOf([record, record, execRecord({ user: 'bob' })]));
  expect(documents).toHaveLength(2);
  expect(stderr).toContain('(1 seen before)');
});

test('what two rules of a sensor saw is two facts, though it has one id', async () => {
  const event = { id: 'n-1', time: '2026-03-10T14:00:02Z' };
  const records = ['Shell', 'Curl', 'Shell'].map((rule) => ({ ...event, rule }));
  expect((await normalize(linesOf(records))).documents.map(({ event: { action } }) => action)).toEqual([
    'Shell',
    'Curl',
  ]);
});

test('limits.depth allows what it says', async () => {
  const record = `{"rule":"Shell","time":"2026-03-10T14:00:02Z","deep":${'['.repeat(80)}${']'.repeat(80)}}\n`;
  expect((await normalize(record)).status).toBe(4);
  expect((await normalize(record, '--limits-depth', '100')).status).toBe(0);
});

test('[F21] lines of a log that are no records are counted beside one that is cut', async () => {
  const lines = ['GET / 200', '2026-03-10T14:00:03.001Z stdout P {"output":'];
  const logRecords = lines.map((stringValue) => ({ body: { stringValue } }));
  const { stderr } = await normalize(linesOf([{ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }]));
  expect(stderr).toContain('1 record: 0 accepted (0 seen before), 1 refused, ignored 1 no_record');
});

test('spans are no facts: ignored and counted, exit 0', async () => {
  const { status, documents, stderr } = await normalize(
    linesOf([spanRecord('ledger-1', 'p1', '2026-03-10T14:00:02.000Z', 1)]),
  );
  expect([status, documents]).toEqual([0, []]);
  expect(stderr).toContain('ignored 1 spans');
});

test('refused records on stderr with place and reason, exit 4; the others are printed', async () => {
  const { status, documents, stderr } = await normalize(`{"a":\n${linesOf([paymentRecord('p1')])}{"x":1}\n`);
  expect(status).toBe(4);
  expect(documents).toHaveLength(1);
  expect(stderr).toMatch(/in:1:\d+: refused, (truncated|not_json)/);
  expect(stderr).toMatch(/in:3:\d+: refused, unknown_format: .*--format/);
});

test('with a format every record is taken for it', async () => {
  const { status, stderr } = await normalize(linesOf([paymentRecord('p1')]), '--format', 'kubernetes-audit');
  expect(status).toBe(4);
  expect(stderr).toMatch(/in:1:\d+: refused, /);
});

test('as CSV and as a table', async () => {
  const csv = await normalize(linesOf([paymentRecord('=1+1')]), '-o', 'csv');
  expect(csv.stdout.split('\r\n')[1]).toContain("'=1+1");
  const table = await normalize(linesOf([paymentRecord('p1')]), '-o', 'table');
  expect(table.stdout).toContain('48000.00 EUR');
});
