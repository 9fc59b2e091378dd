// Goal: a data folder, also one that a process is writing to, is replayed into another that is as good as it; nothing of the source
// changes, and nothing is left of a replay that did not come to its end.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexDifferences, type IndexDifference } from '../../src/adapters/embedded/index-difference.ts';
import { startLive, until, type LiveProcess } from '../e2e/live-process.ts';
import { runCli, startCli } from './run-cli.ts';

const DATA = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-replay-'));
const at = (name: string): string => join(folder, name);
const CONFIG = ['-c', join(DATA, 'counterfoil.yaml')];
const FILES = [
  ['--payments', join(DATA, 'payments.ndjson')],
  ['--alerts', join(DATA, 'falco.ndjson')],
  ['--audit', join(DATA, 'audit.ndjson')],
  ['--spans', join(DATA, 'spans.ndjson')],
].flat();
const CARD = '4111111111111111';
let live: LiveProcess;

async function post(path: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${live.url}${path}`, { method: 'POST', body, headers });
  expect(status).toBe(200);
}

/** A card number as an id: its token depends on the key of the folder. */
const withCard = (): string =>
  `${readFileSync(join(DATA, 'payments.ndjson'), 'utf8')}${JSON.stringify({ id: CARD, time: '2026-03-10T14:05:00Z', state: 'accepted', rail: 'sepa_ct', amount: '1.00', currency: 'EUR' })}\n`;

const filesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    (readdirSync(dir, { recursive: true }) as string[])
      .filter((name) => statSync(join(dir, name)).isFile() && !/-shm$|\.lock$/.test(name))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(dir, name)))
          .digest('hex'),
      ]),
  );

const same = (differences: readonly IndexDifference[]): boolean =>
  differences.every(({ before, after, same: equal }) => before > 0 && before === after && equal === after);

beforeAll(async () => {
  live = await startLive([...CONFIG, '--data', at('live'), '--otlp-port', '0', '--bounded']);
  await post('/intake/payments', withCard());
  await post('/intake/falco', readFileSync(join(DATA, 'falco.ndjson'), 'utf8'));
  await post('/intake/kubernetes-audit', readFileSync(join(DATA, 'audit.ndjson'), 'utf8'));
  for (const line of readFileSync(join(DATA, 'spans.ndjson'), 'utf8').trim().split('\n'))
    await post('/v1/traces', line);
}, 60_000);

afterAll(async () => {
  await live.stop();
  rmSync(folder, { recursive: true });
});

const replay = async (...args: string[]) => await runCli(['replay', ...CONFIG, ...args]);

describe('the log of a data folder', () => {
  it('[P1] [P2] gives what correlate gives, while a process writes to it, and leaves it as it is', async () => {
    const before = filesOf(join(at('live'), 'log'));
    const { status, stdout, stderr } = await replay(
      '--data',
      at('live'),
      '--into',
      at('new'),
      '-o',
      'ndjson',
    );
    expect([status, stderr]).toEqual([0, expect.stringContaining('both hold for every input')]);
    expect(filesOf(join(at('live'), 'log'))).toEqual(before);
    const kinds = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as IndexDifference);
    expect(kinds.map(({ documents }) => documents)).toEqual(['events', 'links', 'payments', 'incidents']);
    writeFileSync(at('payments.ndjson'), withCard());
    mkdirSync(at('batch'));
    cpSync(join(at('live'), 'redaction.key'), join(at('batch'), 'redaction.key'));
    const files = FILES.map((file) => (file.endsWith('payments.ndjson') ? at('payments.ndjson') : file));
    await runCli(['correlate', ...CONFIG, ...files, '--data', at('batch')]);
    expect(indexDifferences(at('batch'), at('new'), 'default')).toSatisfy(same);
  }, 60_000);

  it('[P1] a replay of a replay says that nothing differs', async () => {
    const { stdout } = await replay('--data', at('new'), '--into', at('again'), '-o', 'json');
    expect(JSON.parse(stdout) as IndexDifference[]).toSatisfy(same);
  }, 60_000);

  it('the new folder is like any other: lookup, retro, run', async () => {
    const key = (name: string): string => readFileSync(join(at(name), 'redaction.key'), 'utf8');
    expect(key('new')).toBe(key('live'));
    expect(statSync(join(at('new'), 'redaction.key')).mode & 0o777).toBe(0o600);
    const found = await runCli(['lookup', CARD, 'pay_0299', '--data', at('new'), '-o', 'json']);
    expect([found.status, found.stdout]).toEqual([0, expect.stringContaining('"tok_')]);
    const time = ['--from', '2026-03-10T14:02:00Z', '--to', '2026-03-10T14:03:00Z'];
    const pod = ['--pod', 'payments/ledger-7d9f6c5b8-x2x4q'];
    const { stderr } = await runCli(['retro', ...CONFIG, ...pod, ...time, '--data', at('new')]);
    expect(stderr).toMatch(/[1-9]\d* links, in/);
    cpSync(at('new'), at('going'), { recursive: true });
    const next = await startLive([...CONFIG, '--data', at('going'), '--otlp-port', '0']);
    await until(async () => (await fetch(`${next.url}/readyz`)).ok || undefined);
    expect(await next.stop()).toBe(0);
    expect(indexDifferences(at('new'), at('going'), 'default')).toSatisfy(same);
  }, 60_000);

  it('a part of it, with the accounts as a file', async () => {
    const range = ['--from', '2026-03-10T14:02:00Z', '--to', '2026-03-10T14:02:10Z'];
    const args = ['--data', at('live'), '--into', at('part'), ...range, '--stats', at('stats.json')];
    expect((await replay(...args)).status).toBe(0);
    const stats = JSON.parse(readFileSync(at('stats.json'), 'utf8')) as Record<
      string,
      Record<string, { records: number }>
    >;
    expect(stats['inputs']?.['spans']?.records).toBeGreaterThan(0);
    expect(stats['inputs']?.['spans']?.records).toBeLessThan(20);
  }, 60_000);
});

it('[P1] files give what correlate gives of them', async () => {
  const { status } = await replay(...FILES, '--into', at('files'));
  expect(status).toBe(0);
  await runCli(['correlate', ...CONFIG, ...FILES, '--data', at('files-batch')]);
  expect(indexDifferences(at('files-batch'), at('files'), 'default')).toSatisfy(same);
}, 60_000);

describe('[P3] a replay that does not come to its end', () => {
  it('leaves nothing when it is interrupted', async () => {
    const child = startCli(['replay', ...CONFIG, '--payments', '-', '--into', at('stopped')]);
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    // It may end before it has read all.
    child.stdin.on('error', () => undefined);
    child.stdin.write(withCard());
    await until(() => existsSync(join(at('stopped'), 'replay.unfinished', 'index.sqlite')) || undefined);
    child.kill('SIGINT');
    child.stdin.end();
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect([status, said]).toEqual([1, expect.stringContaining('[CF_STOPPING]')]);
    expect(existsSync(at('stopped'))).toBe(false);
  });

  it('leaves nothing when the log is full', async () => {
    const spans = readFileSync(join(DATA, 'spans.ndjson'), 'utf8');
    writeFileSync(at('many.ndjson'), spans.repeat(60));
    const args = ['--spans', at('many.ndjson'), '--into', at('full'), '--log-max-bytes', '16MiB'];
    const { status, stderr } = await replay(...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining('[CF_LOG_FULL]')]);
    expect(stderr).toContain(`Nothing is left in ${at('full')}`);
    expect(existsSync(at('full'))).toBe(false);
  }, 60_000);

  it('is not begun beside one that was killed, nor shown by it', async () => {
    mkdirSync(join(at('killed'), 'replay.unfinished'), { recursive: true });
    const { status, stderr } = await replay('--data', at('live'), '--into', at('killed'));
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/delete \S+replay\.unfinished and begin again/),
    ]);
    expect((await runCli(['lookup', 'pay_0299', '--data', at('killed')])).stderr).toContain('[CF_NO_INDEX]');
  });
});

describe('refused', () => {
  it.each([
    [['--data', at('live')], '--into DIR is missing'],
    [['--data', at('live'), '--into', at('live')], 'is the folder that is replayed'],
    [['--data', at('live'), '--into', join(at('live'), 'log', '..')], 'is the folder that is replayed'],
    [['--data', at('live'), '--into', at('new')], 'holds an index already'],
    [['--data', at('live'), '--into', DATA], 'is not empty'],
    [['--data', at('live'), '--into', at('x'), '--from', 'noon'], 'is not a time'],
    [
      [
        '--data',
        at('live'),
        '--into',
        at('x'),
        '--from',
        '2026-03-11T00:00:00Z',
        '--to',
        '2026-03-10T00:00:00Z',
      ],
      '--to lies before --from',
    ],
    [[...FILES, '--into', at('x'), '--from', '2026-03-10T00:00:00Z'], 'choose from a log'],
  ])('%j: exit 2', async (args, text) => {
    const { status, stderr } = await replay(...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
    expect(existsSync(at('x'))).toBe(false);
  });

  it('a folder without a log, and the log of another tenant', async () => {
    const none = await replay('--data', at('files-batch'), '--into', at('x'));
    expect([none.status, none.stderr]).toEqual([1, expect.stringContaining('[CF_NO_LOG]')]);
    const other = await replay('--data', at('new'), '--into', at('x'), '--tenant', 'acme');
    expect([other.status, other.stderr]).toEqual([3, expect.stringContaining('tenant default')]);
    expect(existsSync(at('x'))).toBe(false);
  });
});
