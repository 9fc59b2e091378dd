// Goal: a question about yesterday is answered from the data folder of a run, and refused where it cannot be understood.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLive, until } from '../e2e/live-process.ts';
import { runCli } from './run-cli.ts';

const DATA = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-retro-'));
const args = ['-c', join(DATA, 'counterfoil.yaml'), '--data', folder];
afterAll(() => rmSync(folder, { recursive: true }));

const PATHS = { 'payments.ndjson': 'payments', 'falco.ndjson': 'falco', 'audit.ndjson': 'kubernetes-audit' };
const POD = 'payments/ledger-7d9f6c5b8-x2x4q';

beforeAll(async () => {
  const live = await startLive([...args, '--otlp-port', '0', '--bounded']);
  const post = async (path: string, body: string): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${live.url}${path}`, { method: 'POST', body, headers });
    expect(status).toBe(200);
  };
  for (const [file, name] of Object.entries(PATHS))
    await post(`/intake/${name}`, readFileSync(join(DATA, file), 'utf8'));
  for (const line of readFileSync(join(DATA, 'spans.ndjson'), 'utf8').trim().split('\n'))
    await post('/v1/traces', line);
  for (const input of ['audit', 'alerts', 'events', 'spans', 'payments'])
    await post(`/intake/_end?input=${input}`, '');
  await until(() => live.log.find((entry) => entry['event.action'] === 'engine-finished'));
  await live.stop();
}, 60_000);

const ask = async (...question: string[]) => await runCli(['retro', ...args, ...question]);

it('names the payments that passed a pod in a time, whether or not anything was detected there', async () => {
  const time = ['--from', '2026-03-10T14:02:00Z', '--to', '2026-03-10T14:03:00Z'];
  const { status, stdout, stderr } = await ask('--pod', POD, ...time, '-o', 'ndjson');
  expect(status).toBe(0);
  const links = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { rule: { id: string }; payment: { id: string } });
  expect(links.length).toBeGreaterThan(20);
  expect(new Set(links.map(({ rule }) => rule.id))).toEqual(new Set(['retro:pod']));
  expect(stderr).toMatch(/looked at 2026-03-10T14:00:58.*: [\d,]+ spans/);
});

it('joins a recorded event once more', async () => {
  const { stdout: found } = await runCli(['lookup', 'pay_0299', ...args, '-o', 'json']);
  const known = /"(ev_[a-z2-7]{26})"/.exec(found)?.[1] ?? 'none';
  const { status, stdout } = await ask('--event', known, '-o', 'ndjson');
  expect(status).toBe(0);
  expect(stdout).toContain('"pay_0299"');
});

it.each([
  [['--pod', POD], '--from TIME is missing'],
  [
    ['--pod', 'a/b/c', '--from', '2026-03-10T14:00:00Z', '--to', '2026-03-10T14:01:00Z'],
    'neither namespace/name nor a uid',
  ],
  [
    ['--container', 'xyz', '--from', '2026-03-10T14:00:00Z', '--to', '2026-03-10T14:01:00Z'],
    'is no container id',
  ],
  [
    ['--pod', POD, '--from', '2026-03-10T15:00:00Z', '--to', '2026-03-10T14:00:00Z'],
    '--to lies before --from',
  ],
  [[], 'name what is asked about'],
])('%j is refused with exit 2', async (question, text) => {
  const { status, stderr } = await ask(...question);
  expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
});

it('an event that was never recorded: exit 1', async () => {
  const { status, stderr } = await ask('--event', 'ev_nothing');
  expect([status, stderr]).toEqual([1, expect.stringContaining('[CF_NOT_FOUND]')]);
});
