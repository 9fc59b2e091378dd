/** One match of a rule, as a correlation rule that refers to it looks at it. */
import type { Facet } from '../../model/facet.ts';
import type { Instant } from '../../model/instant.ts';

export interface Member<P> {
  /** Which of the references of the rule it is a match of. */
  reference: number;
  at: Instant;
  /** Of the record, or of the match of a correlation: the same record twice is one. */
  id: string;
  /** What value_count counts. */
  values: readonly string[];
  /** What a sum, an average or a percentile is of, by record and number: a record that two members have is one. */
  numbers: ReadonlyMap<string, number>;
  /** The records that stand behind it: one, or those of a match that is correlated further. */
  leaves: readonly Leaf<P>[];
}

/** A match of a rule over single records. */
export interface Leaf<P> {
  /** The rule that it is a match of. */
  ruleId: string;
  /** Start of the record in event time. */
  at: Instant;
  /** Hash of what tells its record from any other. */
  id: string;
  facets: readonly Facet[];
  payload: P;
}

/** The name that facets give to a reference. */
export function slotOf(correlationId: string, reference: number): string {
  return `${reference} ${correlationId}`;
}

/**
 * By time, then by the order of `rules`, so that of equal times the one that `temporal_ordered` wants first is first; then by
 * id, so that the order never depends on what came first.
 */
export function compareMembers<P>(a: Member<P>, b: Member<P>): number {
  return a.at - b.at || a.reference - b.reference || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
