/**
 * Finds attribute names among bytes, without making a text of each key: a span has ten attributes, and one of them has a
 * name that is known.
 *
 * What: names lie in buckets by their length, their last byte and the one in the middle; names of a family begin alike
 * (`http.request.header.`), so that their beginnings tell nothing. What falls into a bucket is compared byte by byte.
 *
 * Cost: two bytes read and an array look-up for nearly every unknown key; a known one is compared once or twice.
 * Worked example: `url.path` (8, "h", "p") falls into an empty bucket; `order.id` (8, "d", "r") into that of `order.id`.
 */

export interface AttributeName {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const BUCKETS = 1 << 10;

export class AttributeNames {
  readonly #buckets: (AttributeName[] | undefined)[] = Array.from({ length: BUCKETS });

  /** @param names distinct */
  constructor(names: readonly string[]) {
    for (const text of names) {
      const bytes = Buffer.from(text);
      (this.#buckets[bucketOf(bytes, 0, bytes.length)] ??= []).push({ text, bytes });
    }
  }

  /** The name that stands from `from` to `to`, both within the bytes. */
  find(bytes: Uint8Array, from: number, to: number): AttributeName | undefined {
    const bucket = this.#buckets[bucketOf(bytes, from, to)];
    if (bucket === undefined) return undefined;
    for (let i = 0; i < bucket.length; i += 1) {
      const name = bucket[i];
      if (name !== undefined && standsAt(name.bytes, bytes, from, to)) return name;
    }
    return undefined;
  }
}

function bucketOf(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0;
  const last = bytes[to - 1] ?? 0;
  const middle = bytes[(from + to) >>> 1] ?? 0;
  return ((to - from) ^ (last << 5) ^ (middle << 2)) & (BUCKETS - 1);
}

/** Whether exactly `wanted` stands from `from` to `to`. */
export function standsAt(wanted: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (wanted.length !== to - from) return false;
  for (let i = 0; i < wanted.length; i += 1) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}
