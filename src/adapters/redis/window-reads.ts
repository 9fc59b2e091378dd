/** Chunks as they come back from Redis: in order, in memory of their own. */
import type { SpanChunk } from '../../ports/window-store.ts';
import { listOf, type Reply } from './command.ts';

/** Of a chunk in memory; whoever reads it looks at words of eight bytes. */
const ALIGNMENT = 8;

interface FoundChunk extends Omit<SpanChunk, 'packed'> {
  bytes: Uint8Array;
}

/** Chunks of one hash, from its fields and values. */
export function foundChunks(spanKey: string, bucket: number, reply: Reply | undefined): FoundChunk[] {
  const fields = listOf(reply);
  const found: FoundChunk[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [partition, offset] = String(fields[i]).split(':').map(Number);
    const bytes = fields[i + 1];
    if (!Buffer.isBuffer(bytes)) continue;
    found.push({ spanKey, bucket, partition: partition ?? 0, offset: offset ?? 0, bytes });
  }
  return found;
}

/** In order of bucket, partition, offset and key; copies, which do not hold on to whole replies. */
export function sortedChunks(found: readonly FoundChunk[]): SpanChunk[] {
  const sorted = found.toSorted(
    (a, b) =>
      a.bucket - b.bucket ||
      a.partition - b.partition ||
      a.offset - b.offset ||
      (a.spanKey < b.spanKey ? -1 : 1),
  );
  const memory = new ArrayBuffer(sorted.reduce((sum, { bytes }) => sum + aligned(bytes.length), 0));
  let at = 0;
  return sorted.map(({ bytes, ...place }) => {
    const packed = new Uint8Array(memory, at, bytes.length);
    packed.set(bytes);
    at += aligned(bytes.length);
    return { ...place, packed };
  });
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
