/**
 * What an answer to a bulk request means, item by item. Pure; every status has a meaning, so that nothing is dropped for want of
 * one.
 *
 * | status | of an item | of the whole request |
 * |---|---|---|
 * | 2xx | written | |
 * | 404 | missing where it was to be deleted; else its index is missing: stop | index or path missing: stop |
 * | 409 | conflict | |
 * | 408, 429, 5xx, no answer | retry | retry all |
 * | 401, 403 | stop | stop |
 * | 413 | dead | split; dead where it is one item |
 * | other 4xx | dead | split; dead where it is one item |
 *
 * An item of a request that got no answer may have been written: it is sent again, and is then a conflict with itself, which
 * who compares finds out by reading.
 */
import { isPassing, safeType, statusOf, typeOf } from './server-errors.ts';

export type ItemVerdict =
  | { kind: 'written'; seqNo: number; primaryTerm: number }
  /** The document is not as it was said to be. */
  | { kind: 'conflict' }
  /** There was nothing to delete. */
  | { kind: 'missing' }
  | { kind: 'retry' }
  /** The server will never take it. */
  | { kind: 'dead'; type: string }
  /** It takes nothing of us. */
  | { kind: 'stop'; type: string; status: number };

export type RequestVerdict =
  | { kind: 'retry' }
  /** Too large, or one of them makes all of it unreadable. */
  | { kind: 'split'; type: string }
  | { kind: 'stop'; type: string; status: number };

/** What the server says of one item, as far as we read it. */
export interface ItemAnswer {
  status?: number;
  _seq_no?: number;
  _primary_term?: number;
  error?: { type?: string };
}

export function itemVerdict(action: string, answer: ItemAnswer): ItemVerdict {
  const { status = 0, _seq_no: seqNo, _primary_term: primaryTerm, error } = answer;
  const type = safeType(error?.type);
  if (status >= 200 && status < 300 && seqNo !== undefined && primaryTerm !== undefined)
    return { kind: 'written', seqNo, primaryTerm };
  if (status === 404)
    return action === 'delete' && error === undefined ? { kind: 'missing' } : { kind: 'stop', type, status };
  if (status === 409) return { kind: 'conflict' };
  if (status === 401 || status === 403) return { kind: 'stop', type, status };
  if (status === 408 || status === 429 || status < 400 || status >= 500) return { kind: 'retry' };
  return { kind: 'dead', type };
}

/** @param error with which the whole request failed */
export function requestVerdict(error: unknown): RequestVerdict {
  const status = statusOf(error);
  if (isPassing(error)) return { kind: 'retry' };
  const type = typeOf(error);
  if (status === 413) return { kind: 'split', type: 'content_too_large' };
  if (status === null || status === 401 || status === 403 || status === 404)
    return { kind: 'stop', type, status: status ?? 0 };
  return { kind: 'split', type };
}
