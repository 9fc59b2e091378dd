/**
 * The headers of the chunks of one bucket: which key, which position in the log, where the bytes are.
 *
 * What: a row of seven numbers a chunk in two typed arrays, one set of rows by (key, partition, offset), which makes
 * chunks idempotent, and one by key, which holds the first row of each key; the further rows of the key hang on it as a
 * linked list. Why typed arrays: the garbage collector sees four objects a bucket instead of one a chunk. Why a list
 * without an order: rows are sorted when an event reads them, which is rare.
 *
 * Cost: 32 bytes a chunk, its slots, and a third to grow: about 50. Worked example: chunks (key 4, partition 0, offset 9),
 * (4, 0, 12), (5, 0, 12), (4, 0, 10) are rows 0 to 3; by key: 4 -> 0, 5 -> 2; next: 0 -> 3 -> 1.
 * Source: Knuth, The Art of Computer Programming 3, section 6.4: hashing with separate lists, here of equal keys only.
 */
import type { ChunkAddress } from './chunk-slabs.ts';
import { RowSlots } from './row-slots.ts';

const FIRST_ROWS = 16;
const GROWTH = 1.5;

/** Places in a row of integers. */
const KEY = 0;
const PARTITION = 1;
const NEXT = 2;
const SLAB = 3;
const POSITION = 4;
const LENGTH = 5;
const WIDTH = 6;

export class ChunkTable {
  #integers = new Int32Array(FIRST_ROWS * WIDTH);
  #offsets = new Float64Array(FIRST_ROWS);
  #rows = 0;
  readonly #chunks = new RowSlots((row) =>
    hashOf(this.#get(row, KEY), this.#get(row, PARTITION), this.offset(row)),
  );
  readonly #keys = new RowSlots((row) => hashOf(this.#get(row, KEY), 0, 0));

  /** Number of chunks. */
  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#integers.byteLength + this.#offsets.byteLength + this.#chunks.bytes + this.#keys.bytes;
  }

  partition(row: number): number {
    return this.#get(row, PARTITION);
  }

  offset(row: number): number {
    return this.#offsets[row] ?? 0;
  }

  length(row: number): number {
    return this.#get(row, LENGTH);
  }

  address(row: number): ChunkAddress {
    return { slab: this.#get(row, SLAB), position: this.#get(row, POSITION) };
  }

  place(row: number, { slab, position }: ChunkAddress, length: number): void {
    this.#set(row, SLAB, slab);
    this.#set(row, POSITION, position);
    this.#set(row, LENGTH, length);
  }

  /** Row of a chunk, -1 where it is not there. */
  find(key: number, partition: number, offset: number): number {
    return this.#chunks.find(
      hashOf(key, partition, offset),
      (row) =>
        this.offset(row) === offset && this.#get(row, KEY) === key && this.#get(row, PARTITION) === partition,
    );
  }

  /** Adds a chunk that is not there; `place` says where its bytes are. */
  add(key: number, partition: number, offset: number): { row: number; newKey: boolean } {
    if (this.#rows === this.#offsets.length) this.#grow();
    const row = this.#rows;
    this.#rows += 1;
    this.#set(row, KEY, key);
    this.#set(row, PARTITION, partition);
    this.#offsets[row] = offset;
    this.#chunks.add(row);
    const first = this.#firstOf(key);
    this.#set(row, NEXT, first < 0 ? -1 : this.#get(first, NEXT));
    if (first < 0) this.#keys.add(row);
    else this.#set(first, NEXT, row);
    return { row, newKey: first < 0 };
  }

  /** Rows of a key, in no order. */
  rowsOf(key: number): number[] {
    const rows: number[] = [];
    for (let row = this.#firstOf(key); row >= 0; row = this.#get(row, NEXT)) rows.push(row);
    return rows;
  }

  *keys(): Iterable<number> {
    for (const row of this.#keys.rows()) yield this.#get(row, KEY);
  }

  #firstOf(key: number): number {
    return this.#keys.find(hashOf(key, 0, 0), (row) => this.#get(row, KEY) === key);
  }

  #grow(): void {
    const rows = Math.ceil(this.#offsets.length * GROWTH);
    const integers = new Int32Array(rows * WIDTH);
    integers.set(this.#integers);
    this.#integers = integers;
    const offsets = new Float64Array(rows);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
  }

  #get(row: number, place: number): number {
    return this.#integers[row * WIDTH + place] ?? -1;
  }

  #set(row: number, place: number, value: number): void {
    this.#integers[row * WIDTH + place] = value;
  }
}

/** Mixes three integers, the last of up to 53 bits: the steps of MurmurHash3 (Appleby 2011). */
function hashOf(key: number, partition: number, offset: number): number {
  let hash = Math.imul(key ^ 0x9e3779b1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ partition, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ offset, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ Math.floor(offset / 2 ** 32), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
