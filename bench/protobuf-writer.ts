/**
 * Writes protobuf messages into one growing buffer: just what OTLP traces need, so that the benchmark's input is not
 * made by the library whose decoder is measured.
 *
 * Source: the encoding page of the Protocol Buffers documentation (varint, I64, LEN).
 */

export class ProtobufWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#at;
  }

  /** What was written since the last `reset`; a view, valid until then. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  reset(): void {
    this.#at = 0;
  }

  /** Unsigned, below 2^32. */
  varint(value: number): void {
    this.#reserve(5);
    let left = value;
    while (left > 0x7f) {
      this.#bytes[this.#at++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.#bytes[this.#at++] = left;
  }

  enumeration(field: number, value: number): void {
    this.varint(field << 3);
    this.varint(value);
  }

  fixed64(field: number, value: bigint): void {
    this.varint((field << 3) | 1);
    this.#reserve(8);
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at);
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  text(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.varint((field << 3) | 2);
    this.varint(length);
    this.#reserve(length);
    this.#at += this.#bytes.write(value, this.#at);
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
