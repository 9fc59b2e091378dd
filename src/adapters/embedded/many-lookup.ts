/**
 * Looks up many values with few crossings into SQLite.
 *
 * What: the values go in chunks of 512, 64, 8 or 1 into `… IN (?, ?, …)`, which SQLite sorts and then seeks one by
 * one in the index. A chunk that is not full is filled with its last value: a value twice in IN is a value once. Why
 * not json_each: JSON carries no bytes, and SQLite ends its texts at a NUL, so a hostile id would find another one.
 *
 * Cost: one seek a value; four prepared statements at most. Worked example: 70 values are a chunk of 64 and one of 8,
 * whose last two are repeats.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

const SIZES = [1, 8, 64, 512] as const;
const LARGEST = SIZES[3];

export type Row = Record<string, SQLOutputValue>;

export class ManyLookup {
  readonly #db: DatabaseSync;
  readonly #sql: (marks: string) => string;
  readonly #statements = new Map<number, StatementSync>();

  /** @param sql makes the query from the marks that go between the brackets of IN */
  constructor(db: DatabaseSync, sql: (marks: string) => string) {
    this.#db = db;
    this.#sql = sql;
  }

  /** Rows of all values, chunk by chunk. Values should be distinct: one in two chunks gives its rows twice. */
  *rows(values: readonly SQLInputValue[]): Generator<Row> {
    for (let from = 0; from < values.length;) {
      const chunk = values.slice(from, from + sizeFor(values.length - from));
      from += chunk.length;
      yield* this.#run(chunk).all(...chunk);
    }
  }

  /** The same for a statement that gives no rows. */
  run(values: readonly SQLInputValue[]): void {
    for (let from = 0; from < values.length;) {
      const chunk = values.slice(from, from + sizeFor(values.length - from));
      from += chunk.length;
      this.#run(chunk).run(...chunk);
    }
  }

  #run(chunk: SQLInputValue[]): StatementSync {
    const last = chunk.at(-1) ?? null;
    const size = SIZES.find((each) => each >= chunk.length) ?? LARGEST;
    while (chunk.length < size) chunk.push(last);
    const known = this.#statements.get(size);
    if (known !== undefined) return known;
    const prepared = this.#db.prepare(this.#sql(Array<string>(size).fill('?').join(', ')));
    this.#statements.set(size, prepared);
    return prepared;
  }
}

/** The largest chunk that is full, unless what is left fits a padded one of at most eight times as many. */
function sizeFor(left: number): number {
  if (left >= LARGEST) return LARGEST;
  return left >= 64 ? 64 : left;
}

/** Each value once, in the order of its first. */
export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
