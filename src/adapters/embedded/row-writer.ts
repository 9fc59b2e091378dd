/**
 * Writes rows of one table many at a time: crossing into SQLite costs more than one insert does.
 *
 * A statement takes 128 rows, or 16, or one; a rest of 40 rows is two of 16 and eight of one. Each is prepared once, so
 * a writer may be kept and used for every batch.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

const SIZES = [128, 16, 1] as const;
const FULL = SIZES[0];

export class RowWriter {
  readonly #db: DatabaseSync;
  readonly #into: string;
  readonly #columns: number;
  readonly #statements = new Map<number, StatementSync>();
  #values: SQLInputValue[] = [];

  /** @param into `INSERT … INTO table (columns)`: our own text, never anything that was read */
  constructor(db: DatabaseSync, into: string, columns: number) {
    this.#db = db;
    this.#into = into;
    this.#columns = columns;
  }

  add(...row: SQLInputValue[]): void {
    for (const value of row) this.#values.push(value);
    if (this.#values.length < FULL * this.#columns) return;
    const values = this.#values;
    this.#values = [];
    this.#statement(FULL).run(...values);
  }

  /** Writes what is left; the writer can be used again. */
  end(): void {
    const values = this.#values;
    this.#values = [];
    let from = 0;
    for (const size of SIZES) {
      const width = size * this.#columns;
      for (; from + width <= values.length; from += width) {
        this.#statement(size).run(...values.slice(from, from + width));
      }
    }
  }

  #statement(rows: number): StatementSync {
    const known = this.#statements.get(rows);
    if (known !== undefined) return known;
    const row = `(${Array<string>(this.#columns).fill('?').join(', ')})`;
    const prepared = this.#db.prepare(`${this.#into} VALUES ${Array<string>(rows).fill(row).join(', ')}`);
    this.#statements.set(rows, prepared);
    return prepared;
  }
}
