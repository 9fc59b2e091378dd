/**
 * Opens gzip and zstd by their first bytes, whatever the file is called, and guards against input bombs: 10 GB of zeros
 * are 329 KB of zstd. The cap counts what comes out, for both codecs, as it comes out, so that no more than one chunk
 * beyond it is ever in memory. Source: reference/streaming, "Input bombs".
 */
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { SourceLimits } from './source-limits.ts';
import { isZstdMagic, ZstdFrames } from './zstd-frames.ts';

const OUTPUT_CHUNK_BYTES = 256 * 1024;
const MAGIC_BYTES = 4;

/** The input cannot be decompressed, or not within the limits; the message holds no text of it. */
export class DecompressionError extends Error {}

/** Counts compressed bytes as they are read. */
export interface Meter {
  bytesRead: number;
}

/** The bytes of an input, decompressed where they are compressed. */
export async function* decompressed(
  input: AsyncIterable<Buffer>,
  meter: Meter,
  limits: SourceLimits,
): AsyncGenerator<Buffer> {
  const metered = countBytes(input, meter);
  const { head, rest } = await readHead(metered);
  const codec = codecOf(head);
  if (codec === null) {
    yield head;
    yield* rest;
    return;
  }
  const options = { chunkSize: OUTPUT_CHUNK_BYTES };
  const unpack = codec === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
  const packed = rejoin(head, rest);
  // Errors of either side come out of `unpack`, which is what we read; the callback only keeps them from being unhandled.
  pipeline(codec === 'gzip' ? packed : byFrame(packed), unpack, () => undefined);
  yield* guarded(unpack, codec, meter, limits);
}

async function* byFrame(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames();
  for await (const chunk of input) yield* frames.cut(chunk);
}

async function* guarded(
  unpack: AsyncIterable<Buffer>,
  codec: string,
  meter: Meter,
  limits: SourceLimits,
): AsyncGenerator<Buffer> {
  let produced = 0;
  try {
    for await (const chunk of unpack) {
      produced += chunk.length;
      if (produced > limits.decompressedBytes) {
        throw new DecompressionError(
          `becomes larger than ${limits.decompressedBytes} bytes when decompressed; split it, or raise limits.decompressed_bytes (of a request intake.max_decompressed_bytes)`,
        );
      }
      if (produced > limits.ratioFloorBytes && produced > limits.ratio * meter.bytesRead) {
        throw new DecompressionError(
          `becomes more than ${limits.ratio} times larger when decompressed; if it is no bomb, raise limits.ratio`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (isCodecError(error))
      throw new DecompressionError(`the ${codec} data is damaged or breaks off; have it sent again`);
    throw error;
  }
}

function isCodecError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(?:Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(code);
}

async function* countBytes(input: AsyncIterable<Buffer>, meter: Meter): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    meter.bytesRead += chunk.length;
    yield chunk;
  }
}

async function readHead(
  input: AsyncGenerator<Buffer>,
): Promise<{ head: Buffer; rest: AsyncGenerator<Buffer> }> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < MAGIC_BYTES) {
    const { value, done } = await input.next();
    if (done === true) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  return { head, rest: input };
}

async function* rejoin(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

function codecOf(head: Buffer): 'gzip' | 'zstd' | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head.length >= MAGIC_BYTES && isZstdMagic(head.readUInt32LE(0)) ? 'zstd' : null;
}
