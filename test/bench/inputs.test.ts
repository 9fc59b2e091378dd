import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeInputs } from '../../bench/generate.ts';
import { medianOf, type Measurement } from '../../bench/measure.ts';
import { runCli } from '../cli/run-cli.ts';

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-bench-test-'));
const SIZES = { spans: 4_003, events: 40, payments: 200 };

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function linksOf(encoding: 'protobuf' | 'json', folder: string): Promise<string[]> {
  const files = writeInputs(join(scratch, folder), SIZES, encoding);
  const stats = join(scratch, folder, 'stats.json');
  const inputs = ['--alerts', files.alerts, '--spans', files.spans, '--payments', files.payments];
  const { status, stdout } = await runCli(['correlate', ...inputs, '--stats', stats, '-o', 'ndjson']);
  expect(status).toBe(0);
  const { spans, payments } = (
    JSON.parse(readFileSync(stats, 'utf8')) as { inputs: Record<string, { items: { accepted: number } }> }
  ).inputs;
  expect([spans?.items.accepted, payments?.items.accepted]).toEqual([4_003, 250]);
  return stdout.trim().split('\n').toSorted();
}

it('the input of the benchmark gives the same links in both encodings, and some', async () => {
  const protobuf = await linksOf('protobuf', 'a');
  expect(protobuf.length).toBeGreaterThan(20);
  expect(await linksOf('json', 'b')).toEqual(protobuf);
});

it('the input of the benchmark is the same bytes each time', () => {
  const [a, b] = ['c', 'd'].map((folder) => writeInputs(join(scratch, folder), SIZES, 'protobuf').spans);
  expect(readFileSync(a ?? '').equals(readFileSync(b ?? ''))).toBe(true);
  expect(statSync(a ?? '').size).toBeGreaterThan(100_000);
});

it('the median is the middle run by wall time', () => {
  const run = (wallSeconds: number): Measurement => ({
    spans: 1,
    links: 1,
    wallSeconds,
    cpuSeconds: 1,
    maxRssMib: 1,
  });
  expect(medianOf([run(3), run(1), run(2)]).wallSeconds).toBe(2);
});
