/**
 * The benchmark of the window on Redis: puts spans of some pods, as one worker does; prints what a span costs and writes nothing.
 *
 *   REDIS_URL=redis://127.0.0.1:6379 node bench/window-store-redis.ts      2,000,000 rows of 44 bytes, 25 a chunk, 2,000 pods
 *   … --rows 400000 --pods 20000 --rows-a-chunk 10 --chunks 1000 --calls 4
 *
 * The server should do nothing else; what is written is expired in the end, and its keys begin with `counterfoil-bench`.
 */
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { RedisConnection } from '../src/adapters/redis/connection.ts';
import { settingsOfUrl } from '../src/adapters/redis/settings.ts';
import { openRedisWindow } from '../src/adapters/redis/window-store.ts';
import { bucketEnd, bucketOf } from '../src/model/span-bucket.ts';
import type { SpanChunk, WindowStore } from '../src/ports/window-store.ts';
import { SeededRandom } from '../tools/seeded-random.ts';

const ROW_BYTES = 44;
/** Of a pod in one bucket: 25 spans a second. */
const ROWS_PER_HASH = 250;
const PARTITIONS = 8;
const EVENTS = 200;
const FIRST_BUCKET = bucketOf(1_773_151_200_000_000);

interface Load {
  rows: number;
  pods: number;
  chunks: number;
  calls: number;
  rowsAChunk: number;
}

interface ServerFigures {
  memory: number;
  cpuSeconds: number;
  /** As they came over the wire. */
  commands: number;
  /** Those that scripts called included. */
  calls: number;
}

async function figuresOf(client: Redis): Promise<ServerFigures> {
  const info = `${await client.info()}\n${await client.info('commandstats')}`;
  const valueOf = (name: string): number =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  const calls = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(
    ([, name, count]) => [name, Number(count)] as const,
  );
  const sum = (wanted: (name: string) => boolean): number =>
    calls.reduce((total, [name, count]) => total + (wanted(name ?? '') ? count : 0), 0);
  return {
    memory: valueOf('used_memory'),
    cpuSeconds: valueOf('used_cpu_sys') + valueOf('used_cpu_user'),
    commands: sum((name) => ['evalsha', 'info', 'script|load'].includes(name)),
    calls: sum(() => true),
  };
}

function* callsOf({ rows, pods, chunks, rowsAChunk }: Load): Generator<SpanChunk[]> {
  const random = new SeededRandom(pods);
  const contents = Array.from({ length: 64 }, () =>
    Uint8Array.from({ length: rowsAChunk * ROW_BYTES }, () => random.integer(0, 255)),
  );
  const all = Math.ceil(rows / rowsAChunk);
  const perBucket = (pods * ROWS_PER_HASH) / rowsAChunk;
  for (let first = 0; first < all; first += chunks) {
    yield Array.from({ length: Math.min(chunks, all - first) }, (_, i) => ({
      spanKey: `n:prod-eu/shop/checkout-${random.integer(0, pods - 1)}`,
      bucket: FIRST_BUCKET + Math.floor((first + i) / perBucket),
      partition: (first + i) % PARTITIONS,
      offset: first + i,
      packed: random.pick(contents),
    }));
  }
}

/** Seconds that it takes, with so many calls on their way at once. */
async function putAll(store: WindowStore, load: Load): Promise<number> {
  const calls = callsOf(load);
  const started = performance.now();
  const worker = async (): Promise<void> => {
    for (const chunks of calls) await store.putSpans(chunks);
  };
  await Promise.all(Array.from({ length: load.calls }, worker));
  return (performance.now() - started) / 1_000;
}

/** Milliseconds of a putEvent that reads all buckets of a pod: median and 99th percentile. */
async function readAsEvents(store: WindowStore, pods: number): Promise<string> {
  const took: number[] = [];
  const eventIds = Array.from({ length: EVENTS }, (_, i) => `ev_${i}`);
  for (const [i, eventId] of eventIds.entries()) {
    const started = performance.now();
    const from = bucketEnd(FIRST_BUCKET - 1);
    await store.putEvent([`n:prod-eu/shop/checkout-${i % pods}`], { eventId, from, to: from });
    took.push(performance.now() - started);
  }
  await store.dropEvents(eventIds);
  const sorted = took.toSorted((a, b) => a - b);
  return [0.5, 0.99].map((part) => sorted[Math.floor(EVENTS * part)]?.toFixed(1)).join(' / ');
}

async function measure(url: string, load: Load): Promise<Record<string, string>> {
  const client = new Redis(url);
  const settings = { ...settingsOfUrl(url), cluster: false, namespace: `counterfoil-bench-${process.pid}` };
  const connection = new RedisConnection(settings);
  await connection.open();
  const store = await openRedisWindow(connection);
  const before = await figuresOf(client);
  const cpu = process.cpuUsage();
  const seconds = await putAll(store, load);
  const { user, system } = process.cpuUsage(cpu);
  const after = await figuresOf(client);
  const { bytes, chunks } = await store.usage();
  const events = await readAsEvents(store, load.pods);
  const expiring = performance.now();
  await store.expire(Number.MAX_SAFE_INTEGER);
  const expired = performance.now() - expiring;
  connection.close();
  client.disconnect();
  const perRow = (value: number): number => value / (chunks * load.rowsAChunk);
  return {
    rows: load.rows.toLocaleString('en'),
    pods: load.pods.toLocaleString('en'),
    'rows a chunk': String(load.rowsAChunk),
    'chunks a call': String(load.chunks),
    'calls at once': String(load.calls),
    'rows/s': Math.round(load.rows / seconds).toLocaleString('en'),
    'B/row in Redis': perRow(after.memory - before.memory).toFixed(1),
    'B/row as counted': perRow(bytes).toFixed(1),
    'commands/row': perRow(after.commands - before.commands).toFixed(4),
    'with those in scripts': perRow(after.calls - before.calls).toFixed(3),
    'µs CPU/row, worker': perRow(user + system).toFixed(2),
    'µs CPU/row, Redis': perRow((after.cpuSeconds - before.cpuSeconds) * 1e6).toFixed(2),
    'event, all buckets, ms p50 / p99': events,
    'expire all, ms': expired.toFixed(0),
  };
}

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    pods: { type: 'string', default: '2000' },
    chunks: { type: 'string', default: '200' },
    calls: { type: 'string', default: '2' },
    'rows-a-chunk': { type: 'string', default: '25' },
  },
});
const figures = await measure(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', {
  rows: Number(values.rows),
  pods: Number(values.pods),
  chunks: Number(values.chunks),
  calls: Number(values.calls),
  rowsAChunk: Number(values['rows-a-chunk']),
});
for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(34)} ${value}\n`);
