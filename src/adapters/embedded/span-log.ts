/**
 * The span log of one process: memory first, a temporary file for what does not fit.
 *
 * The file belongs to this process alone (temporary-file.ts). One write and one read a chunk: chunks are hundreds of KB,
 * so that system calls do not count.
 *
 * Worked example: budget 1 MB, chunks of 360 KB: two stay in memory, the third and later ones are in the file; `chunks()`
 * gives the two, then reads the file front to back.
 */
import { tmpdir } from 'node:os';
import { CounterfoilError } from '../../model/errors.ts';
import type { SpanLog } from '../../ports/span-log.ts';
import { TemporaryFile } from './temporary-file.ts';

export interface SpanLogSettings {
  /** Bytes that stay in memory; what comes later goes to the file. */
  memoryBytes: number;
  /** Folder of the temporary file; it exists. Default: that of the operating system. */
  directory?: string;
  /** The most that memory and file may hold; default 1 TiB. */
  maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 2 ** 40;

/** Opens an empty log. The file is created when the memory is full, not before. */
export function createSpanLog(settings: SpanLogSettings): SpanLog {
  return new MemoryThenFile(settings);
}

class MemoryThenFile implements SpanLog {
  readonly #settings: SpanLogSettings;
  #memory: Uint8Array[] = [];
  #memoryBytes = 0;
  #file: SpillFile | null = null;
  #closed = false;

  constructor(settings: SpanLogSettings) {
    this.#settings = settings;
  }

  get bytes(): number {
    return this.#memoryBytes + (this.#file?.bytes ?? 0);
  }

  append(chunk: Uint8Array): void {
    if (this.#closed) throw new CounterfoilError('CF_INTERNAL', 'The span log is closed');
    const { memoryBytes, directory = tmpdir(), maxBytes = DEFAULT_MAX_BYTES } = this.#settings;
    if (this.bytes + chunk.length > maxBytes) {
      throw new CounterfoilError(
        'CF_OVER_LIMIT',
        `The spans need more than ${maxBytes} bytes; take a shorter range`,
      );
    }
    if (this.#file === null && this.#memoryBytes + chunk.length <= memoryBytes) {
      this.#memory.push(chunk);
      this.#memoryBytes += chunk.length;
      return;
    }
    // Once there is a file every later chunk goes there, or the order of writing would be lost.
    this.#file ??= new SpillFile(directory);
    this.#file.append(chunk);
  }

  *chunks(): Iterable<Uint8Array> {
    if (this.#closed) throw new CounterfoilError('CF_INTERNAL', 'The span log is closed');
    yield* this.#memory;
    if (this.#file !== null) yield* this.#file.chunks();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#memory = [];
    this.#memoryBytes = 0;
    this.#file?.close();
    this.#file = null;
  }
}

class SpillFile {
  readonly #file: TemporaryFile;
  readonly #lengths: number[] = [];
  #written = 0;

  constructor(directory: string) {
    this.#file = new TemporaryFile(directory, 'spans');
  }

  get bytes(): number {
    return this.#written;
  }

  append(chunk: Uint8Array): void {
    this.#file.write(chunk, this.#written);
    this.#written += chunk.length;
    this.#lengths.push(chunk.length);
  }

  *chunks(): Iterable<Uint8Array> {
    let at = 0;
    for (const length of this.#lengths) {
      // Its own memory and not a slice of a pool: readers lay typed arrays over it, which need alignment.
      const chunk = new Uint8Array(length);
      this.#file.read(chunk, at);
      at += length;
      yield chunk;
    }
  }

  close(): void {
    this.#file.close();
  }
}
