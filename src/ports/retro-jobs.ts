/** Questions about yesterday that take a while: asked, answered beside everything else, fetched when they are done. */
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import type { Instant } from '../model/instant.ts';
import type { RetroAsked } from '../model/retro-question.ts';
import type { Page, PageRequest } from './incident-index.ts';

/** How much of what must be read is read. */
export interface RetroProgress {
  done: number;
  /** An estimate until the second pass has begun. */
  total: number;
  unit: 'bytes' | 'records';
}

/** What was looked at, and what could not be. */
export interface RetroSeen {
  window: { start: Instant; end: Instant };
  spans: number;
  candidates: number;
  traces: number;
  payments: number;
  notApplied: number;
  /** Ids on spans that named no payment, or two, by reason. */
  unresolved: Readonly<Record<string, number>>;
  /** Share of the window that is still kept. */
  coverage: number;
  /** More that was missing, in words. */
  missing: readonly string[];
}

export interface RetroFound {
  seen: RetroSeen;
  /** What the question was joined as. */
  eventId: string;
  /** The incident that the links alone would make; null: none. */
  incident: IncidentDocument | null;
  /** How many there are, and how many can be read: the first by id. */
  links: { found: number; kept: number };
}

export interface RetroJob {
  id: string;
  asked: RetroAsked;
  state: 'queued' | 'running' | 'done' | 'failed';
  createdAt: Instant;
  startedAt: Instant | null;
  endedAt: Instant | null;
  progress: RetroProgress | null;
  /** Milliseconds until the end, at the pace so far; null: not known, or ended. */
  etaMs: number | null;
  found: RetroFound | null;
  failure: { code: string; message: string } | null;
}

export interface RetroJobs {
  /**
   * @param key of the request: the same question under the same key is the same job; null: none
   * @throws CounterfoilError CF_BUSY when too many wait; CF_KEY_REUSED when the key stands for another question
   */
  ask(asked: RetroAsked, key: string | null): RetroJob;
  /** @throws CounterfoilError CF_NOT_FOUND when it was never, is forgotten or was taken back */
  job(id: string): RetroJob;
  /** Links of a job that is done, by id; of any other none. @throws CounterfoilError CF_NOT_FOUND, CF_CURSOR */
  links(id: string, page: PageRequest): Page<LinkDocument>;
  /** Stops it where it has not ended, and forgets it. @throws CounterfoilError CF_NOT_FOUND */
  takeBack(id: string): void;
}
