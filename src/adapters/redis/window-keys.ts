/** Names of what the window keeps in one shard; everything of a span key is in the slot of its shard. */
import { SHARD_TAGS } from './shards.ts';

export interface WindowKeys {
  /** Hash: `g` mark, `f` first bucket that is not expired, `n` chunks, `b` bytes, `h` hot entries, `l` late chunks. */
  meta: string;
  /** Hash by bucket: how many chunks. */
  chunkCounts: string;
  /** Hash by bucket: how many bytes. */
  byteCounts: string;
  /** Hash by event: its span keys, JSON. */
  events: string;
  /** List: the span keys that have chunks in a bucket. */
  keysOf(bucket: number): string;
  /** Hash by `partition:offset`. */
  chunks(bucket: number, spanKey: string): string;
  /** Hash by event: `from to`. */
  hot(spanKey: string): string;
}

export function windowKeys(namespace: string): readonly WindowKeys[] {
  return SHARD_TAGS.map((tag) => {
    const prefix = `${namespace}:w{${tag}}`;
    return {
      meta: `${prefix}m`,
      chunkCounts: `${prefix}n`,
      byteCounts: `${prefix}b`,
      events: `${prefix}e`,
      keysOf: (bucket) => `${prefix}l${bucket}`,
      chunks: (bucket, spanKey) => `${prefix}c${bucket}:${spanKey}`,
      hot: (spanKey) => `${prefix}h${spanKey}`,
    };
  });
}
