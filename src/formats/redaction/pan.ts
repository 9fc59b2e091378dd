/**
 * Finds card numbers (PANs) in text, however they are spaced (DESIGN section 8).
 *
 * What: digits are grouped as they stand, groups may be joined by a few separators, and every window of 13 to 19
 * digits that begins and ends at a group boundary is tried: issuer range first, then the Luhn sum. Windows that
 * overlap are one place, so that no digits of a number are left over. Why group boundaries: a 25-digit serial number
 * holds many Luhn-valid windows, and none of them is a card. Why issuer ranges: one random number in ten passes Luhn;
 * nanoseconds since 1970 begin with 1, where no issuer is. Hexadecimal ids and times are groups of digits too, and are
 * known by their form.
 *
 * What stands in a list, in quotes or in brackets (`["4111","1111","1111","1111"]`) is a weaker sign, because lists of numbers are common: there
 * groups must be those that cards print, or single digits that are as many as a card number has and no more.
 *
 * Cost: nothing for text with fewer than 13 digits; otherwise two passes, and at most 19 windows a group.
 * Worked example: `4111-1111 1111 1111` is four groups, 16 digits, Visa, Luhn 30: found. `1773151202118999000` has no
 * issuer: left alone.
 * Source: ISO/IEC 7812-1 annex B (Luhn); issuer ranges as the card brands publish them.
 */
import { MAX_LISTED } from './digit-shapes.ts';

/** From..to of leading digits, both inclusive, and the lengths that the brand issues. */
const ISSUERS: readonly (readonly [from: number, to: number, digits: number, lengths: readonly number[]])[] =
  [
    [4, 4, 1, [13, 16, 19]],
    [51, 55, 2, [16]],
    [2200, 2204, 4, [16, 17, 18, 19]],
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
    [81, 82, 2, [16, 17, 18, 19]],
    [9792, 9792, 4, [16]],
    [50, 50, 2, [13, 14, 15, 16, 17, 18, 19]],
    [56, 58, 2, [13, 14, 15, 16, 17, 18, 19]],
    [60, 61, 2, [13, 14, 15, 16, 17, 18, 19]],
    [63, 63, 2, [13, 14, 15, 16, 17, 18, 19]],
    [66, 69, 2, [13, 14, 15, 16, 17, 18, 19]],
  ];

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/** By the first four digits: bit n is set where the issuer gives out numbers of n digits. */
const LENGTHS = lengthsByLead();

/** White space, null characters (UTF-16 that was read as bytes), characters without width, dashes, and marks that people and programs write between groups. */
const SEPARATORS =
  '\\s\\0\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\-\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d._/+*\\u00b7\\u2022';
/** What is shown upon a digit or not at all: accents, key caps, choices of a glyph, fillers, tags (of two units). */
const UPON_DIGITS =
  '\\u0300-\\u036f\\u115f\\u1160\\u17b4\\u17b5\\u20d0-\\u20f0\\u3164\\ufe00-\\ufe0f\\uffa0\\udb40\\udc00-\\udfff';
const SEPARATOR = `[${SEPARATORS}${UPON_DIGITS}]`;
/** What stands between the elements of a list, also where it is quoted, indented or JSON in JSON. */
const LISTED = `[${SEPARATORS}${UPON_DIGITS},;|"'\`()\\[\\]{}\\\\~#]`;
/** Digits, each group joined to the next by up to four separators. */
const RUN = new RegExp(`[0-9]+(?:${SEPARATOR}{1,4}[0-9]+)*`, 'g');
const WHOLE_RUN = new RegExp(`^[0-9]+(?:${SEPARATOR}{1,4}[0-9]+)*$`);
/** Short groups in a list. */
const LIST_RUN = new RegExp(`(?<![0-9])[0-9]{1,6}(?:${LISTED}+[0-9]{1,6}){2,}(?![0-9])`, 'g');
/** Digits of each group as cards print them, of 13 to 19 digits. */
const PRINTED = /^(?:444[1-4]|4444[1-3]|46[45])$/;
/**
 * Ids that are hexadecimal by form, not numbers: trace, span and container ids, digests, UUIDs, traceparents. Sixteen digits with
 * fewer than three letters are as much a card number beside a letter as a span id: those are judged as numbers. A UUID
 * needs nothing before it: cgroups of pods are named `pod` and one, with `-` or `_` in it.
 */
const HEX_ID =
  /(?:[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|(?<![0-9A-Za-z])(?:[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|(?=(?:[0-9]{0,13}[a-f]){3})[0-9a-f]{16}))(?![0-9A-Za-z])/gi;

/** Times with fractions and zones are groups of digits too, and one in ten passes Luhn; they are no cards. */
const TIMESTAMP =
  /(?<!\d)[12]\d{3}-[01]\d-[0-3]\d(?:[Tt +]|%20)[0-2]\d(?::|%3A)[0-5]\d(?::|%3A)[0-6]\d(?:(?:[.,]|%2C)\d{1,12}(?!\d))?(?:Z|(?:[+-]|%2B)[0-2]\d(?::|%3A)?[0-5]\d(?!\d))?/gi;

/** No such id or time is shorter. */
const SHORTEST_FORM = 16;

/**
 * An amount, and nothing beside it: one point, with as many digits after it as currencies have and fewer before it than
 * any card number. From 45 billion on, one such amount in ten has the digits of a card number; nobody writes one so.
 */
const AMOUNT = /^\d{1,12}\.\d{1,3}$/;

/** One group, as long as a card number: such a number is none of the above. */
const DIGITS_ALONE = /^[0-9]+$/;

/** Where a card number stands: from inclusive, to exclusive. */
export interface PanSpan {
  from: number;
  to: number;
}

/** Whether digits alone are a card number: issuer, length and Luhn. */
export function isPan(digits: string): boolean {
  return isPanWindow(digits, 0, digits.length);
}

/** Whether digits begin like a card number of this length; the Luhn sum is not looked at. */
export function hasIssuer(digits: string): boolean {
  return issues(digits, 0, digits.length);
}

/** The digits of a text that is one card number and nothing else, however it is spaced; else undefined. */
export function wholePan(text: string): string | undefined {
  if (text.length > 5 * MAX_DIGITS || !WHOLE_RUN.test(text)) return undefined;
  const digits = text.replace(/[^0-9]+/g, '');
  return isPan(digits) ? digits : undefined;
}

function lengthsByLead(): Uint32Array {
  const lengths = new Uint32Array(10_000);
  for (const [from, to, digits, issued] of ISSUERS) {
    const scale = 10 ** (4 - digits);
    const bits = issued.reduce((set, length) => set | (1 << length), 0);
    for (let lead = from * scale; lead < (to + 1) * scale; lead += 1)
      lengths[lead] = (lengths[lead] ?? 0) | bits;
  }
  return lengths;
}

function issues(digits: string, from: number, to: number): boolean {
  const length = to - from;
  if (length < MIN_DIGITS || length > MAX_DIGITS) return false;
  let lead = 0;
  for (let i = from; i < from + 4; i += 1) lead = lead * 10 + digits.charCodeAt(i) - 48;
  return ((LENGTHS[lead] ?? 0) & (1 << length)) !== 0;
}

function isPanWindow(digits: string, from: number, to: number): boolean {
  if (!issues(digits, from, to)) return false;
  let sum = 0;
  for (let i = to - 1, double = false; i >= from; i -= 1, double = !double) {
    const digit = digits.charCodeAt(i) - 48;
    const value = double ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
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

/**
 * All places of card numbers in ASCII-digit text, from left to right, without overlaps.
 * @param isListed whether groups may be elements of a list (digit-shapes.ts)
 */
export function findPans(text: string, isListed = true): PanSpan[] {
  if (text.length <= MAX_DIGITS && DIGITS_ALONE.test(text))
    return isPan(text) ? [{ from: 0, to: text.length }] : [];
  if (!mayHoldPan(text)) return [];
  const found: PanSpan[] = [];
  const blank = (id: string): string => 'x'.repeat(id.length);
  const searched = text.length < SHORTEST_FORM ? text : text.replace(HEX_ID, blank).replace(TIMESTAMP, blank);
  for (const run of searched.matchAll(RUN)) {
    if (run[0].length >= MIN_DIGITS && !AMOUNT.test(run[0])) findInRun(run[0], run.index, found);
  }
  if (!isListed) return found;
  const listed: PanSpan[] = [];
  for (const run of searched.matchAll(LIST_RUN)) {
    if (run[0].length >= MIN_DIGITS) findInList(run[0], run.index, listed);
  }
  return listed.length === 0 ? found : merged([...found, ...listed]);
}

function merged(spans: PanSpan[]): PanSpan[] {
  const found: PanSpan[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) add(found, from, to);
  return found;
}

/** Groups as cards print them, and single digits between what is none. */
function findInList(run: string, offset: number, found: PanSpan[]): void {
  const groups = groupsOf(run);
  const lengths = groups.map(({ from, to }) => to - from);
  const tryIt = (first: number, last: number): void => {
    const [from, to] = [groups[first]?.from ?? 0, groups[last - 1]?.to ?? 0];
    if (isPan(run.slice(from, to).replace(/[^0-9]+/g, ''))) add(found, offset + from, offset + to);
  };
  for (let first = 0, last = 0; first < lengths.length; first = last + 1) {
    for (last = first; lengths[last] === 1; last += 1);
    if (last - first >= MIN_DIGITS && last - first <= MAX_DIGITS) tryIt(first, last);
  }
  if (groups.length > MAX_LISTED) return;
  for (let first = 0; first < lengths.length; first += 1)
    for (let last = first + 3; last <= Math.min(first + 5, lengths.length); last += 1)
      if (PRINTED.test(lengths.slice(first, last).join(''))) tryIt(first, last);
}

function findInRun(run: string, offset: number, found: PanSpan[]): void {
  const groups = groupsOf(run);
  const digits = groups.length === 1 ? run : run.replace(/[^0-9]+/g, '');
  for (let first = 0, begin = 0; first < groups.length; first += 1) {
    for (let last = first, end = begin; last < groups.length; last += 1) {
      end += (groups[last]?.to ?? 0) - (groups[last]?.from ?? 0);
      if (end - begin > MAX_DIGITS) break;
      if (isPanWindow(digits, begin, end))
        add(found, offset + (groups[first]?.from ?? 0), offset + (groups[last]?.to ?? 0));
    }
    begin += (groups[first]?.to ?? 0) - (groups[first]?.from ?? 0);
  }
}

/** Where the groups of a run stand in it. */
function groupsOf(run: string): PanSpan[] {
  const groups: PanSpan[] = [];
  let from = -1;
  for (let i = 0; i <= run.length; i += 1) {
    const code = i === run.length ? 0 : run.charCodeAt(i);
    const digit = code >= 48 && code <= 57;
    if (digit && from < 0) from = i;
    else if (!digit && from >= 0) {
      groups.push({ from, to: i });
      from = -1;
    }
  }
  return groups;
}

/** Places come by their beginning; one that overlaps the last one makes it longer. */
function add(found: PanSpan[], from: number, to: number): void {
  const last = found.at(-1);
  if (last !== undefined && from < last.to) last.to = Math.max(last.to, to);
  else found.push({ from, to });
}
