/** Records full of card numbers through the real command line: no file and no line of output shows one. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  auditRecord,
  falcoRecord,
  nativeRecord,
  paymentRecord,
  traceRecord,
} from '../formats/sample-records.ts';
import { execRecord, flagsOf, linesOf, paymentRecord as smallPayment, spanRecord } from './small-case.ts';
import { runCli, type CliRun } from './run-cli.ts';

const PAN = '4111111111111111';
/** A second one, in other clothes: what it is must not come out bare either. */
const OTHER = '5555555555554444';
const SPACED = '5555 5555 5555 4444';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-cards-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Copies of a record, each with a card number in one text field. */
function withPanInEachText(record: () => object, kept: RegExp): object[] {
  const copies: object[] = [];
  const visit = (at: Record<string, unknown>, path: string, put: (value: string) => void): void => {
    for (const [key, value] of Object.entries(at)) {
      const here = `${path}.${key}`;
      if (typeof value === 'object' && value !== null) visit(value as Record<string, unknown>, here, put);
      else if (typeof value === 'string' && !kept.test(here)) paths.push(here);
    }
  };
  const paths: string[] = [];
  visit(record() as Record<string, unknown>, '', () => undefined);
  for (const path of paths) {
    for (const value of [PAN, `x ${SPACED}`, `u/${encodeURIComponent(SPACED)}`]) {
      const copy = record() as Record<string, unknown>;
      copies.push(set(copy, path.slice(1), value));
    }
  }
  return copies;
}

/** Keys hold dots themselves: the longest key that fits is taken. */
function set(record: Record<string, unknown>, path: string, value: string): object {
  const key = Object.keys(record)
    .filter((name) => path === name || path.startsWith(`${name}.`))
    .toSorted((a, b) => b.length - a.length)[0];
  if (key === undefined) throw new Error(`no ${path}`);
  if (path === key) record[key] = value;
  else set(record[key] as Record<string, unknown>, path.slice(key.length + 1), value);
  return record;
}

function everyByteOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return files
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file).toString('latin1'))
    .join('\n');
}

const lines = (records: readonly object[]): string[] => records.map((record) => JSON.stringify(record));
/** Whole records, then the same cut within and behind the card number, and no JSON at all. */
function written(name: string, records: readonly object[]): string {
  const whole = lines(records);
  const cut = whole.flatMap((line) => {
    const at = line.indexOf(PAN);
    return at < 0 ? [] : [line.slice(0, at + PAN.length), line.slice(0, at + PAN.length + 3)];
  });
  const file = join(dir, name);
  writeFileSync(
    file,
    [...whole, ...cut, `card ${PAN}`, `{"a":${PAN}`, `{"${PAN}":`, `"${SPACED}`].join('\n'),
  );
  return file;
}

/** Ids and times of spans are 8 and 16 bytes and nanoseconds, by their form. */
const SPAN_FORM = /(?:traceId|spanId|UnixNano)$/;
const NONE = /^$/;
const RECORDS = {
  audit: () => withPanInEachText(auditRecord, NONE),
  alerts: () => withPanInEachText(falcoRecord, NONE),
  events: () => withPanInEachText(nativeRecord, NONE),
  payments: () => withPanInEachText(paymentRecord, NONE),
  spans: () => withPanInEachText(traceRecord, SPAN_FORM),
} as const;

function expectNone(text: string, where: string): void {
  for (const pan of [PAN, OTHER]) {
    for (const form of [pan, pan.match(/.{4}/g)?.join(' ') ?? '', pan.match(/.{4}/g)?.join('%20') ?? '']) {
      const at = text.indexOf(form);
      expect(at < 0 ? '' : text.slice(Math.max(0, at - 80), at + 60), where).toBe('');
    }
  }
}

describe('card numbers in every text field', () => {
  test('correlate: neither printed nor stored', async () => {
    const data = join(dir, 'data');
    const inputs = Object.entries(RECORDS).flatMap(([name, make]) => [
      `--${name}`,
      written(`${name}.ndjson`, make()),
    ]);
    const runs: Record<string, CliRun> = {};
    for (const form of ['ndjson', 'csv', 'table']) {
      runs[form] = await runCli(['correlate', ...inputs, '--data', data, '-o', form]);
    }
    runs['incidents'] = await runCli(['correlate', ...inputs, '--data', data, '--incidents', '-o', 'json']);
    for (const [name, { status, stdout, stderr }] of Object.entries(runs)) {
      expect([name, status]).toEqual([name, 0]);
      // Something must have been linked and refused, or nothing was tested.
      expect(stdout.length).toBeGreaterThan(100);
      expect(stderr).toContain('[PAN]');
      expectNone(stdout, `${name}: stdout`);
      expectNone(stderr, `${name}: stderr`);
    }
    expect(runs['ndjson']?.stdout).toContain('tok_');
    const stored = everyByteOf(data);
    expect(stored.length).toBeGreaterThan(10_000);
    expectNone(stored, 'data');
  });

  test('correlate: a card number as the id of a payment still links, as a token', async () => {
    const write = (name: string, records: readonly object[]): string => {
      writeFileSync(join(dir, name), linesOf(records));
      return join(dir, name);
    };
    const paths = {
      audit: write('l-audit.ndjson', [execRecord()]),
      spans: write('l-spans.ndjson', [spanRecord('ledger-1', SPACED, '2026-03-10T14:00:02.000Z', 1)]),
      payments: write('l-payments.ndjson', [smallPayment(OTHER)]),
    };
    const { stdout } = await runCli(['correlate', ...flagsOf(paths)], {
      env: { COUNTERFOIL_DATA: join(dir, 'l') },
    });
    const link = JSON.parse(stdout) as { payment: { id: string } };
    expect(link.payment.id).toMatch(/^tok_[0-9a-f]{32}$/);
    expectNone(stdout, 'stdout');
  });

  test('nor as the name of a file or folder, whether it can be read or not', async () => {
    const folder = join(dir, `cards ${SPACED}`);
    mkdirSync(folder);
    writeFileSync(join(folder, `${PAN}.json`), '{"a":');
    for (const path of [folder, join(folder, `${PAN}.json`), join(dir, `${PAN}.binpb`)]) {
      for (const args of [
        ['normalize', path],
        ['correlate', '--audit', path],
      ]) {
        const { status, stderr, stdout } = await runCli(args, { env: { COUNTERFOIL_DATA: join(dir, 'f') } });
        expect(status).toBe(4);
        expect(stderr).toContain('[PAN]');
        expectNone(stdout + stderr, args.join(' '));
      }
    }
  });

  test('correlate: nor as the id of a span, which is sixteen digits like any other', async () => {
    const write = (name: string, records: readonly object[]): string => {
      writeFileSync(join(dir, name), linesOf(records));
      return join(dir, name);
    };
    const span = JSON.stringify(spanRecord('ledger-1', 'p1', '2026-03-10T14:00:02.000Z', 1));
    const paths = {
      audit: write('s-audit.ndjson', [execRecord()]),
      spans: write('s-spans.ndjson', [
        JSON.parse(span.replace(/"spanId":"\d+"/, `"spanId":"${PAN}"`)) as object,
      ]),
      payments: write('s-payments.ndjson', [smallPayment('p1')]),
    };
    expect(readFileSync(paths.spans, 'utf8')).toContain(`"spanId":"${PAN}"`);
    const data = join(dir, 's');
    const { stdout } = await runCli(['correlate', ...flagsOf(paths), '--data', data]);
    const link = JSON.parse(stdout) as { span: { id: string } };
    expect(link.span.id).toMatch(/^[0-9a-f]{16}$/);
    expectNone(stdout, 'stdout');
    expectNone(everyByteOf(data), 'data');
  });

  test('normalize: not printed', async () => {
    for (const [name, make] of Object.entries(RECORDS)) {
      const file = written(`n-${name}.ndjson`, make());
      const { status, stdout, stderr } = await runCli(['normalize', file], {
        env: { COUNTERFOIL_DATA: join(dir, 'n') },
      });
      expect([name, status]).toEqual([name, 4]);
      // Spans are no facts: nothing is printed of them.
      expect(stdout).toMatch(name === 'spans' ? /^$/ : name === 'payments' ? /tok_/ : /\[PAN\]/);
      expectNone(stdout, `${name}: stdout`);
      expectNone(stderr, `${name}: stderr`);
    }
    expectNone(everyByteOf(dir.concat('/n')), 'data');
  });
});
