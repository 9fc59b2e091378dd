/** Notices to people outside: what was told, what is on its way, and who carries it. */
import type { Instant } from '../model/instant.ts';

/** A message that was decided on. It keeps its id and its words over every attempt and restart. */
export interface Notice {
  /** Depends on what is told alone, so that a receiver knows a repeat. */
  id: string;
  body: string;
  /** From then on it is of no use any more. */
  expiresAt: Instant;
  attempts: number;
}

export interface ToldDeadlines {
  deadlines: ReadonlySet<Instant>;
  /** When the last of them was told; null: none was. */
  lastAt: Instant | null;
}

/** What is durable of it. Each method is one transaction. */
export interface NoticeStore {
  /** Whether what there was before notices were first switched on has been noted. */
  hasBaseline(): Promise<boolean>;
  /** Notes incidents that are not told. */
  setBaseline(incidentIds: readonly string[]): Promise<void>;
  /** The key under which the first of these incidents that is known was told; null: none is known. */
  keyOf(incidentIds: readonly string[]): Promise<string | null>;
  /** An incident goes on under another id; it is told under its old key. */
  rename(incidentId: string, key: string): Promise<void>;
  /** An incident becomes known, and its notice waits. */
  open(incidentId: string, notice: Notice): Promise<void>;
  toldDeadlines(key: string): Promise<ToldDeadlines>;
  /** Deadlines count as told, and their notice waits. */
  tell(key: string, deadlines: readonly Instant[], now: Instant, notice: Notice): Promise<void>;
  /** How many notices wait. */
  waiting(): Promise<number>;
  /** Notices whose next attempt is due: new ones in the order of telling, then the longest due. */
  due(now: Instant, limit: number): Promise<Notice[]>;
  /** When the next attempt is due; `attempts` have failed. */
  putOff(noticeId: string, attempts: number, until: Instant): Promise<void>;
  /** It was taken, or was given up. */
  remove(noticeId: string): Promise<void>;
  close(): void;
}

export type SendOutcome =
  | { kind: 'taken' }
  /** It may be taken later. `retryAfterMs`: no sooner than that, as the receiver asks. */
  | { kind: 'again'; why: string; retryAfterMs: number | null }
  /** It never will be. */
  | { kind: 'refused'; why: string };

export interface NoticeSender {
  /** Does not throw; ends when `signal` is aborted. */
  send(notice: Pick<Notice, 'id' | 'body'>, now: Instant, signal: AbortSignal): Promise<SendOutcome>;
}
