/**
 * What is to be done about a document, given what the store has of it. Pure.
 *
 * | the store has | it is given | it is removed |
 * |---|---|---|
 * | nothing | create | nothing to do |
 * | a higher model version | nothing to do: outdated | nothing to do: outdated |
 * | the same content and state | nothing to do: same | |
 * | what was written by one that had read further | nothing to do now: later | nothing to do now: later |
 * | something else | replace, with a revision above the stored one | delete; hide where somebody wrote a `case` beside it |
 *
 * Why hide: the case of an incident that became part of another is all that is left of what an analyst did there. Worked example: the store
 * has revision 7, a worker that lost its disk brings other content as revision 2: it becomes revision 8.
 */
export interface Known {
  index: string;
  seqNo: number;
  primaryTerm: number;
  revision: number;
  model: string;
  digest: string;
  removed: boolean;
  /** How far whoever wrote it had read. */
  at: number;
  timestamp: string;
  schema: string;
  /** What somebody else wrote beside the document; undefined: nothing. */
  case: unknown;
}

export interface Wanted {
  revision: number;
  model: string;
  digest: string;
  at: number;
}

export type Decision =
  | { kind: 'create' | 'replace'; revision: number }
  | { kind: 'delete' }
  | { kind: 'hide'; revision: number }
  | { kind: 'none'; outcome: 'same' | 'outdated' | 'removed' | 'later'; revision: number | null };

export function decideGiven(known: Known | null, wanted: Wanted): Decision {
  if (known === null) return { kind: 'create', revision: wanted.revision };
  const { revision } = known;
  if (isHigher(known.model, wanted.model)) return { kind: 'none', outcome: 'outdated', revision };
  const same = !known.removed && known.digest === wanted.digest && known.model === wanted.model;
  if (same) return { kind: 'none', outcome: 'same', revision };
  if (known.at > wanted.at) return { kind: 'none', outcome: 'later', revision };
  return { kind: 'replace', revision: Math.max(wanted.revision, revision + 1) };
}

/** @param by who removes it: the model, and how far it has read */
export function decideRemoved(known: Known | null, { model, at }: Pick<Wanted, 'model' | 'at'>): Decision {
  if (known === null) return { kind: 'none', outcome: 'removed', revision: null };
  const { revision } = known;
  if (known.removed) return { kind: 'none', outcome: 'removed', revision };
  if (isHigher(known.model, model)) return { kind: 'none', outcome: 'outdated', revision };
  if (known.at > at) return { kind: 'none', outcome: 'later', revision };
  return known.case === undefined ? { kind: 'delete' } : { kind: 'hide', revision: revision + 1 };
}

/** Versions are numbers; one that is none is below all. */
function isHigher(a: string, b: string): boolean {
  return (Number(a) || 0) > (Number(b) || 0);
}
