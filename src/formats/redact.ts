/**
 * Redaction: what must never be stored is taken out before anything else sees a record (DESIGN section 8).
 *
 * What: card numbers in every string, key and number of a record, also URL-encoded, in full-width digits, in JSON
 * inside JSON (the scan does not care what the text is) and in base64; bearer tokens, JWTs, private keys, track
 * data; values under keys that name a card's security code. In id fields a card number becomes a keyed token, so
 * that two records that carry it still join.
 *
 * Why a whole number is replaced and nothing of it kept: first and last digits of one record and a hash of another
 * can give the number back. Why HMAC and not a hash: there are only 10^9 numbers per issuer to try.
 *
 * Cost: strings with fewer than 13 digits and no letter of a secret's mark pass through untouched.
 * Worked example: `{"note":"card 4111 1111 1111 1111"}` -> `{"note":"card [PAN]"}`.
 * Source: PCI DSS v4.0.1 3.3, 3.5.1, 3.5.1.1.
 */
import { createHmac } from 'node:crypto';
import type { Json } from '../model/ids.ts';
import { findPans, hasIssuer, mayHoldPan } from './pan.ts';

/** What stands where a card number stood. */
export const PAN_MARK = '[PAN]';
const SECRET_MARK = '[SECRET]';
const REMOVED_MARK = '[REMOVED]';

/** Depth beyond which a record is refused: nothing real is so deep, and recursion must end. */
const MAX_DEPTH = 64;
const MAX_KEYS = 10_000;
/** UTF-16 units of one string; longer ones are refused with the record. */
const MAX_STRING = 1 << 20;
const MAX_EXCERPT = 120;
/** Encodings inside encodings that are opened. */
const MAX_UNWRAPPING = 3;
const MAX_BASE64 = 64 * 1024;

/** A record that is beyond a limit of redaction; the decoder refuses it. */
export class RedactionLimit extends Error {
  readonly reason: 'too_deep' | 'too_large';

  constructor(reason: 'too_deep' | 'too_large', message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface Redactor {
  /** Text without card numbers and secrets. */
  text(text: string): string;
  /** A deep copy of a JSON value, redacted. @throws RedactionLimit beyond depth, keys or string length */
  json(value: unknown): Json;
  /** An id: a card number becomes `tok_` and a keyed hash of its digits; anything else stays, redacted as text. */
  idValue(id: string): string;
  /** At most 120 characters to show beside a refusal: redacted, on one line. */
  excerpt(text: string): string;
}

/** @param key of the HMAC; asked for when the first card number is met in an id field, and only then */
export function createRedactor(key: () => Uint8Array): Redactor {
  const tokens = new Map<string, string>();
  const token = (digits: string): string => {
    let known = tokens.get(digits);
    if (known === undefined) {
      known = `tok_${createHmac('sha256', key()).update(digits).digest('hex').slice(0, 32)}`;
      if (tokens.size < 100_000) tokens.set(digits, known);
    }
    return known;
  };
  const text = (value: string): string => redactText(value, MAX_UNWRAPPING);
  return {
    text,
    json: (value) => redactJson(value, 0, { keys: 0 }, text),
    idValue: (id) => {
      const [pan, ...more] = findPans(asciiDigits(id));
      const whole = pan !== undefined && more.length === 0 && id.trim().length === pan.to - pan.from;
      return whole ? token(pan.digits) : text(id);
    },
    excerpt: (value) => text(value.slice(0, 4 * MAX_EXCERPT)).replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, MAX_EXCERPT),
  };
}

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, SECRET_MARK],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, SECRET_MARK],
  [/\b(Bearer|Basic)(?:\s+|%20|\+)[\w.~+/=-]{8,}/gi, `$1 ${SECRET_MARK}`],
  [/%?B\d{13,19}\^[^^]{2,26}\^[^?]{0,40}\??/g, PAN_MARK],
  [/;\d{13,19}=\d{4,40}\??/g, PAN_MARK],
];
const SECRET_HINT = /eyJ|PRIVATE KEY|bearer|basic|\^|;\d{13}/i;
const BASE64_TOKEN = /[A-Za-z0-9+/_-]{18,}={0,2}/g;
const WIDE_DIGIT = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]/;

function redactText(original: string, unwrapping: number): string {
  let text = original;
  if (SECRET_HINT.test(text)) for (const [pattern, mark] of SECRETS) text = text.replace(pattern, mark);
  const ascii = asciiDigits(text);
  const pans = findPans(ascii);
  for (const { from, to } of pans.toReversed()) text = text.slice(0, from) + PAN_MARK + text.slice(to);
  return unwrapping === 0 ? text : redactEncoded(text, unwrapping - 1);
}

/** Opens URL encoding and base64; text is changed only where something was hidden in it. */
function redactEncoded(text: string, unwrapping: number): string {
  let out = text;
  if (/%[0-9a-f]{2}/i.test(out) || /\\u[0-9a-f]{4}/i.test(out)) {
    const decoded = decodeEscapes(out);
    const redacted = redactText(decoded, unwrapping);
    if (redacted !== decoded) out = redacted;
  }
  if (out.length < 18 || out.length > MAX_BASE64) return out;
  return out.replace(BASE64_TOKEN, (token) => {
    if (/^[0-9a-f]+$/i.test(token)) return token;
    const decoded = Buffer.from(token, 'base64').toString('utf8');
    if (!mayHoldPan(asciiDigits(decoded))) return token;
    return redactText(decoded, unwrapping) === decoded ? token : PAN_MARK;
  });
}

function decodeEscapes(text: string): string {
  const percent = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return percent.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Decimal digits of other scripts as ASCII ones; positions stay, all of them are one unit long. */
function asciiDigits(text: string): string {
  if (!WIDE_DIGIT.test(text)) return text;
  return text.replace(new RegExp(WIDE_DIGIT, 'g'), (digit) => {
    const code = digit.charCodeAt(0);
    const zero = [0x660, 0x6f0, 0x966, 0xff10].find((from) => code >= from && code <= from + 9) ?? code;
    return String(code - zero);
  });
}

/** Keys under which no value may be kept, whatever it looks like (PCI DSS 3.3.1). */
const SENSITIVE_KEY = /^(?:cvv2?|cvc2?|cav2|csc|card_?(?:verification|security)_?(?:code|value)|track_?[123]?(?:_?data)?|pin_?block)$/i;

function redactJson(value: unknown, depth: number, count: { keys: number }, text: (s: string) => string): Json {
  if (depth > MAX_DEPTH) throw new RedactionLimit('too_deep', `The record is nested deeper than ${MAX_DEPTH} levels.`);
  if (typeof value === 'string') {
    if (value.length > MAX_STRING) throw new RedactionLimit('too_large', `A text is longer than ${MAX_STRING} characters.`);
    return text(value);
  }
  if (typeof value === 'number') return redactNumber(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') return null;
  if (Array.isArray(value)) return value.map((element) => redactJson(element, depth + 1, count, text));
  const out: { [key: string]: Json } = Object.create(null) as { [key: string]: Json };
  for (const [key, member] of Object.entries(value)) {
    count.keys += 1;
    if (count.keys > MAX_KEYS) throw new RedactionLimit('too_large', `The record has more than ${MAX_KEYS} keys.`);
    out[text(key)] = SENSITIVE_KEY.test(key) ? REMOVED_MARK : redactJson(member, depth + 1, count, text);
  }
  return out;
}

/** A number of a card's length; beyond 2^53 its last digits are already lost, so that Luhn cannot be asked. */
function redactNumber(value: number): Json {
  const digits = String(Math.abs(value));
  if (digits.length < 13 || !/^\d+$/.test(digits)) return value;
  if (!Number.isSafeInteger(value)) return hasIssuer(digits) ? PAN_MARK : value;
  return findPans(digits).length > 0 ? PAN_MARK : value;
}
