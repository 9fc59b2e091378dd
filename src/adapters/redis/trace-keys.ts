/** Names of what is known of the traces of one shard. */
import { SHARD_TAGS } from './shards.ts';

export interface TraceKeys {
  /** Hash: `g` mark, `f` oldest start of a span whose ids are kept, `k` oldest time of need of a mark, `n` ids. */
  meta: string;
  /** Set: buckets that have ids. */
  buckets: string;
  /** Sorted set of traces that met an event, by the time until which that is needed. */
  met: string;
  /** Sorted sets of names; of the first shard alone. */
  namedByTrace: string;
  namedByEvent: string;
  /** Sorted set of texts. */
  carried(bucket: number): string;
}

export function traceKeys(namespace: string): readonly TraceKeys[] {
  return SHARD_TAGS.map((tag) => {
    const prefix = `${namespace}:t{${tag}}`;
    return {
      meta: `${prefix}m`,
      buckets: `${prefix}b`,
      met: `${prefix}x`,
      namedByTrace: `${prefix}a`,
      namedByEvent: `${prefix}r`,
      carried: (bucket) => `${prefix}c${bucket}`,
    };
  });
}
