/**
 * The incident index of embedded mode: SQLite in the data folder (ports/incident-index.ts is the contract,
 * incident-index-schema.ts the tables). It stores and finds documents; it never computes. The methods are as asynchronous
 * as the port asks, and run to their end at once.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type {
  DocumentChanges,
  Documents,
  IncidentIndex,
  Page,
  PageRequest,
} from '../../ports/incident-index.ts';
import { DocumentWriter, type Changed } from './incident-index-change.ts';
import { openIndexFile, type IndexMode } from './incident-index-file.ts';
import { replaceDocuments } from './incident-index-write.ts';
import { readPage } from './list-page.ts';
import { ownTransactions, type Transactions } from './transaction.ts';

const MAX_NAMED = 100;

/**
 * Opens the index of a data folder; whoever opens it closes it.
 * @param dir the data folder, or `:memory:` for an index that is gone when it is closed
 * @param mode `write` creates what is missing and keeps other writers out; `read` needs an index to be there
 * @throws CounterfoilError CF_NO_INDEX, CF_INDEX_VERSION, CF_INDEX_LOCKED
 */
export function openIncidentIndex(dir: string, mode: IndexMode): IncidentIndex {
  const open = openIndexFile(dir, mode);
  const transactions = ownTransactions(open.db);
  return new SqliteIncidentIndex(open.db, { mode, transactions, close: () => open.close() });
}

export interface IndexSettings {
  mode: IndexMode;
  /** What makes a change whole. */
  transactions: Transactions;
  /** Is told of each document that changes, in its transaction. */
  changed?: Changed;
  close: () => void;
}

export class SqliteIncidentIndex implements IncidentIndex {
  readonly #db: DatabaseSync;
  readonly #settings: IndexSettings;
  readonly #statements: Statements;
  #writer: DocumentWriter | null = null;

  /** @param db an index whose version was checked */
  constructor(db: DatabaseSync, settings: IndexSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#statements = prepareStatements(db);
  }

  async replaceAll(tenant: string, documents: Documents): Promise<void> {
    this.#mustWrite();
    replaceDocuments(this.#db, this.#settings.transactions, tenant, documents);
  }

  async write(tenant: string, changes: DocumentChanges): Promise<void> {
    this.#mustWrite();
    const writer = (this.#writer ??= new DocumentWriter(this.#db, this.#settings.changed));
    this.#settings.transactions.atomically(() => writer.write(tenant, changes));
  }

  #mustWrite(): void {
    if (this.#settings.mode === 'read')
      throw new CounterfoilError('CF_INTERNAL', 'The index was opened for reading only.');
  }

  async payment(tenant: string, id: string): Promise<PaymentDocument | null> {
    return one(this.#statements.payment, tenant, id) as PaymentDocument | null;
  }

  async resolvePayment(tenant: string, value: string): Promise<string[]> {
    const rows = this.#statements.names.all(tenant, value, MAX_NAMED);
    // Rows come strong names first: where there is one, what merely finds does not count.
    return rows.filter((row) => row['rank'] === rows[0]?.['rank']).map((row) => String(row['payment']));
  }

  async event(tenant: string, id: string): Promise<EventDocument | null> {
    return one(this.#statements.event, tenant, id) as EventDocument | null;
  }

  async link(tenant: string, id: string): Promise<LinkDocument | null> {
    return one(this.#statements.link, tenant, id) as LinkDocument | null;
  }

  async incident(tenant: string, id: string): Promise<IncidentDocument | null> {
    const { incident, incidentByWouldBe } = this.#statements;
    return (one(incident, tenant, id) ?? one(incidentByWouldBe, tenant, id)) as IncidentDocument | null;
  }

  async incidentOfEvent(tenant: string, eventId: string): Promise<IncidentDocument | null> {
    return one(this.#statements.incidentOfEvent, tenant, eventId) as IncidentDocument | null;
  }

  async linksOfPayment(tenant: string, paymentId: string, page: PageRequest): Promise<Page<LinkDocument>> {
    return list(
      this.#statements.linksOfPayment,
      ['links-of-payment', tenant, paymentId],
      [tenant, paymentId],
      page,
    );
  }

  async linksOfEvent(tenant: string, eventId: string, page: PageRequest): Promise<Page<LinkDocument>> {
    return list(this.#statements.linksOfEvent, ['links-of-event', tenant, eventId], [tenant, eventId], page);
  }

  async linksOfIncident(tenant: string, incidentId: string, page: PageRequest): Promise<Page<LinkDocument>> {
    return list(
      this.#statements.linksOfIncident,
      ['links-of-incident', tenant, incidentId],
      [tenant, incidentId],
      page,
    );
  }

  async eventsOfIncident(
    tenant: string,
    incidentId: string,
    page: PageRequest,
  ): Promise<Page<EventDocument>> {
    const name = ['events-of-incident', tenant, incidentId];
    return list(this.#statements.eventsOfIncident, name, [tenant, incidentId], page);
  }

  async paymentsOfIncident(
    tenant: string,
    incidentId: string,
    page: PageRequest,
  ): Promise<Page<PaymentDocument>> {
    const name = ['payments-of-incident', tenant, incidentId];
    return list(this.#statements.paymentsOfIncident, name, [tenant, incidentId], page);
  }

  async incidents(
    tenant: string,
    filter: { paymentId: string | null },
    page: PageRequest,
  ): Promise<Page<IncidentDocument>> {
    const { paymentId } = filter;
    if (paymentId === null) return list(this.#statements.incidents, ['incidents', tenant], [tenant], page);
    const name = ['incidents-of-payment', tenant, paymentId];
    return list(this.#statements.incidentsOfPayment, name, [tenant, paymentId], page);
  }

  async close(): Promise<void> {
    this.#settings.close();
  }
}

type Statements = ReturnType<typeof prepareStatements>;

/** Every query of the index. A list selects its sort key, id and document, in the order of (key, id). */
function prepareStatements(db: DatabaseSync) {
  const byId = (table: string): StatementSync =>
    db.prepare(`SELECT document FROM ${table} WHERE tenant = ? AND id = ?`);
  const byColumn = (table: string, column: string): StatementSync =>
    db.prepare(
      `SELECT start AS key, id, document FROM ${table}
       WHERE tenant = ? AND ${column} = ? AND (start, id) > (?, ?) ORDER BY start, id LIMIT ?`,
    );
  return {
    payment: byId('payment'),
    event: byId('event'),
    link: byId('link'),
    incident: byId('incident'),
    incidentByWouldBe: incidentOf(db, 'would_be'),
    incidentOfEvent: incidentOf(db, 'id'),
    names: db.prepare(
      'SELECT rank, payment FROM name WHERE tenant = ? AND value = ? ORDER BY rank, payment LIMIT ?',
    ),
    linksOfPayment: byColumn('link', 'payment'),
    linksOfEvent: byColumn('link', 'event'),
    linksOfIncident: byColumn('link', 'incident'),
    eventsOfIncident: byColumn('event', 'incident'),
    paymentsOfIncident: db.prepare(
      `SELECT met.time AS key, met.payment AS id, payment.document
       FROM incident_payment AS met JOIN payment ON payment.tenant = met.tenant AND payment.id = met.payment
       WHERE met.tenant = ? AND met.incident = ? AND (met.time, met.payment) > (?, ?)
       ORDER BY met.time, met.payment LIMIT ?`,
    ),
    incidents: db.prepare(
      `SELECT age AS key, id, document FROM incident
       WHERE tenant = ? AND (age, id) > (?, ?) ORDER BY age, id LIMIT ?`,
    ),
    incidentsOfPayment: db.prepare(
      `SELECT met.age AS key, met.incident AS id, incident.document
       FROM incident_payment AS met JOIN incident ON incident.tenant = met.tenant AND incident.id = met.incident
       WHERE met.tenant = ? AND met.payment = ? AND (met.age, met.incident) > (?, ?)
       ORDER BY met.age, met.incident LIMIT ?`,
    ),
  };
}

function incidentOf(db: DatabaseSync, column: 'id' | 'would_be'): StatementSync {
  return db.prepare(
    `SELECT incident.document
     FROM event JOIN incident ON incident.tenant = event.tenant AND incident.id = event.incident
     WHERE event.tenant = ? AND event.${column} = ? AND event.incident IS NOT NULL`,
  );
}

function one(statement: StatementSync, tenant: string, id: string): unknown {
  const row = statement.get(tenant, id);
  return row === undefined ? null : JSON.parse(String(row['document']));
}

function list<T>(
  statement: StatementSync,
  name: string[],
  where: SQLInputValue[],
  page: PageRequest,
): Page<T> {
  return readPage(name, page, (after, limit) => statement.all(...where, after.key, after.id, limit));
}
