/**
 * How a document is stored: as it is, with one member `key` beside it that holds what lists are filtered and ordered by
 * and what a writer compares. `key` is ours alone and is taken off again when a document is read.
 *
 * - `_id` is `tenant:id` where both are plain text, else a hash of the two, so that neither can mean another's.
 * - events and links lie in an index for each month (UTC) of the event's start, which never moves: the fold key has its
 *   minute (SPEC F1). Payments and incidents are in one index each, because they live on.
 * - `key.start` is in microseconds, a whole number below 2^53: it survives JSON, which nanoseconds do not.
 */
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import { paymentNames } from '../../model/documents/payment-names.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { incidentId, sha256Hex } from '../../model/ids.ts';
import { parseInstant, type Instant } from '../../model/instant.ts';
import { MODEL_VERSION } from '../../model/model-version.ts';
import type { DocumentKind } from '../../ports/document-sink.ts';
import type { Documents } from '../../ports/incident-index.ts';
import { KEYWORD, LONG, UNSEARCHED, type Mapping } from './mapping.ts';

export interface DocumentKey {
  /** The document's own id. */
  id: string;
  model: string;
  /** Equal where documents say the same. */
  digest: string;
  /** How far whoever wrote it had read; absent: nobody says. */
  at?: number;
  /** Which replacement wrote it. */
  batch?: string;
  /** It is no more, and stays for what somebody else wrote beside it. */
  removed?: boolean;
  start?: Instant;
  would_be?: string;
  payment_time?: Instant;
  strong?: string[];
  weak?: string[];
}

/** What is beside the document's own members in its mapping. */
export const KEY_MAPPING: Mapping = {
  properties: {
    id: KEYWORD,
    model: UNSEARCHED,
    digest: UNSEARCHED,
    at: LONG,
    batch: KEYWORD,
    removed: { type: 'boolean' },
    start: LONG,
    would_be: KEYWORD,
    payment_time: LONG,
    strong: KEYWORD,
    weak: KEYWORD,
  },
};

/** Any document: what all have. */
export interface AnyDocument {
  '@timestamp': string;
  schema: string;
  tenant: string;
  meta: { revision: number; state: string; content_hash?: string; model_version?: string };
}

export interface Stored {
  kind: DocumentKind;
  /** Name of the index. */
  index: string;
  /** `_id`. */
  documentId: string;
  document: AnyDocument;
  key: DocumentKey;
}

const FIRST_MONTH = '2020.01';
const LAST_MONTH = '2099.12';
const PLAIN_TENANT = /^[\w.-]{1,100}$/;
const PLAIN_ID = /^[\w.:/-]{1,300}$/;

export function documentId(tenant: string, id: string): string {
  if (PLAIN_TENANT.test(tenant) && PLAIN_ID.test(id)) return `${tenant}:${id}`;
  return `~${sha256Hex(JSON.stringify([tenant, id]))}`;
}

/** Whether documents of the kind lie in an index for each month. */
export function isMonthly(kind: DocumentKind): kind is 'events' | 'links' {
  return kind === 'events' || kind === 'links';
}

/** Names of indices and templates, which begin with a prefix of one's own. */
export class IndexNames {
  readonly prefix: string;

  /** @param prefix lower-case letters, digits, `_`, `.` and `-` */
  constructor(prefix: string) {
    if (!/^[a-z0-9][a-z0-9_.-]{0,99}$/.test(prefix))
      throw new CounterfoilError(
        'CF_CONFIG',
        'The prefix of the indices must begin with a lower-case letter or a digit, and have such, "_", "." and "-" only, at most 100.',
      );
    this.prefix = prefix;
  }

  get deadLetters(): string {
    return `${this.prefix}-dead-letters`;
  }

  /** What finds all documents of a kind. */
  pattern(kind: DocumentKind): string {
    return isMonthly(kind) ? `${this.prefix}-${kind}-*` : `${this.prefix}-${kind}`;
  }

  /**
   * Times outside of these years share an index: each index costs the server, and whoever sends times may send any.
   * @param start RFC 3339 in UTC
   */
  month(kind: 'events' | 'links', start: string): string {
    const month = `${start.slice(0, 4)}.${start.slice(5, 7)}`;
    const isKept = month >= FIRST_MONTH && month <= LAST_MONTH;
    return `${this.prefix}-${kind}-${isKept ? month : 'other'}`;
  }
}

/** Makes documents of one tenant ready to be stored. */
export class StoredDocuments {
  readonly #names: IndexNames;
  readonly #tenant: string;

  constructor(names: IndexNames, tenant: string) {
    this.#names = names;
    this.#tenant = tenant;
  }

  /** All of them, in the order of the port. @throws CounterfoilError CF_INTERNAL for a document of another tenant */
  *all({ events, links, payments, incidents }: Documents): Iterable<Stored> {
    for (const document of events) yield this.#event(document);
    for (const document of links) yield this.#link(document);
    for (const document of payments) yield this.#payment(document);
    for (const document of incidents) yield this.#incident(document);
  }

  #event(document: EventDocument): Stored {
    const { id, start } = document.event;
    const keys = { start: micros(start), would_be: incidentId(this.#tenant, id) };
    return this.#stored('events', id, this.#names.month('events', start), document, keys);
  }

  #link(document: LinkDocument): Stored {
    const { link, event, payment } = document;
    const keys = { start: micros(event.start), payment_time: micros(payment.time) };
    return this.#stored('links', link.id, this.#names.month('links', event.start), document, keys);
  }

  #payment(document: PaymentDocument): Stored {
    const { strong, weak } = paymentNames(document);
    const keys = { strong: [...new Set(strong)], weak: [...new Set(weak)] };
    const index = this.#names.pattern('payments');
    return this.#stored('payments', document.payment.id, index, document, keys);
  }

  #incident(document: IncidentDocument): Stored {
    const { id, start } = document.incident;
    const index = this.#names.pattern('incidents');
    return this.#stored('incidents', id, index, document, { start: micros(start) });
  }

  #stored(
    kind: DocumentKind,
    id: string,
    index: string,
    document: AnyDocument,
    keys: Partial<DocumentKey>,
  ): Stored {
    if (document.tenant !== this.#tenant)
      throw new CounterfoilError('CF_INTERNAL', 'A document of another tenant was given to be stored.');
    const model = document.meta.model_version ?? MODEL_VERSION;
    const key = { id, model, digest: digestOf(document), ...keys };
    return { kind, index, documentId: documentId(this.#tenant, id), document, key };
  }
}

/** Links carry no hash: all of them is compared, but for the count of their revisions. */
function digestOf(document: AnyDocument): string {
  const { content_hash: hash, state } = document.meta;
  if (hash !== undefined) return `${hash}/${state}`;
  const { meta, ...content } = document;
  return sha256Hex(canonicalJson({ ...content, meta: { ...meta, revision: 0 } }));
}

/** What is stored: a document, and what is beside it. */
export type StoredSource = object & { key?: DocumentKey; case?: unknown };

/** The document as it was given; null for one that is no more. */
export function readStored(source: StoredSource): object | null {
  const { key, case: _, ...document } = source;
  return key?.removed === true ? null : document;
}

function micros(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined)
    throw new CounterfoilError('CF_INTERNAL', 'A document states a time that is none.');
  return instant;
}
