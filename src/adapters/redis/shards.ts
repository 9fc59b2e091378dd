/**
 * The parts that the content of a store is cut into: 64 shards, each of which lives in one slot of a Cluster.
 *
 * What: a key hashes to a shard, a shard has a tag, and the tag stands in braces in the name of everything of the shard. So
 * whatever belongs to one key is in one slot, on one primary, and one script sees all of it. Tags are chosen so that shard
 * i lies in the i-th 64th of the slots: a Cluster with even ranges gets as many shards on each primary, give or take one.
 *
 * Why 64 and fixed: a flush of spans asks each shard once, so few are cheap; a primary without a shard idles, so there must
 * be more than primaries; and workers that cut differently would miss each other without a word, so nobody can choose.
 *
 * Cost: a CRC of the key, some hundred nanoseconds. Worked example: shard 0 has the tag 10, since CRC16("10") mod 16384
 * is the first among those of 0, 1, 2, … that lies below 256.
 * Source: key hash tags and CRC16/XMODEM, the specification of Redis Cluster.
 */

export const SHARDS = 64;
const SLOTS = 16_384;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, i) => {
  let crc = i << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/** Slot of a text that is a hash tag, or a key without one. */
export function slotOf(text: string): number {
  return crc16(Buffer.from(text)) % SLOTS;
}

/** Tag of each shard. */
export const SHARD_TAGS: readonly string[] = tagsOfShards();

/** Slot of each shard. */
export const SHARD_SLOTS: readonly number[] = SHARD_TAGS.map(slotOf);

/** The shard of a span key, a trace or whatever else things are found by. */
export function shardOf(key: string): number {
  return crc16(Buffer.from(key)) % SHARDS;
}

function tagsOfShards(): string[] {
  const tags: string[] = [];
  for (let number = 0, found = 0; found < SHARDS; number += 1) {
    const shard = Math.floor(slotOf(String(number)) / (SLOTS / SHARDS));
    if (tags[shard] !== undefined) continue;
    tags[shard] = String(number);
    found += 1;
  }
  return tags;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[((crc >> 8) ^ byte) & 0xff] ?? 0);
  return crc;
}
