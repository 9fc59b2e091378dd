/**
 * Documents into Elasticsearch, compare-and-set (ports/document-sink.ts is the contract, sink-decision.ts the rule).
 *
 * What: each document is decided upon by what the store is known to have, and written on condition that it still has that. Where it has not,
 * somebody else wrote, or our own request arrived although its answer did not: it is read, decided upon anew, and written again, up to
 * five times. A document of revision 1 that is not remembered is created without a look, since nearly all are new.
 *
 * Cost: one bulk item a document, where nobody else writes; a read by id more after a start. Worked example: an incident with 900 links,
 * all new: one request of 900 creates and one of the incident. The worker dies before it notes that; after the start 901 creates are
 * refused, 901 documents are read in one request, and all are the same.
 */
import { CounterfoilError } from '../../model/errors.ts';
import { MODEL_VERSION } from '../../model/model-version.ts';
import type {
  DocumentKind,
  DocumentSink,
  SinkAnswer,
  SinkOutcome,
  SinkResult,
} from '../../ports/document-sink.ts';
import type { DocumentChanges } from '../../ports/incident-index.ts';
import {
  BulkWriter,
  type BulkItem,
  type BulkOutcome,
  type BulkSettings,
  type BulkSurroundings,
} from './bulk.ts';
import type { ElasticConnection } from './connection.ts';
import { KnownDocuments, type Whereabouts } from './known-documents.ts';
import { MonthIndices } from './month-indices.ts';
import { decideGiven, decideRemoved, type Decision, type Known } from './sink-decision.ts';
import { documentId, isMonthly, StoredDocuments, type IndexNames, type Stored } from './stored-document.ts';

/** Documents that are decided upon together: what is held of them in memory. */
const AT_ONCE = 5_000;
const MAX_ROUNDS = 5;

/** One document on its way. */
interface Work extends Whereabouts {
  kind: DocumentKind;
  id: string;
  tenant: string;
  /** How far whoever writes it has read. */
  at: number;
  /** Null: it is to be removed. */
  stored: Stored | null;
  /** Undefined: it must be read. */
  known: Known | null | undefined;
  /** Whether it was read, and is not what we remember. */
  isRead: boolean;
  outcome: SinkOutcome;
  revision: number | null;
  why: string | null;
}

export class ElasticDocumentSink implements DocumentSink {
  readonly #names: IndexNames;
  readonly #bulk: BulkWriter;
  readonly #months: MonthIndices;
  readonly #documents: KnownDocuments;

  constructor(
    connection: ElasticConnection,
    names: IndexNames,
    settings: BulkSettings,
    around: BulkSurroundings,
  ) {
    this.#names = names;
    this.#bulk = new BulkWriter(connection, settings, around);
    this.#months = new MonthIndices(connection, names);
    this.#documents = new KnownDocuments(connection);
  }

  async write(tenant: string, changes: DocumentChanges, at: number): Promise<SinkAnswer> {
    const works = this.#works(tenant, changes, at);
    let stopped: CounterfoilError | null = null;
    for (let from = 0; from < works.length && stopped === null; from += AT_ONCE)
      stopped = await this.#settle(works.slice(from, from + AT_ONCE));
    return { results: works.map(resultOf), stopped };
  }

  #works(tenant: string, changes: DocumentChanges, at: number): Work[] {
    const given = [...new StoredDocuments(this.#names, tenant).all(changes)].map((stored): Work => ({
      ...stored,
      ...BEGINNING,
      at,
      id: stored.key.id,
      tenant,
      stored,
      indices: [stored.index],
      mayBeGone: isMonthly(stored.kind),
    }));
    const names = new Set(given.map(({ kind, id }) => `${kind}/${id}`));
    const removed = (['events', 'payments', 'incidents'] as const).flatMap((kind) =>
      [...changes.removed[kind]]
        .filter((id) => !names.has(`${kind}/${id}`))
        .map((id): Work => {
          const place = { documentId: documentId(tenant, id), indices: [], mayBeGone: isMonthly(kind) };
          return { ...BEGINNING, ...place, at, kind, id, tenant, stored: null };
        }),
    );
    return [...removed, ...given];
  }

  /** @returns why not all could be done */
  async #settle(works: readonly Work[]): Promise<CounterfoilError | null> {
    try {
      await this.#prepare(works);
      let open = works;
      for (let round = 0; round < MAX_ROUNDS && open.length > 0; round += 1) {
        const todo = await this.#decided(open);
        const writing = todo.filter((each) => !isSettled(each.work, each.decision));
        const items = writing.map(({ work, decision }) => itemOf(work, decision));
        const { outcomes, stopped } = await this.#bulk.write(items);
        for (const [i, { work, decision }] of writing.entries())
          this.#note(work, decision, outcomes[i] ?? { kind: 'not_done' });
        if (stopped !== null) throw stopped;
        open = writing.flatMap(({ work }, i) => (outcomes[i]?.kind === 'conflict' ? [work] : []));
      }
      return null;
    } catch (error) {
      if (!(error instanceof CounterfoilError)) throw error;
      this.#months.forget();
      return error;
    }
  }

  /** Where each is or will be, and what is remembered of it. */
  async #prepare(works: readonly Work[]): Promise<void> {
    for (const kind of ['events', 'links'] as const) {
      const given = works.filter((work) => work.kind === kind && work.stored !== null);
      await this.#months.ensure(
        kind,
        given.flatMap(({ indices }) => indices),
      );
    }
    for (const work of works) {
      if (work.stored === null) work.indices = await this.#months.of(work.kind);
      work.known = this.#documents.recall(work);
      if (work.known === undefined && work.stored?.document.meta.revision === 1) work.known = null;
    }
  }

  /** That nothing is to be done is believed only of what was read: another worker may have written since. */
  async #decided(works: readonly Work[]): Promise<{ work: Work; decision: Decision }[]> {
    await this.#learn(works);
    const doubtful = works.filter((work) => !work.isRead && decide(work).kind === 'none');
    for (const work of doubtful) work.known = undefined;
    await this.#learn(doubtful);
    return works.map((work) => ({ work, decision: decide(work) }));
  }

  async #learn(works: readonly Work[]): Promise<void> {
    const unknown = works.filter(({ known }) => known === undefined);
    if (unknown.length === 0) return;
    const found = await this.#documents.read(unknown);
    for (const [i, work] of unknown.entries()) {
      work.known = found[i] ?? null;
      work.isRead = true;
    }
  }

  #note(work: Work, decision: Decision, outcome: BulkOutcome): void {
    if (outcome.kind === 'conflict') {
      this.#documents.forget(work);
      work.known = undefined;
      work.isRead = false;
    } else if (outcome.kind === 'dead') {
      work.outcome = 'dead';
      work.why = outcome.type;
    } else if (outcome.kind === 'missing') work.outcome = 'removed';
    else if (outcome.kind === 'written') this.#noteWritten(work, decision, outcome);
  }

  #noteWritten(
    work: Work,
    decision: Decision,
    { seqNo, primaryTerm }: Extract<BulkOutcome, { kind: 'written' }>,
  ): void {
    const { stored, known } = work;
    work.outcome = stored === null ? 'removed' : 'written';
    work.revision = 'revision' in decision ? decision.revision : null;
    if (stored === null) this.#documents.forget(work);
    else
      this.#documents.remember(work.documentId, {
        index: stored.index,
        seqNo,
        primaryTerm,
        revision: work.revision ?? 0,
        model: stored.key.model,
        digest: stored.key.digest,
        removed: false,
        at: work.at,
        timestamp: stored.document['@timestamp'],
        schema: stored.document.schema,
        case: known?.case,
      });
  }
}

const BEGINNING = { known: undefined, isRead: false, outcome: 'later', revision: null, why: null } as const;

function decide({ known = null, stored, at }: Work): Decision {
  if (stored === null) return decideRemoved(known, { model: MODEL_VERSION, at });
  const { model, digest } = stored.key;
  return decideGiven(known, { revision: stored.document.meta.revision, model, digest, at });
}

/** Notes what needs no writing. */
function isSettled(work: Work, decision: Decision): boolean {
  if (decision.kind !== 'none') return false;
  work.outcome = decision.outcome;
  work.revision = decision.revision;
  return true;
}

function itemOf(work: Work, decision: Decision): BulkItem {
  const { known, stored } = work;
  const place = { index: stored?.index ?? known?.index ?? '', documentId: work.documentId };
  const seen =
    known === null || known === undefined
      ? {}
      : { seen: { seqNo: known.seqNo, primaryTerm: known.primaryTerm } };
  if (decision.kind === 'delete') return { action: 'delete', ...place, ...seen };
  const action = decision.kind === 'create' ? 'create' : 'index';
  return {
    action,
    ...place,
    ...seen,
    source: sourceOf(work, 'revision' in decision ? (decision.revision ?? 1) : 1),
  };
}

function sourceOf({ id, tenant, known, stored, at }: Work, revision: number): string {
  const beside = known?.case === undefined ? {} : { case: known.case };
  if (stored !== null) {
    const { document, key } = stored;
    return JSON.stringify({
      ...document,
      meta: { ...document.meta, revision },
      key: { ...key, at },
      ...beside,
    });
  }
  const key = { id, model: MODEL_VERSION, digest: '', removed: true, at };
  const { timestamp = '', schema = '' } = known ?? {};
  return JSON.stringify({ '@timestamp': timestamp, schema, tenant, meta: { revision }, key, ...beside });
}

function resultOf({ kind, id, outcome, revision, why }: Work): SinkResult {
  return { kind, id, outcome, revision, why };
}
