/**
 * A deep copy of a record in which every text, number and name of a member is redacted.
 *
 * Why a copy always: decoders rely on records that inherit nothing (`constructor`, `__proto__`), whatever a sender writes. Objects made by
 * `Object.create(null)` are hash tables; those here are made by a constructor whose prototype is empty, which V8 lays out like any
 * other object, and reads several times faster.
 *
 * Cost: one walk; what is done about a name is remembered (member-names.ts).
 * Worked example: `{"cvv":737,"n":[4111111111111111]}` -> `{"cvv":"[REMOVED]","n":["[PAN]"]}`.
 */
import type { Json } from '../../model/json.ts';
import { CommandWords } from './command-secrets.ts';
import { partsOfPans } from './list-digits.ts';
import {
  isValueName,
  knownTreatment,
  remember,
  treatmentBeside,
  treatmentOf,
  type Treatment,
} from './member-names.ts';
import { hasIssuer, isPan } from './pan.ts';
import { isSecretValue } from './secret-names.ts';
import { PAN_MARK, REMOVED_MARK } from './secrets.ts';
import { SECRET_MARK } from './tokens.ts';

/**
 * Keys of a record, and UTF-16 units of one string or key; beyond them the record is refused. Both are more than fits into
 * an object that an API server takes (1.5 MiB): a request that is padded must not go unseen.
 */
const MAX_KEYS = 500_000;
const MAX_STRING = 1 << 21;
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

const AUTHORIZATION = 'authorization: ';
const COOKIE = 'cookie: ';

/** Vault writes hashes of what is secret, by which records join. */
const HASHED = 'hmac-sha256:';

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
    if (levels < 0)
      throw new RedactionLimit(
        'too_deep',
        'The record is nested deeper than limits.depth; flatten it, or raise that.',
      );
    if (typeof value === 'string') return this.#limited(value);
    if (typeof value === 'number') return redactNumber(value, this.#text);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value !== 'object') return null;
    if (Array.isArray(value)) return this.#list(value, levels - 1);
    return this.#object(value as { readonly [key: string]: unknown }, levels);
  }

  #object(value: { readonly [key: string]: unknown }, levels: number): Members {
    const out = new Bare();
    for (const key of Object.keys(value)) {
      this.#keys += 1;
      if (this.#keys > MAX_KEYS)
        throw new RedactionLimit('too_large', `The record has more than ${MAX_KEYS} keys; split it.`);
      const known = knownTreatment(key);
      const name = known === undefined ? this.#limited(key) : key;
      const treatment = known ?? treatmentOf(key);
      if (known === undefined && name === key) remember(key, treatment);
      out[name] =
        treatment === 'keep'
          ? this.copy(value[key], levels - 1)
          : this.#treated(treatment, value, key, levels - 1);
    }
    return out;
  }

  #treated(
    treatment: Treatment,
    members: { readonly [key: string]: unknown },
    key: string,
    levels: number,
  ): Json {
    const value = members[key];
    if (treatment === 'remove') return REMOVED_MARK;
    if (treatment === 'hide') return this.#hidden(value, levels);
    if (treatment === 'header') return this.#header(value, levels);
    if (treatment === 'weak') return this.copy(value, levels);
    const beside = treatmentBeside(members, key, (name) => this.#treatment(name));
    return beside === 'keep' ? this.copy(value, levels) : this.#treated(beside, members, key, levels);
  }

  /** What a name says that is a value itself. */
  #treatment(name: string): Treatment {
    const known = knownTreatment(name);
    if (known !== undefined) return known;
    const treatment = treatmentOf(name);
    if (name.length <= MAX_STRING && this.#text(name) === name) remember(name, treatment);
    return treatment;
  }

  /** What is under the name of a secret: it may be a list, or an object with the value in it, as OTLP writes it. */
  #hidden(value: unknown, levels: number): Json {
    if (isSecretText(value)) return SECRET_MARK;
    return this.#within(value, levels, (each) => (isSecretText(each) ? SECRET_MARK : null));
  }

  /** What is under the name of a header is redacted as what stands behind that in text. */
  #header(value: unknown, levels: number): Json {
    const hide = (each: unknown): string | null => {
      if (typeof each !== 'string' || each.length > MAX_STRING) return null;
      return [AUTHORIZATION, COOKIE].some((name) => this.#text(name + each) !== name + each)
        ? SECRET_MARK
        : null;
    };
    return hide(value) ?? this.#within(value, levels, hide);
  }

  #within(value: unknown, levels: number, hide: (each: unknown) => string | null): Json {
    if (levels < 1 || typeof value !== 'object' || value === null) return this.copy(value, levels);
    if (Array.isArray(value)) {
      const texts = value.map(hide);
      if (texts.every((text) => text === null)) return this.copy(value, levels);
      return texts.map((text, i) => text ?? this.copy(value[i], levels - 1));
    }
    const [only = '', ...others] = Object.keys(value);
    const text = others.length === 0 && isValueName(only) ? hide(Object.values(value)[0]) : null;
    return text === null ? this.copy(value, levels) : Object.assign(new Bare(), { [only]: text });
  }

  /** A list with options in it may be the words of a command. */
  #list(list: readonly unknown[], levels: number): Json[] {
    const parts = list.length > 1 ? partsOfPans(list, this.#text) : null;
    if (!list.some((each) => typeof each === 'string' && each.startsWith('-')))
      return list.map((each, i) => (parts?.has(i) === true ? PAN_MARK : this.copy(each, levels)));
    const command = new CommandWords();
    return list.map((each, i) => {
      if (parts?.has(i) === true) return PAN_MARK;
      const at = typeof each === 'string' ? command.secretAt(each) : -1;
      return typeof each === 'string' && at >= 0
        ? this.#limited(each.slice(0, at)) + SECRET_MARK
        : this.copy(each, levels);
    });
  }

  #limited(value: string): string {
    if (value.length <= MAX_STRING) return this.#text(value);
    throw new RedactionLimit(
      'too_large',
      `A text of the record is longer than ${MAX_STRING} characters; shorten it where it is written.`,
    );
  }
}

function isSecretText(value: unknown): boolean {
  return typeof value === 'string' && !value.startsWith(HASHED) && isSecretValue(value, 'strong');
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
