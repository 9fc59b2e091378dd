/**
 * Walks over the records of a batch: zigzag varints, and bytes with a length before them.
 *
 * Worked example: `03` is -2, `04` is 2, `80 01` is 64. Source: Kafka's message format v2, which takes them from Protocol Buffers.
 */
export class RecordCursor {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /**
   * The next number; exact up to 2^53, and no field of a record is larger.
   * @throws RangeError behind the end
   */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 64; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new RangeError('it ends in the middle of a record');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RangeError('a number in it is too long');
  }

  /** The bytes behind a length; null where the length is negative. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    this.skip(length);
    return this.#bytes.subarray(from, this.at);
  }

  skip(length: number): void {
    this.at += length;
    if (this.at > this.#bytes.length) throw new RangeError('it ends in the middle of a record');
  }
}
