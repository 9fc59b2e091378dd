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
  /** Of the end of its spans, see model/span-bucket.ts. */
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

export interface WindowUsage {
  /** In memory, with the store's own overhead as far as it knows it. */
  bytes: number;
  /** In temporary files; 0 where there are none. */
  spilledBytes: number;
  /** Distinct (key, bucket, partition, offset). */
  chunks: number;
  /** Distinct (key, event). */
  hotEntries: number;
  /** Chunks that came after their bucket had expired and were not kept, counted as often as they came. */
  lateChunks: number;
}

/**
 * What is passed in may be changed by the caller once the call is settled, and what is returned is a copy that never
 * changes. After `close` every call but `close` rejects.
 */
export interface WindowStore {
  /**
   * Writes chunks and, after the acknowledgement, returns the hot entries of their keys in order of event id (keys
   * without any: absent). A chunk that is there already is replaced, whatever its length. A chunk of an expired bucket is
   * not kept, since nothing would ever drop it; the hot entries of its key are returned all the same.
   * @throws CounterfoilError CF_OVER_LIMIT when there is no room: none of the chunks was taken; again after `expire`
   */
  putSpans(chunks: readonly SpanChunk[]): Promise<ReadonlyMap<string, readonly HotEntry[]>>;
  /**
   * Writes the entry under each key (replacing the event's former entry there, and leaving those under other keys) and,
   * after the acknowledgement, returns the chunks of those keys from the bucket of `from` on, once each, in order of
   * bucket, partition, offset and key.
   */
  putEvent(spanKeys: readonly string[], entry: HotEntry): Promise<SpanChunk[]>;
  /** Takes events off every hot list: their late horizon has passed. Unknown ones are left alone. */
  dropEvents(eventIds: readonly string[]): Promise<void>;
  /**
   * Drops every bucket that ended at or before the instant, whether or not anything asks for it, and all that comes for
   * them later. An earlier instant than before changes nothing. Hot entries stay.
   */
  expire(before: Instant): Promise<void>;
  /** Start of the oldest bucket that is not expired: every span put from then on is there; -Infinity before `expire`. */
  completeFrom(): Promise<Instant>;
  /** Changes when content was lost (a flushed, restarted or replaced primary): the reader must put back and seek. */
  generation(): Promise<string>;
  /**
   * Takes up the present generation, made anew where it was lost, and returns it; opening a store does so, too. When it
   * differs from the one before, events are put again and spans read again; whoever restarts compares it with what it kept. From a
   * loss until then putSpans, putEvent, dropEvents, expire and completeFrom reject with CF_WINDOW_LOST and do nothing.
   */
  begin(): Promise<string>;
  /** What it holds, for `window.max_bytes` and metrics. */
  usage(): Promise<WindowUsage>;
  close(): Promise<void>;
}
