import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IncidentDocument } from '../../src/model/documents/incident.ts';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import {
  execRecord,
  flagsOf,
  linesOf,
  paymentRecord,
  spanRecord,
  writeCase,
  type CasePaths,
} from './small-case.ts';
import { runCli, startCli } from './run-cli.ts';

let dir = '';
let paths: CasePaths;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-correlate-'));
  paths = writeCase(dir);
});
afterAll(() => rmSync(dir, { recursive: true }));

const env = () => ({ COUNTERFOIL_DATA: join(dir, 'data') });
const run = async (args: string[], stdin = '') => runCli(['correlate', ...args], { env: env(), stdin });
const write = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

describe('correlate', () => {
  test('links as NDJSON on stdout, the accounts on stderr, exit 0', async () => {
    const { status, stdout, stderr } = await run(flagsOf(paths));
    const links = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LinkDocument);
    expect(links.map((link) => [link.payment.id, link.link.method, link.link.confidence])).toEqual([
      ['p1', 'container_overlap', 0.9],
    ]);
    expect(status).toBe(0);
    expect(stderr).toContain('both hold for every input');
    expect(stderr).toMatch(/1 event and 3 payments: 1 link, 1 incident, in \d/);
    expect(stderr).not.toContain('\u001b');
  });

  test('the same over standard input, and in other forms', async () => {
    const flags = ['--audit', '-', '--spans', paths.spans, '--payments', paths.payments];
    const piped = await run(flags, readFileSync(paths.audit, 'utf8'));
    expect(piped.stdout).toBe((await run(flagsOf(paths))).stdout);
    const array = JSON.parse((await run([...flagsOf(paths), '-o', 'json'])).stdout) as LinkDocument[];
    expect(array).toHaveLength(1);
    expect((await run([...flagsOf(paths), '-o', 'csv'])).stdout.split('\r\n')).toHaveLength(3);
    expect((await run([...flagsOf(paths), '-o', 'table'])).stdout).toContain('container_overlap');
  });

  test('--incidents, --as-of, --cluster and options of the configuration', async () => {
    const file = write('c.yaml', 'join:\n  after: 0\nimpact:\n  report_currency: EUR\n');
    const asOf = '2026-03-10T14:30:00.000Z';
    const { stdout } = await run([
      ...flagsOf(paths),
      '-c',
      file,
      '--incidents',
      '--as-of',
      asOf,
      '--cluster',
      'c1',
    ]);
    const incident = JSON.parse(stdout) as IncidentDocument;
    expect(incident.impact.as_of).toBe(asOf);
    expect(incident.impact.exposures[0]).toMatchObject({ currency: 'EUR', linked: '48000.00' });
    expect(incident.impact.report?.currency).toBe('EUR');
  });

  test('switching the only method off leaves no link: stdout is empty, exit 0', async () => {
    const off = [
      '--join-methods-container-overlap',
      '0',
      '--join-methods-container-interval',
      '0',
      '--join-methods-pod-interval',
      '0',
    ];
    const { status, stdout } = await run([...flagsOf(paths), ...off]);
    expect([status, stdout]).toEqual([0, '']);
  });

  test('--stats writes the accounts as JSON', async () => {
    const stats = join(dir, 'stats.json');
    await run([...flagsOf(paths), '--stats', stats]);
    const { inputs } = JSON.parse(readFileSync(stats, 'utf8')) as {
      inputs: Record<string, { records: number }>;
    };
    expect(
      Object.fromEntries(Object.entries(inputs).map(([name, { records }]) => [name, records])),
    ).toMatchObject({
      audit: 2,
      spans: 2,
      payments: 3,
    });
  });

  test('--data keeps an index for lookup and explain; without it nothing is written', async () => {
    await run(flagsOf(paths));
    expect(existsSync(join(dir, 'data'))).toBe(false);
    const data = join(dir, 'kept');
    await run([...flagsOf(paths), '--data', data]);
    const looked = await runCli(['lookup', 'p1', '--data', data, '-o', 'table']);
    expect(looked.stdout).toContain('1 security event met it');
    const none = await runCli(['lookup', 'p3', '--data', data]);
    expect([none.status, none.stdout.includes('"answer": "not_known"')]).toEqual([0, true]);
  });

  test('a reader that leaves early ends it quietly', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => paymentRecord(`q${index}`));
    const spans = many.map((_, index) =>
      spanRecord('ledger-1', `q${index}`, '2026-03-10T14:00:02.000Z', index + 1),
    );
    const flags = [
      '--audit',
      paths.audit,
      '--spans',
      write('many-spans.ndjson', linesOf(spans)),
      '--payments',
      write('many.ndjson', linesOf(many)),
    ];
    const child = startCli(['correlate', ...flags], { env: env() });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).not.toContain('EPIPE');
    expect(status).toBe(0);
  });
});

describe('what cannot be read', () => {
  test('refused records are named with file, line, column and reason; the rest is joined, exit 0', async () => {
    const audit = write('mixed.ndjson', `${linesOf([execRecord()])}{"kind": oops}\n[1,2\n`);
    const { status, stdout, stderr } = await run([
      '--audit',
      audit,
      '--spans',
      paths.spans,
      '--payments',
      paths.payments,
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('"p1"');
    expect(stderr).toMatch(/mixed\.ndjson:2:\d+: refused, not_json/);
    expect(stderr).toMatch(/mixed\.ndjson:3:\d+: refused, /);
  });

  test('twenty refusals are shown, the others counted', async () => {
    const { stderr } = await run([
      '--audit',
      write('bad.ndjson', '{"a": oops}\n'.repeat(50)),
      ...flagsOf(paths).slice(2),
    ]);
    expect(stderr.match(/refused, not_json/g)).toHaveLength(20);
    expect(stderr).toContain('and 30 more');
  });

  test('nothing readable: exit 4, the accounts still add up', async () => {
    const { status, stdout, stderr } = await run(['--audit', write('garbage', '\u0001\u0002 no json\n')]);
    expect([status, stdout]).toEqual([4, '']);
    expect(stderr).toContain('both hold for every input');
  });

  test('a file that is not there: exit 4, every one of them named', async () => {
    const { status, stderr } = await run(['--audit', join(dir, 'no-1'), '--spans', join(dir, 'no-2')]);
    expect(status).toBe(4);
    expect(stderr).toContain('no-1');
    expect(stderr).toContain('no-2');
  });

  test('a card number in any record is shown nowhere', async () => {
    const pan = '4111111111111111';
    const audit = write('pan.ndjson', `{"card":"${pan}",,}\n${linesOf([execRecord({ user: pan })])}`);
    const payments = write(
      'pan-pay.ndjson',
      linesOf([paymentRecord(pan), paymentRecord('p1', { merchant: { id: pan } })]),
    );
    const spans = write(
      'pan-spans.ndjson',
      linesOf([spanRecord('ledger-1', pan, '2026-03-10T14:00:02.000Z', 7)]),
    );
    const data = join(dir, 'pan-data');
    const { stdout, stderr } = await run([
      '--audit',
      audit,
      '--spans',
      spans,
      '--payments',
      payments,
      '--data',
      data,
    ]);
    expect(stdout).toContain('tok_');
    expect(stdout + stderr).not.toContain(pan);
    expect(readFileSync(join(data, 'index.sqlite')).includes(pan)).toBe(false);
    expect(existsSync(join(data, 'redaction.key'))).toBe(true);
  });
});

describe('configuration', () => {
  test('every fault at once, exit 3', async () => {
    const file = write('bad.yaml', 'join:\n  befor: 1s\n  after: soon\n');
    const { status, stderr } = await run([...flagsOf(paths), '-c', file, '--http-port', '99999']);
    expect(status).toBe(3);
    expect(stderr).toContain('bad.yaml:2:3: option of join "befor" is not known; did you mean before?');
    expect(stderr).toContain('bad.yaml:3:10: join.after: "soon" is not a duration');
    expect(stderr).toContain('--http-port: "99999" is out of range');
    expect((await runCli(['validate', '-c', file])).status).toBe(3);
  });

  test('a rule file with faults: exit 3, with the place', async () => {
    const rule = write(
      'rule.yml',
      'title: x\nlogsource: {product: kubernetes, service: audit}\ndetection: {condition: nothing}\n',
    );
    const { status, stderr } = await run([...flagsOf(paths), '--rules-paths', rule]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/rule\.yml:\d+:\d+/);
  });

  test('validate says what is set and what is loaded', async () => {
    const file = write('good.yaml', 'tenant: acme\njoin: {before: 2m}\n');
    const { status, stdout, stderr } = await runCli(['validate', '-c', file]);
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/good\.yaml: valid; 2 options set, \d+ rules loaded/);
  });
});
