/** Runs the command line once on given files and measures it from outside and inside. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchFiles } from './generate.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface Measurement {
  spans: number;
  links: number;
  wallSeconds: number;
  /** User and system time of the process. */
  cpuSeconds: number;
  maxRssMib: number;
}

interface Stats {
  inputs: Record<string, { items: { accepted: number } }>;
  links: number;
}

/**
 * `counterfoil correlate` as a process of its own, its output thrown away.
 * @throws Error when it does not exit with 0
 */
export async function measure(files: BenchFiles, folder: string): Promise<Measurement> {
  const stats = join(folder, 'stats.json');
  const usage = join(folder, 'usage.json');
  const preload = new URL('./report-usage.ts', import.meta.url).href;
  const inputs = ['--alerts', files.alerts, '--spans', files.spans, '--payments', files.payments];
  const args = ['--import', preload, 'src/cli/main.ts', 'correlate', ...inputs, '--stats', stats];
  const env = { ...process.env, BENCH_USAGE_FILE: usage };
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let talk = '';
  child.stderr.on('data', (chunk: Buffer) => {
    talk = (talk + chunk.toString()).slice(-4_000);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (status !== 0) throw new Error(`correlate exited with ${String(status)}:\n${talk}`);
  const used = JSON.parse(readFileSync(usage, 'utf8')) as Record<
    'userMicros' | 'systemMicros' | 'maxRssKib',
    number
  >;
  const counts = JSON.parse(readFileSync(stats, 'utf8')) as Stats;
  return {
    spans: counts.inputs['spans']?.items.accepted ?? 0,
    links: counts.links,
    wallSeconds,
    cpuSeconds: (used.userMicros + used.systemMicros) / 1e6,
    maxRssMib: used.maxRssKib / 1024,
  };
}

/** The middle one of an odd number of measurements, by wall time. */
export function medianOf(measurements: readonly Measurement[]): Measurement {
  const sorted = measurements.toSorted((a, b) => a.wallSeconds - b.wallSeconds);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** The middle one of an odd number of values; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
