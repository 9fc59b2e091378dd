/**
 * Secrets in text that stand behind their name: `PGPASSWORD=...`, `--password=...`, `?access_token=...`, `"client_secret": "..."` in JSON
 * within text, headers of requests, and passwords in addresses.
 *
 * Why only these: in a sentence (`token expired: retry`) a name is followed by words. So behind `:` a value counts in quotes,
 * or where it has letters and digits; behind `=` always.
 *
 * Cost: in a text with such a name (signs.ts), one search for each shape; every one is linear, because what is
 * repeated within it is one class, and a value that was found is not looked at again.
 * Worked example: `PGPASSWORD=hunter2 psql postgres://ann:x1@db/pay` -> `PGPASSWORD=[SECRET] psql postgres://ann:[SECRET]@db/pay`.
 */
import { isSecretValue, STRONG, STRONG_NAMES, WEAK, WEAK_NAMES, type NameStrength } from './secret-names.ts';
import { SECRET_MARK } from './tokens.ts';

/** A value in quotes, to their end or that of the text; then, as for a shell, what touches them; or up to what ends a word. */
const QUOTATION = `\\\\{1,16}"[^"\\\\]*(?:\\\\{1,16}")?|\\\\{1,16}'[^'\\\\]*(?:\\\\{1,16}')?|"[^"]*"?|'[^']*'?`;
const VALUE = `(?:${QUOTATION})[^\\s"'&]*|[^\\s"'&]+`;
/** What may stand behind a quotation, and is no part of it. */
const CLOSERS = ',;.)]}';
const ASSIGNED = new RegExp(`((?:${STRONG})\\d{0,2}=)(${VALUE})`, 'gi');
const ASSIGNED_WEAK = new RegExp(`((?<![A-Za-z0-9])(?:${WEAK})=)(${VALUE})`, 'gi');
/**
 * The quote behind the name, the colon, and the quote before the value, escaped as deep as the JSON lies. YAML and what Node prints of an object
 * have no quotes around names.
 */
const QUOTED = new RegExp(`(?:${STRONG})(\\\\{0,16}["']\\s{0,4})?:\\s{0,4}(\\\\{0,16})(["'])`, 'gi');
const SPACE = /\s/;
const SAID = new RegExp(
  `((?:${STRONG}): {1,2})(?=[^\\s"',;]{0,200}[0-9])(?=[^\\s"',;]{0,200}[A-Za-z])([^\\s"',;]{6,})`,
  'gi',
);
/** An element of XML. */
const ELEMENT = new RegExp(`((?:${STRONG})>)([^<>]{1,256})(?=<)`, 'gi');
/** Headers that carry credentials; a scheme may stand before those. */
const HEADER =
  /((?:authorization|private-token|x-[a-z-]{1,30}(?:token|key|secret)) {0,2}: {0,2}(?:[A-Za-z][A-Za-z0-9-]{1,30} )?)(?=[^\s"',;]{0,200}[0-9])([^\s"',;[\]]{8,})/gi;
const IN_ADDRESS = /(:\/\/[^\s:/@"']{0,100}:)[^\s@/"']+(?=@)/g;

const HEADER_WORDS: readonly string[] = ['authorization:', 'authorization :', 'token:', 'key:', 'secret:'];

/** What stands in every text in which `withoutNamed` finds something. */
export const NAMED_WORDS: readonly string[] = [
  ...STRONG_NAMES.flatMap((name) => ['=', '0=', '00=', '"', "'", '\\', ':', '>'].map((end) => name + end)),
  ...WEAK_NAMES.map((name) => `${name}=`),
  ...HEADER_WORDS,
];
/** What stands in every text with an address. */
export const ADDRESS_WORDS: readonly string[] = ['://'];

export function withoutNamed(text: string): string {
  return withoutQuoted(text)
    .replace(ASSIGNED, (all, name: string, value: string) => assigned(all, name, value, 'strong'))
    .replace(ASSIGNED_WEAK, (all, name: string, value: string) => assigned(all, name, value, 'weak'))
    .replace(ELEMENT, (all, name: string, value: string) =>
      isSecretValue(value, 'strong') ? name + SECRET_MARK : all,
    )
    .replace(SAID, `$1${SECRET_MARK}`)
    .replace(HEADER, `$1${SECRET_MARK}`);
}

function assigned(all: string, name: string, value: string, strength: NameStrength): string {
  if (!isSecretValue(value, strength)) return all;
  let end = value.length;
  if (/^\\*["']/.test(value)) while (CLOSERS.includes(value.charAt(end - 1))) end -= 1;
  return name + SECRET_MARK + value.slice(end);
}

/** Passwords before the host of an address. */
export function withoutPasswordsInAddresses(text: string): string {
  return text.includes('@') ? text.replace(IN_ADDRESS, `$1${SECRET_MARK}`) : text;
}

/** The value ends at the first quote of its kind that is escaped no deeper than the one it begins with. */
function withoutQuoted(text: string): string {
  let out = '';
  let done = 0;
  QUOTED.lastIndex = 0;
  for (let match = QUOTED.exec(text); match !== null; match = QUOTED.exec(text)) {
    const [all, named, escapes = '', quote = ''] = match;
    const from = match.index + all.length;
    const to = endOfValue(text, from, escapes.length, quote);
    const value = text.slice(from, to);
    // A message may say `password: "too short"`.
    if (isSecretValue(value, 'strong') && (named !== undefined || !SPACE.test(value))) {
      out += text.slice(done, from) + SECRET_MARK;
      done = to;
    }
    QUOTED.lastIndex = Math.max(to, from);
  }
  return out + text.slice(done);
}

function endOfValue(text: string, from: number, escapes: number, quote: string): number {
  let backslashes = 0;
  for (let at = from; at < text.length; at += 1) {
    const unit = text[at];
    if (unit === quote && backslashes <= escapes) return at - backslashes;
    backslashes = unit === '\\' ? backslashes + 1 : 0;
  }
  return text.length;
}
