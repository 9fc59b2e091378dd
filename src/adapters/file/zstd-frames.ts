/**
 * Cuts a zstd stream at the ends of its frames.
 *
 * Why: a zstd file may be several frames one after the other (`cat a.zst b.zst`, parallel compressors), and node:zlib
 * decodes only the first one that a write holds, and drops the rest of it without an error
 * (github.com/nodejs/node/issues/64741). It goes on with a frame that begins a write of its own, so writes end where frames do.
 * How: a frame is a header, blocks that each name their size, and a checksum if its header says so. Bytes that are no frame are
 * passed on, for the decoder to refuse. Cost: a few bytes looked at in each block.
 *
 * Worked example: frames of 30 and 40 bytes in one chunk of 70 come out as chunks of 30 and 40. Source: RFC 8878, section 3.1.
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const RUN_LENGTH_BLOCK = 1;

/** Whether a frame begins with this word; some compressors put a skippable one first. */
export function isZstdMagic(word: number): boolean {
  return word === MAGIC || (word & SKIPPABLE_MASK) >>> 0 === SKIPPABLE;
}

type Part = 'magic' | 'skip-size' | 'descriptor' | 'block' | 'unknown';

export class ZstdFrames {
  #part: Part = 'magic';
  /** Bytes of the part collected so far, and how many it has. */
  #held: number[] = [];
  #needed = MAGIC_BYTES;
  /** Bytes to pass before the next part. */
  #pass = 0;
  #checksum = false;
  #frameEnds = false;

  /** The chunk in pieces, none of which reaches over the end of a frame. */
  cut(chunk: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#part === 'unknown') break;
      const passed = Math.min(this.#pass, chunk.length - at);
      this.#pass -= passed;
      at += passed;
      if (this.#pass > 0) break;
      if (this.#frameEnds) {
        pieces.push(chunk.subarray(from, at));
        from = at;
        this.#frameEnds = false;
        continue;
      }
      const byte = chunk[at];
      if (byte === undefined) break;
      this.#held.push(byte);
      at += 1;
      if (this.#held.length === this.#needed) this.#understand(Buffer.from(this.#held));
    }
    pieces.push(chunk.subarray(from));
    return pieces.filter((piece) => piece.length > 0);
  }

  #understand(bytes: Buffer): void {
    this.#held = [];
    if (this.#part === 'magic') this.#magic(bytes.readUInt32LE(0));
    else if (this.#part === 'skip-size') this.#endAfter(bytes.readUInt32LE(0));
    else if (this.#part === 'descriptor') this.#descriptor(bytes.readUInt8(0));
    else this.#block(bytes.readUIntLE(0, BLOCK_HEADER_BYTES));
  }

  #expect(part: Part, needed: number): void {
    this.#part = part;
    this.#needed = needed;
  }

  #magic(magic: number): void {
    if (magic === MAGIC) this.#expect('descriptor', 1);
    else if (isZstdMagic(magic)) this.#expect('skip-size', 4);
    else this.#part = 'unknown';
  }

  #descriptor(descriptor: number): void {
    const singleSegment = (descriptor & 0x20) !== 0;
    const contentSize = CONTENT_SIZE_BYTES[descriptor >>> 6] ?? 0;
    this.#checksum = (descriptor & 0x04) !== 0;
    this.#pass =
      (singleSegment ? Math.max(contentSize, 1) : contentSize + 1) +
      (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0);
    this.#expect('block', BLOCK_HEADER_BYTES);
  }

  #block(header: number): void {
    const last = (header & 1) === 1;
    const size = ((header >>> 1) & 3) === RUN_LENGTH_BLOCK ? 1 : header >>> 3;
    if (last) this.#endAfter(size + (this.#checksum ? CHECKSUM_BYTES : 0));
    else this.#pass = size;
  }

  #endAfter(bytes: number): void {
    this.#pass = bytes;
    this.#frameEnds = true;
    this.#expect('magic', MAGIC_BYTES);
  }
}
