/**
 * Takes documents to a store that others read and write too (Elasticsearch). Unlike the incident index, which belongs to
 * who writes it, a sink compares before it sets: what analysts wrote beside a document stays, a revision never goes back,
 * and documents of a lower model version never overwrite those of a higher one (DESIGN section 2).
 *
 * Writing the same again is safe at any time, and is what whoever uses it does after a crash or an answer of `later`.
 */
import type { CounterfoilError } from '../model/errors.ts';
import type { DeadLetter, Redriven } from './fact-store.ts';
import type { DocumentChanges } from './incident-index.ts';

export type DocumentKind = 'events' | 'links' | 'payments' | 'incidents';

export type SinkOutcome =
  /** It is stored. */
  | 'written'
  /** The store says the same already. */
  | 'same'
  /** It is no more in the store. */
  | 'removed'
  /** The store has it of a higher model version; nothing was changed. */
  | 'outdated'
  /** The store refuses this document, and would refuse it again. */
  | 'dead'
  /** Not done, to be given again: others kept writing it or had read further, or the store does not take anything now. */
  | 'later';

export interface SinkResult {
  kind: DocumentKind;
  /** The document's own id. */
  id: string;
  outcome: SinkOutcome;
  /** The revision that is stored now, which may be higher than the one that was given; null: none is, or it is not known. */
  revision: number | null;
  /** Of `dead`: the kind of refusal, never its text, which repeats values; null otherwise. */
  why: string | null;
}

export interface SinkAnswer {
  /** One for each document and each removal, in the order given: removals, events, links, payments, incidents. */
  results: SinkResult[];
  /** Why some are `later` besides conflicts: the store cannot be reached, or is not set up; null: it took all. */
  stopped: CounterfoilError | null;
}

export interface DocumentSink {
  /**
   * Documents of one id at most once, except that one may be removed and given: then it is there in the end.
   * @param at how far whoever writes has read: what was written by one that had read further is left, and is `later`. So a worker that
   *   was stopped for long does not write over its successor
   */
  write(tenant: string, changes: DocumentChanges, at: number): Promise<SinkAnswer>;
}

/** Where dead letters are kept for readers that have no engine beside them. */
export interface DeadLetterSink {
  /** A letter that is there already is left as it is. @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  addDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
  /** Marks those of them that are still there. @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  markRedriven(redriven: readonly Redriven[]): Promise<void>;
}
