/**
 * Finds card numbers (PANs) in text, however they are spaced (DESIGN section 8).
 *
 * What: digits are grouped as they stand, groups may be joined by one separator each, and every window of 13 to 19
 * digits that begins and ends at a group boundary is tried: issuer range first, then the Luhn sum. Why group
 * boundaries: a 25-digit serial number holds many Luhn-valid windows, and none of them is a card. Why issuer ranges:
 * one random number in ten passes Luhn; nanoseconds since 1970 begin with 1, where no issuer is.
 *
 * Cost: nothing for text with fewer than 13 digits; otherwise one pass. Worked example: `4111-1111 1111 1111` is four
 * groups, 16 digits, Visa, Luhn 30: found. `1773151202118999000` has no issuer: left alone.
 * Source: ISO/IEC 7812-1 annex B (Luhn); issuer ranges as the card brands publish them.
 */

/** From..to of leading digits, both inclusive, and the lengths that the brand issues. */
const ISSUERS: readonly (readonly [from: number, to: number, digits: number, lengths: readonly number[]])[] = [
  [4, 4, 1, [13, 16, 19]],
  [51, 55, 2, [16]],
  [2221, 2720, 4, [16]],
  [34, 34, 2, [15]],
  [37, 37, 2, [15]],
  [300, 305, 3, [14, 16, 17, 18, 19]],
  [3095, 3095, 4, [14, 16, 17, 18, 19]],
  [36, 36, 2, [14, 16, 17, 18, 19]],
  [38, 39, 2, [14, 16, 17, 18, 19]],
  [6011, 6011, 4, [16, 17, 18, 19]],
  [644, 659, 3, [16, 17, 18, 19]],
  [3528, 3589, 4, [16, 17, 18, 19]],
  [62, 62, 2, [16, 17, 18, 19]],
  [81, 81, 2, [16, 17, 18, 19]],
  [50, 50, 2, [13, 14, 15, 16, 17, 18, 19]],
  [56, 58, 2, [13, 14, 15, 16, 17, 18, 19]],
  [60, 61, 2, [13, 14, 15, 16, 17, 18, 19]],
  [63, 63, 2, [13, 14, 15, 16, 17, 18, 19]],
  [66, 69, 2, [13, 14, 15, 16, 17, 18, 19]],
];

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/** Digits, each group joined to the next by one separator: space kinds, dashes, dot, underscore, slash, plus. */
const RUN = /[0-9]+(?:[ \t\u00a0\u2000-\u200b\u202f\u3000\-\u2010-\u2015._/+*]{1,2}[0-9]+)*/g;
/** Ids that are hexadecimal by form, not numbers: trace, span and container ids, UUIDs. */
const HEX_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const TOKEN_CHARACTER = /[0-9A-Za-z-]/;
/** Times with fractions and zones are groups of digits too, and one in ten passes Luhn; they are no cards. */
const TIMESTAMP = /[12]\d{3}-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?(?:[Zz]|[+-][0-2]\d:?[0-5]\d)?/g;

/** Where a card number stands: from inclusive, to exclusive. */
export interface PanSpan {
  from: number;
  to: number;
  /** Its digits alone. */
  digits: string;
}

/** Whether digits alone are a card number: issuer, length and Luhn. */
export function isPan(digits: string): boolean {
  return hasIssuer(digits) && luhn(digits);
}

/** Whether digits begin like a card number of this length; the Luhn sum is not looked at. */
export function hasIssuer(digits: string): boolean {
  return ISSUERS.some(([from, to, length, lengths]) => {
    const lead = Number(digits.slice(0, length));
    return lead >= from && lead <= to && lengths.includes(digits.length);
  });
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Cheap test that text could hold a card number at all. */
export function mayHoldPan(text: string): boolean {
  let digits = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57 && (digits += 1) >= MIN_DIGITS) return true;
  }
  return false;
}

/** All card numbers in ASCII-digit text, from left to right, without overlaps. */
export function findPans(text: string): PanSpan[] {
  if (!mayHoldPan(text)) return [];
  const found: PanSpan[] = [];
  const searched = text.replace(TIMESTAMP, (time) => 'T'.repeat(time.length));
  for (const run of searched.matchAll(RUN)) {
    if (run[0].length < MIN_DIGITS || isHexId(searched, run.index, run.index + run[0].length)) continue;
    found.push(...pansOfRun(run[0], run.index));
  }
  return found;
}

/** The run is part of a token that is a hexadecimal id by its form and holds letters, or is a trace or span id. */
function isHexId(text: string, from: number, to: number): boolean {
  let start = from;
  let end = to;
  while (start > 0 && from - start < 70 && TOKEN_CHARACTER.test(text[start - 1] ?? '')) start -= 1;
  while (end < text.length && end - to < 70 && TOKEN_CHARACTER.test(text[end] ?? '')) end += 1;
  const token = text.slice(start, end);
  // Sixteen digits without a letter are a card number's form as much as a span id's: those are judged as numbers.
  return HEX_ID.test(token) && (token.length > MAX_DIGITS || /[a-f]/i.test(token));
}

function pansOfRun(run: string, offset: number): PanSpan[] {
  const groups = [...run.matchAll(/[0-9]+/g)].map((group) => ({ at: group.index, text: group[0] }));
  const found: PanSpan[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    let digits = '';
    for (let last = first; last < groups.length; last += 1) {
      const group = groups[last];
      const begin = groups[first];
      if (group === undefined || begin === undefined) break;
      digits += group.text;
      if (digits.length > MAX_DIGITS) break;
      if (digits.length >= MIN_DIGITS && isPan(digits)) {
        found.push({ from: offset + begin.at, to: offset + group.at + group.text.length, digits });
        first = last;
        break;
      }
    }
  }
  return found;
}
