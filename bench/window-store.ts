/**
 * The benchmark of the embedded window store: fills six minutes of it, reads as events would, lets it expire. Each case
 * runs in a process of its own, so that its memory is its own; prints a table and writes nothing.
 *
 *   node bench/window-store.ts                    36,000,000 rows of 44 bytes, 25 a chunk, 200 chunks a call
 *   node bench/window-store.ts --rows 3600000     smaller
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createWindowStore } from '../src/adapters/embedded/window-store.ts';
import { bucketEnd, bucketOf } from '../src/model/span-bucket.ts';
import type { SpanChunk, WindowStore } from '../src/ports/window-store.ts';
import { SeededRandom } from '../tools/seeded-random.ts';

const ROW_BYTES = 44;
const ROWS_PER_CHUNK = 25;
const CHUNKS_PER_CALL = 200;
const BUCKETS = 36;
/** An event that looks back a minute reads so many. */
const MINUTE_BUCKETS = 7;
const EVENTS = 1_000;
const PARTITIONS = 8;
const FIRST_BUCKET = bucketOf(1_773_151_200_000_000);
const MIB = 2 ** 20;

const CASES = [
  { keys: 2_000, maxMib: 8_192 },
  { keys: 20_000, maxMib: 8_192 },
  { keys: 2_000, maxMib: 256 },
  { keys: 20_000, maxMib: 256 },
];

type Figures = Record<string, string>;

const keyOf = (index: number): string => `n:prod-eu/shop/checkout-${index}`;

const millis = (from: bigint): number => Number(process.hrtime.bigint() - from) / 1e6;

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Puts all chunks; gives the milliseconds of each call, without the making of its chunks. */
async function fill(store: WindowStore, chunks: number, keys: number): Promise<number[]> {
  const random = new SeededRandom(keys);
  const contents = Array.from({ length: 64 }, () =>
    Uint8Array.from({ length: ROWS_PER_CHUNK * ROW_BYTES }, () => random.integer(0, 255)),
  );
  const calls: number[] = [];
  for (let first = 0; first < chunks; first += CHUNKS_PER_CALL) {
    const batch: SpanChunk[] = [];
    for (let i = first; i < Math.min(chunks, first + CHUNKS_PER_CALL); i += 1) {
      batch.push({
        spanKey: keyOf(random.integer(0, keys - 1)),
        bucket: FIRST_BUCKET + Math.floor((i / chunks) * BUCKETS),
        partition: i % PARTITIONS,
        offset: i,
        packed: random.pick(contents),
      });
    }
    const started = process.hrtime.bigint();
    await store.putSpans(batch);
    calls.push(millis(started));
  }
  return calls;
}

/** Median and 99th percentile of an event's read of the last buckets. */
async function readAs(store: WindowStore, buckets: number, keys: number): Promise<string> {
  const random = new SeededRandom(buckets);
  const from = bucketEnd(FIRST_BUCKET + BUCKETS - buckets - 1);
  const calls: number[] = [];
  let chunks = 0;
  for (let i = 0; i < EVENTS; i += 1) {
    const entry = { eventId: `ev_${i}`, from, to: from };
    const started = process.hrtime.bigint();
    chunks += (await store.putEvent([keyOf(random.integer(0, keys - 1))], entry)).length;
    calls.push(millis(started));
    await store.dropEvents([entry.eventId]);
  }
  const [half, most] = [0.5, 0.99].map((part) => percentile(calls, part).toFixed(2));
  return `${half} / ${most} (${Math.round(chunks / EVENTS)} chunks)`;
}

/** Expires bucket after bucket. */
async function expireAll(store: WindowStore): Promise<string> {
  const calls: number[] = [];
  for (let bucket = FIRST_BUCKET; bucket < FIRST_BUCKET + BUCKETS; bucket += 1) {
    const started = process.hrtime.bigint();
    await store.expire(bucketEnd(bucket));
    calls.push(millis(started));
  }
  return `${percentile(calls, 0.5).toFixed(2)} / ${Math.max(...calls).toFixed(2)}`;
}

async function measure(rows: number, keys: number, maxMib: number): Promise<Figures> {
  const store = createWindowStore({ maxBytes: maxMib * MIB });
  globalThis.gc?.();
  const before = process.memoryUsage();
  const calls = await fill(store, Math.ceil(rows / ROWS_PER_CHUNK), keys);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const { bytes, spilledBytes } = await store.usage();
  const seconds = calls.reduce((sum, call) => sum + call, 0) / 1_000;
  const heapBytes = after.heapUsed + after.external - before.heapUsed - before.external;
  const figures = {
    keys: keys.toLocaleString('en'),
    'max_bytes, MiB': maxMib.toLocaleString('en'),
    'rows/s': Math.round(rows / seconds).toLocaleString('en'),
    'longest put, ms': Math.max(...calls).toFixed(1),
    'RSS, B/row': ((after.rss - before.rss) / rows).toFixed(1),
    'heap + external, B/row': (heapBytes / rows).toFixed(1),
    'usage, MiB': (bytes / MIB).toFixed(0),
    'spilled, MiB': (spilledBytes / MIB).toFixed(0),
    'event, 1 min, ms p50 / p99': await readAs(store, MINUTE_BUCKETS, keys),
    'event, all, ms p50 / p99': await readAs(store, BUCKETS, keys),
    'expire a bucket, ms p50 / max': await expireAll(store),
  };
  await store.close();
  return figures;
}

function tableOf(rows: readonly Figures[]): string {
  const header = Object.keys(rows[0] ?? {});
  const lines = [header, header.map(() => '---:'), ...rows.map((row) => Object.values(row))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Runs one case in a process of its own. */
function inProcess(rows: number, { keys, maxMib }: { keys: number; maxMib: number }): Figures {
  const args = [
    '--expose-gc',
    fileURLToPath(import.meta.url),
    '--rows',
    String(rows),
    '--keys',
    String(keys),
  ];
  const child = spawnSync(process.execPath, [...args, '--max-mib', String(maxMib)], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`the case exited with ${String(child.status)}:\n${child.stderr}`);
  return JSON.parse(child.stdout) as Figures;
}

async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rows: { type: 'string', default: '36000000' },
      keys: { type: 'string' },
      'max-mib': { type: 'string' },
    },
  });
  const rows = Number(values.rows);
  if (values.keys !== undefined) {
    const figures = await measure(rows, Number(values.keys), Number(values['max-mib']));
    process.stdout.write(JSON.stringify(figures));
    return;
  }
  const figures = CASES.map((each) => inProcess(rows, each));
  const [cpu] = cpus();
  process.stdout.write(
    `${rows.toLocaleString('en')} rows of ${ROW_BYTES} bytes, ${ROWS_PER_CHUNK} a chunk, ${BUCKETS} buckets; ` +
      `${cpus().length} cores, ${(cpu?.model ?? 'unknown model').trim()}, Node ${process.version}\n${tableOf(figures)}\n`,
  );
}

await main(process.argv.slice(2));
