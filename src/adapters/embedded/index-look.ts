/**
 * Looks at the index of a data folder without changing a byte of it, beside a process that writes to it or without one.
 *
 * A connection that only reads is not enough for that: of a file in WAL mode it makes the -wal and -shm files, and leaves
 * them behind. So there are three ways in:
 * - somebody writes: as every reader; the files are there, and are the writer's;
 * - nobody writes, nothing is in the write-ahead log: `immutable`, which needs no other file and takes no lock;
 * - nobody writes, a crash has left a write-ahead log: `readonly_shm`, which reads the log into memory of its own. It needs
 *   the -shm file to be there; without it the file alone says too little, and is not read.
 *
 * Cost: `quick_check` reads the whole file, some hundred MB/s; above a limit it is left out, because SQLite cannot be
 * stopped once it has begun. Source: SQLite, "Uniform Resource Identifiers" and "Write-Ahead Logging", read-only databases.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { CounterfoilError } from '../../model/errors.ts';
import type { DeadLetter, EngineProgress } from '../../ports/fact-store.ts';
import { SqliteDeadLetters } from './dead-letters.ts';
import { ProgressFact } from './fact-store-progress.ts';
import { checked, hasWriter, INDEX_FILE, LOCK_FILE } from './incident-index-file.ts';
import { checkVersion, isEmpty } from './incident-index-schema.ts';

/** What stands in a sound index. */
export interface IndexContent {
  /** Tenant of the facts; null: there are none. */
  owner: string | null;
  progress: EngineProgress | null;
  deadLetters: { kept: number; dropped: number; newest: DeadLetter | null };
}

export interface IndexLook {
  file: string;
  /** Null: there is no file. */
  bytes: number | null;
  /** Of the write-ahead log beside it. */
  walBytes: number;
  /** Whether a process writes to the folder. */
  hasWriter: boolean;
  /** Why it cannot be used at all; null: it can. */
  unusable: string | null;
  /** What SQLite finds wrong in it; null: not looked for. */
  damage: string[] | null;
  /** Null: it is not there, or cannot be read, or not without changing something. */
  content: IndexContent | null;
}

/** How long a reader waits for a writer, as everywhere in this folder. */
const BUSY_TIMEOUT_MS = 2_000;
/** One fault makes the file unfit; more than a few say nothing more. */
const MAX_FAULTS = 5;

/** @param maxBytes the largest file whose pages are all looked at */
export function lookAtIndex(dir: string, maxBytes: number): IndexLook {
  const file = join(dir, INDEX_FILE);
  const look: IndexLook = {
    file,
    bytes: null,
    walBytes: 0,
    hasWriter: false,
    unusable: null,
    damage: null,
    content: null,
  };
  try {
    look.bytes = sizeOf(file);
    look.walBytes = sizeOf(`${file}-wal`) ?? 0;
    checked(join(dir, LOCK_FILE), () => (look.hasWriter = hasWriter(dir)));
    if (look.bytes !== null && look.bytes > 0) readFileOf(look, maxBytes);
  } catch (cause) {
    look.unusable = reasonOf(cause, dir);
  }
  return look;
}

function readFileOf(look: IndexLook, maxBytes: number): void {
  const db = openToLook(look);
  if (db === null) return;
  try {
    checked(look.file, () => readInto(look, db, maxBytes));
  } finally {
    db.close();
  }
}

/** Null when there is no such file. */
function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

/** Null when it cannot be read without making a file. */
function openToLook({ file, walBytes, hasWriter: written }: IndexLook): DatabaseSync | null {
  if (written) return new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  if (walBytes > 0 && !existsSync(`${file}-shm`)) return null;
  const url = pathToFileURL(file);
  url.searchParams.set(walBytes > 0 ? 'readonly_shm' : 'immutable', '1');
  return new DatabaseSync(url, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

function readInto(look: IndexLook, db: DatabaseSync, maxBytes: number): void {
  if (isEmpty(db)) return;
  checkVersion(db, look.file);
  if ((look.bytes ?? 0) + look.walBytes <= maxBytes) look.damage = damageOf(db);
  if (look.damage === null || look.damage.length === 0) look.content = contentOf(db);
}

function damageOf(db: DatabaseSync): string[] {
  const rows = db.prepare(`PRAGMA quick_check(${MAX_FAULTS})`).all();
  return rows.map((row) => String(row['quick_check'])).filter((text) => text !== 'ok');
}

function contentOf(db: DatabaseSync): IndexContent {
  const owner = db.prepare('SELECT tenant FROM fact_owner').get()?.['tenant'];
  const letters = new SqliteDeadLetters(db, Infinity);
  return {
    owner: owner === undefined ? null : String(owner),
    progress: new ProgressFact(db).read(),
    deadLetters: {
      ...letters.deadLetterCount(),
      newest: letters.deadLetters({ limit: 1, cursor: null }).items[0] ?? null,
    },
  };
}

function reasonOf(cause: unknown, dir: string): string {
  if (cause instanceof CounterfoilError) return cause.message;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return `${dir} cannot be read by this user (${code}). Ask as the user who owns it, or mend the disk.`;
}
