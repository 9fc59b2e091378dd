/**
 * The part of a byte stream that a scanner still needs, addressed by offsets from the start of the stream.
 *
 * A chunk that arrives while nothing is held is adopted, not copied, which is the usual case; what is left of an
 * unfinished record is copied in front of the next chunk. A record of n bytes costs O(n) copies, because the room
 * doubles while a record grows.
 *
 * Worked example: chunks `{"a"` and `:1}\n`: the first is adopted; at the second the window holds `{"a":1}\n` from
 * offset 0; `release(8)` leaves it empty at offset 8.
 */
export class ByteWindow {
  /** Valid from `index(start)` to `index(end)`. */
  bytes: Buffer = Buffer.alloc(0);
  #base = 0;
  #start = 0;
  #end = 0;

  /** @param offset stream offset of the first byte that will be appended */
  constructor(offset = 0) {
    this.#base = offset;
    this.#start = offset;
    this.#end = offset;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Index into `bytes` of a stream offset. */
  index(offset: number): number {
    return offset - this.#base;
  }

  /** Adds a chunk at the end; the caller gives it away. */
  append(chunk: Buffer): void {
    const held = this.#end - this.#start;
    if (held === 0) {
      this.bytes = chunk;
      this.#base = this.#end;
    } else if (this.index(this.#end) + chunk.length <= this.bytes.length) {
      chunk.copy(this.bytes, this.index(this.#end));
    } else {
      const room = held + chunk.length;
      const grown = Buffer.allocUnsafe(held > chunk.length ? 2 * room : room);
      this.bytes.copy(grown, 0, this.index(this.#start), this.index(this.#end));
      chunk.copy(grown, held);
      this.bytes = grown;
      this.#base = this.#start;
    }
    this.#end += chunk.length;
  }

  /** Gives up everything before a stream offset. */
  release(offset: number): void {
    this.#start = Math.min(Math.max(offset, this.#start), this.#end);
  }

  /** A view of the bytes between two offsets; valid until the next append. */
  view(from: number, to: number): Buffer {
    return this.bytes.subarray(this.index(from), this.index(to));
  }

  text(from: number, to: number): string {
    return this.bytes.toString('utf8', this.index(from), this.index(to));
  }
}
