/**
 * Walks the frames of one segment, front to back, a chunk at a time.
 *
 * What: reads about a MiB, takes the whole frames in it, and goes on where the first cut one begins; a frame larger
 * than a chunk is read by itself. Why not map the file: Node has no mmap. Cost: one read a chunk, the cut frame read
 * twice, one checksum over everything.
 *
 * Memory: fresh memory costs more than the reading (every page of it faults in), so a walk whose records are looked at
 * and let go (`reuse`) reads into the same buffer again; the records of a batch then hold until the next is asked for.
 *
 * Worked example: chunks of 1,000 bytes over frames of 400: reads 0..1000, gives two; reads 800..1800, gives two; ...
 * A frame of 5,000 bytes at 1,600: the chunk 1600..2600 holds none, so 1600..6600 is read.
 */
import type { LogRecord } from '../../ports/event-log.ts';
import { readFully, type LogFile } from './log-files.ts';
import { FrameChunk } from './log-frame.ts';

export interface WalkStart {
  salt: number;
  /** Where a frame begins, and the offset of its record. */
  position: number;
  offset: number;
}

export interface WalkOptions {
  chunkBytes: number;
  reuse: boolean;
}

export class FrameWalk {
  readonly #file: LogFile;
  readonly #salt: number;
  readonly #options: WalkOptions;
  #buffer = new Uint8Array(0);
  #position: number;
  #offset: number;
  #batchPosition: number;

  constructor(file: LogFile, start: WalkStart, options: WalkOptions) {
    this.#file = file;
    this.#salt = start.salt;
    this.#position = start.position;
    this.#batchPosition = start.position;
    this.#offset = start.offset;
    this.#options = options;
  }

  /** Where the next frame begins. */
  get position(): number {
    return this.#position;
  }

  /** Where the batch of the last record given began. */
  get batchPosition(): number {
    return this.#batchPosition;
  }

  /** Offset of the next record. */
  get offset(): number {
    return this.#offset;
  }

  /** The next records before a place in the file; none when there are none, or when a frame there is not sound. */
  async next(limit: number): Promise<LogRecord[]> {
    if (this.#position >= limit) return [];
    const left = limit - this.#position;
    const chunk = await this.#load(Math.min(left, this.#options.chunkBytes));
    const records = this.#take(chunk);
    if (records.length > 0) return records;
    const claim = chunk.claimAt(0);
    if (claim === null || claim <= chunk.length || claim > left) return [];
    return this.#take(await this.#load(claim));
  }

  async #load(bytes: number): Promise<FrameChunk> {
    if (!this.#options.reuse || this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafeSlow(bytes);
    const into = this.#buffer.subarray(0, bytes);
    return new FrameChunk(into.subarray(0, await readFully(this.#file, into, this.#position)));
  }

  #take(chunk: FrameChunk): LogRecord[] {
    const records: LogRecord[] = [];
    let at = 0;
    for (;;) {
      const record = chunk.recordAt(at, this.#salt);
      if (record === null || record.offset !== this.#offset) break;
      records.push(record);
      if (chunk.batchAt(at) === record.offset) this.#batchPosition = this.#position + at;
      at += chunk.claimAt(at) ?? 0;
      this.#offset += 1;
    }
    this.#position += at;
    return records;
  }
}
