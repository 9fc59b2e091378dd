/**
 * Which elements of a list are parts of a card number: four inputs of a form, words of a command, digits, bytes.
 *
 * What: elements in a row that are a few digits each are written with commas between them, as JSON would, and redacted as that text is; what
 * counts there counts here. Cost: a look at each element; the text is made only of 13 digits and more.
 * Worked example: `["card", "4111", "1111", "1111", 1111]` -> 1, 2, 3 and 4.
 */

const MIN_DIGITS = 13;
/** A group, or two that are joined; a whole number is found by itself. */
const PART = /^\s{0,4}\p{N}[\p{N} .-]{0,14}$/u;
const LONGEST = 20;
const LARGEST = 999_999;

/** @param redact one text */
export function partsOfPans(
  list: readonly unknown[],
  redact: (text: string) => string,
): ReadonlySet<number> | null {
  let parts: Set<number> | null = null;
  for (let from = 0; from < list.length; from += 1) {
    let to = from;
    let digits = 0;
    for (; to < list.length && isPart(list[to]); to += 1) digits += String(list[to]).length;
    if (digits >= MIN_DIGITS) {
      parts ??= new Set();
      for (const at of hiddenIn(list.slice(from, to).map(String), redact)) parts.add(from + at);
    }
    from = to;
  }
  return parts;
}

function isPart(element: unknown): boolean {
  if (typeof element === 'number') return Number.isInteger(element) && element >= 0 && element <= LARGEST;
  if (typeof element !== 'string' || element.length > LONGEST) return false;
  const first = element.charCodeAt(0);
  return (first < 0x3a || first > 0x7f) && PART.test(element);
}

/** Commas that are gone, or that have a mark beside them, had the parts of a number around them. */
function hiddenIn(parts: readonly string[], redact: (text: string) => string): number[] {
  const written = parts.join(',');
  const redacted = redact(written);
  if (redacted === written) return [];
  let before = 0;
  while (before < written.length && written[before] === redacted[before]) before += 1;
  let behind = 0;
  while (
    behind < written.length - before &&
    written[written.length - 1 - behind] === redacted[redacted.length - 1 - behind]
  )
    behind += 1;
  const [from, to] = [before, written.length - behind];
  let at = 0;
  return parts.flatMap((part, i) => {
    const [begin, end] = [at, at + part.length];
    at = end + 1;
    return begin < to && end > from ? [i] : [];
  });
}
