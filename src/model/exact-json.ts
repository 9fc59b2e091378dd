/**
 * JSON of which no number is rounded: one that would be written differently afterwards becomes the text that stood there.
 *
 * Why: `JSON.parse` makes 4800.000000000000001 and 4800 one number, and 12345678901234567891 another id, without a word. Amounts are then refused or read
 * exactly by whoever expects decimal text, and ids stay apart. Why not always: it costs, and sensors write nanoseconds that nobody counts.
 *
 * Cost: one search for a number of 16 digits or with an exponent; only text with such a number is parsed the slow way, which recurses as deep as the text
 * is nested, so that whoever calls must have a limit on that.
 * Worked example: `{"amount":0.1,"no":12345678901234567891}` -> {amount: 0.1, no: "12345678901234567891"}.
 * Source: RFC 8259 section 6; ECMAScript, JSON.parse source text access.
 */

/** Numbers begin at the start, or behind one of these; in a text between quotes the same may stand, which costs time only. */
const MAYBE_INEXACT = /(?:^|[\s:,[])-?(?:[\d.]{16}|[\d.]+[eE])/;
const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Whether a number of the text may be one that JSON.parse would round. */
export function mayRound(text: string): boolean {
  return MAYBE_INEXACT.test(text);
}

/** @throws SyntaxError as JSON.parse does */
export function parseExactly(text: string): unknown {
  if (!mayRound(text)) return JSON.parse(text) as unknown;
  const reviver = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
    typeof value === 'number' && source !== undefined && decimalOf(String(value)) !== decimalOf(source)
      ? source
      : value;
  return (JSON.parse as (text: string, revive: typeof reviver) => unknown)(text, reviver);
}

/** The number that a text writes, in one spelling: `1.50e3` and `1500` are `15e2`. The sign is the same on both sides. */
function decimalOf(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return whole === '' ? text : '0';
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
