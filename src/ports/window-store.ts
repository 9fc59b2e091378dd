/**
 * Hop 1 of the rendezvous (DESIGN 4.3): spans in packed chunks under their span key and time bucket, events as
 * entries of the key's hot list. Both sides write first and, once that is acknowledged, read the other side on the
 * primary; that order alone makes sure that one of two concurrent sides sees the other.
 *
 * Buckets are of span *end*: spans arrive when they end, expiry asks for the end, and "every chunk from this bucket on"
 * finds a span however long it is, so there is no edge of a bucket at which a match is lost.
 *
 * Chunks are idempotent by (key, bucket, partition, offset): a redelivered batch overwrites itself. Expiry is
 * driven by the event watermark; a TTL is only a backstop. Out of memory is back-pressure, never eviction.
 */
import type { Instant } from '../model/instant.ts';

export interface SpanChunk {
  spanKey: string;
  /** Of the end of its spans, see join/span-key.ts. */
  bucket: number;
  /** Where the log has the record that the spans came in: one chunk a record, key and bucket. */
  partition: number;
  offset: number;
  /** Layout: join/span-chunk.ts; opaque here. */
  packed: Uint8Array;
}

/** An event that spans of a key can still match. */
export interface HotEntry {
  eventId: string;
  /** A span matches when it ends at or after `from` and starts at or before `to`. */
  from: Instant;
  to: Instant;
}

export interface WindowStore {
  /** Writes chunks and, after the acknowledgement, returns the hot entries of their keys (keys without any: absent). */
  putSpans(chunks: readonly SpanChunk[]): Promise<ReadonlyMap<string, readonly HotEntry[]>>;
  /**
   * Writes the entry under each key (replacing the event's former entry there) and, after the acknowledgement,
   * returns the chunks of those keys from the bucket of `from` on.
   */
  putEvent(spanKeys: readonly string[], entry: HotEntry): Promise<SpanChunk[]>;
  /** Takes events off every hot list: their late horizon has passed. */
  dropEvents(eventIds: readonly string[]): Promise<void>;
  /** Drops every bucket that ended before the instant, whether or not anything asks for it. */
  expire(before: Instant): Promise<void>;
  /** Oldest instant from which on every span put is still there; -Infinity while nothing was expired. */
  completeFrom(): Promise<Instant>;
  /** Changes when content was lost (a flushed or replaced primary): the reader must put back and seek. */
  generation(): Promise<string>;
  /** What it holds, for `window.max_bytes` and metrics. */
  usage(): Promise<{ bytes: number; spilledBytes: number; chunks: number; hotEntries: number }>;
  close(): Promise<void>;
}
