/**
 * The span log of one process: memory first, a temporary file for what does not fit.
 *
 * The file belongs to this process alone: it is created with mode 0600 and unlinked as soon as it is open, so that
 * nothing of it stays when the process dies. Where an open file cannot be unlinked it is removed at close. One write and
 * one read a chunk: chunks are hundreds of KB, so that system calls do not count.
 *
 * Worked example: budget 1 MB, chunks of 360 KB: two stay in memory, the third and later ones are in the file; `chunks()`
 * gives the two, then reads the file front to back.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CounterfoilError } from '../../model/errors.ts';
import type { SpanLog } from '../../ports/span-log.ts';

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
  readonly #path: string;
  readonly #descriptor: number;
  readonly #lengths: number[] = [];
  #unlinked = false;
  #written = 0;

  constructor(directory: string) {
    this.#path = join(directory, `spans-${randomUUID()}.tmp`);
    this.#descriptor = failing(directory, () => openSync(this.#path, 'wx+', 0o600));
    try {
      unlinkSync(this.#path);
      this.#unlinked = true;
    } catch {
      // Some systems keep open files; close() removes it there.
    }
  }

  get bytes(): number {
    return this.#written;
  }

  append(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) {
      const rest = chunk.subarray(from);
      const at = this.#written + from;
      from += failing(this.#path, () => writeSync(this.#descriptor, rest, 0, rest.length, at));
    }
    this.#written += chunk.length;
    this.#lengths.push(chunk.length);
  }

  *chunks(): Iterable<Uint8Array> {
    let at = 0;
    for (const length of this.#lengths) {
      // Its own memory and not a slice of a pool: readers lay typed arrays over it, which need alignment.
      const chunk = new Uint8Array(length);
      this.#read(chunk, at);
      at += length;
      yield chunk;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
    if (!this.#unlinked) unlinkSync(this.#path);
  }

  #read(chunk: Uint8Array, position: number): void {
    let from = 0;
    while (from < chunk.length) {
      const got = readSync(this.#descriptor, chunk, from, chunk.length - from, position + from);
      if (got === 0)
        throw new CounterfoilError('CF_INTERNAL', 'The temporary file of spans is shorter than was written');
      from += got;
    }
  }
}

/** Runs a file operation; a full or read-only disk becomes an error that says what to do. */
function failing<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const hint = 'free some space there, name another folder, or allow more memory';
    throw new CounterfoilError('CF_OVER_LIMIT', `Spans cannot be kept in ${path} (${code}): ${hint}`);
  }
}
