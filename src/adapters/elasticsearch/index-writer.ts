/**
 * Writes documents as they are given, without comparing: for an index that belongs to who writes it, as `correlate` has one. The live lane
 * writes through the document sink.
 *
 * Not one transaction: who reads meanwhile may see some documents new and some old. Everything is taken in before anything is sent, so that an
 * input that breaks off changes nothing; a server that breaks off leaves a part, and writing again completes it.
 *
 * `replace` marks what it writes with a batch of its own, then deletes what has another: no moment shows nothing at all.
 *
 * Cost: the documents are held in memory, at most a million.
 */
import { randomUUID } from 'node:crypto';
import { CounterfoilError } from '../../model/errors.ts';
import type { DocumentChanges, Documents } from '../../ports/incident-index.ts';
import { BulkWriter, type BulkItem, type BulkSettings, type BulkSurroundings } from './bulk.ts';
import type { ElasticConnection } from './connection.ts';
import { KnownDocuments } from './known-documents.ts';
import type { MonthIndices } from './month-indices.ts';
import { documentId, isMonthly, StoredDocuments, type IndexNames, type Stored } from './stored-document.ts';

const MAX_DOCUMENTS = 1_000_000;
/** Documents whose JSON text is held at once. */
const TEXTS_AT_ONCE = 5_000;
const KINDS = ['events', 'links', 'payments', 'incidents'] as const;

export class IndexWriter {
  readonly #connection: ElasticConnection;
  readonly #names: IndexNames;
  readonly #months: MonthIndices;
  readonly #bulk: BulkWriter;
  readonly #documents: KnownDocuments;

  constructor(
    connection: ElasticConnection,
    names: IndexNames,
    months: MonthIndices,
    settings: BulkSettings,
    around: BulkSurroundings,
  ) {
    this.#connection = connection;
    this.#names = names;
    this.#months = months;
    this.#bulk = new BulkWriter(connection, settings, around);
    this.#documents = new KnownDocuments(connection);
  }

  /** @throws CounterfoilError CF_OVER_LIMIT, CF_UNREACHABLE, CF_SERVER_SETUP, CF_INTERNAL */
  async replace(tenant: string, documents: Documents): Promise<void> {
    const batch = randomUUID();
    await this.#put(this.#taken(tenant, documents), batch);
    for (const kind of KINDS) await this.#deleteOthers(tenant, this.#names.pattern(kind), batch);
  }

  /** @throws CounterfoilError CF_OVER_LIMIT, CF_UNREACHABLE, CF_SERVER_SETUP, CF_INTERNAL */
  async write(tenant: string, changes: DocumentChanges): Promise<void> {
    const given = this.#taken(tenant, changes);
    const ids = new Set(given.map(({ kind, documentId: id }) => `${kind}/${id}`));
    const removals: BulkItem[] = [];
    for (const kind of ['events', 'payments', 'incidents'] as const) {
      const indices = await this.#months.of(kind);
      const removed = [...changes.removed[kind]].map((id) => documentId(tenant, id));
      const wanted = removed.filter((id) => !ids.has(`${kind}/${id}`));
      const found = await this.#documents.read(
        wanted.map((id) => ({ documentId: id, indices, mayBeGone: isMonthly(kind) })),
      );
      for (const [i, known] of found.entries())
        if (known !== null)
          removals.push({ action: 'delete', index: known.index, documentId: wanted[i] ?? '' });
    }
    await this.#send(removals);
    await this.#put(given, null);
  }

  /** Of two of one id the last. */
  #taken(tenant: string, documents: Documents): Stored[] {
    const taken = new Map<string, Stored>();
    for (const stored of new StoredDocuments(this.#names, tenant).all(documents)) {
      taken.set(`${stored.kind}/${stored.documentId}`, stored);
      if (taken.size > MAX_DOCUMENTS) throw tooMany();
    }
    return [...taken.values()];
  }

  async #put(stored: readonly Stored[], batch: string | null): Promise<void> {
    for (const kind of KINDS)
      await this.#months.ensure(
        kind,
        stored.filter((each) => each.kind === kind).map(({ index }) => index),
      );
    for (let from = 0; from < stored.length; from += TEXTS_AT_ONCE)
      await this.#send(stored.slice(from, from + TEXTS_AT_ONCE).map((each) => itemOf(each, batch)));
  }

  async #send(items: readonly BulkItem[]): Promise<void> {
    if (items.length === 0) return;
    const { outcomes, stopped } = await this.#bulk.write(items);
    if (stopped !== null) {
      this.#months.forget();
      throw stopped;
    }
    for (const [i, outcome] of outcomes.entries())
      if (outcome.kind === 'dead')
        throw new CounterfoilError(
          'CF_INTERNAL',
          `Elasticsearch at ${this.#connection.place} refused document ${items[i]?.documentId} (${outcome.type}). Compare its templates with those of this version.`,
        );
  }

  /** A delete by query sees what a search sees, so what was written is made visible before. */
  async #deleteOthers(tenant: string, index: string, batch: string): Promise<void> {
    const query = { bool: { filter: [{ term: { tenant } }], must_not: [{ term: { 'key.batch': batch } }] } };
    await this.#connection.ask('removing documents that are no more', async (client) => {
      await client.indices.refresh({ index });
      await client.deleteByQuery({ index, query, refresh: true, conflicts: 'proceed' });
    });
  }
}

function itemOf({ index, documentId: id, document, key }: Stored, batch: string | null): BulkItem {
  const marked = batch === null ? key : { ...key, batch };
  return { action: 'index', index, documentId: id, source: JSON.stringify({ ...document, key: marked }) };
}

function tooMany(): CounterfoilError {
  return new CounterfoilError(
    'CF_OVER_LIMIT',
    `More than ${MAX_DOCUMENTS} documents cannot be replaced at once. Write them in parts.`,
  );
}
