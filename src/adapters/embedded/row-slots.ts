/**
 * A set of row numbers that is looked up by what the rows hold: open addressing with linear probing in one typed array.
 *
 * What: a slot holds a row number + 1, or 0 where it is free; rows are never taken out. Why not a Map: its entries take
 * more memory, and the garbage collector walks them. Cost: 6 to 12 bytes a row, one or two probes.
 *
 * Worked example: 16 slots, row 3 with hash 21: slot 5 holds 4; row 7 with hash 37 finds slot 5 taken, slot 6 holds 8.
 * Source: Knuth, The Art of Computer Programming 3, section 6.4, algorithm L.
 */
const FIRST_SLOTS = 16;

export class RowSlots {
  readonly #hashOf: (row: number) => number;
  #slots = new Int32Array(FIRST_SLOTS);
  #rows = 0;

  /** @param hashOf any 32-bit integer; the same for as long as the row is in the set */
  constructor(hashOf: (row: number) => number) {
    this.#hashOf = hashOf;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** The row with this hash that `matches`, -1 where there is none. */
  find(hash: number, matches: (row: number) => boolean): number {
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const row = (this.#slots[at] ?? 0) - 1;
      if (row < 0 || matches(row)) return row;
    }
  }

  /** Puts in a row that is not there. */
  add(row: number): void {
    this.#rows += 1;
    // At most two of three slots are taken: beyond that probes get long.
    if (this.#rows * 3 > this.#slots.length * 2) this.#grow();
    this.#place(row);
  }

  *rows(): Iterable<number> {
    for (const slot of this.#slots) if (slot !== 0) yield slot - 1;
  }

  #grow(): void {
    const former = this.#slots;
    this.#slots = new Int32Array(former.length * 2);
    for (const slot of former) if (slot !== 0) this.#place(slot - 1);
  }

  #place(row: number): void {
    const mask = this.#slots.length - 1;
    let at = this.#hashOf(row) & mask;
    while (this.#slots[at] !== 0) at = (at + 1) & mask;
    this.#slots[at] = row + 1;
  }
}
