/**
 * The file operations that the log needs, and no more, so that a test can stand in for the disk: lose what was not
 * flushed, run out of space at any byte, write less than asked, fail a flush (test/simulation/faulty-files.ts).
 *
 * Nothing here is durable until `sync` of the file has resolved, and a name until `syncFolder` of its folder has.
 */
import { promises } from 'node:fs';

export interface LogFile {
  size(): Promise<number>;
  /** Fills the array from a place on; returns how much it got, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes the parts one after the other; may write less than all of it, and returns how much. */
  write(parts: readonly Uint8Array[], position: number): Promise<number>;
  /** Content and size on the disk (fdatasync). After a failure the cache tells nothing about the disk any more. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** `create` empties what is there; `write` and `read` need it to be there. */
export type OpenMode = 'create' | 'write' | 'read';

export interface LogFiles {
  /** Makes a folder where there is none. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder, in no order. */
  list(path: string): Promise<string[]>;
  open(path: string, mode: OpenMode): Promise<LogFile>;
  /** One that is not there is no error: an attempt that failed may have removed it. */
  remove(path: string): Promise<void>;
  /** The names of a folder on the disk. */
  syncFolder(path: string): Promise<void>;
}

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const FLAGS: Readonly<Record<OpenMode, string>> = { create: 'w+', write: 'r+', read: 'r' };

/** The disk of this machine. All operations run off the main thread. */
export const NODE_FILES: LogFiles = {
  async makeFolder(path) {
    await promises.mkdir(path, { recursive: true, mode: OWNER_ONLY_FOLDER });
  },
  list: async (path) => await promises.readdir(path),
  open: async (path, mode) => new NodeFile(await promises.open(path, FLAGS[mode], OWNER_ONLY_FILE)),
  remove: async (path) => await promises.rm(path, { force: true }),
  async syncFolder(path) {
    const folder = await promises.open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

class NodeFile implements LogFile {
  readonly #handle: promises.FileHandle;

  constructor(handle: promises.FileHandle) {
    this.#handle = handle;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(into, 0, into.length, position)).bytesRead;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<number> {
    return (await this.#handle.writev(parts, position)).bytesWritten;
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Writes all of it, however little the file takes at a time. */
export async function writeFully(
  file: LogFile,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = parts.filter(({ length }) => length > 0);
  let at = position;
  while (rest.length > 0) {
    const written = await file.write(rest, at);
    if (written <= 0) throw new Error('the file takes nothing more');
    at += written;
    rest = restAfter(rest, written);
  }
}

function restAfter(parts: Uint8Array[], written: number): Uint8Array[] {
  let left = written;
  let whole = 0;
  for (const part of parts) {
    if (part.length > left) break;
    left -= part.length;
    whole += 1;
  }
  const [cut, ...others] = parts.slice(whole);
  return cut === undefined ? [] : [cut.subarray(left), ...others];
}

/** Fills the array from a place on, as far as the file goes; returns how much it got. */
export async function readFully(file: LogFile, into: Uint8Array, position: number): Promise<number> {
  let got = 0;
  while (got < into.length) {
    const more = await file.read(into.subarray(got), position + got);
    if (more === 0) break;
    got += more;
  }
  return got;
}
