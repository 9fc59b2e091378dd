// Goal: what is posted to a running process is in its answers, over a restart too. Method: the stolen token of the examples, through
// every endpoint and in every encoding, against the real process.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountingErrors, type Accounting } from '../../src/model/accounting.ts';
import { encodeProtobuf } from '../conformance/otlp-encodings.ts';
import type { Traces } from '../conformance/otlp-spans.ts';
import { moverToNow } from './moved-to-now.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

const DATA = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
/** Linked for sure: it passed through the ledger pod while the shell was open. */
const PAYMENT = 'pay_0299';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-run-'));
/** Bounded, since the story is of March: to a live run its records would be too late for anything. */
const args = [
  '-c',
  join(DATA, 'counterfoil.yaml'),
  '--data',
  join(folder, 'data'),
  '--otlp-port',
  '0',
  '--bounded',
];
let live: LiveProcess;

beforeAll(async () => {
  live = await startLive(args);
});

afterAll(async () => {
  await live.stop();
  rmSync(folder, { recursive: true });
});

/** The story ends at 14:10. */
const moved = moverToNow('2026-03-10T14:10:30Z');
const linesOf = (file: string): string[] =>
  moved(readFileSync(join(DATA, file), 'utf8'))
    .trim()
    .split('\n');

function pieces<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

async function post(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await fetch(`${live.url}${path}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers,
  });
}

async function expectTaken(answer: Promise<Response>): Promise<void> {
  const { status } = await answer;
  expect(status).toBe(200);
}

async function answerOf(id: string): Promise<string | undefined> {
  const response = await fetch(`${live.url}/api/v1/payments/${id}`);
  return response.ok ? ((await response.json()) as { answer: string }).answer : undefined;
}

const linked = (): Promise<true> => until(async () => (await answerOf(PAYMENT)) === 'linked' || undefined);

describe('a running process', () => {
  it('takes records of every input, plain and compressed, NDJSON and EventList', async () => {
    for (const lines of pieces(linesOf('payments.ndjson'), 300))
      await expectTaken(
        post('/intake/payments', lines.join('\n'), { 'content-type': 'application/x-ndjson' }),
      );
    for (const lines of pieces(linesOf('falco.ndjson'), 1))
      await expectTaken(post('/intake/falco', lines.join('\n'), { 'content-type': 'application/json' }));
    const json = { 'content-type': 'application/json' };
    const [first = [], ...rest] = pieces(linesOf('audit.ndjson'), 50);
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: first.map(parse) };
    await expectTaken(post('/intake/kubernetes-audit', JSON.stringify(list), json));
    for (const lines of rest)
      await expectTaken(
        post('/intake/kubernetes-audit', gzipSync(lines.join('\n')), { ...json, 'content-encoding': 'gzip' }),
      );
  });

  it('takes traces as protobuf and JSON', async () => {
    const exports = linesOf('spans.ndjson').map((line) => parse(line) as Traces);
    for (const [i, traces] of exports.entries()) {
      const protobuf = { 'content-type': 'application/x-protobuf' };
      const sent = [
        () => post('/v1/traces', encodeProtobuf(traces), protobuf),
        () =>
          post('/v1/traces', zstdCompressSync(encodeProtobuf(traces)), {
            ...protobuf,
            'content-encoding': 'zstd',
          }),
        () =>
          post('/v1/traces', JSON.stringify(traces), { 'content-type': 'application/json; charset=utf-8' }),
      ][i % 3];
      expect((await sent?.())?.status).toBe(200);
    }
  });

  it('links the payment, while it runs', async () => {
    expect(await linked()).toBe(true);
  });

  it('accounts for every record', async () => {
    const accounting = (await (await fetch(`${live.url}/api/v1/accounting`)).json()) as Accounting;
    expect(accountingErrors(accounting)).toEqual([]);
    expect(accounting.inputs.payments?.records).toBe(linesOf('payments.ndjson').length);
    expect(accounting.inputs.spans?.records).toBe(linesOf('spans.ndjson').length);
    const response = await fetch(`${live.url}/api/v1/dead-letters`);
    const { items } = (await response.json()) as { items: { input: string; reason: string }[] };
    expect(items).toContainEqual(expect.objectContaining({ input: 'audit', reason: 'truncated' }));
  });

  it('is ready, and measured', async () => {
    expect((await fetch(`${live.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${live.url}/metrics`)).text();
    expect(metrics).toContain('# TYPE counterfoil_events_received_total counter');
    expect(metrics).toMatch(/counterfoil_watermark_lag_seconds\{source="spans"\} \d/);
    expect(metrics).toMatch(/counterfoil_intake_requests_total\{endpoint="\/v1\/traces",status="200"\} 120/);
  });

  it('stops when asked to, and after a start still knows what it knew', async () => {
    expect(await live.stop()).toBe(0);
    expect(live.log.map((line) => line['event.action'])).toEqual([
      'engine-started',
      'listening',
      'draining',
      'stopped',
    ]);
    live = await startLive(args);
    expect(await answerOf(PAYMENT)).toBe('linked');
    const accounting = (await (await fetch(`${live.url}/api/v1/accounting`)).json()) as Accounting;
    expect(accounting.inputs.payments?.records).toBe(linesOf('payments.ndjson').length);
  });
});

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
