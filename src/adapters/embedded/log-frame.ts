/**
 * The bytes of a segment file: a header, one frame per record, and, once no more will come, a footer.
 *
 *     header  magic 8 | version u32 | salt u32 | base offset f64 | checksum u32                          28 bytes
 *     frame   checksum u32 | length u32 | offset f64 | from f64 | to f64 | place in batch u32 | value    36 + length
 *     footer  checksum u32 | mark u32 | end offset f64 | its position f64 | from f64 | to f64 | written f64   48
 *
 * All little-endian; a time that is null is NaN. Why the parts:
 * - The checksum (CRC-32 of node:zlib, some GB/s) covers everything behind it and starts from the *salt* of the
 *   segment. So neither bytes of an older file on the same blocks nor bytes that a sender put into a value, who does not
 *   know the salt, can pass for a frame.
 * - The *offset* is explicit, so that a frame in the wrong place is seen.
 * - The *place in the batch* tells a torn write from damage. A batch is written only when the one before it is
 *   durable. A bad frame with frames of its own batch behind it is a write that a crash cut short: nobody was told that
 *   it is kept. A bad frame with a frame of a *later* batch behind it was durable once, and is damaged.
 *
 * Worked example: the record 'abc' at offset 7, second of its batch, without times: checksum, 3, 7, NaN, NaN, 1, then
 * 61 62 63: 39 bytes. At reading, 7 - 1 = 6 is where its batch began.
 * Source: the record layout of LevelDB's log and the record batches of Kafka, without their blocks.
 */
import { crc32 } from 'node:zlib';
import type { LogEntry, LogRecord } from '../../ports/event-log.ts';

const MAGIC = 'CFLOGSEG';
export const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 28;
export const FRAME_HEADER_BYTES = 36;
export const FOOTER_BYTES = 48;
/** Largest value; a length above it is no length. */
export const MAX_VALUE_BYTES = 2 ** 26;
/** Stands where a frame has its length, which cannot be that large. */
const FOOTER_MARK = 0xffff_ffff;
const LITTLE_ENDIAN = true;

export interface SegmentHeader {
  version: number;
  salt: number;
  base: number;
}

export interface SegmentFooter {
  /** Offset after the last record. */
  end: number;
  /** Where the footer stands: where the frames end. */
  position: number;
  /** Least `from` and greatest `to` of its records; Infinity and -Infinity where none has times. */
  from: number;
  to: number;
  /** When its last record was written. */
  writtenAt: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function encodeHeader(salt: number, base: number): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  const view = viewOf(bytes);
  view.setUint32(8, FORMAT_VERSION, LITTLE_ENDIAN);
  view.setUint32(12, salt, LITTLE_ENDIAN);
  view.setFloat64(16, base, LITTLE_ENDIAN);
  view.setUint32(24, crc32(bytes.subarray(0, 24)), LITTLE_ENDIAN);
  return bytes;
}

/** Null when it is not one. */
export function decodeHeader(bytes: Uint8Array): SegmentHeader | null {
  if (bytes.length < SEGMENT_HEADER_BYTES) return null;
  const view = viewOf(bytes);
  if (Buffer.from(bytes.subarray(0, 8)).toString('latin1') !== MAGIC) return null;
  if (view.getUint32(24, LITTLE_ENDIAN) !== crc32(bytes.subarray(0, 24))) return null;
  return {
    version: view.getUint32(8, LITTLE_ENDIAN),
    salt: view.getUint32(12, LITTLE_ENDIAN),
    base: view.getFloat64(16, LITTLE_ENDIAN),
  };
}

export function encodeFooter(salt: number, footer: SegmentFooter): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(4, FOOTER_MARK, LITTLE_ENDIAN);
  const numbers = [footer.end, footer.position, footer.from, footer.to, footer.writtenAt];
  numbers.forEach((number, i) => view.setFloat64(8 + 8 * i, number, LITTLE_ENDIAN));
  view.setUint32(0, crc32(bytes.subarray(4), salt), LITTLE_ENDIAN);
  return bytes;
}

/** Null when it is not the footer of this segment, or not at that place. */
export function decodeFooter(bytes: Uint8Array, salt: number, position: number): SegmentFooter | null {
  if (bytes.length < FOOTER_BYTES) return null;
  const view = viewOf(bytes);
  if (view.getUint32(4, LITTLE_ENDIAN) !== FOOTER_MARK) return null;
  if (view.getUint32(0, LITTLE_ENDIAN) !== crc32(bytes.subarray(4, FOOTER_BYTES), salt)) return null;
  const [end = 0, at = 0, from = 0, to = 0, writtenAt = 0] = [8, 16, 24, 32, 40].map((place) =>
    view.getFloat64(place, LITTLE_ENDIAN),
  );
  return at === position ? { end, position, from, to, writtenAt } : null;
}

/** Bytes of a record in the file. */
export function frameBytes(entry: LogEntry): number {
  return FRAME_HEADER_BYTES + entry.value.length;
}

/** The frames of one batch, as parts for one write: the values themselves are not copied. */
export function encodeBatch(entries: readonly LogEntry[], first: number, salt: number): Uint8Array[] {
  const headers = new Uint8Array(entries.length * FRAME_HEADER_BYTES);
  const view = viewOf(headers);
  return entries.flatMap(({ value, from, to }, i) => {
    const at = i * FRAME_HEADER_BYTES;
    view.setUint32(at + 4, value.length, LITTLE_ENDIAN);
    view.setFloat64(at + 8, first + i, LITTLE_ENDIAN);
    view.setFloat64(at + 16, from ?? Number.NaN, LITTLE_ENDIAN);
    view.setFloat64(at + 24, to ?? Number.NaN, LITTLE_ENDIAN);
    view.setUint32(at + 32, i, LITTLE_ENDIAN);
    const header = headers.subarray(at, at + FRAME_HEADER_BYTES);
    view.setUint32(at, crc32(value, crc32(header.subarray(4), salt)), LITTLE_ENDIAN);
    return [header, value];
  });
}

/** A piece of a segment in memory, frames among it. */
export class FrameChunk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** What the frame at a place says that it needs; null when its header is not all there, or cannot be one. */
  claimAt(at: number): number | null {
    if (at + FRAME_HEADER_BYTES > this.length) return null;
    const length = this.#view.getUint32(at + 4, LITTLE_ENDIAN);
    return length > MAX_VALUE_BYTES ? null : FRAME_HEADER_BYTES + length;
  }

  /** What a frame at a place would have as offset; says nothing of whether there is one. */
  offsetAt(at: number): number {
    return this.#view.getFloat64(at + 8, LITTLE_ENDIAN);
  }

  /** Offset at which the batch of the frame at a place began. */
  batchAt(at: number): number {
    return this.offsetAt(at) - this.#view.getUint32(at + 32, LITTLE_ENDIAN);
  }

  /** The record at a place, its value a view of these bytes; null when it is not whole and sound. */
  recordAt(at: number, salt: number): LogRecord | null {
    const claim = this.claimAt(at);
    if (claim === null || at + claim > this.length) return null;
    const checksum = this.#view.getUint32(at, LITTLE_ENDIAN);
    if (checksum !== crc32(this.#bytes.subarray(at + 4, at + claim), salt)) return null;
    const from = this.#view.getFloat64(at + 16, LITTLE_ENDIAN);
    const to = this.#view.getFloat64(at + 24, LITTLE_ENDIAN);
    return {
      partition: 0,
      offset: this.offsetAt(at),
      value: this.#bytes.subarray(at + FRAME_HEADER_BYTES, at + claim),
      from: Number.isNaN(from) ? null : from,
      to: Number.isNaN(to) ? null : to,
    };
  }
}
