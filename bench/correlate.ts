/**
 * The benchmark of the batch join: generates its input, runs `correlate` on it several times, prints the figures and
 * writes docs/reference/benchmarks.md with the machine and the commit they belong to.
 *
 *   npm run bench                         1,000,000 spans, 500 events, 50,000 payments; three runs of each encoding
 *   npm run bench -- --spans 100000       smaller; prints, and leaves the page as it is
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SIZES, filesOf, writeInputs, type Encoding } from './generate.ts';
import { measure, medianOf, ROOT, type Measurement } from './measure.ts';
import type { BenchSizes } from './traffic.ts';

const ENCODINGS: readonly { encoding: Encoding; title: string }[] = [
  { encoding: 'protobuf', title: 'OTLP protobuf' },
  { encoding: 'json', title: 'OTLP JSON' },
];
/** One process, at the default sizes. */
const MAX_RSS_MIB = 1_024;
const RUNS = 3;

interface Row {
  title: string;
  bytes: number;
  runs: Measurement[];
}

const COLUMNS = [
  'encoding',
  'input',
  'spans/s',
  'spans per CPU-second',
  'wall, s',
  'CPU, s',
  'max RSS, MiB',
  'links',
];

function cellsOf({ title, bytes, runs }: Row): string[] {
  const { spans, wallSeconds, cpuSeconds, maxRssMib, links } = medianOf(runs);
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  return [
    title,
    `${whole(bytes / 1e6)} MB`,
    whole(spans / wallSeconds),
    whole(spans / cpuSeconds),
    wallSeconds.toFixed(1),
    cpuSeconds.toFixed(1),
    whole(maxRssMib),
    whole(links),
  ];
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => line(cells)).join('\n');
}

function sizesText({ spans, events, payments }: BenchSizes): string {
  const [s, e, p] = [spans, events, payments].map((count) => count.toLocaleString('en'));
  return `${s} spans of 2,000 pods, ${e} alerts, ${p} payments, one hour of event time`;
}

function page(rows: readonly Row[], sizes: BenchSizes): string {
  const [cpu] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const runs = rows.flatMap(({ title, runs: all }) =>
    all.map((run, n) => [
      `${title}, run ${n + 1}`,
      run.wallSeconds.toFixed(2),
      run.cpuSeconds.toFixed(2),
      run.maxRssMib.toFixed(0),
    ]),
  );
  return `# Benchmarks

<!-- Written by \`npm run bench\` (bench/correlate.ts); do not edit. -->

Input: ${sizesText(sizes)}; made by \`bench/generate.ts\`, seeded. Command: \`npm run bench\`, which runs
\`counterfoil correlate --alerts … --spans … --payments … --stats …\` with its links thrown away, as one process.

| | |
|---|---|
| machine | ${cpus().length} cores, ${(cpu?.model ?? 'unknown model').trim()}, ${memory} memory |
| Node | ${process.version} |
| commit | ${commit()} |

Median of ${RUNS} runs by wall time; start-up and reading the payments are in it:

${markdownTable(
  COLUMNS,
  rows.map((row) => cellsOf(row)),
)}

Every run:

${markdownTable(['run', 'wall, s', 'CPU, s', 'max RSS, MiB'], runs)}

*Spans per CPU-second* divides by the user and system time of all threads of the process, garbage collection included.
`;
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--', 'src', 'bench', 'data', 'package-lock.json') !== '';
    return `\`${git('rev-parse', '--short=12', 'HEAD')}\`${changed ? ' and changes that are not committed' : ''}`;
  } catch {
    return 'unknown (no git repository)';
  }
}

async function rowOf(encoding: Encoding, title: string, folder: string, sizes: BenchSizes): Promise<Row> {
  process.stderr.write(`${title}: writing the input\n`);
  writeInputs(folder, sizes, encoding);
  const files = filesOf(folder, encoding);
  const runs: Measurement[] = [];
  for (let run = 1; run <= RUNS; run += 1) {
    process.stderr.write(`${title}: run ${run} of ${RUNS}\n`);
    runs.push(await measure(files, folder));
  }
  const bytes = statSync(files.spans).size;
  rmSync(files.spans);
  return { title, bytes, runs };
}

async function main(argv: string[]): Promise<void> {
  const option = (count: number): { type: 'string'; default: string } => ({
    type: 'string',
    default: String(count),
  });
  const { values } = parseArgs({
    args: argv,
    options: {
      spans: option(DEFAULT_SIZES.spans),
      events: option(DEFAULT_SIZES.events),
      payments: option(DEFAULT_SIZES.payments),
    },
  });
  const sizes = {
    spans: Number(values.spans),
    events: Number(values.events),
    payments: Number(values.payments),
  };
  const full = JSON.stringify(sizes) === JSON.stringify(DEFAULT_SIZES);
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bench-'));
  try {
    const rows: Row[] = [];
    for (const { encoding, title } of ENCODINGS) rows.push(await rowOf(encoding, title, folder, sizes));
    process.stdout.write(
      `${sizesText(sizes)}\n${markdownTable(
        COLUMNS,
        rows.map((row) => cellsOf(row)),
      )}\n`,
    );
    if (full) writeFileSync(join(ROOT, 'docs/reference/benchmarks.md'), page(rows, sizes));
    const largest = Math.max(...rows.flatMap(({ runs }) => runs.map(({ maxRssMib }) => maxRssMib)));
    if (largest >= MAX_RSS_MIB) {
      process.stderr.write(`max RSS was ${largest.toFixed(0)} MiB; the limit is ${MAX_RSS_MIB} MiB\n`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
