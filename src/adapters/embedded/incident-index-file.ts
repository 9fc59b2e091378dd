/**
 * Opens the index file of a data folder.
 *
 * One writer: a second process that writes would be a second truth, so the first one holds an exclusive lock on a
 * file of its own (`index.lock`) for as long as it lives. The lock is that of the operating system, taken by an
 * SQLite transaction that is never committed: it ends with the process, whatever ends it, so there is no stale lock
 * to clean up, and no process id to guess about. Readers are never held up: they read the last committed state (WAL).
 *
 * Files are 0600 (SQLite gives its -wal and -shm files the mode of the main one), the folder 0700 where we make it.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CounterfoilError } from '../../model/errors.ts';
import { checkVersion, isEmpty, prepareForWriting } from './incident-index-schema.ts';

export type IndexMode = 'read' | 'write';

/** The folder name that means "in memory": nothing is written anywhere. */
export const IN_MEMORY = ':memory:';

export const INDEX_FILE = 'index.sqlite';
export const LOCK_FILE = 'index.lock';
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** How long a reader waits for a checkpoint or for the creation of the tables to end, in ms. */
const BUSY_TIMEOUT_MS = 2_000;
/** How long a writer that starts waits for somebody who only looks whether there is one, in ms. */
const LOOK_MS = 100;

export interface OpenIndex {
  db: DatabaseSync;
  /** Closes the index, then gives the lock back. */
  close(): void;
}

/**
 * Opens or creates the index of a data folder.
 * @param dir the data folder, or `:memory:`
 * @throws CounterfoilError CF_NO_INDEX (reading a folder without one), CF_INDEX_LOCKED (another writer),
 *   CF_INDEX_VERSION (another version, or no index at all)
 */
export function openIndexFile(dir: string, mode: IndexMode): OpenIndex {
  if (dir === IN_MEMORY) return openInMemory();
  return mode === 'read' ? openToRead(join(dir, INDEX_FILE), dir) : openToWrite(dir);
}

function openInMemory(): OpenIndex {
  const db = new DatabaseSync(IN_MEMORY);
  prepareForWriting(db, IN_MEMORY);
  return { db, close: () => db.close() };
}

function openToRead(file: string, dir: string): OpenIndex {
  if (!existsSync(file)) throw noIndex(dir);
  const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  return orClose(db, () => {
    checked(file, () => {
      if (isEmpty(db)) throw noIndex(dir);
      checkVersion(db, file);
    });
    return { db, close: () => db.close() };
  });
}

function openToWrite(dir: string): OpenIndex {
  mkdirSync(dir, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const lock = takeLock(dir);
  return orClose(lock, () => {
    const file = join(dir, INDEX_FILE);
    ownerOnly(file);
    const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    return orClose(db, () => {
      checked(file, () => prepareForWriting(db, file));
      return {
        db,
        close: () => {
          db.close();
          lock.close();
        },
      };
    });
  });
}

function takeLock(dir: string): DatabaseSync {
  const file = join(dir, LOCK_FILE);
  ownerOnly(file);
  const lock = new DatabaseSync(file, { timeout: LOOK_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    if (!isSqlite(cause, SQLITE_BUSY)) throw cause;
    throw new CounterfoilError(
      'CF_INDEX_LOCKED',
      `Another process writes to ${dir}. Wait until it ends, stop it, or choose another data folder.`,
    );
  }
}

/**
 * Whether a process writes to the folder now. Asked by reading the locked file for a moment, which changes
 * nothing, and for which a writer that starts just then waits; a file that is not there was never locked.
 */
export function hasWriter(dir: string): boolean {
  const file = join(dir, LOCK_FILE);
  if (!existsSync(file)) return false;
  const lock = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    lock.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
    return false;
  } catch (cause) {
    if (isSqlite(cause, SQLITE_BUSY)) return true;
    throw cause;
  } finally {
    lock.close();
  }
}

/**
 * Creates the file before SQLite does, which would give it the mode of the umask. A file that exists is never opened
 * here: closing any descriptor of a file drops every lock that this process holds on it (POSIX), the writer's own too.
 */
function ownerOnly(file: string): void {
  try {
    closeSync(openSync(file, 'wx', OWNER_ONLY_FILE));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    chmodSync(file, OWNER_ONLY_FILE);
  }
}

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Says in our words what SQLite says of a file that is not, or no longer, a database. */
export function checked(file: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    if (!isSqlite(cause, SQLITE_NOTADB) && !isSqlite(cause, SQLITE_CORRUPT)) throw cause;
    throw new CounterfoilError(
      'CF_INDEX_VERSION',
      `${file} is damaged or no index at all. Move it away and write the index again from its inputs.`,
    );
  }
}

function isSqlite(cause: unknown, code: number): boolean {
  if (!(cause instanceof Error) || !('errcode' in cause)) return false;
  // Extended codes keep the primary one in their low byte.
  return (Number(cause.errcode) & 0xff) === code;
}

function orClose<T>(db: DatabaseSync, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function noIndex(dir: string): CounterfoilError {
  return new CounterfoilError(
    'CF_NO_INDEX',
    `There is no index in ${dir}. Write one first (\`counterfoil correlate\` with this data folder), or name the folder that has it.`,
  );
}
