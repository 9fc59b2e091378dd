/** What the live engine and the batch lane must agree on: every document, in order of id, without `meta`. */
import type { CorrelateResult } from '../../src/runtime/correlate.ts';
import type { LiveDocuments } from './engine-driver.ts';

export interface Content {
  events: object[];
  links: object[];
  payments: object[];
  incidents: object[];
}

/** What the engine says, without when and how often it said it. */
export function contentOf(documents: LiveDocuments | CorrelateResult): Content {
  const bare = <T extends { meta: unknown }>(all: Iterable<T>, id: (each: T) => string): object[] =>
    [...all]
      .map(({ meta: _, ...rest }) => ({ id: id({ ...rest, meta: _ } as T), ...rest }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    events: bare(documents.events, ({ event }) => event.id),
    links: bare(documents.links, ({ link }) => link.id),
    payments: bare(documents.payments, ({ payment }) => payment.id),
    incidents: bare(documents.incidents, ({ incident }) => incident.id),
  };
}
