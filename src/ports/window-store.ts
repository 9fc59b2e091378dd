/**
 * Hop 1 of the rendezvous (DESIGN 4.3): spans in packed chunks under their span key and time bucket, events as
 * entries of the key's hot list. Both sides write first and, once that is acknowledged, read the other side on the
 * primary; that order alone makes sure that one of two concurrent sides sees the other.
 *
 * Chunks are idempotent by (partition, firstOffset): a redelivered batch overwrites itself. Expiry is driven by the
 * event watermark; a TTL is only a backstop. Out of memory is back-pressure, never eviction.
 */
import type { Instant } from '../model/instant.ts';

export interface SpanChunk {
  spanKey: string;
  bucket: number;
  partition: number;
  firstOffset: string;
  packed: Uint8Array;
}

export interface HotEvent {
  eventId: string;
  windowStart: Instant;
  windowEnd: Instant;
}

export interface WindowStore {
  /** Writes chunks and, after the acknowledgement, returns the hot events of their keys. */
  putSpans(chunks: readonly SpanChunk[]): Promise<ReadonlyMap<string, HotEvent[]>>;
  /** Writes a hot entry under each key and, after the acknowledgement, returns the chunks of its window. */
  putEvent(spanKeys: readonly string[], event: HotEvent): Promise<SpanChunk[]>;
  /** Drops what no open event can match any more. */
  expire(eventWatermark: Instant): Promise<void>;
  /** Changes when content was lost (a flushed or replaced primary): the reader must put back and seek. */
  generation(): Promise<string>;
}
