/**
 * What is secret by its form: private keys, JWTs, credentials of requests, track data and security codes of cards
 * (DESIGN section 8). Card numbers themselves are found in pan.ts, tokens with a prefix in tokens.ts, what stands behind a name in
 * named-secrets.ts, passwords of commands in command-secrets.ts.
 *
 * Why by form and name: such values look random, and nothing else about them can be asked. Cost: nothing for a text
 * without the words that they have (signs.ts), else one search each.
 * Worked example: `Authorization: Bearer abcdefgh` -> `Authorization: Bearer [SECRET]`.
 * Source: PCI DSS v4.0.1 3.3.1; RFC 7468 (PEM), 7519 (JWT), 7617 (Basic), 6750 (Bearer); ISO/IEC 7813 (tracks).
 */
import { isPan } from './pan.ts';
import { SECRET_MARK } from './tokens.ts';

/** What stands where a card number stood. */
export const PAN_MARK = '[PAN]';
export const REMOVED_MARK = '[REMOVED]';

/** Ways to write `security code`. */
const CODE_WORDS = ['security', 'verification'].flatMap((word) =>
  ['', '_', ' ', '-'].flatMap((joint) => [`${word}${joint}code`, `${word}${joint}value`]),
);
/** What stands in every text in which something below is found (word-automaton.ts: a digit is any digit). */
export const SECRET_WORDS: readonly string[] = [
  'eyj',
  'private key',
  'bearer',
  'basic',
  '^',
  '0=0000',
  '0d0000',
  '0%3d0000',
  'cvv',
  'cvc',
  'cvn',
  'cav2',
  'csc',
  ...CODE_WORDS,
];

const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
/** Parts joined by dots, from the beginning of a word; whether it is a JWT is asked of its parts. */
const DOTTED = /(?<![\w-])[\w-]{11,}(?:\.[\w-]*){1,4}/g;
const BEARER = /\b(Bearer)(?:\s{1,20}|%20|\+)[\w.~+/=-]{8,}/gi;
/** Base64 has a digit, a sign or a capital within; a word of a sentence has none. */
const BASIC = /\b([Bb]asic|BASIC)(?:\s{1,20}|%20|\+)(?=[A-Za-z]*(?:[0-9+/=]|[a-z][A-Z]))[\w+/=-]{8,}/g;
const TRACK_1 = /%?B\d{13,19}\^[^^]{2,26}\^[^?]{0,40}\??/g;
const TRACK_2 = /(?<!\d)(\d{13,19})(?:[=D]|%3[Dd])\d{7,40}\??/g;
/** Security codes in JSON, queries, forms (`card[cvc]=123`), XML or a sentence. */
const CODE =
  /((?:cvv|cvc|cvn|cav2|csc|(?:security|verification)[_ -]?(?:code|value))[\w-]{0,8}[\\"'\])]{0,8}(?: is)?[\s=:>]{1,6}[\\"'[(]{0,8})\d{3,4}(?!\d|\.\d)/gi;

/** What stands behind a name of credentials, in a query, a log line or JSON that broke off. */
const CREDENTIAL =
  /((?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|credentials?)[\\"']{0,4} ?[=:] ?[\\"']{0,4})[^\s"',;&}]{1,200}/gi;
/** A password before the host of an address. */
const IN_ADDRESS = /(:\/\/[^\s:/@]{0,100}:)[^\s@/]{1,200}(?=@)/g;

/** Keys under which no value may be kept, whatever it looks like (PCI DSS 3.3.1). */
const SENSITIVE_KEY =
  /(?:^|[._/ :@[-])(?:(?:cvv|cvc|cvn|cav)2?(?:[_-]?(?:code|value|number))?|csc|(?:security|verification)[_-]?(?:code|value)|track[_-]?(?:[123]|data|[123][_-]?data)|pin[_-]?block)\]?$/;

/** Text without the secrets of this file; only a text with one of SECRET_WORDS has any. */
export function withoutSecrets(text: string): string {
  return text
    .replace(PRIVATE_KEY, SECRET_MARK)
    .replace(DOTTED, withoutJwt)
    .replace(BEARER, `$1 ${SECRET_MARK}`)
    .replace(BASIC, `$1 ${SECRET_MARK}`)
    .replace(TRACK_1, PAN_MARK)
    .replace(TRACK_2, (track, digits: string) => (isPan(digits) ? PAN_MARK : track))
    .replace(CODE, `$1${REMOVED_MARK}`);
}

/**
 * Text without credentials that are called so. For excerpts alone: they show what nobody could read as a record, whereas in a record that was
 * understood such words are evidence, or names of things.
 */
export function withoutCredentials(text: string): string {
  return text.replace(IN_ADDRESS, `$1${SECRET_MARK}`).replace(CREDENTIAL, `$1${SECRET_MARK}`);
}

/** A JWT is JSON in base64 (`eyJ` is `{"`), then a second part: all from there on is the token. */
function withoutJwt(dotted: string): string {
  const [head = '', second = ''] = dotted.split('.', 2);
  const at = head.indexOf('eyJ');
  return at < 0 || head.length - at < 11 || second.length < 8 ? dotted : dotted.slice(0, at) + SECRET_MARK;
}

/** Whether a key names a security code, track data or a PIN block; `cardCvv`, `card.cvv` and `card_cvv` are one name. */
export function isSensitiveKey(key: string): boolean {
  if (key.length > 100) return false;
  return SENSITIVE_KEY.test(key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase());
}
