/**
 * Decimal digits of every script as ASCII ones, at the same places.
 *
 * Unicode keeps the ten digits of a script in a row from zero on, and rows that touch are whole rows, so that the
 * distance from the beginning of the row, modulo ten, is the digit. A digit that takes two UTF-16 units becomes a digit
 * and a space without width, which separates nothing (pan.ts).
 *
 * Worked example: U+FF14 (full-width four) -> `4`; U+1D7D2 (bold four) -> `4` and U+200B.
 * Source: The Unicode Standard, 4.6 (General_Category Nd).
 */
const WIDE = /[^\0-\u007f]/;
const DIGIT = /\p{Nd}/u;
const WIDE_DIGIT = /(?![0-9])\p{Nd}/gu;

/** Digits met before; there are fewer than a thousand. */
const known = new Map<string, string>();

export function asciiDigits(text: string): string {
  if (!WIDE.test(text)) return text;
  return text.replace(WIDE_DIGIT, (digit) => {
    let ascii = known.get(digit);
    if (ascii === undefined) known.set(digit, (ascii = asciiOf(digit)));
    return ascii;
  });
}

function asciiOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let row = code;
  while (DIGIT.test(String.fromCodePoint(row - 1))) row -= 1;
  return `${(code - row) % 10}${'\u200b'.repeat(digit.length - 1)}`;
}
