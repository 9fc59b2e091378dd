/**
 * Dead letters of one tenant in Elasticsearch, for people to read where no engine runs: newest first, at most so many. Beyond the limit the
 * oldest are dropped, and counted. A letter that comes again is the letter that is there.
 *
 * Reading one by its id sees what was just written; the list and the counts may be a second behind. The count of dropped ones is a
 * document of its own; a writer that dies between dropping and counting leaves it too low, never too high.
 */
import type { DeadLetterSink } from '../../ports/document-sink.ts';
import type { DeadLetters } from '../../ports/dead-letters.ts';
import type { DeadLetter, Redriven } from '../../ports/fact-store.ts';
import type { Page, PageRequest } from '../../ports/incident-index.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { formatInstant } from '../../model/instant.ts';
import { cursorAfter, positionOf } from '../../model/list-cursor.ts';
import { BulkWriter, type BulkItem, type BulkSettings, type BulkSurroundings } from './bulk.ts';
import type { ElasticConnection } from './connection.ts';
import { readById, type Found } from './read-by-id.ts';
import { statusOf } from './server-errors.ts';
import { documentId, type IndexNames } from './stored-document.ts';

const LIST = 'dead-letters';
const MAX_PAGE = 1_000;
/** Of the document that counts; no letter has it, because ids of letters are hashes. */
const DROPPED_ID = 'dropped';
const MAX_TRIES = 5;

interface StoredLetter {
  id: string;
  input: string;
  at: number;
  reason: string;
  text: string;
  place: string;
  excerpt: string | null;
  later_than: number | null;
  redriven_at: number | null;
}

/** A letter, or the count of those that were dropped. */
interface Source {
  '@timestamp'?: string;
  tenant: string;
  dead_letter?: StoredLetter;
  dropped?: number;
}

export interface ElasticDeadLetterSettings {
  names: IndexNames;
  tenant: string;
  /** The most that are kept. */
  limit: number;
}

export class ElasticDeadLetters implements DeadLetters, DeadLetterSink {
  readonly #connection: ElasticConnection;
  readonly #index: string;
  readonly #tenant: string;
  readonly #limit: number;
  readonly #bulk: BulkWriter;

  constructor(
    connection: ElasticConnection,
    { names, tenant, limit }: ElasticDeadLetterSettings,
    bulk: BulkSettings,
    around: BulkSurroundings,
  ) {
    this.#connection = connection;
    this.#index = names.deadLetters;
    this.#tenant = tenant;
    this.#limit = limit;
    this.#bulk = new BulkWriter(connection, bulk, around);
  }

  async deadLetters(page: PageRequest): Promise<Page<DeadLetter>> {
    const limit = Math.min(Math.max(1, Math.trunc(page.limit)), MAX_PAGE);
    const name = [LIST, this.#tenant];
    const after = page.cursor === null ? null : positionOf(name, page.cursor);
    const answer = await this.#connection.ask('listing dead letters', (client) =>
      client.search<Source>({
        ...this.#all(),
        size: limit + 1,
        sort: [{ 'dead_letter.at': 'desc' }, { 'dead_letter.id': 'asc' }],
        ...(after === null ? {} : { search_after: [after.key, after.id] }),
      }),
    );
    const { hits } = answer.hits;
    const items = hits
      .slice(0, limit)
      .flatMap(({ _source: source }) =>
        source?.dead_letter === undefined ? [] : letterOf(source.dead_letter),
      );
    const last = items.at(-1);
    const more = hits.length > limit && last !== undefined;
    return { items, next: more ? cursorAfter(name, { key: last.at, id: last.id }) : null };
  }

  async deadLetter(id: string): Promise<DeadLetter | null> {
    const found = await this.#get(this.#idOf(id));
    const letter = found?.source.dead_letter;
    return letter === undefined ? null : letterOf(letter);
  }

  async deadLetterCount(): Promise<{ kept: number; dropped: number }> {
    const [kept, counter] = await Promise.all([this.#kept(), this.#get(this.#idOf(DROPPED_ID))]);
    return { kept, dropped: counter?.source.dropped ?? 0 };
  }

  async addDeadLetters(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    // Of one id once: the writer keeps no order between two.
    const byId = new Map(letters.map((letter) => [letter.id, letter]));
    await this.#write(
      [...byId.values()].map((letter) => ({
        action: 'create',
        index: this.#index,
        documentId: this.#idOf(letter.id),
        source: JSON.stringify(storedLetter(this.#tenant, letter)),
      })),
    );
    await this.#dropOldest();
  }

  async markRedriven(redriven: readonly Redriven[]): Promise<void> {
    for (const { letterId, at } of redriven)
      await this.#change(this.#idOf(letterId), (source) =>
        source?.dead_letter === undefined
          ? null
          : { ...source, dead_letter: { ...source.dead_letter, redriven_at: at } },
      );
  }

  async #dropOldest(): Promise<void> {
    await this.#connection.ask('counting dead letters', (client) =>
      client.indices.refresh({ index: this.#index }),
    );
    for (let excess = (await this.#kept()) - this.#limit; excess > 0; excess -= MAX_PAGE) {
      const answer = await this.#connection.ask('dropping dead letters', (client) =>
        client.search({
          ...this.#all(),
          size: Math.min(excess, MAX_PAGE),
          sort: [{ 'dead_letter.at': 'asc' }, { 'dead_letter.id': 'desc' }],
          _source: false,
        }),
      );
      const oldest = answer.hits.hits.flatMap(({ _id: id }) => id ?? []);
      await this.#write(oldest.map((id) => ({ action: 'delete', index: this.#index, documentId: id })));
      await this.#connection.ask('dropping dead letters', (client) =>
        client.indices.refresh({ index: this.#index }),
      );
      await this.#countDropped(oldest.length);
    }
  }

  async #countDropped(more: number): Promise<void> {
    await this.#change(this.#idOf(DROPPED_ID), (source) => ({
      tenant: this.#tenant,
      dropped: (source?.dropped ?? 0) + more,
    }));
  }

  /** Reads, changes, and writes where nobody wrote in between. @param change null: leave it as it is */
  async #change(id: string, change: (source: Source | undefined) => Source | null): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const found = await this.#get(id);
      const document = change(found?.source);
      if (document === null) return;
      const seen =
        found === null
          ? { op_type: 'create' as const }
          : { if_seq_no: found.seqNo, if_primary_term: found.primaryTerm };
      const written = await this.#connection.ask('writing a dead letter', async (client) => {
        try {
          await client.index({ index: this.#index, id, document, ...seen });
          return true;
        } catch (error) {
          if (statusOf(error) === 409) return false;
          throw error;
        }
      });
      if (written) return;
    }
    throw new CounterfoilError(
      'CF_BUSY',
      'A dead letter is changed by others all the time. Try it again in 1 s.',
    );
  }

  async #write(items: readonly BulkItem[]): Promise<void> {
    const { outcomes, stopped } = await this.#bulk.write(items);
    if (stopped !== null) throw stopped;
    const dead = outcomes.find(({ kind }) => kind === 'dead');
    if (dead?.kind === 'dead')
      throw new CounterfoilError(
        'CF_SERVER_SETUP',
        `Elasticsearch at ${this.#connection.place} refused a dead letter (${dead.type}). Install the templates of this version.`,
      );
  }

  async #get(id: string): Promise<Found<Source> | null> {
    const places = [{ index: this.#index, documentId: id }];
    const [found = null] = await readById<Source>(this.#connection, 'reading a dead letter', places);
    return found;
  }

  async #kept(): Promise<number> {
    const { index, query } = this.#all();
    const { count } = await this.#connection.ask('counting dead letters', (client) =>
      client.count({ index, query }),
    );
    return count;
  }

  #all() {
    const filter = [{ term: { tenant: this.#tenant } }, { exists: { field: 'dead_letter.id' } }];
    return { index: this.#index, query: { bool: { filter } } };
  }

  #idOf(id: string): string {
    return documentId(this.#tenant, id);
  }
}

function storedLetter(tenant: string, letter: DeadLetter): Source {
  const { id, input, at, reason, text, place, excerpt, laterThan, redrivenAt } = letter;
  const stored: StoredLetter = {
    id,
    input,
    at,
    reason,
    text,
    place,
    excerpt,
    later_than: laterThan,
    redriven_at: redrivenAt,
  };
  return { '@timestamp': formatInstant(at), tenant, dead_letter: stored };
}

function letterOf({ later_than: laterThan, redriven_at: redrivenAt, ...rest }: StoredLetter): DeadLetter {
  return { ...rest, laterThan, redrivenAt };
}
