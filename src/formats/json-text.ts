/** JSON that stands in text: an object or a list, and what is said of one that is broken. */
import type { Refusal } from '../model/refusal.ts';

/** An object, or a list of something; `[2026-03-10` begins a line of a log. */
const LIKE_JSON = /^(?:\{|\[\s*[[{"\]])/;
const CLOSED = /[}\]]\s*$/;

export function isLikeJson(text: string): boolean {
  return LIKE_JSON.test(text);
}

/**
 * JSON objects and lists; undefined: it is none.
 * @param parse throws SyntaxError
 */
export function parseJsonText(text: string, parse: (text: string) => unknown = JSON.parse): unknown {
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** Why text that is like JSON, and does not parse, is refused. */
export function brokenJson(text: string): Pick<Refusal, 'reason' | 'text'> {
  return CLOSED.test(text)
    ? { reason: 'not_json', text: 'What stands behind the prefix of the line is no JSON.' }
    : {
        reason: 'truncated',
        text: 'The JSON behind the prefix of the line breaks off before it is complete.',
      };
}
