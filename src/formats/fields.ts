/** Reading redacted JSON records: every access is checked, because a record may hold anything anywhere. */
import type { Json } from '../model/json.ts';
import { statedText } from '../model/identity.ts';
import { parseInstant, type Instant } from '../model/instant.ts';
import { refusedAs, type Decoded } from './decoded.ts';
import { RedactionLimit } from './redaction/redact-json.ts';
import type { Redactor } from './redaction/redact.ts';
import { PAN_MARK } from './redaction/secrets.ts';

export type Fields = { [key: string]: Json | undefined };

const NONE: Fields = {};

/** The value as an object; an empty one where it is something else. */
export function objectIn(value: Json | undefined): Fields {
  return isObject(value) ? value : NONE;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listIn(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** Text, with the ways of saying "nothing" made null. */
export function textIn(value: Json | undefined): string | null {
  return statedText(value);
}

/** Text, or the first text of an array, as Kubernetes writes `user.extra`. */
export function firstTextIn(value: Json | undefined): string | null {
  return textIn(Array.isArray(value) ? value[0] : value);
}

/** An instant from RFC 3339 text; undefined where it is none. */
export function instantIn(value: Json | undefined): Instant | undefined {
  return typeof value === 'string' ? parseInstant(value.trim()) : undefined;
}

/** Longer texts are no ids; they are redacted like any other text. */
const MAX_ID = 1024;

/** The record with an id that is safe to keep and still differs from others; redaction leaves it as it is. */
export function withSafeId(record: unknown, field: string, redactor: Redactor): unknown {
  const id = isObject(record) ? idIn(record[field]) : null;
  if (!isObject(record) || id === null || id.length > MAX_ID) return record;
  const safe = redactor.idValue(id);
  return safe === id ? record : { ...record, [field]: safe };
}

/**
 * An id as text; a whole number is its decimal text, unless it is so large that it has lost digits. The mark of a card
 * number stands for such a number too (ids that are text become tokens before), and would be one id for all of them.
 */
export function idIn(value: Json | undefined): string | null {
  if (value === PAN_MARK) return null;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : textIn(value);
}

/** Redacts a raw record and hands it on as an object; what is no object, or beyond a limit, is refused. */
export function withFields<T>(
  value: unknown,
  redactor: Redactor,
  what: string,
  decode: (fields: { [key: string]: Json }) => Decoded<T>,
): Decoded<T> {
  try {
    const redacted = redactor.json(value);
    if (isObject(redacted)) return decode(redacted as { [key: string]: Json });
    return refusedAs(
      'wrong_shape',
      `${what} is a JSON object; this is ${Array.isArray(value) ? 'an array' : 'not'}.`,
    );
  } catch (error) {
    if (error instanceof RedactionLimit) return refusedAs(error.reason, error.message);
    throw error;
  }
}
