/**
 * Decimal digits of every script and every shape as ASCII ones, at the same places.
 *
 * Unicode keeps the ten digits of a script in a row from zero on, and rows that touch are whole rows, so that the
 * distance from the beginning of the row, modulo ten, is the digit. Digits that are raised, lowered, in circles, in brackets or before a point are no
 * digits to Unicode but numbers; those say by their compatible form which they are, or stand in one of a few rows. A digit
 * that takes two UTF-16 units becomes a digit and a space without width, which separates nothing (pan.ts).
 *
 * Worked example: U+FF14 (full-width four) -> `4`; U+2074 (raised four) -> `4`; U+1D7D2 (bold four) -> `4` and U+200B.
 * Source: The Unicode Standard, 4.6 (General_Category Nd, No), UAX 15 (NFKC); the chart of Dingbats.
 */
const WIDE = /[^\0-\u007f]/;
const DIGIT = /\p{Nd}/u;
const WIDE_DIGIT = /(?![0-9])[\p{Nd}\p{No}]/gu;
/** What stays of a compatible form that has brackets, a point or a comma: `(1)`, `1.`, `1,`. */
const AROUND = /[().,]/g;

/** Circles that have no compatible form: where a row begins, and with which digit. */
const CIRCLED: readonly (readonly [row: number, digit: number])[] = [
  [0x24f5, 1],
  [0x2776, 1],
  [0x2780, 1],
  [0x278a, 1],
];
const CIRCLED_ZEROS: readonly number[] = [0x24ff, 0x1f10b, 0x1f10c];

/** Digits met before, and numbers that are none; there are fewer than two thousand. */
const known = new Map<string, string>();

/** The text with its digits as ASCII ones, as long as it was. */
export function asciiDigits(text: string): string {
  if (!WIDE.test(text)) return text;
  return text.replace(WIDE_DIGIT, (digit) => {
    let ascii = known.get(digit);
    if (ascii === undefined) known.set(digit, (ascii = asciiOf(digit)));
    return ascii;
  });
}

function asciiOf(digit: string): string {
  const value = DIGIT.test(digit) ? inRow(digit.codePointAt(0) ?? 0) : shaped(digit);
  return value === null ? digit : `${value}${'\u200b'.repeat(digit.length - 1)}`;
}

function inRow(code: number): number {
  let row = code;
  while (DIGIT.test(String.fromCodePoint(row - 1))) row -= 1;
  return (code - row) % 10;
}

/** Null: a number of more digits, a fraction, or one of a script without a zero. */
function shaped(number: string): number | null {
  const code = number.codePointAt(0) ?? 0;
  if (CIRCLED_ZEROS.includes(code)) return 0;
  const row = CIRCLED.find(([from, first]) => code >= from && code <= from + 9 - first);
  if (row !== undefined) return row[1] + code - row[0];
  const compatible = number.normalize('NFKC').replace(AROUND, '');
  return /^[0-9]$/.test(compatible) ? Number(compatible) : null;
}
