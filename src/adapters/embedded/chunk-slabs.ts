/**
 * The packed bytes of one bucket of the window: chunks one after the other in slabs, in memory or spilled.
 *
 * What: slabs double from 4 KiB to 256 KiB, so that a bucket with one chunk is small and a large one wastes little; a
 * chunk that is larger than the next slab gets one of its own size. Why slabs: 1.4 million chunks of 1.1 KB are six
 * thousand slabs for the garbage collector, and a slab is what one system call writes. A chunk's address, slab and
 * position, stays the same when its slab is spilled.
 *
 * Cost: one copy a chunk. Worked example: chunks of 1,100 bytes: three in slab 0, three in slab 1, seven in slab 2 (of
 * 8 KiB), then 14, 29, 59, 119 and 238 a slab.
 * Source: arenas, as in Hanson, Fast Allocation and Deallocation of Memory Based on Object Lifetimes, 1990.
 */
import type { SpilledPiece, WindowSpill } from './window-spill.ts';

const FIRST_SLAB_BYTES = 4 * 2 ** 10;
const LARGEST_SLAB_BYTES = 256 * 2 ** 10;

interface Slab {
  /** Null once it is spilled. */
  memory: Uint8Array | null;
  used: number;
  piece: SpilledPiece | null;
}

export interface ChunkAddress {
  slab: number;
  position: number;
}

export class ChunkSlabs {
  readonly #spill: WindowSpill;
  readonly #slabs: Slab[] = [];
  /** Of all slabs that ever were, which says how large the next one is worth. */
  #totalBytes = 0;
  #memoryBytes = 0;
  /** Every slab before this one is spilled. */
  #oldestInMemory = 0;

  constructor(spill: WindowSpill) {
    this.#spill = spill;
  }

  /** Of the slabs in memory, with the space that is still free in them. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  append(packed: Uint8Array): ChunkAddress {
    let last = this.#slabs.at(-1);
    if (last === undefined || last.memory === null || last.used + packed.length > last.memory.length)
      last = this.#addSlab(packed.length);
    const position = last.used;
    last.memory?.set(packed, position);
    last.used += packed.length;
    return { slab: this.#slabs.length - 1, position };
  }

  /** Replaces what is at an address by something that is not longer. */
  overwrite({ slab, position }: ChunkAddress, packed: Uint8Array): void {
    const { memory, piece } = this.#at(slab);
    if (memory !== null) memory.set(packed, position);
    else if (piece !== null) this.#spill.overwrite(piece, position, packed);
  }

  /** Copies what is at an address. */
  read({ slab, position }: ChunkAddress, into: Uint8Array): void {
    const { memory, piece } = this.#at(slab);
    if (memory !== null) into.set(memory.subarray(position, position + into.length));
    else if (piece !== null) this.#spill.read(piece, position, into);
  }

  /** Bytes that `spillOldest` would write; 0 where there is nothing to spill. */
  oldestBytes(tail: boolean): number {
    const end = tail ? this.#slabs.length : this.#slabs.length - 1;
    return this.#oldestInMemory < end ? this.#at(this.#oldestInMemory).used : 0;
  }

  /** Moves the oldest slab that is in memory to the file. */
  spillOldest(): void {
    const slab = this.#at(this.#oldestInMemory);
    if (slab.memory === null) return;
    slab.piece = this.#spill.write(slab.memory.subarray(0, slab.used));
    this.#memoryBytes -= slab.memory.length;
    slab.memory = null;
    this.#oldestInMemory += 1;
  }

  /** Gives back the space in the file; nothing may be read any more. */
  drop(): void {
    for (const { piece } of this.#slabs) if (piece !== null) this.#spill.release(piece);
    this.#slabs.length = 0;
    this.#memoryBytes = 0;
  }

  #addSlab(least: number): Slab {
    const worth = Math.min(LARGEST_SLAB_BYTES, Math.max(FIRST_SLAB_BYTES, this.#totalBytes));
    // Not of the pool of small buffers, which would keep 8 KiB for 4; not zeroed, since only what was written is read.
    const memory = Buffer.allocUnsafeSlow(Math.max(worth, least));
    const slab: Slab = { memory, used: 0, piece: null };
    this.#slabs.push(slab);
    this.#totalBytes += memory.length;
    this.#memoryBytes += memory.length;
    return slab;
  }

  #at(index: number): Slab {
    const slab = this.#slabs[index];
    if (slab === undefined) throw new RangeError(`no slab ${index}`);
    return slab;
  }
}
