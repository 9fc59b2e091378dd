/**
 * The window of one process (ports/window-store.ts is the contract): memory first, temporary files for what does not fit.
 *
 * What: buckets of time outermost, each with the chunks of all keys (window-bucket.ts), so that expiry drops a bucket
 * as a whole; beside them the hot lists (hot-lists.ts). Above `maxBytes` slabs go to files, oldest bucket first: the
 * fewest events still ask for it. Every call takes effect in one step, so that the order "write, then read the other side"
 * holds by itself. What was expired stays so: a later chunk of such a bucket would never be dropped, and is not kept.
 *
 * Cost: a chunk that is put, two look-ups and one copy, and about 50 bytes beside its own; expiry, one step a key of the
 * bucket (`node bench/window-store.ts` measures). Arrays are copied on the way in and on the way out, once each: nothing
 * given or taken is shared with what changes later.
 *
 * Worked example: maxBytes 256 MiB and 44 MB a bucket: five buckets in memory, the older thirty in files; an event that
 * looks back a minute reads five from memory and two from files.
 * Source: DESIGN 4.3, reference/streaming section 3.
 */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { CounterfoilError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import { bucketEnd, bucketOf } from '../../model/span-bucket.ts';
import type { HotEntry, SpanChunk, WindowStore, WindowUsage } from '../../ports/window-store.ts';
import { HotLists } from './hot-lists.ts';
import { KeyNumbers } from './key-numbers.ts';
import { WindowBucket, type WindowTotals } from './window-bucket.ts';
import { WindowSpill } from './window-spill.ts';

export interface WindowStoreSettings {
  /** `window.max_bytes`: what of it stays in memory, headers and keys included; default 256 MiB. */
  maxBytes?: number;
  /** What the temporary files may hold; beyond it putSpans rejects. Default 16 GiB. */
  maxSpilledBytes?: number;
  /** What headers and keys, which are never spilled, may take; default 256 MiB, about five million chunks. */
  maxIndexBytes?: number;
  /** Events on hot lists; an event under two keys counts twice. Default one million. */
  maxHotEntries?: number;
  /** Folder of the temporary files; it exists. Default: that of the operating system. */
  directory?: string;
}

const MIB = 2 ** 20;
const MAX_PARTITION = 2 ** 31 - 1;

/** Opens an empty window. The first file is created when the memory is full, not before. */
export function createWindowStore(settings: WindowStoreSettings = {}): WindowStore {
  return new EmbeddedWindow(settings);
}

class EmbeddedWindow implements WindowStore {
  readonly #maxBytes: number;
  readonly #maxSpilledBytes: number;
  readonly #maxIndexBytes: number;
  readonly #generation = randomUUID();
  readonly #buckets = new Map<number, WindowBucket>();
  readonly #totals: WindowTotals = { slabBytes: 0, tableBytes: 0, chunks: 0 };
  readonly #keys = new KeyNumbers();
  readonly #spill: WindowSpill;
  readonly #hot: HotLists;
  /** First bucket that is not expired. */
  #floor = -Infinity;
  #lateChunks = 0;
  #closed = false;

  constructor(settings: WindowStoreSettings) {
    this.#maxBytes = settings.maxBytes ?? 256 * MIB;
    this.#maxSpilledBytes = settings.maxSpilledBytes ?? 16_384 * MIB;
    this.#maxIndexBytes = settings.maxIndexBytes ?? 256 * MIB;
    this.#spill = new WindowSpill(settings.directory ?? tmpdir(), this.#maxSpilledBytes);
    this.#hot = new HotLists(settings.maxHotEntries ?? 1_000_000);
  }

  async putSpans(chunks: readonly SpanChunk[]): Promise<ReadonlyMap<string, readonly HotEntry[]>> {
    this.#checkOpen();
    for (const chunk of chunks) checkPlace(chunk);
    const kept = chunks.filter(({ bucket }) => bucket >= this.#floor);
    if (kept.length > 0) this.#makeRoom(kept);
    for (const chunk of kept) this.#put(chunk);
    this.#lateChunks += chunks.length - kept.length;
    const hot = new Map<string, readonly HotEntry[]>();
    if (this.#hot.entries === 0) return hot;
    for (const { spanKey } of chunks) {
      const list = this.#hot.of(spanKey);
      if (list !== undefined) hot.set(spanKey, list);
    }
    return hot;
  }

  async putEvent(spanKeys: readonly string[], entry: HotEntry): Promise<SpanChunk[]> {
    this.#checkOpen();
    this.#hot.put(new Set(spanKeys), entry);
    const names = new Map<number, string>();
    for (const spanKey of spanKeys) {
      const number = this.#keys.find(spanKey);
      if (number !== undefined) names.set(number, spanKey);
    }
    const from = bucketOf(entry.from);
    return this.#oldestFirst().flatMap((bucket) => (bucket.number < from ? [] : bucket.read(names)));
  }

  async dropEvents(eventIds: readonly string[]): Promise<void> {
    this.#checkOpen();
    for (const eventId of eventIds) this.#hot.drop(eventId);
  }

  async expire(before: Instant): Promise<void> {
    this.#checkOpen();
    const floor = bucketOf(before);
    if (!(floor > this.#floor)) return;
    this.#floor = floor;
    for (const bucket of this.#buckets.values()) if (bucket.number < floor) this.#drop(bucket);
  }

  async completeFrom(): Promise<Instant> {
    this.#checkOpen();
    return bucketEnd(this.#floor - 1);
  }

  async generation(): Promise<string> {
    this.#checkOpen();
    return this.#generation;
  }

  async begin(): Promise<string> {
    return await this.generation();
  }

  async usage(): Promise<WindowUsage> {
    this.#checkOpen();
    return {
      bytes: this.#totals.slabBytes + this.#indexBytes(),
      spilledBytes: this.#spill.bytes,
      chunks: this.#totals.chunks,
      hotEntries: this.#hot.entries,
      lateChunks: this.#lateChunks,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#buckets.clear();
    this.#spill.close();
  }

  #put(chunk: SpanChunk): void {
    let bucket = this.#buckets.get(chunk.bucket);
    if (bucket === undefined) {
      bucket = new WindowBucket(chunk.bucket, this.#totals, this.#spill);
      this.#buckets.set(chunk.bucket, bucket);
    }
    const key = this.#keys.numberOf(chunk.spanKey);
    if (bucket.put(key, chunk)) this.#keys.hold(key);
  }

  #drop(bucket: WindowBucket): void {
    for (const key of bucket.keys()) this.#keys.release(key);
    bucket.drop();
    this.#buckets.delete(bucket.number);
  }

  /**
   * Spills until the incoming bytes fit into memory. Before anything is taken, so that a batch is taken as a whole or
   * not at all; the memory is passed by no more than the slabs that the batch begins.
   * @throws CounterfoilError CF_OVER_LIMIT when there is no room until something is expired, or the disk is full
   */
  #makeRoom(chunks: readonly SpanChunk[]): void {
    const incoming = chunks.reduce((sum, { packed }) => sum + packed.length, 0);
    const spillable = this.#totals.slabBytes + incoming;
    const excess = Math.min(spillable, spillable + this.#indexBytes() - this.#maxBytes);
    if (this.#spill.bytes + Math.max(0, excess) > this.#maxSpilledBytes)
      throw full(`${this.#maxBytes} bytes of memory and ${this.#maxSpilledBytes} of files`);
    if (this.#indexBytes() >= this.#maxIndexBytes) throw full(`${this.#maxIndexBytes} bytes of headers`);
    if (excess > 0) this.#spillSlabs(this.#totals.slabBytes - excess);
  }

  /** Full slabs first, or a straggler of an old bucket would cost a piece of file of its own. */
  #spillSlabs(targetBytes: number): void {
    const buckets = this.#oldestFirst();
    for (const tail of [false, true]) {
      for (const bucket of buckets) {
        while (this.#totals.slabBytes > targetBytes) {
          const bytes = bucket.spillableBytes(tail);
          if (bytes === 0) break;
          if (this.#spill.bytes + bytes > this.#maxSpilledBytes) return;
          bucket.spillOldest();
        }
      }
    }
  }

  #oldestFirst(): WindowBucket[] {
    return [...this.#buckets.values()].toSorted((a, b) => a.number - b.number);
  }

  /** What cannot be spilled. */
  #indexBytes(): number {
    return this.#totals.tableBytes + this.#keys.bytes;
  }

  #checkOpen(): void {
    if (this.#closed) throw new CounterfoilError('CF_INTERNAL', 'The window is closed');
  }
}

function checkPlace({ bucket, partition, offset }: SpanChunk): void {
  const isPartition = Number.isInteger(partition) && partition >= 0 && partition <= MAX_PARTITION;
  if (!isPartition || !Number.isSafeInteger(bucket) || !Number.isSafeInteger(offset))
    throw new CounterfoilError('CF_INTERNAL', `No chunk can be at ${bucket}/${partition}:${offset}`);
}

function full(what: string): CounterfoilError {
  const hint = 'wait until older ones expire, or raise window.max_bytes';
  return new CounterfoilError('CF_OVER_LIMIT', `The window of spans holds ${what}: ${hint}`);
}
