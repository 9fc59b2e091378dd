/**
 * Replaces the documents of one tenant in one step: readers see all of the old or all of the new.
 *
 * Documents come as iterables and are written as they come, so that a run need not hold a second copy of its result.
 * Whatever the iterables throw rolls everything back.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import type { Documents } from '../../ports/incident-index.ts';
import {
  eventRow,
  incidentRow,
  KEY_COLUMNS,
  linkRow,
  namesOf,
  paymentRow,
  type DocumentRow,
  type DocumentTableName,
} from './incident-index-rows.ts';
import { RowWriter } from './row-writer.ts';
import type { Transactions } from './transaction.ts';

const TABLES = ['event', 'link', 'payment', 'name', 'incident', 'incident_payment'] as const;

/** @throws CounterfoilError CF_INTERNAL when a document states a time that is none; anything an iterable throws */
export function replaceDocuments(
  db: DatabaseSync,
  transactions: Transactions,
  tenant: string,
  documents: Documents,
): void {
  transactions.atomically(() => {
    for (const table of TABLES) db.prepare(`DELETE FROM ${table} WHERE tenant = ?`).run(tenant);
    writeRows(db, tenant, 'event', documents.events, (event) => eventRow(tenant, event));
    writeRows(db, tenant, 'link', documents.links, linkRow);
    writePayments(db, tenant, documents.payments);
    writeRows(db, tenant, 'incident', documents.incidents, incidentRow);
    writeIncidentPayments(db, tenant);
  });
  // The transaction may have made the log as large as the index; give that space back, unless it is not over yet.
  if (!db.isTransaction) db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize');
}

function writeRows<T>(
  db: DatabaseSync,
  tenant: string,
  table: DocumentTableName,
  documents: Iterable<T>,
  rowOf: (document: T) => DocumentRow,
): void {
  const columns = ['tenant', 'id', ...KEY_COLUMNS[table], 'document'];
  const into = `INSERT OR REPLACE INTO ${table} (${columns.join(', ')})`;
  const rows = new RowWriter(db, into, columns.length);
  for (const each of documents) {
    const { id, keys, document } = rowOf(each);
    rows.add(tenant, id, ...keys, document);
  }
  rows.end();
}

function writePayments(db: DatabaseSync, tenant: string, payments: Iterable<PaymentDocument>): void {
  const names = new RowWriter(db, 'INSERT OR IGNORE INTO name (tenant, value, rank, payment)', 4);
  writeRows(db, tenant, 'payment', payments, (document) => {
    for (const { value, rank } of namesOf(document)) names.add(tenant, value, rank, document.payment.id);
    return paymentRow(document);
  });
  names.end();
}

function writeIncidentPayments(db: DatabaseSync, tenant: string): void {
  db.prepare(
    `INSERT OR IGNORE INTO incident_payment (tenant, incident, time, payment, age)
     SELECT link.tenant, link.incident, payment.time, link.payment, incident.age
     FROM link JOIN payment ON payment.tenant = link.tenant AND payment.id = link.payment
               JOIN incident ON incident.tenant = link.tenant AND incident.id = link.incident
     WHERE link.tenant = ? AND link.incident IS NOT NULL AND link.live = 1`,
  ).run(tenant);
}
