/**
 * The searches of the index: keyset pages over `key.start` and `key.id`, each filtered by tenant on the server.
 *
 * Why no point in time (PIT): the sort key is unique and every page goes on after the last item seen, so nothing is repeated or skipped; a PIT
 * would hold segments on the server for every reader, and cursors would end with it. What a search sees is up to a second old.
 *
 * Cost: a page is one request; `paymentsOf` groups links on the server, because a payment meets an incident by many of them.
 */
import type { estypes } from '@elastic/elasticsearch';
import { cursorAfter, positionOf, type Position } from '../../model/list-cursor.ts';
import type { DocumentKind } from '../../ports/document-sink.ts';
import type { Page, PageRequest } from '../../ports/incident-index.ts';
import type { ElasticConnection } from './connection.ts';
import { readStored, type IndexNames, type StoredSource } from './stored-document.ts';

/** More are given by further pages; Elasticsearch itself gives 10,000. */
const MAX_PAGE = 1_000;

export type Filter = estypes.QueryDslQueryContainer;

export interface ListQuery {
  kind: DocumentKind;
  /** Of the list: a cursor of another one is refused. */
  name: readonly string[];
  filters: readonly Filter[];
  order: 'asc' | 'desc';
}

export class DocumentSearch {
  readonly #connection: ElasticConnection;
  readonly #names: IndexNames;

  constructor(connection: ElasticConnection, names: IndexNames) {
    this.#connection = connection;
    this.#names = names;
  }

  /** @throws CounterfoilError CF_CURSOR, CF_UNREACHABLE, CF_SERVER_SETUP */
  async page<T>(tenant: string, list: ListQuery, page: PageRequest): Promise<Page<T>> {
    const limit = limitOf(page);
    const name = [...list.name, tenant];
    const after = page.cursor === null ? null : positionOf(name, page.cursor);
    const hits = await this.#search(`listing ${list.kind}`, {
      ...this.#query(list.kind, tenant, list.filters),
      size: limit + 1,
      sort: [{ 'key.start': list.order }, { 'key.id': 'asc' }],
      ...(after === null ? {} : { search_after: [after.key, after.id] }),
    });
    const shown = hits.slice(0, limit);
    const [key, id] = shown.at(-1)?.sort ?? [];
    return {
      items: shown.flatMap((hit) => (documentOf(hit) as T | null) ?? []),
      next: hits.length > limit ? cursorAfter(name, { key: Number(key), id: String(id) }) : null,
    };
  }

  /** Own ids, sorted, at most `limit`. */
  async ids(
    tenant: string,
    kind: DocumentKind,
    filters: readonly Filter[],
    limit: number,
  ): Promise<string[]> {
    const hits = await this.#search(`looking for ${kind}`, {
      ...this.#query(kind, tenant, filters),
      size: limit,
      sort: [{ 'key.id': 'asc' }],
      _source: false,
    });
    return hits.map(({ sort }) => String(sort?.[0]));
  }

  /** The first document that matches; null: none does. */
  async first<T>(tenant: string, kind: DocumentKind, filters: readonly Filter[]): Promise<T | null> {
    const hits = await this.#search(`looking for ${kind}`, {
      ...this.#query(kind, tenant, filters),
      size: 1,
      sort: [{ 'key.id': 'asc' }],
    });
    return hits[0] === undefined ? null : (documentOf(hits[0]) as T | null);
  }

  /** Payments of links, each once, by payment time and id: ids, and where the next page begins. */
  async paymentsOfLinks(
    tenant: string,
    name: readonly string[],
    filters: readonly Filter[],
    page: PageRequest,
  ): Promise<Page<string>> {
    const limit = limitOf(page);
    const list = [...name, tenant];
    const after = page.cursor === null ? null : positionOf(list, page.cursor);
    const buckets = await this.#groups(
      tenant,
      filters,
      [{ key: { terms: { field: 'key.payment_time' } } }, { id: { terms: { field: 'payment.id' } } }],
      limit + 1,
      after === null ? null : { key: after.key, id: after.id },
    );
    const shown = buckets.slice(0, limit).map((key) => key as unknown as Position);
    const last = shown.at(-1);
    const more = buckets.length > limit && last !== undefined;
    return {
      // Links that are written one after the other may name two times for a moment.
      items: [...new Set(shown.map(({ id }) => id))],
      next: more ? cursorAfter(list, { key: last.key, id: last.id }) : null,
    };
  }

  /** Ids of incidents of links, at most `limit`. */
  async incidentsOfLinks(tenant: string, filters: readonly Filter[], limit: number): Promise<string[]> {
    const ids: string[] = [];
    let after: Record<string, string | number> | null = null;
    do {
      const sources = [{ id: { terms: { field: 'incident.id' } } }];
      const buckets = await this.#groups(tenant, filters, sources, MAX_PAGE, after);
      ids.push(...buckets.map(({ id }) => String(id)));
      after = buckets.length === MAX_PAGE ? (buckets.at(-1) ?? null) : null;
    } while (after !== null && ids.length < limit);
    return ids.slice(0, limit);
  }

  async #groups(
    tenant: string,
    filters: readonly Filter[],
    sources: Record<string, estypes.AggregationsCompositeAggregationSource>[],
    size: number,
    after: Record<string, string | number> | null,
  ): Promise<Record<string, string | number>[]> {
    const composite = { sources, size, ...(after === null ? {} : { after }) };
    const answer = await this.#connection.ask('grouping links', (client) =>
      client.search({
        ...this.#query('links', tenant, filters),
        ...WHOLE,
        size: 0,
        aggs: { groups: { composite } },
      }),
    );
    const groups = answer.aggregations?.['groups'] as {
      buckets?: { key: Record<string, string | number> }[];
    };
    return (groups?.buckets ?? []).map(({ key }) => key);
  }

  async #search(what: string, request: estypes.SearchRequest): Promise<estypes.SearchHit[]> {
    const answer = await this.#connection.ask(what, (client) => client.search({ ...request, ...WHOLE }));
    return answer.hits.hits;
  }

  #query(kind: DocumentKind, tenant: string, filters: readonly Filter[]) {
    return {
      index: this.#names.pattern(kind),
      query: {
        bool: {
          filter: [{ term: { tenant } }, ...filters],
          must_not: [{ term: { 'key.removed': true } }],
        },
      },
    };
  }
}

/** An answer of some of the shards would look like one of all. */
const WHOLE = { allow_partial_search_results: false, track_total_hits: false } as const;

function documentOf({ _source: source }: estypes.SearchHit): object | null {
  return readStored(source as StoredSource);
}

function limitOf({ limit }: PageRequest): number {
  return Math.min(Math.max(1, Math.trunc(limit)), MAX_PAGE);
}
