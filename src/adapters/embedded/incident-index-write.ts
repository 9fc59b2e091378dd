/**
 * Replaces the documents of one tenant in one transaction: readers see all of the old or all of the new.
 *
 * Documents come as iterables and are written as they come, so that a run need not hold a second copy of its result.
 * One prepared statement per table writes 128 rows at a time: crossing into SQLite costs more than one insert does.
 * Whatever the iterables throw rolls everything back.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { incidentId } from '../../model/ids.ts';
import { parseInstant, type Instant } from '../../model/instant.ts';
import { STRONG_ALIAS_TYPES } from '../../model/payment.ts';
import type { Documents } from '../../ports/incident-index.ts';

const ROWS_PER_STATEMENT = 128;
const TABLES = ['event', 'link', 'payment', 'name', 'incident', 'incident_payment'] as const;

const STRONG = 0;
const WEAK = 1;

/** @throws CounterfoilError CF_INTERNAL when a document states a time that is none; anything an iterable throws */
export function replaceDocuments(db: DatabaseSync, tenant: string, documents: Documents): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const table of TABLES) db.prepare(`DELETE FROM ${table} WHERE tenant = ?`).run(tenant);
    writeEvents(db, tenant, documents.events);
    writeLinks(db, tenant, documents.links);
    writePayments(db, tenant, documents.payments);
    writeIncidents(db, tenant, documents.incidents);
    writeIncidentPayments(db, tenant);
    db.exec('COMMIT');
  } catch (cause) {
    db.exec('ROLLBACK');
    throw cause;
  }
  // The transaction may have made the log as large as the index; give that space back.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize');
}

function writeEvents(db: DatabaseSync, tenant: string, events: Iterable<EventDocument>): void {
  const rows = new RowWriter(
    db,
    'INSERT OR REPLACE INTO event (tenant, id, start, incident, would_be, document)',
    6,
  );
  for (const event of events) {
    const { id, start } = event.event;
    rows.add(
      tenant,
      id,
      micros(start),
      event.incident?.id ?? null,
      incidentId(tenant, id),
      JSON.stringify(event),
    );
  }
  rows.end();
}

function writeLinks(db: DatabaseSync, tenant: string, links: Iterable<LinkDocument>): void {
  const into = 'INSERT OR REPLACE INTO link (tenant, id, event, payment, incident, start, live, document)';
  const rows = new RowWriter(db, into, 8);
  for (const document of links) {
    const { link, event, payment, incident } = document;
    const live = link.status === 'live' ? 1 : 0;
    const text = JSON.stringify(document);
    rows.add(tenant, link.id, event.id, payment.id, incident?.id ?? null, micros(event.start), live, text);
  }
  rows.end();
}

function writePayments(db: DatabaseSync, tenant: string, payments: Iterable<PaymentDocument>): void {
  const rows = new RowWriter(db, 'INSERT OR REPLACE INTO payment (tenant, id, time, document)', 4);
  const names = new RowWriter(db, 'INSERT OR IGNORE INTO name (tenant, value, rank, payment)', 4);
  for (const document of payments) {
    const { id, time, aliases } = document.payment;
    rows.add(tenant, id, micros(time), JSON.stringify(document));
    names.add(tenant, id, STRONG, id);
    for (const value of document.superseded_ids) names.add(tenant, value, STRONG, id);
    for (const alias of aliases) {
      names.add(tenant, alias.value, STRONG_ALIAS_TYPES.includes(alias.type) ? STRONG : WEAK, id);
    }
  }
  rows.end();
  names.end();
}

function writeIncidents(db: DatabaseSync, tenant: string, incidents: Iterable<IncidentDocument>): void {
  const rows = new RowWriter(db, 'INSERT OR REPLACE INTO incident (tenant, id, age, document)', 4);
  for (const document of incidents) {
    const { id, start } = document.incident;
    rows.add(tenant, id, -micros(start), JSON.stringify(document));
  }
  rows.end();
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

function micros(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined)
    throw new CounterfoilError('CF_INTERNAL', 'A document states a time that is none.');
  return instant;
}

/** Collects rows of one table and writes them many at a time. */
class RowWriter {
  readonly #db: DatabaseSync;
  readonly #into: string;
  readonly #columns: number;
  readonly #full: StatementSync;
  #values: SQLInputValue[] = [];

  /** @param into `INSERT … INTO table (columns)`: our own text, never anything that was read */
  constructor(db: DatabaseSync, into: string, columns: number) {
    this.#db = db;
    this.#into = into;
    this.#columns = columns;
    this.#full = this.#prepare(ROWS_PER_STATEMENT);
  }

  add(...row: SQLInputValue[]): void {
    for (const value of row) this.#values.push(value);
    if (this.#values.length < ROWS_PER_STATEMENT * this.#columns) return;
    this.#full.run(...this.#values);
    this.#values = [];
  }

  end(): void {
    if (this.#values.length > 0) this.#prepare(this.#values.length / this.#columns).run(...this.#values);
    this.#values = [];
  }

  #prepare(rows: number): StatementSync {
    const row = `(${Array<string>(this.#columns).fill('?').join(', ')})`;
    return this.#db.prepare(`${this.#into} VALUES ${Array<string>(rows).fill(row).join(', ')}`);
  }
}
