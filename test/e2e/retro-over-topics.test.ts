/**
 * Goal: on real Kafka, questions about yesterday and replays say of topics what they say of a log or of files with the same records [R5] [P5];
 * and a deployment compares its lanes and answers questions over HTTP as one process does [R3] [R4]. Method: the shipped story in topics.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InputName } from '../../src/model/accounting.ts';
import { runCli, type CliRun } from '../cli/run-cli.ts';
import { Deployment, realServers } from './deployment.ts';
import { documentsIn } from './folder-documents.ts';
import { until } from './live-process.ts';
import { moverToNow } from './moved-to-now.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const FILES: readonly [InputName, string][] = [
  ['audit', 'audit.ndjson'],
  ['alerts', 'falco.ndjson'],
  ['spans', 'spans.ndjson'],
  ['payments', 'payments.ndjson'],
];
const OPTIONS = { cluster: 'prod-eu' };
const POD = 'payments/ledger-7d9f6c5b8-x2x4q';
const QUESTION = ['--pod', POD, '--from', '2026-03-10T14:02:00Z', '--to', '2026-03-10T14:03:00Z'];
const env = { COUNTERFOIL_REDACTION_KEY: '00'.repeat(32) };

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-topics-'));
const at = (name: string): string => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const servers = await realServers();

const linesOf = (file: string): string[] => readFileSync(join(EXAMPLE, file), 'utf8').trim().split('\n');

async function produceAll(deployment: Deployment, move = (text: string): string => text): Promise<void> {
  for (const [input, file] of FILES) await deployment.produce(input, linesOf(file).map(move));
}

const cli = async (...args: string[]): Promise<CliRun> => await runCli(args, { env });

/** The same records in a folder of one process, which `retro` asks as it always did. */
async function inFolder(name: string): Promise<string> {
  const files = FILES.flatMap(([input, file]) => [`--${input}`, join(EXAMPLE, file)]);
  const { status, stderr } = await cli('replay', '--cluster', 'prod-eu', ...files, '--into', at(name));
  if (status !== 0) throw new Error(stderr);
  return at(name);
}

describe.skipIf(servers === null)('topics on real Kafka', () => {
  if (servers === null) return;
  let deployment: Deployment;
  let folder: string;

  beforeAll(async () => {
    deployment = await Deployment.open(servers, { options: OPTIONS });
    await produceAll(deployment);
    for (const role of ['spans', 'events', 'payments', 'incidents'])
      await deployment.start(role, { bounded: true });
    await deployment.untilFinished();
    folder = await inFolder('folder');
  }, 180_000);
  afterAll(async () => await deployment.close());

  const ask = async (data: string, ...question: string[]): Promise<CliRun> =>
    await cli('retro', '-c', deployment.config, '--data', data, ...question, '-o', 'ndjson');

  test.each([
    ['the file of the incidents worker', () => join(deployment.folder, 'incidents')],
    ['nothing but the topics', () => at('nothing')],
  ])('[R5] retro with %s says what it says of a log', { timeout: 120_000 }, async (_, data) => {
    mkdirSync(at('nothing'), { recursive: true });
    const expected = await cli(
      'retro',
      '--cluster',
      'prod-eu',
      '--data',
      folder,
      ...QUESTION,
      '-o',
      'ndjson',
    );
    const found = await ask(data(), ...QUESTION);
    expect([found.status, found.stdout]).toEqual([0, expected.stdout]);
    expect(found.stdout.trim().split('\n').length).toBeGreaterThan(20);
    const seen = (text: string): string => /looked at .*/.exec(text)?.[0] ?? '';
    expect(seen(found.stderr)).toBe(seen(expected.stderr));
  });

  test('[R5] an event is joined once more over topics', { timeout: 60_000 }, async () => {
    const { events } = documentsIn(folder) as { events: { event: { id: string } }[] };
    const [id = ''] = events.map(({ event }) => event.id);
    const [expected, found] = [
      await cli('retro', '--cluster', 'prod-eu', '--data', folder, '--event', id, '-o', 'ndjson'),
      await ask(join(deployment.folder, 'incidents'), '--event', id),
    ];
    expect([found.status, found.stdout]).toEqual([0, expected.stdout]);
  });

  test(
    '[P5] a replay of the topics gives what correlate gives of the same records',
    { timeout: 120_000 },
    async () => {
      const data = join(deployment.folder, 'incidents');
      const args = ['-c', deployment.config, '--data', data, '--into', at('again'), '-o', 'json'];
      const { status, stdout, stderr } = await cli('replay', ...args);
      expect([status, stderr]).toEqual([0, expect.stringContaining('both hold for every input')]);
      // Nothing differs from what the workers have said either.
      for (const { before, after, same } of JSON.parse(stdout) as {
        before: number;
        after: number;
        same: number;
      }[])
        expect([before, same]).toEqual([after, after]);
      const files = FILES.flatMap(([input, file]) => [`--${input}`, join(EXAMPLE, file)]);
      await cli('correlate', '--cluster', 'prod-eu', ...files, '--data', at('batch'), '-o', 'ndjson');
      expect(documentsIn(at('again'))).toEqual(documentsIn(at('batch')));
    },
  );

  test('[P5] of a range, what was appended in it', { timeout: 60_000 }, async () => {
    const hour = new Date(Date.now() + 3_600_000).toISOString();
    const topics = ['-c', deployment.config, '--data', at('nothing')];
    expect((await cli('replay', ...topics, '--into', at('later'), '--from', hour)).status).toBe(0);
    expect(documentsIn(at('later'))).toEqual({ events: [], links: [], payments: [], incidents: [] });
    const range = ['--from', '2026-01-01T00:00:00Z', '--to', hour];
    expect((await cli('replay', ...topics, '--into', at('all'), ...range)).status).toBe(0);
    expect(documentsIn(at('all'))).toEqual(documentsIn(folder));
  });
});

describe.skipIf(servers === null)('a deployment on real servers', () => {
  if (servers === null) return;

  test('[R3] [R4] compares its lanes, and answers questions over HTTP', { timeout: 180_000 }, async () => {
    const deployment = await Deployment.open(servers, {
      options: { ...OPTIONS, reconcile: { every: '1s' } },
    });
    try {
      const worker = await deployment.start('incidents');
      const live = await deployment.start('events,spans,payments,api');
      await produceAll(deployment, moverToNow('2026-03-10T14:45:00Z'));
      const metrics = await until(async () => {
        const text = await (await fetch(`${worker.url}/metrics`)).text();
        return /^counterfoil_join_recall_ratio/m.test(text) ? text : undefined;
      }, 120_000);
      expect(metrics).toMatch(/^counterfoil_join_recall_ratio 1$/m);
      const { items } = (await until(async () => {
        const answer = await fetch(`${live.url}/api/v1/incidents?transaction_id=pay_0299`);
        const page = (await answer.json()) as { items: { events: { ids: string[] } }[] };
        return page.items.length > 0 ? page : undefined;
      })) ?? { items: [] };
      const asked = await fetch(`${worker.url}/api/v1/retro`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ event: items[0]?.events.ids[0] }),
      });
      expect(asked.status).toBe(202);
      const job = await until(async () => {
        const answer = await fetch(`${worker.url}${asked.headers.get('location')}`);
        const now = (await answer.json()) as { state: string; result: { links: { found: number } } | null };
        return now.state === 'done' || now.state === 'failed' ? now : undefined;
      });
      expect(job).toMatchObject({ state: 'done', progress: { unit: 'records' } });
      expect(job.result?.links.found).toBeGreaterThan(0);
      expect([await live.stop(), await worker.stop()]).toEqual([0, 0]);
    } finally {
      await deployment.close();
    }
  });
});
