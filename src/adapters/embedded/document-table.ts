/**
 * One table of documents, written one at a time, with the columns that stood there before as the answer.
 *
 * The row is read first, because most writes of a live engine change the text alone or nothing at all: then no index
 * is touched, or no page. That read costs a seek; an upsert that rewrites four index entries costs four.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { KEY_COLUMNS, type DocumentRow, type DocumentTableName } from './incident-index-rows.ts';

/** Key columns and text of a row; null where there is no such row. */
export type FormerRow = { keys: DocumentRow['keys']; document: string } | null;

export class DocumentTable {
  readonly #columns: readonly string[];
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #updateText: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync, table: DocumentTableName) {
    this.#columns = KEY_COLUMNS[table];
    const all = [...this.#columns, 'document'];
    const marks = all.map(() => '?').join(', ');
    const by = 'WHERE tenant = ? AND id = ?';
    this.#select = db.prepare(`SELECT ${all.join(', ')} FROM ${table} ${by}`);
    this.#insert = db.prepare(`INSERT INTO ${table} (${all.join(', ')}, tenant, id) VALUES (${marks}, ?, ?)`);
    this.#updateText = db.prepare(`UPDATE ${table} SET document = ? ${by}`);
    this.#update = db.prepare(`UPDATE ${table} SET ${all.map((column) => `${column} = ?`).join(', ')} ${by}`);
    this.#delete = db.prepare(`DELETE FROM ${table} ${by}`);
  }

  put(tenant: string, row: DocumentRow): FormerRow {
    const { id, keys, document } = row;
    const former = this.#read(tenant, id);
    if (former === null) this.#insert.run(...keys, document, tenant, id);
    else if (!sameKeys(former.keys, keys)) this.#update.run(...keys, document, tenant, id);
    else if (former.document !== document) this.#updateText.run(document, tenant, id);
    return former;
  }

  remove(tenant: string, id: string): FormerRow {
    const former = this.#read(tenant, id);
    if (former !== null) this.#delete.run(tenant, id);
    return former;
  }

  #read(tenant: string, id: string): FormerRow {
    const row = this.#select.get(tenant, id);
    if (row === undefined) return null;
    const keys = this.#columns.map((column) => row[column] as DocumentRow['keys'][number]);
    return { keys, document: String(row['document']) };
  }
}

export function sameKeys(a: DocumentRow['keys'], b: DocumentRow['keys']): boolean {
  return a.every((key, i) => key === b[i]);
}
