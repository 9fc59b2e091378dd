/**
 * Two ways to make a change of the index whole.
 *
 * An index of its own (`correlate`) commits each change: readers see it at once. An index that shares its file with a
 * fact store (`run`) must not: facts, documents and the position in the log become visible together, with the
 * store's commit. There each change is a savepoint in a transaction that the first write of any kind opens.
 */
import type { DatabaseSync } from 'node:sqlite';
import { CounterfoilError } from '../../model/errors.ts';
import type { IndexMode } from './incident-index-file.ts';

export interface Transactions {
  /** Runs the action so that all of its writes count or, when it throws, none. */
  atomically(action: () => void): void;
}

/** Every change is a transaction. */
export function ownTransactions(db: DatabaseSync): Transactions {
  return {
    atomically(action) {
      db.exec('BEGIN IMMEDIATE');
      try {
        action();
        db.exec('COMMIT');
      } catch (cause) {
        // SQLite may have rolled back by itself: a full disk does that.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw cause;
      }
    },
  };
}

/** One transaction for everything, opened by the first write and ended from outside. */
export class SharedTransaction implements Transactions {
  readonly #db: DatabaseSync;
  readonly #mode: IndexMode;
  #open = false;

  constructor(db: DatabaseSync, mode: IndexMode) {
    this.#db = db;
    this.#mode = mode;
  }

  /**
   * To be called before every write.
   *
   * A full disk or a failing one makes SQLite roll back by itself. Going on in a new transaction would then commit a
   * position whose facts are gone, so everything is refused until `rollback` says that the caller knows.
   */
  begin(): void {
    if (this.#mode === 'read')
      throw new CounterfoilError('CF_INTERNAL', 'The store was opened for reading only.');
    if (!this.#open) {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#open = true;
    } else if (!this.#db.isTransaction) {
      throw new CounterfoilError('CF_INTERNAL', 'The transaction of the store was lost; roll back first.');
    }
  }

  atomically(action: () => void): void {
    this.begin();
    this.#db.exec('SAVEPOINT change');
    try {
      action();
      this.#db.exec('RELEASE change');
    } catch (cause) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK TO change; RELEASE change');
      throw cause;
    }
  }

  commit(): void {
    this.begin();
    this.#db.exec('COMMIT');
    this.#open = false;
  }

  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#open = false;
  }
}
