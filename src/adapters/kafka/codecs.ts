/**
 * The four codecs of Kafka's record batches, each with a limit on what may come out.
 *
 * Why a limit: a batch of a megabyte may hold gigabytes of zeros, whoever may write to a topic may send one, and a
 * process that runs out of memory takes everybody's records with it. So nothing is unpacked whose size is not known or
 * bounded beforehand: gzip and zstd stop at the limit by themselves (node:zlib); snappy says its size in front; of LZ4 the
 * tokens are counted first (lz4-size.ts), since the unpacker would take the memory before it knew.
 *
 * Cost: one pass over the packed bytes for LZ4, nothing for the others. Worked example: 1 kB of gzip may become 1 MiB,
 * 100 kB may become 25 MB, 1 MB may become 64 MiB.
 *
 * Snappy comes in two forms: Java producers frame it (xerial: a header, then blocks with a length each), others send one
 * bare block. Both are read; the framed one is written, which every client understands.
 *
 * Source: the formats' own descriptions (RFC 1952, RFC 8878, google/snappy format_description, lz4 Frame format), and
 * snappy-java's SnappyCodec for the header.
 */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { lz4Compress, lz4Decompress, snappyCompress, snappyDecompress } from '@platformatic/wasm-utils';
import { lz4Size } from './lz4-size.ts';

/** As the attributes of a record batch name them. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type Codec = (typeof CODECS)[number];

/** What may come out of one record batch. */
export interface UnpackLimits {
  bytes: number;
  /** Times the packed size; smaller batches may become `freeBytes` whatever the ratio. */
  ratio: number;
  freeBytes: number;
}

export const UNPACK_LIMITS: UnpackLimits = { bytes: 64 * 2 ** 20, ratio: 250, freeBytes: 2 ** 20 };

/** Packed bytes that are not unpacked: too much would come out, or they are not of the codec's form. */
export class NotUnpacked extends Error {}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** Packs the records of a batch. */
export function pack(codec: Codec, plain: Buffer): Buffer {
  return PACK[codec](plain);
}

const PACK: Readonly<Record<Codec, (plain: Buffer) => Buffer>> = {
  none: (plain) => plain,
  gzip: (plain) => gzipSync(plain),
  zstd: (plain) => zstdCompressSync(plain),
  lz4: (plain) => lz4Compress(plain),
  snappy: (plain) => xerialOf(snappyCompress(plain)),
};

/**
 * Unpacks the records of a batch.
 * @throws NotUnpacked when more than the limits allow would come out, or when the bytes are damaged
 */
export function unpack(codec: Codec, packed: Buffer, limits: UnpackLimits = UNPACK_LIMITS): Buffer {
  const most = Math.min(limits.bytes, Math.max(limits.freeBytes, packed.length * limits.ratio));
  try {
    return UNPACK[codec](packed, most);
  } catch (cause) {
    if (cause instanceof NotUnpacked) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooMuch(codec, packed.length, most);
    throw new NotUnpacked(`${packed.length} bytes that are not valid ${codec}`, { cause });
  }
}

const UNPACK: Readonly<Record<Codec, (packed: Buffer, most: number) => Buffer>> = {
  none: (packed) => packed,
  gzip: (packed, maxOutputLength) => gunzipSync(packed, { maxOutputLength }),
  zstd: (packed, maxOutputLength) => zstdDecompressSync(packed, { maxOutputLength }),
  lz4: (packed, most) => {
    if (lz4Size(packed, most) > most) throw tooMuch('lz4', packed.length, most);
    return lz4Decompress(packed);
  },
  snappy: unpackedSnappy,
};

function tooMuch(codec: Codec, length: number, most: number): NotUnpacked {
  return new NotUnpacked(`${length} bytes of ${codec} would become more than the ${most} allowed`);
}

function unpackedSnappy(packed: Buffer, most: number): Buffer {
  const blocks = packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)
    ? xerialBlocks(packed)
    : [packed];
  const size = blocks.reduce((sum, block) => sum + snappySize(block), 0);
  if (size > most) throw tooMuch('snappy', packed.length, most);
  return Buffer.concat(blocks.map((block) => snappyDecompress(block)));
}

function xerialOf(block: Buffer): Buffer {
  const header = Buffer.alloc(XERIAL_HEADER_BYTES + 4);
  XERIAL_MAGIC.copy(header);
  // The version that wrote it and the oldest that reads it: 1 and 1.
  header.writeInt32BE(1, 8);
  header.writeInt32BE(1, 12);
  header.writeInt32BE(block.length, XERIAL_HEADER_BYTES);
  return Buffer.concat([header, block]);
}

function xerialBlocks(packed: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < packed.length;) {
    const length = packed.readInt32BE(at);
    at += 4;
    if (length < 0 || length > packed.length - at) throw new NotUnpacked('snappy blocks that end too early');
    blocks.push(packed.subarray(at, at + length));
    at += length;
  }
  return blocks;
}

/** Its first bytes say how long a block will be: a varint of at most 32 bits. */
function snappySize(block: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw new NotUnpacked('a snappy block without a length');
}
