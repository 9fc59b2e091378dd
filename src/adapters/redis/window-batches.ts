/** Chunks as calls of put-spans.lua: one a shard, several where it would be too large a step for the server. */
import type { HotEntry, SpanChunk } from '../../ports/window-store.ts';
import { listOf, numberOf, scriptCall, textOf, type Command, type Reply } from './command.ts';
import { scriptOf } from './script.ts';
import { shardOf } from './shards.ts';
import type { WindowKeys } from './window-keys.ts';

/** What a chunk and a hash of chunks take in Redis beside their content, measured by bench/window-store-redis.ts. */
const CHUNK_BYTES = 100;
const HASH_BYTES = 260;

/** Of one call: some hundred microseconds of the server. */
const MAX_CHUNKS = 256;
const MAX_BYTES = 2 ** 20;

const PUT_SPANS = scriptOf('put-spans');

export interface SpanBatch {
  shard: number;
  chunks: SpanChunk[];
  /** About what they take in Redis. */
  bytes: number;
}

export function batchesOf(chunks: readonly SpanChunk[]): SpanBatch[] {
  const batches: SpanBatch[] = [];
  const open = new Map<number, SpanBatch>();
  for (const chunk of chunks) {
    const shard = shardOf(chunk.spanKey);
    let batch = open.get(shard);
    if (batch === undefined || batch.chunks.length >= MAX_CHUNKS || batch.bytes >= MAX_BYTES) {
      batch = { shard, chunks: [], bytes: 0 };
      open.set(shard, batch);
      batches.push(batch);
    }
    batch.chunks.push(chunk);
    batch.bytes += chunk.packed.length * 1.125 + CHUNK_BYTES;
  }
  return batches;
}

/** Span keys of a batch, in the order of their hot lists among the KEYS. */
function spanKeysOf({ chunks }: SpanBatch): string[] {
  return [...new Set(chunks.map(({ spanKey }) => spanKey))];
}

export function putSpansCall(batch: SpanBatch, keys: WindowKeys, mark: string, ttlSeconds: number): Command {
  const names = [keys.meta, keys.chunkCounts, keys.byteCounts];
  const numbers = new Map<string, number>();
  const numberOfKey = (name: string): number => {
    let number = numbers.get(name);
    if (number === undefined) numbers.set(name, (number = names.push(name)));
    return number;
  };
  const args = batch.chunks.flatMap(({ spanKey, bucket, partition, offset, packed }) => [
    bucket,
    numberOfKey(keys.chunks(bucket, spanKey)),
    numberOfKey(keys.keysOf(bucket)),
    spanKey,
    `${partition}:${offset}`,
    Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength),
  ]);
  const firstHot = names.length + 1;
  names.push(...spanKeysOf(batch).map((spanKey) => keys.hot(spanKey)));
  const head = [mark, ttlSeconds, CHUNK_BYTES, HASH_BYTES, batch.chunks.length, firstHot];
  return scriptCall(PUT_SPANS, names, [...head, ...args]);
}

export interface PutSpansAnswer {
  /** Of the shard, after it. */
  bytes: number;
  hot: [spanKey: string, entries: HotEntry[]][];
}

export function putSpansAnswer(batch: SpanBatch, reply: Reply | undefined): PutSpansAnswer {
  const [, , bytes, ...lists] = listOf(reply);
  if (lists.length === 0) return { bytes: numberOf(bytes), hot: [] };
  const spanKeys = spanKeysOf(batch);
  const buckets = new Set(batch.chunks.map(({ bucket }) => bucket)).size;
  const hashes = new Set(batch.chunks.map(({ bucket, spanKey }) => `${bucket}:${spanKey}`)).size;
  const firstHot = 4 + hashes + buckets;
  const hot = lists.map((list): [string, HotEntry[]] => {
    const [number, entries] = listOf(list);
    return [spanKeys[numberOf(number) - firstHot] ?? '', hotEntries(listOf(entries))];
  });
  return { bytes: numberOf(bytes), hot };
}

export function entryText({ from, to }: HotEntry): string {
  return `${from} ${to}`;
}

function hotEntries(fields: readonly Reply[]): HotEntry[] {
  const entries: HotEntry[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [from, to] = String(fields[i + 1])
      .split(' ')
      .map(Number);
    entries.push({ eventId: textOf(fields[i]) ?? '', from: from ?? 0, to: to ?? 0 });
  }
  return entries.toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
}
