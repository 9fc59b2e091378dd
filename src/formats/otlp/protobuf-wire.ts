/**
 * Reads the wire format of Protocol Buffers: a cursor over one payload that never leaves the message it is in.
 *
 * What: tags, lengths, 64-bit integers, and the skipping of what nobody asked for. Every read is given the end of the
 * message it is in, and a field that reaches beyond it is a fault, even where the payload goes on: a length that is not
 * checked against its own message is how a damaged payload reads its neighbour. Nothing is copied.
 *
 * It takes and refuses exactly what protobufjs does (test/formats/otlp/otlp-differential.test.ts): tags and lengths may be
 * longer than they need to be, up to five bytes; a skipped varint may have any length; a group ends with its own number.
 *
 * Cost: one comparison a byte read; groups recurse, 100 deep at most.
 * Worked example: `0a 03 41 42 43 10 07` -> tag 0x0a (field 1, bytes), length 3, "ABC"; tag 0x10 (field 2, varint), 7.
 * Source: the encoding page of the Protocol Buffers documentation; the depth is protobufjs' and protoc's.
 */

/** Thrown by every read. One object: it tells no more than that, and a hostile payload can ask for many. */
export const WIRE_FAULT: Error = new Error('the bytes are no protobuf message');

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;

const MAX_DEPTH = 100;
/** Tags of field number 0, which there is not, are below. */
export const FIRST_TAG = 8;
const TWO_32 = 2 ** 32;
const LONGEST_VARINT = 10;

/** The number that announces a field on the wire. */
export function tagOf(field: number, wireType: number): number {
  return field * FIRST_TAG + wireType;
}

export class WireCursor {
  bytes: Buffer;
  /** Where the next read begins. */
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** @param end of the message, for this and every other read */
  tag(end: number): number {
    const at = this.at;
    if (at >= end) throw WIRE_FAULT;
    const byte = this.bytes[at] ?? 0;
    if (byte >= 0x80) return this.#longVarint32(end, 0x0f);
    this.at = at + 1;
    return byte;
  }

  /** Reads the length of a field and goes to its first byte. @returns where the field ends */
  length(end: number): number {
    const at = this.at;
    if (at >= end) throw WIRE_FAULT;
    let length = this.bytes[at] ?? 0;
    if (length < 0x80) this.at = at + 1;
    else if (at + 1 < end && (this.bytes[at + 1] ?? 0) < 0x80) {
      length = (length & 0x7f) | ((this.bytes[at + 1] ?? 0) << 7);
      this.at = at + 2;
    } else length = this.#longVarint32(end, 0x07);
    const to = this.at + length;
    if (to > end) throw WIRE_FAULT;
    return to;
  }

  /** Up to five bytes; the fifth, which has room for more bits than there are, is at most `last`. */
  #longVarint32(end: number, last: number): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte(end);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const byte = this.#byte(end);
    if (byte > last) throw WIRE_FAULT;
    return (value | (byte << 28)) >>> 0;
  }

  #byte(end: number): number {
    const at = this.at;
    if (at >= end) throw WIRE_FAULT;
    this.at = at + 1;
    return this.bytes[at] ?? 0;
  }

  /** A signed integer of 64 bits, as text. Rare, so that a bigint will do. */
  int64(end: number): string {
    let value = 0n;
    for (let i = 0; i < LONGEST_VARINT; i += 1) {
      const byte = this.#byte(end);
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return String(BigInt.asIntN(64, value));
    }
    throw WIRE_FAULT;
  }

  /** 64 bits, unsigned, divided by 1000 without the rest. */
  fixed64Thousands(end: number): number {
    const at = this.at;
    this.#advance(8, end);
    return thousandsAt(this.bytes, at);
  }

  /** Goes behind a field whose tag was read. @param depth of the message it is in: 0 for the outermost */
  skip(tag: number, end: number, depth: number): void {
    if (tag < FIRST_TAG || depth > MAX_DEPTH) throw WIRE_FAULT;
    switch (tag & 7) {
      case VARINT:
        while (this.#byte(end) >= 0x80);
        return;
      case FIXED64:
        return this.#advance(8, end);
      case BYTES:
        this.at = this.length(end);
        return;
      case GROUP:
        return this.#skipGroup(tag, end, depth);
      case FIXED32:
        return this.#advance(4, end);
      default:
        throw WIRE_FAULT;
    }
  }

  #advance(count: number, end: number): void {
    if (this.at + count > end) throw WIRE_FAULT;
    this.at += count;
  }

  #skipGroup(tag: number, end: number, depth: number): void {
    for (;;) {
      const inner = this.tag(end);
      if ((inner & 7) !== END_GROUP) this.skip(inner, end, depth + 1);
      else if (inner === tag - GROUP + END_GROUP) return;
      else throw WIRE_FAULT;
    }
  }
}

/**
 * As `fixed64Thousands`; the caller has checked that eight bytes are there. The high word first, then what is left of it
 * joined to the low word: all stays below 2^53, and each quotient below 2^32.
 */
export function thousandsAt(bytes: Uint8Array, at: number): number {
  const low = wordAt(bytes, at);
  const high = wordAt(bytes, at + 4);
  const quotient = (high / 1000) >>> 0;
  const rest = (high - quotient * 1000) * TWO_32 + low;
  return quotient * TWO_32 + ((rest / 1000) >>> 0);
}

function wordAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
