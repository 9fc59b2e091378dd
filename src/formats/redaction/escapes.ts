/**
 * Undoes one level of the escapes that text is written with: of URLs, of JSON, of C, of shells, of HTML and XML.
 *
 * What: each kind is looked for in turn, and put back as the character that it stands for. Why one level: what was escaped twice is looked at again by
 * the caller, who knows how deep he went. URL encoding is of UTF-8 bytes, and so are the escapes of web servers (`\x34`) and of C (`\064`);
 * escapes of JSON inside JSON have as many backslashes as it is deep. Each run of backslashes is begun at its beginning only, or a
 * long one would be slow to fail.
 *
 * Cost: one search a kind; every one is linear. Worked example: `%34&#49;\061\u{31}` -> `4111`.
 * Source: RFC 3986 2.1; RFC 8259 7; ECMA-262 12.9.4; ISO/IEC 9899 6.4.4.4; HTML, 13.2.5.72 (character references).
 */

const ESCAPE = /%u?[0-9a-f]{2}|\\[unrtx/0-7]|&(?:#|amp|quot|apos|nbsp|lt|gt)/i;

/** Entities with a name that may stand around digits and secrets. */
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  lt: '<',
  gt: '>',
};
/** What stands in every text with an entity (word-automaton.ts); `&` alone stands in every query. */
export const ENTITY_WORDS: readonly string[] = ['&#', ...Object.keys(NAMED).map((name) => `&${name};`)];

const LAST_CODE_POINT = 0x10ffff;

/** Whether there is anything to undo. */
export function isEscaped(text: string): boolean {
  return ESCAPE.test(text);
}

/** Text with one level of escapes undone. */
export function decodeEscapes(text: string): string {
  let out = text;
  if (text.includes('&')) out = withoutEntities(out);
  if (text.includes('%')) out = withoutPercents(out);
  return out.includes('\\') ? withoutBackslashes(out) : out;
}

function withoutPercents(text: string): string {
  return text
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => utf8Of(run.replaceAll('%', '')))
    .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => pointOf(hex, 16));
}

function withoutBackslashes(text: string): string {
  return text
    .replace(/(?<!\\)(?:\\+x[0-9a-f]{2})+/gi, (run) => utf8Of(run.replace(/\\+x/gi, '')))
    .replace(/(?<!\\)(?:\\+(?:0?[0-3][0-7]{2}|[4-7][0-7]))+/g, (run) => utf8Of(hexOfOctal(run)))
    .replace(/(?<!\\)\\+(?:[ux]\{0{0,8}([0-9a-f]{1,6})\}|U00([0-9a-f]{6}))/gi, pointOfEither)
    .replace(/(?<!\\)\\+u([0-9a-f]{4})/gi, (_, hex: string) => pointOf(hex, 16))
    .replace(/(?<!\\)\\+[nrt]/g, ' ')
    .replace(/(?<!\\)\\+\//g, '/');
}

function withoutEntities(text: string): string {
  return text
    .replace(/&#0{0,8}([0-9]{1,7})(?![0-9]);?/g, (_, digits: string) => pointOf(digits, 10))
    .replace(/&#x0{0,8}([0-9a-f]{1,6})(?![0-9a-f]);?/gi, (_, hex: string) => pointOf(hex, 16))
    .replace(/&(amp|quot|apos|nbsp|lt|gt);/gi, (_, name: string) => NAMED[name.toLowerCase()] ?? '');
}

/** Braces, or eight digits as in Python and Go, of which JSON's `\u0034` is no beginning, since its letter is a small one. */
function pointOfEither(all: string, braced: string | undefined, eight: string | undefined): string {
  if (eight !== undefined && all.includes('u')) return all;
  return pointOf(braced ?? eight ?? '', 16);
}

function pointOf(digits: string, base: number): string {
  const code = Number.parseInt(digits, base);
  return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : ' ';
}

function hexOfOctal(run: string): string {
  return run
    .split(/\\+/)
    .slice(1)
    .map((byte) => Number.parseInt(byte, 8).toString(16).padStart(2, '0'))
    .join('');
}

function utf8Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8');
}
