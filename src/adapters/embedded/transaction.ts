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
  #state: 'none' | 'open' | 'spoiled' = 'none';

  constructor(db: DatabaseSync, mode: IndexMode) {
    this.#db = db;
    this.#mode = mode;
  }

  /**
   * Runs writes in the transaction. When they throw, half of them may be there: everything more is refused until
   * `rollback`, so that no position is ever committed without its facts. That is cheaper than a savepoint, which copies
   * each page before its first change.
   */
  run<T>(action: () => T): T {
    this.#begin();
    try {
      return action();
    } catch (cause) {
      this.#state = 'spoiled';
      throw cause;
    }
  }

  atomically(action: () => void): void {
    this.#begin();
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
    this.run(() => this.#db.exec('COMMIT'));
    this.#state = 'none';
  }

  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#state = 'none';
  }

  #begin(): void {
    if (this.#mode === 'read')
      throw new CounterfoilError('CF_INTERNAL', 'The store was opened for reading only.');
    if (this.#state === 'none') {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#state = 'open';
    } else if (this.#state === 'spoiled' || !this.#db.isTransaction) {
      // A full disk makes SQLite roll back by itself, and what was written before is gone too.
      throw new CounterfoilError('CF_INTERNAL', 'A write of the store failed; it must be rolled back first.');
    }
  }
}
