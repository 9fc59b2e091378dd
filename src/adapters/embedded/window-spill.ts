/**
 * Temporary files for the part of the window that does not fit into memory.
 *
 * What: pieces are written one after the other into segments; a segment whose pieces were all released is closed, which
 * gives its space back to the disk. Why segments and not a file a bucket: the number of open files is then bounded,
 * however many buckets there are. Why nothing is compacted: pieces come oldest bucket
 * first and are released oldest bucket first, so that a segment empties soon after its first piece was released.
 *
 * Cost: one system call a piece. Worked example: a limit of 16 GiB, so segments of 64 MiB; buckets of 44 MB: segment 1
 * holds bucket 1 and half of bucket 2, and is closed when both are expired.
 * Source: segments of log-structured stores, Rosenblum and Ousterhout 1992, without their cleaner.
 */
import { TemporaryFile } from './temporary-file.ts';

/** A segment is this part of the limit: so many files at most, and so little that waits for its last piece. */
const SEGMENTS = 256;

interface Segment {
  file: TemporaryFile;
  bytes: number;
  pieces: number;
}

/** Where a piece is. */
export interface SpilledPiece {
  segment: Segment;
  position: number;
}

export class WindowSpill {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #segments = new Set<Segment>();
  #current: Segment | null = null;
  #bytes = 0;

  /** @param maxBytes the most that the caller will have in it; it sees to that itself */
  constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#segmentBytes = maxBytes / SEGMENTS;
  }

  /** Of all segments that are open, with what was released in them: what the disk feels. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws CounterfoilError CF_OVER_LIMIT when the disk does not take it: then nothing was written */
  write(bytes: Uint8Array): SpilledPiece {
    const segment = this.#segmentWithSpace();
    const position = segment.bytes;
    segment.file.write(bytes, position);
    segment.bytes += bytes.length;
    segment.pieces += 1;
    this.#bytes += bytes.length;
    return { segment, position };
  }

  /** Replaces a part of a piece. */
  overwrite({ segment, position }: SpilledPiece, at: number, bytes: Uint8Array): void {
    segment.file.write(bytes, position + at);
  }

  /** Fills `into` with a part of a piece. */
  read({ segment, position }: SpilledPiece, at: number, into: Uint8Array): void {
    segment.file.read(into, position + at);
  }

  release({ segment }: SpilledPiece): void {
    segment.pieces -= 1;
    if (segment.pieces === 0) this.#close(segment);
  }

  close(): void {
    for (const segment of this.#segments) this.#close(segment);
  }

  #segmentWithSpace(): Segment {
    if (this.#current !== null && this.#current.bytes < this.#segmentBytes) return this.#current;
    this.#current = { file: new TemporaryFile(this.#directory, 'window'), bytes: 0, pieces: 0 };
    this.#segments.add(this.#current);
    return this.#current;
  }

  #close(segment: Segment): void {
    segment.file.close();
    this.#segments.delete(segment);
    this.#bytes -= segment.bytes;
    if (this.#current === segment) this.#current = null;
  }
}
