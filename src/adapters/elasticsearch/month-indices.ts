/**
 * The indices of months: creates the one that a document needs, and knows which there are, because an id does not say its
 * month. Reading by id then asks all months at once (`mget`), which sees what was just written; a search would see it a
 * second later.
 *
 * Cost: one listing a second at most; a look-up of an id in each month: 60 months are five years.
 */
import type { DocumentKind } from '../../ports/document-sink.ts';
import type { ElasticConnection } from './connection.ts';
import { isMonthly, type IndexNames } from './stored-document.ts';
import { createIndex } from './template-install.ts';
import { indexTemplates } from './templates.ts';

/** How long a listing is believed, where another process may create an index too. */
const BELIEVED_MS = 1_000;

export class MonthIndices {
  readonly #connection: ElasticConnection;
  readonly #names: IndexNames;
  readonly #elapsedMs: () => number;
  readonly #listed = new Map<DocumentKind, { at: number; names: Promise<string[]> }>();
  readonly #created = new Set<string>();

  constructor(connection: ElasticConnection, names: IndexNames, elapsedMs: () => number) {
    this.#connection = connection;
    this.#names = names;
    this.#elapsedMs = elapsedMs;
  }

  /** Names of all indices of a kind that are open, newest first; of a kind that is not split, its one. */
  async of(kind: DocumentKind): Promise<string[]> {
    const pattern = this.#names.pattern(kind);
    if (!isMonthly(kind)) return [pattern];
    const known = this.#listed.get(kind);
    if (known !== undefined && this.#elapsedMs() - known.at < BELIEVED_MS) return await known.names;
    const names = this.#list(pattern);
    this.#listed.set(kind, { at: this.#elapsedMs(), names });
    try {
      return await names;
    } catch (error) {
      this.#listed.delete(kind);
      throw error;
    }
  }

  async #list(pattern: string): Promise<string[]> {
    const found = await this.#connection.ask('listing the indices', (client) =>
      client.indices.resolveIndex({ name: pattern, expand_wildcards: 'open', allow_no_indices: true }),
    );
    return found.indices
      .map(({ name }) => name)
      .toSorted()
      .toReversed();
  }

  /** Makes sure that indices are there before documents are written to them. */
  async ensure(kind: DocumentKind, indices: Iterable<string>): Promise<void> {
    const pattern = this.#names.pattern(kind);
    if (!isMonthly(kind)) return;
    const template = indexTemplates(this.#names).find((each) => each.pattern === pattern);
    for (const index of new Set(indices)) {
      if (template === undefined || this.#created.has(index)) continue;
      await createIndex(this.#connection, index, template);
      this.#created.add(index);
      this.#listed.delete(kind);
    }
  }

  /** Somebody may have removed an index: looks again. */
  forget(): void {
    this.#created.clear();
    this.#listed.clear();
  }
}
