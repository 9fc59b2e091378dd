/**
 * Goal: a question over HTTP to a process that runs is answered as the command line answers it, by a job [R3]. Method: the shipped story sent to `run`, which stays up.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import { runCli } from '../cli/run-cli.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

const DATA = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const PATHS = {
  'payments.ndjson': '/intake/payments',
  'falco.ndjson': '/intake/falco',
  'audit.ndjson': '/intake/kubernetes-audit',
};
const POD = 'payments/ledger-7d9f6c5b8-x2x4q';
const TIME = { from: '2026-03-10T14:02:00Z', to: '2026-03-10T14:03:00Z' };

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-retro-jobs-'));
const args = ['-c', join(DATA, 'counterfoil.yaml'), '--data', folder];
let live: LiveProcess;

interface Job {
  id: string;
  state: string;
  progress: { done: number; total: number } | null;
  result: { links: { found: number }; incident: object | null; seen: { spans: number } } | null;
  failure: { code: string } | null;
}

const api = async (path: string, init: RequestInit = {}): Promise<Response> =>
  await fetch(`${live.url}/api/v1${path}`, init);

async function post(path: string, body: string): Promise<Response> {
  return await fetch(`${live.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
}

async function send(path: string, body: string): Promise<void> {
  const { status } = await post(path, body);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
}

const ask = async (question: object): Promise<Response> =>
  await post('/api/v1/retro', JSON.stringify(question));

async function ended(location: string | null): Promise<Job> {
  return await until(async () => {
    const job = (await (await fetch(`${live.url}${location}`)).json()) as Job;
    return job.state === 'done' || job.state === 'failed' ? job : undefined;
  });
}

async function linksOf(id: string): Promise<LinkDocument[]> {
  const links: LinkDocument[] = [];
  for (let cursor: string | null = null; ;) {
    const rest = cursor === null ? '' : `&cursor=${cursor}`;
    const page = (await (await api(`/retro/${id}/links?limit=7${rest}`)).json()) as {
      items: LinkDocument[];
      next: string | null;
    };
    links.push(...page.items);
    cursor = page.next;
    if (cursor === null) return links;
  }
}

beforeAll(async () => {
  live = await startLive([...args, '--otlp-port', '0', '--bounded']);
  for (const [file, path] of Object.entries(PATHS)) await send(path, readFileSync(join(DATA, file), 'utf8'));
  for (const line of readFileSync(join(DATA, 'spans.ndjson'), 'utf8').trim().split('\n'))
    await send('/v1/traces', line);
  await until(async () => {
    const found = await api('/payments/pay_0299');
    return found.ok && ((await found.json()) as { answer: string }).answer === 'linked' ? true : undefined;
  });
  // What is asked of is what was committed with a position: all of it, two checkpoints after nothing waits any more.
  await until(async () => ((await sample('counterfoil_queue_depth')) === 0 ? true : undefined));
  const checkpoints = await sample(CHECKPOINTS);
  await until(async () => ((await sample(CHECKPOINTS)) >= checkpoints + 2 ? true : undefined));
}, 60_000);

const CHECKPOINTS = 'counterfoil_process_duration_seconds_count{stage="checkpoint"}';

/** A value of `/metrics`. */
async function sample(name: string): Promise<number> {
  const text = await (await fetch(`${live.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(name));
  return Number(line?.split(' ').at(-1) ?? 0);
}

afterAll(async () => {
  await live.stop();
  rmSync(folder, { recursive: true });
});

describe('[R3] a job of a running process', () => {
  it('finds what the command line finds', async () => {
    const response = await ask({ pod: POD, ...TIME });
    expect(response.status).toBe(202);
    const job = await ended(response.headers.get('location'));
    expect(job).toMatchObject({ state: 'done', failure: null });
    const cli = ['retro', ...args, '--pod', POD, '--from', TIME.from, '--to', TIME.to, '-o', 'ndjson'];
    const { stdout } = await runCli(cli);
    const expected = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LinkDocument);
    expect(expected.length).toBeGreaterThan(20);
    expect(await linksOf(job.id)).toEqual(expected);
    expect(job.result?.links.found).toBe(expected.length);
    expect(job.result?.seen.spans).toBeGreaterThan(0);
    expect(job.result?.incident).toMatchObject({ schema: 'incident/1' });
    expect(job.progress?.done).toBeLessThanOrEqual(job.progress?.total ?? 0);
  });

  it('about an event that never was fails, and the next one is answered', async () => {
    const [lost, found] = [await ask({ event: 'ev_nothing' }), await ask({ pod: POD, ...TIME })];
    const failed = await ended(lost.headers.get('location'));
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'CF_NOT_FOUND' } });
    expect((await ended(found.headers.get('location'))).state).toBe('done');
  });

  it('is taken back while it runs', async () => {
    const location = (await ask({ pod: POD, ...TIME })).headers.get('location');
    expect((await fetch(`${live.url}${location}`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${live.url}${location}`)).status).toBe(404);
    expect(live.log.filter((line) => line['log.level'] === 'error')).toEqual([]);
  });
});
