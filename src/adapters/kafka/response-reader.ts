/**
 * Reads an answer of a broker field by field, as the protocol has it before its "flexible" versions: numbers big-endian, texts and
 * bytes behind their length, where -1 stands for none.
 *
 * Worked example: `00 02 68 69` is the text "hi", `ff ff` no text. Source: Kafka's protocol guide, protocol primitive types.
 */
export class ResponseReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  flag(): boolean {
    return this.#bytes.readInt8(this.#move(1)) !== 0;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#move(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#move(4));
  }

  bigInt64(): bigint {
    return this.#bytes.readBigInt64BE(this.#move(8));
  }

  int64(): number {
    return Number(this.bigInt64());
  }

  /** No text is an empty one. */
  text(): string {
    const length = Math.max(0, this.int16());
    const from = this.#move(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    const from = this.#move(length);
    return this.#bytes.subarray(from, from + length);
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item);
  }

  #move(length: number): number {
    const from = this.#at;
    this.#at += length;
    return from;
  }
}
