/**
 * A deep copy of a record in which every text, number and name of a member is redacted.
 *
 * Why a copy always: decoders rely on records that inherit nothing (`constructor`, `__proto__`), whatever a sender writes. Objects made by
 * `Object.create(null)` are hash tables; those here are made by a constructor whose prototype is empty, which V8 lays out like any
 * other object, and reads several times faster.
 *
 * Cost: one walk. Records have the same names over and over, so that what is done about a name is remembered, but only of
 * names that stay as they are: what must not be stored must not be kept here either.
 * Worked example: `{"cvv":737,"n":[4111111111111111]}` -> `{"cvv":"[REMOVED]","n":["[PAN]"]}`.
 */
import type { Json } from '../model/ids.ts';
import { hasIssuer, isPan } from './pan.ts';
import { isSensitiveKey, PAN_MARK, REMOVED_MARK } from './secrets.ts';

/**
 * Keys of a record, and UTF-16 units of one string or key; beyond them the record is refused. Both are more than fits into
 * an object that an API server takes (1.5 MiB): a request that is padded must not go unseen.
 */
const MAX_KEYS = 500_000;
const MAX_STRING = 1 << 21;
/** Names that are remembered: how many, and how long. */
const MAX_NAMES = 10_000;
const MAX_NAME = 64;
/** Whole numbers below have fewer digits than any card number. */
const SHORT_NUMBER = 1e12;

/** A record that is beyond a limit of redaction; the decoder refuses it. */
export class RedactionLimit extends Error {
  readonly reason: 'too_deep' | 'too_large';

  constructor(reason: 'too_deep' | 'too_large', message: string) {
    super(message);
    this.reason = reason;
  }
}

type Members = { [key: string]: Json };
const Bare = function () {} as unknown as new () => Members;
Bare.prototype = Object.freeze(Object.create(null));

/** Names that redaction leaves as they are -> whether what is under them may not be kept. */
const knownNames = new Map<string, boolean>();

export class JsonRedaction {
  readonly #text: (text: string) => string;
  #keys = 0;

  /** @param text redacts one text */
  constructor(text: (text: string) => string) {
    this.#text = text;
  }

  /**
   * @param levels how much deeper the value may be
   * @throws RedactionLimit
   */
  copy(value: unknown, levels: number): Json {
    if (levels < 0) throw new RedactionLimit('too_deep', 'The record is nested deeper than limits.depth.');
    if (typeof value === 'string') return this.#limited(value);
    if (typeof value === 'number') return redactNumber(value, this.#text);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value !== 'object') return null;
    if (Array.isArray(value)) return value.map((element) => this.copy(element, levels - 1));
    return this.#object(value as { readonly [key: string]: unknown }, levels);
  }

  #object(value: { readonly [key: string]: unknown }, levels: number): Members {
    const out = new Bare();
    for (const key of Object.keys(value)) {
      this.#keys += 1;
      if (this.#keys > MAX_KEYS)
        throw new RedactionLimit('too_large', `The record has more than ${MAX_KEYS} keys.`);
      const known = knownNames.get(key);
      const name = known === undefined ? this.#limited(key) : key;
      const sensitive = known ?? isSensitiveKey(key);
      if (known === undefined && name === key) remember(key, sensitive);
      out[name] = sensitive ? REMOVED_MARK : this.copy(value[key], levels - 1);
    }
    return out;
  }

  #limited(value: string): string {
    if (value.length <= MAX_STRING) return this.#text(value);
    throw new RedactionLimit('too_large', `A text is longer than ${MAX_STRING} characters.`);
  }
}

function remember(name: string, sensitive: boolean): void {
  if (name.length > MAX_NAME) return;
  if (knownNames.size >= MAX_NAMES) knownNames.clear();
  knownNames.set(name, sensitive);
}

/**
 * A number whose whole part is a card number; beyond 2^53 its last digits are already lost, so that Luhn cannot be
 * asked. A fraction is judged as it is written. A number too large for JSON's readers (`1e999`) is no number.
 */
function redactNumber(value: number, text: (s: string) => string): Json {
  if (!Number.isFinite(value)) return null;
  const whole = Number.isInteger(value);
  if (whole && Math.abs(value) < SHORT_NUMBER) return value;
  if (!whole && text(String(value)) !== String(value)) return PAN_MARK;
  const digits = String(Math.trunc(Math.abs(value)));
  return (Number.isSafeInteger(Number(digits)) ? isPan(digits) : hasIssuer(digits)) ? PAN_MARK : value;
}
