/**
 * A file for what does not fit into memory. It belongs to this process alone: created with mode 0600 and unlinked as soon
 * as it is open, so that nothing of it stays when the process dies. Where an open file cannot be unlinked it is removed
 * at close.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CounterfoilError } from '../../model/errors.ts';

export class TemporaryFile {
  readonly #path: string;
  readonly #descriptor: number;
  #unlinked = false;

  /**
   * @param directory it exists
   * @throws CounterfoilError CF_OVER_LIMIT when the file cannot be made
   */
  constructor(directory: string, kind: string) {
    this.#path = join(directory, `${kind}-${randomUUID()}.tmp`);
    this.#descriptor = failing(directory, () => openSync(this.#path, 'wx+', 0o600));
    try {
      unlinkSync(this.#path);
      this.#unlinked = true;
    } catch {
      // Some systems keep open files; close() removes it there.
    }
  }

  /** @throws CounterfoilError CF_OVER_LIMIT when the disk does not take it; bytes from the position on are then anything */
  write(bytes: Uint8Array, position: number): void {
    for (let from = 0; from < bytes.length;) {
      const rest = bytes.subarray(from);
      from += failing(this.#path, () => writeSync(this.#descriptor, rest, 0, rest.length, position + from));
    }
  }

  /** Fills `into` from a position on. */
  read(into: Uint8Array, position: number): void {
    for (let from = 0; from < into.length;) {
      const got = readSync(this.#descriptor, into, from, into.length - from, position + from);
      if (got === 0)
        throw new CounterfoilError('CF_INTERNAL', 'The temporary file of spans is shorter than was written');
      from += got;
    }
  }

  /** Frees its space. */
  close(): void {
    closeSync(this.#descriptor);
    if (!this.#unlinked) unlinkSync(this.#path);
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
