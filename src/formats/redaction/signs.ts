/**
 * What a text could hold that must not be stored, told in one pass: the question that redaction asks of every text first, and
 * for nearly all texts the last.
 *
 * What: in one walk over the units, whether some word stands there that secrets have (word-automaton.ts), whether 13 digits stand in
 * a row with nothing but separators between them, whether something is escaped, and whether base64 could hold digits. A
 * sign may be wrong in one direction only: whatever the searches behind it would find has its sign. So a unit beyond
 * ASCII counts as a digit, which it may be, and any number of separators may stand between two digits.
 *
 * Cost: some five nanoseconds a unit, nothing allocated. A time, a UUID or a digest of a container has no 13 digits in a row, and
 * needs no further look.
 * Worked example: `2026-03-10T14:00:02.118999Z` -> 0 (8 digits, then T); `4111-1111 1111 1111` -> DIGITS.
 */
import { COMMAND_WORDS } from './command-secrets.ts';
import { ENTITY_WORDS } from './escapes.ts';
import { HEADER_WORDS } from './header-secrets.ts';
import { ADDRESS_WORDS, NAMED_WORDS } from './named-secrets.ts';
import { SECRET_WORDS } from './secrets.ts';
import { SIBLING_WORDS } from './sibling-secrets.ts';
import { TOKEN_WORDS } from './tokens.ts';
import { STATE_BITS, STATE_MASK, wordAutomaton } from './word-automaton.ts';

/** Signs, as bits: words of a kind of secret, and what follows from the units. */
export const FORM = 1;
export const TOKEN = 1 << 1;
export const NAMED = 1 << 2;
export const COMMAND = 1 << 3;
export const ADDRESS = 1 << 4;
export const ENTITY = 1 << 5;
export const HEADER = 1 << 6;
export const DIGITS = 1 << 7;
export const ESCAPED = 1 << 8;
export const BASE64 = 1 << 9;

/** As many as the shortest card number has. */
const MIN_DIGITS = 13;
/** Base64 of 13 digits is as long. */
const MIN_BASE64 = 18;
/** Base64 of that, and how many of its units are such at least. */
const MIN_TWICE = 24;
const TWICE_UNITS = 2;

/** What a unit is: its column in the automaton, and these. */
const DIGIT = 1 << 6;
const JOINS = 1 << 7;
const ESCAPES = 1 << 8;
const HIGH = 1 << 9;
const TWICE = 1 << 10;
const WIDE = DIGIT | JOINS;

const WORDS: readonly (readonly [words: readonly string[], sign: number])[] = [
  [SECRET_WORDS, FORM],
  [TOKEN_WORDS, TOKEN],
  [[...NAMED_WORDS, ...SIBLING_WORDS], NAMED],
  [HEADER_WORDS, HEADER],
  [COMMAND_WORDS, COMMAND],
  [ADDRESS_WORDS, ADDRESS],
  [ENTITY_WORDS, ENTITY],
];
const { columns, next } = wordAutomaton(
  WORDS.flatMap(([words, sign]) => words.map((word) => [word, sign] as const)),
);
const UNITS = unitsOf();
/** The beginning of a text is as good as white space before it. */
const START = next[(UNITS[32] ?? 0) & 63] ?? 0;

function unitsOf(): Uint16Array {
  const units = new Uint16Array(1 << 16).fill(WIDE);
  for (let code = 0; code < 128; code += 1) {
    const unit = String.fromCharCode(code);
    let kind = columns[code] ?? 0;
    if (/\d/.test(unit)) kind |= DIGIT | JOINS;
    if (/[\s\0\-._/+*,;|"'`()[\]{}\\~#]/.test(unit)) kind |= JOINS;
    if (unit === '%' || unit === '\\') kind |= ESCAPES;
    // What a digit in the first of three bytes makes, and what those make in base64 again.
    if (/[MNO]/.test(unit)) kind |= HIGH;
    if (/[NOPT]/.test(unit)) kind |= TWICE;
    units[code] = kind;
  }
  return units;
}

/** The signs of a text; 0: redaction leaves it as it is. */
export function signsIn(text: string): number {
  let state = START;
  let words = 0;
  let kinds = 0;
  let joined = 0;
  let most = 0;
  let high = 0;
  let twice = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = UNITS[text.charCodeAt(i)] ?? 0;
    state = next[(state & STATE_MASK) | (unit & 63)] ?? 0;
    words |= state;
    kinds |= unit;
    joined = (joined & -((unit >> 7) & 1)) + ((unit >> 6) & 1);
    if (joined > most) most = joined;
    high += (unit >> 9) & 1;
    twice += (unit >> 10) & 1;
  }
  let signs = words >>> STATE_BITS;
  if (most >= MIN_DIGITS) signs |= DIGITS;
  if ((kinds & ESCAPES) !== 0) signs |= ESCAPED;
  if (high > 1 && text.length >= MIN_BASE64) signs |= BASE64;
  if (twice >= TWICE_UNITS && text.length >= MIN_TWICE) signs |= BASE64;
  return signs;
}
