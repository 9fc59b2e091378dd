/**
 * Writes single documents into the index, so that it is the same afterwards as if everything had been replaced.
 *
 * What makes that more than an upsert are the rows that no document has to itself:
 *   name              of a payment whose aliases changed: the old text says which ones to take away
 *   incident_payment  (incident, payment) is there when a live link joins the two and both exist, at the payment's time
 *                     and the incident's age
 *
 * Every change leaves behind the pairs (incident, payment) that it may concern: a link those of before and after,
 * where they differ; a payment that came, went or moved in time, all incidents of its live links; an incident likewise
 * its payments. At the end each pair is taken out and, where it still holds, put in again. A document that changed
 * nothing but its text, by far the commonest, leaves none.
 *
 * Cost: a seek a document and about ten for a pair. Worked example: link L moves from incident A to B -> pairs (A, p),
 * (B, p); (A, p) stays out unless another live link joins them.
 *
 * Removals come first: a document that is given as well is there in the end.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import type { DocumentKind } from '../../ports/document-sink.ts';
import type { DocumentChanges } from '../../ports/incident-index.ts';
import { DocumentTable, sameKeys, type FormerRow } from './document-table.ts';
import {
  eventRow,
  incidentRow,
  linkRow,
  namesOf,
  paymentRow,
  type DocumentRow,
  type NameRow,
} from './incident-index-rows.ts';

export type Changed = (kind: DocumentKind, id: string) => void;

export class DocumentWriter {
  readonly #tables: Record<'event' | 'link' | 'payment' | 'incident', DocumentTable>;
  readonly #statements: ReturnType<typeof prepareStatements>;

  readonly #changed: Changed;

  /** @param changed is told of each document, in the transaction that changes it */
  constructor(db: DatabaseSync, changed: Changed = () => undefined) {
    this.#changed = changed;
    this.#tables = {
      event: new DocumentTable(db, 'event'),
      link: new DocumentTable(db, 'link'),
      payment: new DocumentTable(db, 'payment'),
      incident: new DocumentTable(db, 'incident'),
    };
    this.#statements = prepareStatements(db);
  }

  /** To be called within a transaction: an iterable that throws leaves half behind. */
  write(tenant: string, changes: DocumentChanges): void {
    const touched = new Touched();
    for (const id of changes.removed.events) {
      this.#changed('events', id);
      this.#tables.event.remove(tenant, id);
    }
    for (const id of changes.removed.payments) this.#removePayment(tenant, id, touched);
    for (const id of changes.removed.incidents) {
      this.#changed('incidents', id);
      if (this.#tables.incident.remove(tenant, id) !== null) touched.incidents.add(id);
    }
    for (const document of changes.events) {
      this.#changed('events', document.event.id);
      this.#tables.event.put(tenant, eventRow(tenant, document));
    }
    for (const document of changes.links) {
      const row = linkRow(document);
      this.#changed('links', row.id);
      touched.link(this.#tables.link.put(tenant, row), row);
    }
    for (const document of changes.payments) this.#putPayment(tenant, document, touched);
    for (const document of changes.incidents) {
      const row = incidentRow(document);
      this.#changed('incidents', row.id);
      if (moved(this.#tables.incident.put(tenant, row), row)) touched.incidents.add(row.id);
    }
    this.#rebuild(tenant, touched);
  }

  #putPayment(tenant: string, document: PaymentDocument, touched: Touched): void {
    const row = paymentRow(document);
    this.#changed('payments', row.id);
    const former = this.#tables.payment.put(tenant, row);
    if (moved(former, row)) touched.payments.add(row.id);
    if (former?.document !== row.document) this.#rename(tenant, row.id, former, namesOf(document));
  }

  #removePayment(tenant: string, id: string, touched: Touched): void {
    this.#changed('payments', id);
    const former = this.#tables.payment.remove(tenant, id);
    if (former === null) return;
    touched.payments.add(id);
    this.#rename(tenant, id, former, []);
  }

  /** Takes away the names that the former document gave and the present one does not, and adds the others. */
  #rename(tenant: string, id: string, former: FormerRow, present: readonly NameRow[]): void {
    const { deleteName, insertName } = this.#statements;
    const old = former === null ? [] : namesOf(JSON.parse(former.document) as PaymentDocument);
    const key = ({ value, rank }: NameRow): string => `${rank}${value}`;
    const [had, has] = [new Set(old.map(key)), new Set(present.map(key))];
    for (const name of old) if (!has.has(key(name))) deleteName.run(tenant, name.value, name.rank, id);
    for (const name of present) if (!had.has(key(name))) insertName.run(tenant, name.value, name.rank, id);
  }

  #rebuild(tenant: string, touched: Touched): void {
    const { paymentsOf, incidentsOf, deletePair, insertPair } = this.#statements;
    for (const incident of touched.incidents) {
      for (const row of paymentsOf.all(tenant, incident)) touched.pair(incident, String(row['payment']));
    }
    for (const payment of touched.payments) {
      for (const row of incidentsOf.all(tenant, payment)) touched.pair(String(row['incident']), payment);
    }
    for (const [incident, payments] of touched.pairs) {
      for (const payment of payments) {
        deletePair.run(tenant, payment, incident);
        insertPair.run(tenant, payment, incident);
      }
    }
  }
}

/** What the rows of incident_payment may have changed for. */
class Touched {
  readonly payments = new Set<string>();
  readonly incidents = new Set<string>();
  /** Payments by incident. */
  readonly pairs = new Map<string, Set<string>>();

  pair(incident: string, payment: string): void {
    const payments = this.pairs.get(incident);
    if (payments === undefined) this.pairs.set(incident, new Set([payment]));
    else payments.add(payment);
  }

  link(former: FormerRow, present: DocumentRow): void {
    if (former !== null && sameKeys(former.keys, present.keys)) return;
    if (former !== null) this.#liveLink(former.keys);
    this.#liveLink(present.keys);
  }

  #liveLink([, payment, incident, , live]: DocumentRow['keys']): void {
    if (live === 1 && typeof incident === 'string') this.pair(incident, String(payment));
  }
}

function moved(former: FormerRow, present: DocumentRow): boolean {
  return former === null || !sameKeys(former.keys, present.keys);
}

function prepareStatements(db: DatabaseSync) {
  // Without DISTINCT, which the pairs are anyway, and by name: SQLite would rather scan all links of the tenant in an
  // order in which repeats are neighbours.
  const liveLinks = (other: string, column: string): StatementSync =>
    db.prepare(
      `SELECT ${other} FROM link INDEXED BY link_${column}
       WHERE tenant = ? AND ${column} = ? AND incident IS NOT NULL AND live = 1`,
    );
  return {
    deleteName: db.prepare('DELETE FROM name WHERE tenant = ? AND value = ? AND rank = ? AND payment = ?'),
    insertName: db.prepare('INSERT OR IGNORE INTO name (tenant, value, rank, payment) VALUES (?, ?, ?, ?)'),
    paymentsOf: liveLinks('payment', 'incident'),
    incidentsOf: liveLinks('incident', 'payment'),
    deletePair: db.prepare('DELETE FROM incident_payment WHERE tenant = ? AND payment = ? AND incident = ?'),
    // `+` keeps SQLite from the index by incident: an incident may have 100,000 links, a payment has few.
    insertPair: db.prepare(
      `INSERT INTO incident_payment (tenant, incident, time, payment, age)
       SELECT payment.tenant, incident.id, payment.time, payment.id, incident.age
       FROM payment JOIN incident ON incident.tenant = payment.tenant
       WHERE payment.tenant = ?1 AND payment.id = ?2 AND incident.id = ?3
         AND EXISTS (SELECT 1 FROM link WHERE link.tenant = ?1 AND link.payment = ?2
                     AND +link.incident = ?3 AND link.live = 1)`,
    ),
  };
}
