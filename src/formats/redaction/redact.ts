/**
 * Redaction: what must never be stored is taken out before anything else sees a record (DESIGN section 8).
 *
 * What: card numbers in every string, key and number of a record, in digits of any script, also URL-encoded, escaped,
 * in JSON inside JSON and in base64, one inside another; secrets (secrets.ts); values under keys that name a card's
 * security code. In id fields a card number becomes a keyed token, so that two records that carry it still join.
 *
 * Why a whole number is replaced and nothing of it kept: first and last digits of one record and a hash of another
 * can give the number back. Why HMAC and not a hash: there are only 10^9 numbers per issuer to try.
 *
 * Cost: one pass over each string (signs.ts), which is all for nearly all of them; names of members are remembered.
 * Worked example: `{"note":"card 4111 1111 1111 1111"}` -> `{"note":"card [PAN]"}`.
 * Source: PCI DSS v4.0.1 3.3, 3.5.1, 3.5.1.1.
 */
import { createHmac } from 'node:crypto';
import type { Json } from '../../model/json.ts';
import { asciiDigits } from './ascii-digits.ts';
import { mayHoldPanInBase64 } from './base64-digits.ts';
import { withoutPansInBytes } from './byte-lists.ts';
import { withoutCommandSecrets } from './command-secrets.ts';
import { BYTES, digitShapes, LISTED, RUNS } from './digit-shapes.ts';
import { decodeEscapes, isEscaped } from './escapes.ts';
import { withoutHeaders } from './header-secrets.ts';
import { withoutPansInHex } from './hex-digits.ts';
import { findPans, mayHoldPan, wholePan } from './pan.ts';
import { withoutNamed, withoutPasswordsInAddresses } from './named-secrets.ts';
import { JsonRedaction } from './redact-json.ts';
import { PAN_MARK, withoutCredentials, withoutSecrets } from './secrets.ts';
import {
  ADDRESS,
  BASE64,
  COMMAND,
  DIGITS,
  ENTITY,
  ESCAPED,
  FORM,
  HEADER,
  NAMED,
  signsIn,
  TOKEN,
} from './signs.ts';
import { withoutSiblings } from './sibling-secrets.ts';
import { withoutTokens } from './tokens.ts';

/** Depth beyond which a record is refused, where nothing else is asked for: nothing real is so deep, and recursion must end. */
const DEPTH = 64;
const MAX_EXCERPT = 120;
/** Nothing that is redacted is shorter: `csc=123`. */
const SHORTEST = 7;
/** What is looked at for an excerpt: more than is shown, because white space and secrets shrink. */
const EXCERPT_SOURCE = 1024;
/** Beyond this a text may have been cut before it came here: its end may be the beginning of a card number. */
const MAYBE_CUT = 256;
/** That end: as long as a card number may be, in any encoding, any script and any list. */
const CUT_END = /[\w%\\+/=.\s\0\u0080-\uffff,;|"'`()[\]{}~#&-]{1,256}$/;
/** Encodings inside encodings that are opened. */
const MAX_UNWRAPPING = 4;
const MAX_TOKENS = 100_000;

export interface Redactor {
  /** Levels beyond which a record is refused. */
  readonly depth: number;
  /** Text without card numbers and secrets. */
  text(text: string): string;
  /** A deep copy of a JSON value, redacted. @throws RedactionLimit beyond depth, keys or string length */
  json(value: unknown): Json;
  /**
   * An id: a card number becomes `tok_` and a keyed hash of its digits, whatever their spacing. An id that only holds
   * something to be redacted becomes one of its whole text, because ids that differ must stay apart. Else unchanged.
   */
  idValue(id: string): string;
  /** At most 120 characters to show beside a refusal: redacted, on one line. */
  excerpt(text: string): string;
}

/**
 * @param key of the HMAC; asked for when the first card number is met in an id field, and only then
 * @param depth beyond which a record is refused
 */
export function createRedactor(key: () => Uint8Array, depth = DEPTH): Redactor {
  const tokens = new Map<string, string>();
  const token = (text: string): string => {
    let known = tokens.get(text);
    if (known === undefined) {
      known = `tok_${createHmac('sha256', key()).update(text).digest('hex').slice(0, 32)}`;
      if (tokens.size < MAX_TOKENS) tokens.set(text, known);
    }
    return known;
  };
  const text = (value: string): string =>
    value.length < SHORTEST ? value : redactText(value, MAX_UNWRAPPING);
  return {
    depth,
    text,
    json: (value) => new JsonRedaction(text).copy(value, depth),
    idValue: (id) => {
      if (id.length < SHORTEST || signsIn(id) === 0) return id;
      const trimmed = id.trim();
      const digits = wholePan(asciiDigits(trimmed).replace(/\u200b+$/, ''));
      if (digits !== undefined) return token(digits);
      return text(id) === id ? id : token(trimmed);
    },
    excerpt: (value) => excerptOf(value, text),
  };
}

function redactText(original: string, unwrapping: number): string {
  const signs = signsIn(original);
  if (signs === 0) return original;
  const text = withoutSigned(original, signs);
  const out = (signs & DIGITS) === 0 ? text : withoutDigits(text);
  return unwrapping === 0 ? out : redactEncoded(out, signs, unwrapping - 1);
}

/** Text without the secrets of which it has signs; what is found first leaves a mark that nothing else is found in. */
function withoutSigned(text: string, signs: number): string {
  let out = text;
  if ((signs & FORM) !== 0) out = withoutSecrets(out);
  if ((signs & TOKEN) !== 0) out = withoutTokens(out);
  if ((signs & COMMAND) !== 0) out = withoutCommandSecrets(out);
  if ((signs & HEADER) !== 0) out = withoutHeaders(out);
  if ((signs & NAMED) !== 0) out = withoutNamed(withoutSiblings(out));
  if ((signs & ADDRESS) !== 0) out = withoutPasswordsInAddresses(out);
  return out;
}

function withoutDigits(text: string): string {
  const shapes = digitShapes(text);
  if (shapes === 0) return text;
  const hex = (shapes & RUNS) === 0 ? text : withoutPansInHex(text);
  return withoutPans((shapes & BYTES) === 0 ? hex : withoutPansInBytes(hex), (shapes & LISTED) !== 0);
}

function withoutPans(text: string, isListed: boolean): string {
  let out = '';
  let done = 0;
  for (const { from, to } of findPans(asciiDigits(text), isListed)) {
    out += text.slice(done, from) + PAN_MARK;
    done = isLowSurrogate(text.charCodeAt(to)) ? to + 1 : to;
  }
  return out + text.slice(done);
}

/** The second half of a digit that takes two units. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Also over the ends of lines, as mail and command lines break it. */
const BASE64_TOKEN = /[A-Za-z0-9+/_-]{18,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}/g;

/** Opens escapes and base64; text is changed only where something was hidden in it. */
function redactEncoded(text: string, signs: number, unwrapping: number): string {
  let out = text;
  if ((signs & (ESCAPED | ENTITY)) !== 0 && isEscaped(out)) {
    const decoded = decodeEscapes(out);
    const redacted = redactText(decoded, unwrapping);
    if (redacted !== decoded) out = redacted;
  }
  // What was decoded may be base64 where the text was not.
  if (out === text && (signs & BASE64) === 0) return out;
  return out.replace(BASE64_TOKEN, (token) => (hidesInBase64(token, unwrapping) ? PAN_MARK : token));
}

/**
 * Whether base64 within the token holds a card number. Where it begins is not known (`/cards/NDEx...`), so that all
 * four alignments are tried; a digit in the first of three bytes makes an M, N or O; where those are base64 again, a T or
 * an N, O or P.
 */
function hidesInBase64(token: string, unwrapping: number): boolean {
  if (!/[MNO].*[MNO]|[NOPT].*[NOPT]/s.test(token)) return false;
  const joined = token.includes('\n') ? token.replace(/[\r\n]/g, '') : token;
  return [0, 1, 2, 3].some((offset) => {
    if (!mayHoldPanInBase64(joined, offset)) return false;
    const decoded = Buffer.from(joined.slice(offset), 'base64').toString('utf8');
    if (mayHoldPan(asciiDigits(decoded))) return redactText(decoded, unwrapping) !== decoded;
    // Base64 in base64: digits are to be seen only when that is opened too.
    return (
      unwrapping > 0 && decoded.match(BASE64_TOKEN)?.some((inner) => hidesInBase64(inner, unwrapping - 1))
    );
  });
}

function excerptOf(value: string, text: (s: string) => string): string {
  const source = value.slice(0, EXCERPT_SOURCE);
  // Before lines are joined, since base64 may go on over their ends; and again, since controls may stand between digits.
  const lines = text(value.length > MAYBE_CUT ? source.replace(CUT_END, '') : source);
  const line = lines.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
  return withoutCredentials(text(line)).slice(0, MAX_EXCERPT).toWellFormed();
}
