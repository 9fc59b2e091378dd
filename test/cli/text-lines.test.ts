/**
 * Lines of text through the whole: `normalize`, `correlate` and `readiness` take them bare, plain and compressed, and link what they link as JSON
 * [F22, F23]; a format that is named for an input is the only one that it takes [F24].
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEXT_LINES } from '../formats/text-lines.ts';
import { runCli } from './run-cli.ts';
import { execRecord, linesOf, paymentRecord, spanRecord } from './small-case.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-lines-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const file = (name: string, content: string | Buffer): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};
const cli = (...args: string[]) => runCli(args, { env: { COUNTERFOIL_DATA: dir } });
const documentsOf = (stdout: string): string[] => stdout.split('\n').filter((line) => line !== '');

const spans = (): string =>
  file('spans', linesOf([spanRecord('ledger-1', 'p1', '2026-03-10T14:00:02.000Z', 1)]));

const LINES = Object.values(TEXT_LINES).map(({ line }) => line);
const RUNTIME = '2026-03-10T14:00:03.001Z stdout';
/** An exec, one in parts, and what an alert in text says of the same pod. */
const EXEC = JSON.stringify(execRecord());
const ALERT = '14:00:01.5: Critical A shell was spawned (user=root k8s.ns=payments k8s.pod=ledger-1)';

test('[F22] normalize prints of bare lines what it prints of JSON strings', async () => {
  const expected = await cli(
    'normalize',
    file('strings', LINES.map((line) => `${JSON.stringify(line)}\n`).join('')),
  );
  expect(expected.status).toBe(0);
  const text = LINES.map((line) => `${line}\r\n`).join('');
  for (const content of [text, `\uFEFF${text}`, gzipSync(text), zstdCompressSync(text)]) {
    const bare = await cli('normalize', file('lines', content));
    expect([bare.status, documentsOf(bare.stdout)]).toEqual([0, documentsOf(expected.stdout)]);
  }
});

test('[F22] what is no record among them is told with its place, and costs itself', async () => {
  const [one = '', two = ''] = LINES;
  const { status, stdout, stderr } = await cli('normalize', file('mixed', `up\n${one}\n{"x":\n${two}\n`));
  expect([status, documentsOf(stdout).length]).toEqual([4, 2]);
  expect(stderr).toContain('mixed:1:1');
  expect(stderr).toContain('not_json');
  expect(stderr).toContain('mixed:3:6');
  expect(stderr).toContain('truncated');
});

describe('[F23] an exec that the container runtime cut, and an alert in text', () => {
  const half = EXEC.length / 2;
  const audit = `${RUNTIME} P ${EXEC.slice(0, half)}\n${RUNTIME} F ${EXEC.slice(half)}\n`;
  const inputs = (): string[] => [
    `--audit=${file('audit', audit)}`,
    `--alerts=${file('alerts', `${RUNTIME} F ${ALERT}\n`)}`,
    `--spans=${spans()}`,
    `--payments=${file('payments', `${RUNTIME} F ${JSON.stringify(paymentRecord('p1'))}\n`)}`,
  ];

  test('correlate links both to the payment', async () => {
    const { status, stdout } = await cli('correlate', ...inputs(), '-o', 'ndjson');
    const links = documentsOf(stdout).map(
      (line) => JSON.parse(line) as { payment: { id: string }; event: { dataset: string } },
    );
    expect(status).toBe(0);
    expect(new Set(links.map((link) => `${link.event.dataset} ${link.payment.id}`))).toEqual(
      new Set(['falco.alert p1', 'kubernetes.audit p1']),
    );
  });

  test('readiness knows who they are about', async () => {
    const { status, stdout } = await cli('readiness', ...inputs(), '-o', 'json');
    expect(status).toBe(0);
    const seen = { records: 1, alerts: 1, with_identity: 1, seen_in_spans: 1 };
    expect(JSON.parse(stdout)).toMatchObject({
      security: [
        { source: 'kubernetes-audit', ...seen },
        { source: 'falco', ...seen },
      ],
      payments: { records: 1, named: 1 },
    });
  });
});

describe('[F24] a format that is named', () => {
  const correlate = (formats: string[], alerts: string) =>
    cli(
      'correlate',
      `--alerts=${file('alerts', alerts)}`,
      `--spans=${spans()}`,
      `--payments=${file('payments', linesOf([paymentRecord('p1')]))}`,
      ...formats.map((format) => `--inputs-alerts-formats=${format}`),
      '--output=ndjson',
    );
  const alert = `${RUNTIME} F ${ALERT}\n`;

  test('is the only one that its input takes, and the refusal says both', async () => {
    expect(documentsOf((await correlate(['falco'], alert)).stdout)).toHaveLength(1);
    expect(documentsOf((await correlate(['tetragon', 'falco'], alert)).stdout)).toHaveLength(1);
    const { stdout, stderr } = await correlate(['tetragon', 'hubble'], alert);
    expect(documentsOf(stdout)).toEqual([]);
    expect(stderr).toContain('other_format');
    expect(stderr).toContain('The record is of falco; inputs.alerts.formats names tetragon, hubble.');
  });

  test('that is none is refused with those that are', async () => {
    const { status, stderr } = await correlate(['falcon'], alert);
    expect(status).toBe(3);
    expect(stderr).toContain('is none of kubernetes-audit, falco');
  });
});
