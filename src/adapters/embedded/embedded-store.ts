/**
 * The store of the live engine on one machine: index and facts in one SQLite file, on one connection, in one
 * transaction. What the engine writes is seen through this store at once, and by everybody else (other connections,
 * threads, processes) with `facts.commit`, which makes facts, documents and the position in the log durable together.
 *
 * `synchronous = NORMAL`: a commit does not wait for the disk. The log is what is durable, and after a start it is read
 * again from the position stored here; a power loss takes the file back to an older commit, documents, facts and
 * position alike, so nothing is missing, it is only done again. (In WAL mode NORMAL cannot damage the file.) A
 * crash of the process loses no commit at all.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { CounterfoilError } from '../../model/errors.ts';
import type { DeadLetters } from '../../ports/dead-letters.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import type { Outbox, OutboxEntry } from '../../ports/outbox.ts';
import { SqliteDeadLetters } from './dead-letters.ts';
import { createFactStore } from './fact-store.ts';
import { Checkpointer } from './checkpointer.ts';
import { IN_MEMORY, INDEX_FILE, openIndexFile, type IndexMode } from './incident-index-file.ts';
import { SqliteIncidentIndex } from './incident-index.ts';
import { OutboxWriter, outboxOf } from './outbox.ts';
import { ownTransactions, SharedTransaction } from './transaction.ts';

/** Closing the index closes all of it: there is one connection. */
export interface EmbeddedStore {
  index: IncidentIndex;
  facts: FactStore;
  deadLetters: DeadLetters;
  /**
   * Files that are open go on taking writes after somebody has removed them.
   * @throws CounterfoilError CF_DATA_GONE when the file of this store is no longer where it was opened
   */
  mustBeInPlace(): void;
  /**
   * What is to leave, and the documents as they are committed; of a store in a folder that was opened with an outbox. Closing the store
   * leaves it open.
   */
  openOutbox(): OpenOutbox;
  /** Takes checkpoints off this thread; only of a store in a folder that is written. Stop it before `close`. */
  startCheckpointer(onFailure: () => void): Checkpointer;
  /** Closes all of it; what was not committed is forgotten. */
  close(): void;
}

export interface EmbeddedStoreSettings {
  /** The one tenant whose facts are in the file. */
  tenant: string;
  /** The most dead letters that are kept. */
  maxDeadLetters?: number;
  /** Whether documents leave for another store; default: they do not. */
  outbox?: boolean;
}

/** On a connection of its own. */
export interface OpenOutbox {
  outbox: Outbox;
  documents: IncidentIndex;
  deadLetters: DeadLetters;
}

const DEFAULT_MAX_DEAD_LETTERS = 100_000;
/** Pages kept in memory, and the size that the write-ahead log is cut back to after a checkpoint. */
const CACHE_KIB = 65_536;
const JOURNAL_BYTES = 67_108_864;
/** Read through the page cache of the system: facts are looked up at random, and a copy of each page cost as much again. */
const MAPPED_BYTES = 1_073_741_824;

/**
 * Opens the store of a data folder; whoever opens it closes it.
 * @param dir the data folder, or `:memory:` for a store that is gone when it is closed
 * @param mode `write` creates what is missing and keeps other writers out; `read` needs an index to be there
 * @throws CounterfoilError CF_NO_INDEX, CF_INDEX_VERSION, CF_INDEX_LOCKED; CF_CONFIG when the facts in the file are
 *   those of another tenant
 */
export function openEmbeddedStore(
  dir: string,
  mode: IndexMode,
  settings: EmbeddedStoreSettings,
): EmbeddedStore {
  const open = openIndexFile(dir, mode);
  const { db } = open;
  const close = (): void => {
    if (db.isOpen) open.close();
  };
  try {
    db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA mmap_size = ${MAPPED_BYTES}`);
    if (mode === 'write') {
      db.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${JOURNAL_BYTES}`);
      db.prepare('INSERT OR IGNORE INTO fact_owner (one, tenant) VALUES (1, ?)').run(settings.tenant);
    }
    mustBeOwner(db, settings.tenant, dir);
    const transaction = new SharedTransaction(db, mode);
    const outbox = settings.outbox === true ? new OutboxWriter(db) : null;
    const changed = (kind: OutboxEntry['kind'], id: string): void => outbox?.put(kind, id);
    const limit = settings.maxDeadLetters ?? DEFAULT_MAX_DEAD_LETTERS;
    const letters = new SqliteDeadLetters(db, limit, (id) => changed('dead_letters', id));
    return {
      index: new SqliteIncidentIndex(db, { mode, transactions: transaction, changed, close }),
      facts: createFactStore(db, transaction, letters, outbox),
      deadLetters: readerOf(letters),
      openOutbox: () => readOutbox(dir, outbox),
      mustBeInPlace: placeCheck(join(dir, INDEX_FILE), dir),
      startCheckpointer: (onFailure) => new Checkpointer(db, join(dir, INDEX_FILE), onFailure),
      close,
    };
  } catch (cause) {
    close();
    throw cause;
  }
}

function readOutbox(dir: string, writer: OutboxWriter | null): OpenOutbox {
  if (writer === null) throw new CounterfoilError('CF_INTERNAL', 'The store was opened without an outbox.');
  const open = openIndexFile(dir, 'read');
  const { db } = open;
  const close = (): void => open.close();
  return {
    outbox: outboxOf(writer, db, close),
    documents: new SqliteIncidentIndex(db, { mode: 'read', transactions: ownTransactions(db), close }),
    deadLetters: readerOf(new SqliteDeadLetters(db, 0)),
  };
}

function readerOf(letters: SqliteDeadLetters): DeadLetters {
  return {
    deadLetters: async (page) => letters.deadLetters(page),
    deadLetter: async (id) => letters.deadLetter(id),
    deadLetterCount: async () => letters.deadLetterCount(),
  };
}

/** Remembers which file it is that stands there now. */
function placeCheck(file: string, dir: string): () => void {
  const inodeOf = (): number | null => statSync(file, { throwIfNoEntry: false })?.ino ?? null;
  const opened = dir === IN_MEMORY ? null : inodeOf();
  return () => {
    if (dir === IN_MEMORY || inodeOf() === opened) return;
    throw new CounterfoilError(
      'CF_DATA_GONE',
      `${file} is not the file any more that was opened. What was taken since is lost; put the folder back, or start anew with --data.`,
    );
  };
}

/** A file that `correlate` wrote has no owner yet. */
function mustBeOwner(db: DatabaseSync, tenant: string, dir: string): void {
  const owner = db.prepare('SELECT tenant FROM fact_owner').get()?.['tenant'];
  if (owner === undefined || owner === tenant) return;
  throw new CounterfoilError(
    'CF_CONFIG',
    `The facts in ${dir} are those of tenant ${String(owner)}, not of ${tenant}. Choose another data folder for each tenant.`,
  );
}
