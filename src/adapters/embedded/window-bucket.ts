/**
 * One bucket of the window: the chunks of all keys whose spans end in the same ten seconds, dropped in one step.
 *
 * What: headers in a table (chunk-table.ts), bytes in slabs (chunk-slabs.ts). A chunk that comes again is written over
 * the former one; a longer one goes to the end and the former bytes stay unused until the bucket is dropped, since the
 * same record gives the same chunk unless the program changed in between.
 *
 * Cost: two look-ups and one copy a chunk; an event's read is one copy, or one system call, a chunk.
 * Worked example: chunks (`n:a`, 0:9) and (`n:b`, 0:9) of one record, then (`n:a`, 0:7): a read of both keys gives 0:7 of
 * `n:a`, 0:9 of `n:a`, 0:9 of `n:b`.
 * Source: DESIGN 4.3.
 */
import type { SpanChunk } from '../../ports/window-store.ts';
import { ChunkSlabs } from './chunk-slabs.ts';
import { ChunkTable } from './chunk-table.ts';
import type { WindowSpill } from './window-spill.ts';

/** Typed arrays can be laid over a chunk that begins at a multiple of this. */
const ALIGNMENT = 8;

/** Sums over all buckets. */
export interface WindowTotals {
  /** Of slabs in memory. */
  slabBytes: number;
  tableBytes: number;
  chunks: number;
}

export class WindowBucket {
  readonly number: number;
  readonly #totals: WindowTotals;
  readonly #table = new ChunkTable();
  readonly #slabs: ChunkSlabs;

  constructor(number: number, totals: WindowTotals, spill: WindowSpill) {
    this.number = number;
    this.#totals = totals;
    this.#slabs = new ChunkSlabs(spill);
    totals.tableBytes += this.#table.bytes;
  }

  /** Copies a chunk in; says whether it is the first of its key here. */
  put(key: number, { partition, offset, packed }: SpanChunk): boolean {
    const known = this.#table.find(key, partition, offset);
    if (known >= 0) {
      this.#replace(known, packed);
      return false;
    }
    const tableBytes = this.#table.bytes;
    const { row, newKey } = this.#table.add(key, partition, offset);
    this.#table.place(row, this.#append(packed), packed.length);
    this.#totals.tableBytes += this.#table.bytes - tableBytes;
    this.#totals.chunks += 1;
    return newKey;
  }

  /** The chunks of some keys, in order of partition, offset and key; their bytes are copies, in memory of their own. */
  read(keys: ReadonlyMap<number, string>): SpanChunk[] {
    const found: { row: number; spanKey: string; partition: number; offset: number }[] = [];
    let bytes = 0;
    for (const [key, spanKey] of keys) {
      for (const row of this.#table.rowsOf(key)) {
        found.push({ row, spanKey, partition: this.#table.partition(row), offset: this.#table.offset(row) });
        bytes += aligned(this.#table.length(row));
      }
    }
    found.sort(
      (a, b) => a.partition - b.partition || a.offset - b.offset || (a.spanKey < b.spanKey ? -1 : 1),
    );
    // One piece of memory for all: making one for each chunk takes longer than copying it.
    const memory = new ArrayBuffer(bytes);
    let at = 0;
    return found.map(({ row, spanKey, partition, offset }) => {
      const packed = new Uint8Array(memory, at, this.#table.length(row));
      at += aligned(packed.length);
      this.#slabs.read(this.#table.address(row), packed);
      return { spanKey, bucket: this.number, partition, offset, packed };
    });
  }

  /** Bytes that `spillOldest` would write. @param tail whether the slab that chunks still go to may be taken */
  spillableBytes(tail: boolean): number {
    return this.#slabs.oldestBytes(tail);
  }

  spillOldest(): void {
    const before = this.#slabs.memoryBytes;
    this.#slabs.spillOldest();
    this.#totals.slabBytes += this.#slabs.memoryBytes - before;
  }

  /** Gives back all that it takes. */
  drop(): void {
    this.#totals.slabBytes -= this.#slabs.memoryBytes;
    this.#totals.tableBytes -= this.#table.bytes;
    this.#totals.chunks -= this.#table.rows;
    this.#slabs.drop();
  }

  keys(): Iterable<number> {
    return this.#table.keys();
  }

  #replace(row: number, packed: Uint8Array): void {
    const address = this.#table.address(row);
    const fits = packed.length <= this.#table.length(row);
    if (fits) this.#slabs.overwrite(address, packed);
    this.#table.place(row, fits ? address : this.#append(packed), packed.length);
  }

  #append(packed: Uint8Array): ReturnType<ChunkSlabs['append']> {
    const before = this.#slabs.memoryBytes;
    const address = this.#slabs.append(packed);
    this.#totals.slabBytes += this.#slabs.memoryBytes - before;
    return address;
  }
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
