/**
 * Cursors of keyset pages: the sort key of the last item, and a mark of the list it was given out for.
 *
 * Why not an offset: between two pages the content may be replaced, and an offset would then repeat or skip; a sort
 * key goes on from where the reader was. Why the mark: a cursor of one list means nothing in another, and guessing
 * would silently skip items, so it is refused. A cursor is no secret: every value of it is bound as a parameter, and
 * the worst that a forged one does is to begin at another item of the same list.
 *
 * Worked example: list ["links-of-payment","default","pay_1"] after item (start 17, "lk_a")
 *   -> base64url of ["1","<first 12 hex digits of the list's hash>",17,"lk_a"].
 */
import { CounterfoilError } from './errors.ts';
import { sha256Hex } from './ids.ts';

/** Where a page ended: the sort key of its last item (microseconds), and its id. */
export interface Position {
  key: number;
  id: string;
}

const FORM = '1';
const MARK_DIGITS = 12;
const MAX_CURSOR_LENGTH = 4_000;

/** The cursor that goes on after `position` in `list`. */
export function cursorAfter(list: readonly string[], position: Position): string {
  return Buffer.from(JSON.stringify([FORM, mark(list), position.key, position.id])).toString('base64url');
}

/**
 * Reads a cursor of this list.
 * @throws CounterfoilError CF_CURSOR when it is none, or belongs to another list
 */
export function positionOf(list: readonly string[], cursor: string): Position {
  const fields = parse(cursor);
  if (Array.isArray(fields) && fields.length === 4) {
    const [form, ofList, key, id] = fields as unknown[];
    const known = form === FORM && ofList === mark(list);
    if (known && typeof key === 'number' && Number.isSafeInteger(key) && typeof id === 'string')
      return { key, id };
  }
  throw new CounterfoilError(
    'CF_CURSOR',
    'The cursor was not given out for this list. Take `next` of the page before, with the same filter; leave it out to begin again.',
  );
}

function parse(cursor: string): unknown {
  if (cursor.length > MAX_CURSOR_LENGTH) return undefined;
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function mark(list: readonly string[]): string {
  return sha256Hex(JSON.stringify(list)).slice(0, MARK_DIGITS);
}
