/**
 * The indices of months: creates the one that a document needs, and says which there are, because an id does not say its
 * month. Reading by id then asks all months at once (`mget`), which sees what was just written; a search would see it a
 * second later.
 *
 * Cost: a listing, which another process may have made longer, and a look-up of an id in each month: 60 months are five years. Times
 * outside of 2020 to 2099 share an index.
 */
import type { DocumentKind } from '../../ports/document-sink.ts';
import type { ElasticConnection } from './connection.ts';
import { isMonthly, type IndexNames } from './stored-document.ts';
import { createIndex } from './template-install.ts';
import { indexTemplates } from './templates.ts';

export class MonthIndices {
  readonly #connection: ElasticConnection;
  readonly #names: IndexNames;
  readonly #created = new Set<string>();

  constructor(connection: ElasticConnection, names: IndexNames) {
    this.#connection = connection;
    this.#names = names;
  }

  /** Names of all indices of a kind that are open; of a kind that is not split, its one. */
  async of(kind: DocumentKind): Promise<string[]> {
    const name = this.#names.pattern(kind);
    if (!isMonthly(kind)) return [name];
    const found = await this.#connection.ask('listing the indices', (client) =>
      client.indices.resolveIndex({ name, expand_wildcards: 'open', allow_no_indices: true }),
    );
    return found.indices.map((index) => index.name);
  }

  /** Makes sure that indices are there before documents are written to them. */
  async ensure(kind: DocumentKind, indices: Iterable<string>): Promise<void> {
    const missing = [...new Set(indices)].filter((index) => !this.#created.has(index));
    if (missing.length === 0 || !isMonthly(kind)) return;
    const pattern = this.#names.pattern(kind);
    const template = indexTemplates(this.#names).find((each) => each.pattern === pattern);
    for (const index of missing) {
      if (template === undefined) continue;
      await createIndex(this.#connection, index, template);
      this.#created.add(index);
    }
  }

  /** Somebody may have removed an index: it is created anew when it is needed. */
  forget(): void {
    this.#created.clear();
  }
}
