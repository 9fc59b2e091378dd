// Goal: what the real process set aside as too early is linked once it is redriven in its time, over a kill too; what cannot be redriven
// is said [L12]. Method: an alert of now, and a request whose span is a few seconds early.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountingErrors, type Accounting } from '../../src/model/accounting.ts';
import { paymentRecord, spanRecord } from '../cli/small-case.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

const EARLY_MS = 6_000;
const SKEW_MS = 1_000;

interface Letter {
  id: string;
  input: string;
  reason: string;
  place: string;
  redriven_at: string | null;
}

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-redrive-'));
const config = join(folder, 'counterfoil.yaml');
const args = ['-c', config, '--data', join(folder, 'data'), '--otlp-port', '0'];
let live: LiveProcess;

beforeAll(async () => {
  writeFileSync(config, `join:\n  max_skew: ${SKEW_MS / 1_000}s\n`);
  live = await startLive(args);
});

afterAll(async () => {
  await live.stop();
  rmSync(folder, { recursive: true });
});

async function post(path: string, body: object | string): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${live.url}${path}`, { method: 'POST', body: text, headers })).status;
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(`${live.url}${path}`)).json()) as T;
}

async function lettersOf(reason: string): Promise<Letter[]> {
  const { items } = await get<{ items: Letter[] }>('/api/v1/dead-letters');
  return items.filter((letter) => letter.reason === reason);
}

async function redrive(id: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${live.url}/api/v1/dead-letters/${id}/_redrive`, { method: 'POST' });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The accounts, which add up whenever they are asked for. */
async function accounts(): Promise<Accounting['inputs']> {
  const accounting = await get<Accounting>('/api/v1/accounting');
  expect(accountingErrors(accounting)).toEqual([]);
  return accounting.inputs;
}

const answerOf = async (id: string): Promise<string> =>
  (await get<{ answer: string }>(`/api/v1/payments/${id}`)).answer;

function alertAt(time: string): object {
  const fields = { 'k8s.ns.name': 'payments', 'k8s.pod.name': 'ledger-1', 'proc.cmdline': 'sh' };
  const rule = 'Terminal shell in container';
  const rest = { priority: 'Notice', source: 'syscall', output: 'A shell was spawned in a container' };
  return { uuid: 'alert-1', time, rule, ...rest, output_fields: fields };
}

it('links what came too early, once it is redriven in its time [L12]', async () => {
  const now = Date.now();
  const early = now + EARLY_MS;
  expect(await post('/intake/payments', paymentRecord('p1', { time: new Date(now).toISOString() }))).toBe(
    200,
  );
  expect(await post('/intake/falco', alertAt(new Date(now).toISOString()))).toBe(200);
  expect(await post('/v1/traces', spanRecord('ledger-1', 'p1', new Date(early).toISOString(), 1))).toBe(200);
  const letter = await until(async () => (await lettersOf('skewed'))[0]);
  expect(letter).toMatchObject({ input: 'spans', redriven_at: null });
  expect(await answerOf('p1')).not.toBe('linked');
  await until(() => (Date.now() > early - SKEW_MS / 2 ? true : undefined));
  const { status, body } = await redrive(letter.id);
  expect([status, body]).toMatchObject([202, { input: 'spans', items: 1, refused: 0 }]);
  await until(async () => ((await answerOf('p1')) === 'linked' ? true : undefined));
  const [marked, ...others] = await lettersOf('skewed');
  expect([marked?.redriven_at, others]).toEqual([expect.any(String), []]);
  const { spans } = await accounts();
  expect([spans?.records, spans?.items]).toMatchObject([1, { decoded: 2, accepted: 1, skewed: 1 }]);
});

it('says why it cannot: unknown, not kept, beyond the horizon [L12]', async () => {
  expect(await redrive('nobody')).toMatchObject({ status: 404, body: { code: 'CF_NOT_FOUND' } });
  expect(await post('/intake/payments', '{"id":')).toBe(422);
  const broken = await until(async () => (await lettersOf('truncated'))[0]);
  const notKept = await redrive(broken.id);
  expect(notKept).toMatchObject({ status: 409, body: { code: 'CF_NOT_REDRIVABLE' } });
  expect(notKept.body['detail']).toContain('send it again');
  expect(await post('/v1/traces', spanRecord('ledger-1', 'p1', '2026-01-01T00:00:00.000Z', 2))).toBe(200);
  const old = await until(async () => (await lettersOf('beyond_horizon'))[0]);
  const tooOld = await redrive(old.id);
  expect(tooOld).toMatchObject({ status: 409, body: { code: 'CF_NOT_REDRIVABLE' } });
  expect(tooOld.body['detail']).toContain('counterfoil retro');
  await accounts();
});

it('killed right after the answer: it was durable [L12]', async () => {
  const [letter] = await lettersOf('skewed');
  const before = (await accounts()).spans?.items.decoded ?? 0;
  expect((await redrive(letter?.id ?? '')).status).toBe(202);
  await live.stop('SIGKILL');
  live = await startLive(args);
  await until(async () => ((await fetch(`${live.url}/readyz`)).ok ? true : undefined));
  expect((await accounts()).spans?.items.decoded).toBe(before + 1);
  expect(await answerOf('p1')).toBe('linked');
});
