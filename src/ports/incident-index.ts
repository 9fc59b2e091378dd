/**
 * Where documents live and are looked up by id (embedded: SQLite; production: Elasticsearch). Documents are the
 * contract shapes of model/documents; the index stores and finds, it never computes.
 *
 * Writing is an upsert by id: the same document twice is one document. `replaceAll` swaps the whole content in one
 * step, which is what `correlate` does; `write` changes single documents, which is what the live engine does.
 *
 * The methods are asynchronous because an index may be on another machine; the embedded one answers at once. Who writes
 * waits for each write before the next.
 */
import type { EventDocument } from '../model/documents/event.ts';
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';

export interface Documents {
  events: Iterable<EventDocument>;
  links: Iterable<LinkDocument>;
  payments: Iterable<PaymentDocument>;
  incidents: Iterable<IncidentDocument>;
}

/** Documents that are new or changed, and ids of those that are no more: merged payments, joined incidents, events taken back. */
export interface DocumentChanges extends Documents {
  removed: { events: Iterable<string>; payments: Iterable<string>; incidents: Iterable<string> };
}

/** Keyset page: at most `limit` items after `cursor`, in the order the method names. */
export interface PageRequest {
  limit: number;
  /** Opaque; null for the first page. */
  cursor: string | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface IncidentIndex {
  /** Replaces all documents of a tenant in one transaction. */
  replaceAll(tenant: string, documents: Documents): Promise<void>;
  /**
   * Upserts and removes by id. Where the index shares its file with a fact store, the change becomes visible to other
   * readers with that store's `commit`.
   */
  write(tenant: string, changes: DocumentChanges): Promise<void>;
  payment(tenant: string, id: string): Promise<PaymentDocument | null>;
  /**
   * Ids of the payments that `value` names, sorted; at most 100: by own id, superseded id, UETR or PSP reference, and
   * by other aliases only where none of these names one (SPEC J15).
   */
  resolvePayment(tenant: string, value: string): Promise<string[]>;
  event(tenant: string, id: string): Promise<EventDocument | null>;
  link(tenant: string, id: string): Promise<LinkDocument | null>;
  /** By its id, or by the id that the incident of any single member event would have (DESIGN section 2, ids). */
  incident(tenant: string, id: string): Promise<IncidentDocument | null>;
  /** The incident that holds this event, if any. */
  incidentOfEvent(tenant: string, eventId: string): Promise<IncidentDocument | null>;
  /** By event start, then link id. */
  linksOfPayment(tenant: string, paymentId: string, page: PageRequest): Promise<Page<LinkDocument>>;
  linksOfEvent(tenant: string, eventId: string, page: PageRequest): Promise<Page<LinkDocument>>;
  linksOfIncident(tenant: string, incidentId: string, page: PageRequest): Promise<Page<LinkDocument>>;
  /** By event start, then event id. */
  eventsOfIncident(tenant: string, incidentId: string, page: PageRequest): Promise<Page<EventDocument>>;
  /** Payments with a live link in the incident, weak ones too; by payment time, then id. */
  paymentsOfIncident(tenant: string, incidentId: string, page: PageRequest): Promise<Page<PaymentDocument>>;
  /** Newest first by start, then id; `paymentId` keeps those that link that payment. */
  incidents(
    tenant: string,
    filter: { paymentId: string | null },
    page: PageRequest,
  ): Promise<Page<IncidentDocument>>;
  close(): Promise<void>;
}
