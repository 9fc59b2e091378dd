// Goal: every codec gives back what went in, in the forms that other clients write too, and none lets a bomb go off.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils';
import { describe, expect, it } from 'vitest';
import { CODECS, NotUnpacked, pack, unpack, type Codec } from '../../../src/adapters/kafka/codecs.ts';
import { lz4Size } from '../../../src/adapters/kafka/lz4-size.ts';
import { SeededRandom } from '../../../tools/seeded-random.ts';

const random = new SeededRandom(7);
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.integer(0, 255)));
const text = Buffer.from('{"k8s.pod.name":"payments-7d9","ü":1}\n'.repeat(2_000));

const raw: Record<Exclude<Codec, 'none'>, (plain: Buffer) => Buffer> = {
  gzip: (plain) => gzipSync(plain),
  zstd: (plain) => zstdCompressSync(plain),
  lz4: (plain) => lz4Compress(plain),
  snappy: (plain) => snappyCompress(plain),
};

/** As Java producers do: blocks of 32 KiB, each behind its length. */
function javaSnappy(plain: Buffer): Buffer {
  const pieces: Buffer[] = [Buffer.from('82534e4150505900', 'hex'), Buffer.from('0000000100000001', 'hex')];
  for (let at = 0; at < plain.length; at += 32_768) {
    const block = snappyCompress(plain.subarray(at, at + 32_768));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    pieces.push(length, block);
  }
  return Buffer.concat(pieces);
}

describe('codecs of record batches', () => {
  it.each(CODECS)('[K6] %s gives back what went in', (codec) => {
    for (const plain of [Buffer.alloc(0), Buffer.from('x'), text, noise(70_000), Buffer.alloc(900_000)])
      expect(unpack(codec, pack(codec, plain)).equals(plain)).toBe(true);
  });

  it('[K6] reads snappy as Java producers frame it, and bare', () => {
    for (const plain of [text, noise(100_000)]) {
      expect(unpack('snappy', javaSnappy(plain)).equals(plain)).toBe(true);
      expect(unpack('snappy', snappyCompress(plain)).equals(plain)).toBe(true);
    }
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    '[K6] %s does not unpack a bomb, and takes no memory for it',
    (codec) => {
      const bomb = raw[codec](Buffer.alloc(200 * 2 ** 20));
      const before = process.memoryUsage().rss;
      expect(() => unpack(codec, bomb)).toThrow(NotUnpacked);
      expect(process.memoryUsage().rss - before).toBeLessThan(90 * 2 ** 20);
      const small = raw[codec](Buffer.alloc(5 * 2 ** 20));
      const ratio = { bytes: 64 * 2 ** 20, ratio: 10, freeBytes: 1_000 };
      expect(() => unpack(codec, small, ratio)).toThrow(/would become more than/);
    },
  );

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    '[K6] damaged %s is refused, whatever was damaged',
    (codec) => {
      const packed = pack(codec, text);
      for (let i = 0; i < 300; i++) {
        const damaged = Buffer.from(
          packed.subarray(0, i % 3 === 0 ? random.integer(1, packed.length - 1) : packed.length),
        );
        damaged[random.integer(0, damaged.length - 1)] = random.integer(0, 255);
        const outcome = outcomeOf(codec, damaged);
        expect(outcome instanceof NotUnpacked || outcome.length <= 2 ** 20).toBe(true);
      }
    },
  );
});

function outcomeOf(codec: Codec, packed: Buffer): Buffer | NotUnpacked {
  try {
    return unpack(codec, packed);
  } catch (error) {
    if (error instanceof NotUnpacked) return error;
    throw error;
  }
}

describe('the size of an LZ4 frame', () => {
  it('[K6] is known without unpacking it', () => {
    for (const plain of [Buffer.alloc(0), Buffer.from('x'), text, noise(300_000), Buffer.alloc(9_000_000)])
      expect(lz4Size(lz4Compress(plain), 2 ** 30)).toBe(plain.length);
  });
});
