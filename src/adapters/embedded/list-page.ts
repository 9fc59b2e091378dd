/** One keyset page of JSON documents: whatever the list, it goes on after a cursor, within a limit. */
import { cursorAfter, positionOf, type Position } from '../../model/list-cursor.ts';
import type { Page, PageRequest } from '../../ports/incident-index.ts';
import type { Row } from './many-lookup.ts';

const MAX_PAGE = 10_000;

/** Before the first item of any list: no key is smaller, no id sorts before the empty text. */
const FIRST: Position = { key: Number.MIN_SAFE_INTEGER, id: '' };

/**
 * @param name of the list: a cursor of another one is refused
 * @param read at most `limit` rows (key, id, document) after a position, in the order of (key, id)
 * @throws CounterfoilError CF_CURSOR
 */
export function readPage<T>(
  name: readonly string[],
  page: PageRequest,
  read: (after: Position, limit: number) => Row[],
): Page<T> {
  const limit = Math.min(Math.max(1, Math.trunc(page.limit)), MAX_PAGE);
  const after = page.cursor === null ? FIRST : positionOf(name, page.cursor);
  const rows = read(after, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: shown.map((row) => JSON.parse(String(row['document'])) as T),
    next: more ? cursorAfter(name, { key: Number(last['key']), id: String(last['id']) }) : null,
  };
}
