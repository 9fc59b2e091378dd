/**
 * The records appended last, in memory: a reader that keeps up never touches the disk.
 *
 * What: a queue with a bound in bytes; offsets follow each other, so that a record is found by subtraction. Each knows
 * where it stands in its file, so that a reader that falls behind goes on there. Cost: amortised O(1) per record.
 * Worked example: a bound of 1 MB and records of 22 kB keep the last 45; a reader that is 46 behind reads the file.
 */
import type { LogRecord } from '../../ports/event-log.ts';
import type { Segment } from './log-segment.ts';

export interface TailItem {
  record: LogRecord;
  segment: Segment;
  /** Where its frame ends. */
  endPosition: number;
}

/** What an item costs besides its value, so that many empty ones are bounded too. */
const ITEM_BYTES = 200;

export class LogTail {
  readonly #maxBytes: number;
  #items: TailItem[] = [];
  /** Index of the oldest one kept; those before it are let go now and then, all at once. */
  #first = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(item: TailItem): void {
    const { value } = item.record;
    // A small view keeps alive all the memory that it looks at.
    const alone = value.length * 2 < value.buffer.byteLength ? value.slice() : value;
    this.#items.push({ ...item, record: { ...item.record, value: alone } });
    this.#bytes += ITEM_BYTES + value.length;
    while (this.#bytes > this.#maxBytes) {
      this.#bytes -= ITEM_BYTES + (this.#items[this.#first]?.record.value.length ?? 0);
      this.#first += 1;
    }
    if (this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Items from an offset on, at least one and then as many as fit; none when that offset is not kept. */
  from(offset: number, maxBytes: number): TailItem[] {
    const oldest = this.#items[this.#first];
    if (oldest === undefined || offset < oldest.record.offset) return [];
    const start = this.#first + offset - oldest.record.offset;
    let end = start;
    for (let bytes = 0; end < this.#items.length; end += 1) {
      bytes += this.#items[end]?.record.value.length ?? 0;
      if (bytes > maxBytes && end > start) break;
    }
    return this.#items.slice(start, end);
  }
}
