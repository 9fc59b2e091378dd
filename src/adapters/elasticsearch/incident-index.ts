/**
 * The incident index of production: Elasticsearch (ports/incident-index.ts is the contract).
 *
 * What is read by id (`payment`, `event`, `link`, `incident`, `incidentOfEvent`) is as it was last written. Lists, names of payments and
 * would-be incident ids are searched for, and may be a second behind, the refresh interval of the indices.
 */
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { DocumentKind } from '../../ports/document-sink.ts';
import type {
  DocumentChanges,
  Documents,
  IncidentIndex,
  Page,
  PageRequest,
} from '../../ports/incident-index.ts';
import { BULK_DEFAULTS, type BulkSurroundings } from './bulk.ts';
import type { ElasticConnection } from './connection.ts';
import { DocumentSearch, type Filter } from './document-search.ts';
import { IndexWriter } from './index-writer.ts';
import { MonthIndices } from './month-indices.ts';
import { readById } from './read-by-id.ts';
import { documentId, isMonthly, readStored, type IndexNames, type StoredSource } from './stored-document.ts';

const MAX_NAMED = 100;
/** More than any payment has; its incidents are looked up one by one by their ids. */
const MAX_INCIDENTS_OF_PAYMENT = 10_000;

export interface ElasticIndexSettings {
  names: IndexNames;
  /** Lists see what was written as soon as `write` has ended, instead of a second later: for tests, since it costs a segment each time. */
  refresh?: boolean;
}

/** Of the connection, which is closed by who opened it. */
export class ElasticIncidentIndex implements IncidentIndex {
  readonly #connection: ElasticConnection;
  readonly #search: DocumentSearch;
  readonly #months: MonthIndices;
  readonly #writer: IndexWriter;

  constructor(connection: ElasticConnection, settings: ElasticIndexSettings, around: BulkSurroundings) {
    const { names, refresh = false } = settings;
    this.#connection = connection;
    this.#search = new DocumentSearch(connection, names);
    this.#months = new MonthIndices(connection, names);
    this.#writer = new IndexWriter(connection, names, this.#months, { ...BULK_DEFAULTS, refresh }, around);
  }

  async replaceAll(tenant: string, documents: Documents): Promise<void> {
    await this.#writer.replace(tenant, documents);
  }

  async write(tenant: string, changes: DocumentChanges): Promise<void> {
    await this.#writer.write(tenant, changes);
  }

  async payment(tenant: string, id: string): Promise<PaymentDocument | null> {
    return await this.#one(tenant, 'payments', id);
  }

  async resolvePayment(tenant: string, value: string): Promise<string[]> {
    for (const field of ['key.strong', 'key.weak']) {
      const filters = [{ term: { [field]: value } }];
      const ids = await this.#search.ids(tenant, 'payments', filters, MAX_NAMED);
      if (ids.length > 0) return ids;
    }
    return [];
  }

  async event(tenant: string, id: string): Promise<EventDocument | null> {
    return await this.#one(tenant, 'events', id);
  }

  async link(tenant: string, id: string): Promise<LinkDocument | null> {
    return await this.#one(tenant, 'links', id);
  }

  async incident(tenant: string, id: string): Promise<IncidentDocument | null> {
    const own = await this.#one<IncidentDocument>(tenant, 'incidents', id);
    if (own !== null) return own;
    const filters = [{ term: { 'key.would_be': id } }, { exists: { field: 'incident.id' } }];
    const event = await this.#search.first<EventDocument>(tenant, 'events', filters);
    return event?.incident === undefined ? null : await this.#one(tenant, 'incidents', event.incident.id);
  }

  async incidentOfEvent(tenant: string, eventId: string): Promise<IncidentDocument | null> {
    const event = await this.event(tenant, eventId);
    return event?.incident === undefined ? null : await this.#one(tenant, 'incidents', event.incident.id);
  }

  async linksOfPayment(tenant: string, paymentId: string, page: PageRequest): Promise<Page<LinkDocument>> {
    return await this.#links(tenant, ['links-of-payment', paymentId], { 'payment.id': paymentId }, page);
  }

  async linksOfEvent(tenant: string, eventId: string, page: PageRequest): Promise<Page<LinkDocument>> {
    return await this.#links(tenant, ['links-of-event', eventId], { 'event.id': eventId }, page);
  }

  async linksOfIncident(tenant: string, incidentId: string, page: PageRequest): Promise<Page<LinkDocument>> {
    return await this.#links(tenant, ['links-of-incident', incidentId], { 'incident.id': incidentId }, page);
  }

  async eventsOfIncident(
    tenant: string,
    incidentId: string,
    page: PageRequest,
  ): Promise<Page<EventDocument>> {
    const filters = [{ term: { 'incident.id': incidentId } }];
    const name = ['events-of-incident', incidentId];
    return await this.#search.page(tenant, { kind: 'events', name, filters, order: 'asc' }, page);
  }

  async paymentsOfIncident(
    tenant: string,
    incidentId: string,
    page: PageRequest,
  ): Promise<Page<PaymentDocument>> {
    const filters = [{ term: { 'incident.id': incidentId } }, LIVE];
    const name = ['payments-of-incident', incidentId];
    const [incident, { items, next }] = await Promise.all([
      this.#one(tenant, 'incidents', incidentId),
      this.#search.paymentsOfLinks(tenant, name, filters, page),
    ]);
    if (incident === null) return { items: [], next: null };
    const read = await this.#many<PaymentDocument>(tenant, 'payments', items);
    return { items: read.filter((payment) => payment !== null), next };
  }

  async incidents(
    tenant: string,
    { paymentId }: { paymentId: string | null },
    page: PageRequest,
  ): Promise<Page<IncidentDocument>> {
    const list = { kind: 'incidents', order: 'desc' } as const;
    if (paymentId === null)
      return await this.#search.page(tenant, { ...list, name: ['incidents'], filters: [] }, page);
    const filters = [{ term: { 'payment.id': paymentId } }, LIVE];
    const [payment, ids] = await Promise.all([
      this.#one(tenant, 'payments', paymentId),
      this.#search.incidentsOfLinks(tenant, filters, MAX_INCIDENTS_OF_PAYMENT + 1),
    ]);
    if (payment === null) return { items: [], next: null };
    if (ids.length > MAX_INCIDENTS_OF_PAYMENT) throw tooManyIncidents();
    const name = ['incidents-of-payment', paymentId];
    return await this.#search.page(tenant, { ...list, name, filters: [{ terms: { 'key.id': ids } }] }, page);
  }

  /** Who opened the connection closes it. */
  async close(): Promise<void> {}

  async #links(
    tenant: string,
    name: readonly string[],
    term: Record<string, string>,
    page: PageRequest,
  ): Promise<Page<LinkDocument>> {
    return await this.#search.page(tenant, { kind: 'links', name, filters: [{ term }], order: 'asc' }, page);
  }

  async #one<T>(tenant: string, kind: DocumentKind, id: string): Promise<T | null> {
    const [document = null] = await this.#many<T>(tenant, kind, [id]);
    return document;
  }

  /** By id, in their order; null: there is none. An id does not say its month, so all are asked. */
  async #many<T>(tenant: string, kind: DocumentKind, ids: readonly string[]): Promise<(T | null)[]> {
    const indices = await this.#months.of(kind);
    const mayBeGone = isMonthly(kind);
    const places = ids.flatMap((id) =>
      indices.map((index) => ({ index, documentId: documentId(tenant, id), mayBeGone })),
    );
    const read = await readById<StoredSource>(this.#connection, `reading ${kind}`, places);
    const found = new Map<string, T | null>();
    for (const [i, each] of read.entries())
      if (each !== null) found.set(places[i]?.documentId ?? '', readStored(each.source) as T | null);
    return ids.map((id) => found.get(documentId(tenant, id)) ?? null);
  }
}

const LIVE: Filter = { term: { 'link.status': 'live' } };

function tooManyIncidents(): CounterfoilError {
  return new CounterfoilError(
    'CF_OVER_LIMIT',
    `The payment is in more than ${MAX_INCIDENTS_OF_PAYMENT} incidents, which are not listed. List its links instead.`,
  );
}
