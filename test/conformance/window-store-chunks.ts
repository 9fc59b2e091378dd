// Chunks and events of the suite of the window store, and short ways to ask it.
import { expect } from 'vitest';
import type { Instant } from '../../src/model/instant.ts';
import { bucketEnd, bucketOf } from '../../src/model/span-bucket.ts';
import type { HotEntry, SpanChunk, WindowStore } from '../../src/ports/window-store.ts';

/** Bucket of the tests that need only one, and its first and last instant. */
export const BUCKET = bucketOf(Date.UTC(2026, 2, 10, 14) * 1_000);
export const START: Instant = bucketEnd(BUCKET - 1);
export const LAST: Instant = bucketEnd(BUCKET) - 1;

export const KEY = 'n:prod-eu/payments/ledger-0';

interface ChunkParts {
  spanKey?: string;
  bucket?: number;
  partition?: number;
  offset?: number;
  length?: number;
  /** Another number, other bytes. */
  content?: number;
}

/** A chunk whose bytes say which one it is. */
export function chunkOf(parts: ChunkParts): SpanChunk {
  const { spanKey = KEY, bucket = BUCKET, partition = 0, offset = 0, length = 100, content = 0 } = parts;
  const text = `${spanKey} ${bucket} ${partition} ${offset} ${content}`;
  const seed = [...text].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 65_521, 7);
  const packed = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) packed[i] = (seed + i * (1 + (seed % 7))) % 251;
  return { spanKey, bucket, partition, offset, packed };
}

export function entryOf(eventId: string, from: Instant = START): HotEntry {
  return { eventId, from, to: from + 60_000_000 };
}

/** Reads as an event would, and leaves no event behind. */
export async function chunksFrom(
  store: WindowStore,
  spanKeys: readonly string[] = [KEY],
  from: Instant = START,
): Promise<SpanChunk[]> {
  const chunks = await store.putEvent(spanKeys, entryOf('reader', from));
  await store.dropEvents(['reader']);
  return chunks;
}

/** Ids of the events that are hot under a key, by a chunk that stays: in a bucket and partition of its own. */
export async function hotUnder(store: WindowStore, spanKey: string): Promise<string[]> {
  const hot = await store.putSpans([chunkOf({ spanKey, partition: 99, length: 1 })]);
  return (hot.get(spanKey) ?? []).map(({ eventId }) => eventId);
}

/** Chunks with their bytes as text, so that a difference can be read. */
export function shown(chunks: readonly SpanChunk[]): string[] {
  return chunks.map(({ spanKey, bucket, partition, offset, packed }) => {
    const bytes = Buffer.from(packed);
    const content = bytes.length > 64 ? `${bytes.length} bytes, ${digest(bytes)}` : bytes.toString('hex');
    return `${spanKey} ${bucket} ${partition}:${offset} ${content}`;
  });
}

export function expectChunks(actual: readonly SpanChunk[], expected: readonly SpanChunk[]): void {
  expect(shown(actual)).toEqual(shown(expected));
}

function digest(bytes: Uint8Array): string {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return `${a.toString(16)}/${b.toString(16)}`;
}
