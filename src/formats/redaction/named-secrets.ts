/**
 * Secrets in text that stand behind their name: `PGPASSWORD=...`, `--password=...`, `?access_token=...`, `"client_secret": "..."` in JSON
 * within text, `:password => "..."` of Ruby, `{Password:...}` as Go prints it, lines of YAML, and passwords in addresses. A name and a value that are
 * members of their own are told in sibling-secrets.ts, headers in header-secrets.ts.
 *
 * Why only these: in a sentence (`token expired: retry`) a name is followed by words. So behind `:` a value counts in quotes,
 * where it has letters and digits, alone on its line, or in the braces of an object; behind `=` always.
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
const NAME = `(?:${STRONG})\\d{0,2}`;
/** `=` of shells, `==`, `:=` and `=>` of programs. */
const EQUALS = ':?={1,3}>?';
/** Behind the name may stand what closes it: `"password" =>`, `user[password]=`, `password[]=`. */
const ASSIGNED = new RegExp(
  `(${NAME}(?:\\[\\])?[\\]\\\\"']{0,17}(?:[ \\t]{1,8}${EQUALS}[ \\t]{0,8}|${EQUALS})(?:[bru](?=["'\\\\]))?)(${VALUE})`,
  'gi',
);
const ASSIGNED_WEAK = new RegExp(`((?<![A-Za-z0-9])(?:${WEAK})=)(${VALUE})`, 'gi');
/** Names that mean something else but where settings are joined: `Server=db;Uid=sa;Pwd=...`, `mount -o user=a,pass=...`. */
const JOINED = /([;,?&] ?(?:pwd|pass) ?= ?)(\{[^}]{0,200}\}?|[^\s"',;&]+)/gi;
/**
 * The quote behind the name, the colon, and the quote before the value, escaped as deep as the JSON lies; a list or an object with the value may be
 * between. YAML and what Node prints of an object have no quotes around names.
 */
const QUOTED = new RegExp(
  `${NAME}(\\\\{0,16}["'])?\\s{0,4}:\\s{0,4}(?:\\[\\s{0,64}|\\{\\s{0,64}\\\\{0,16}["'](?:string_?)?value\\\\{0,16}["']\\s{0,4}:\\s{0,4})?[bru]?(\\\\{0,16})(["'])`,
  'gi',
);
const SPACE = /\s/;
const SAID = new RegExp(
  `(${NAME}[ \\t]?:[ \\t]{1,8})(?=[^\\s"',;]{0,200}[0-9])(?=[^\\s"',;]{0,200}[A-Za-z])([^\\s"',;]{6,})`,
  'gi',
);
/** A line of YAML or of a form: a name, one word, and nothing else. */
const LINE = new RegExp(
  `(^[ \\t]*(?:- )?[\\w.-]{0,60}${NAME}[ \\t]{0,4}:[ \\t]{1,8})([^\\s"',;|>[{][^\\s]*)(?=[ \\t]*\\r?$)`,
  'gim',
);
/** A text of YAML that begins on the next line. */
const BLOCK = new RegExp(
  `(${NAME}[ \\t]{0,4}:[ \\t]{1,8}[|>][+-]?[ \\t]{0,8}(?:\\r?\\n|(?:\\\\{1,16}r)?\\\\{1,16}n)[ \\t]{1,64})([^\\s\\\\][^\\r\\n\\\\]*)`,
  'gi',
);
/** A field as Go prints it. */
const FIELD = new RegExp(
  `((?<![A-Za-z0-9_./-])([A-Za-z_]\\w{0,60}?)?${NAME}:)(?!0x[0-9a-f]+\\b)([^\\s"'{}[\\],;&\\\\]+)(?![^\\s}\\],;&"'])`,
  'gi',
);
const ORACLE = /(jdbc:oracle:\w{1,8}:[^\s/@"']{1,100}\/)[^\s@"']+(?=@)/gi;
/** Up to the last `@`, since passwords have it too; what begins a query ends it. */
const IN_ADDRESS = /(:\/\/[^\s:/@"']{0,100}:)[^\s@/"']+(?:@[^\s@/"'?#&,;]+)*(?=@)/g;

/** What may stand behind a name. */
const ENDS = ['=', '"', "'", '\\', ':', '>', ' ', '\t', '\n', ']', '[', ',', ';', '0'];

/** What stands in every text in which `withoutNamed` finds something. */
export const NAMED_WORDS: readonly string[] = [
  ...STRONG_NAMES.flatMap((name) => ENDS.map((end) => name + end)),
  ...WEAK_NAMES.map((name) => `${name}=`),
  ...[';', ',', '?', '&'].flatMap((before) =>
    ['pwd', 'pass'].flatMap((name) => [`${before}${name}`, `${before} ${name}`]),
  ),
];
/** What stands in every text with an address. */
export const ADDRESS_WORDS: readonly string[] = ['://', 'jdbc:oracle:'];

export function withoutNamed(text: string): string {
  return withoutQuoted(text, QUOTED)
    .replace(ASSIGNED, (all, name: string, value: string) => assigned(all, name, value, 'strong'))
    .replace(ASSIGNED_WEAK, (all, name: string, value: string) => assigned(all, name, value, 'weak'))
    .replace(JOINED, (all, name: string, value: string) =>
      /^[/.~]/.test(value) ? all : assigned(all, name, value, 'strong'),
    )
    .replace(BLOCK, (all, name: string, value: string) => assigned(all, name, value, 'strong'))
    .replace(LINE, (all, name: string, value: string) => assigned(all, name, value, 'strong'))
    .replace(FIELD, withoutField)
    .replace(SAID, `$1${SECRET_MARK}`);
}

/** What is hidden of a value, behind what names it. */
export function assigned(all: string, name: string, value: string, strength: NameStrength): string {
  if (!isSecretValue(value, strength)) return all;
  let end = value.length;
  if (/^\\*["']/.test(value)) while (CLOSERS.includes(value.charAt(end - 1))) end -= 1;
  return name + SECRET_MARK + value.slice(end);
}

/** Fields begin with a capital, or stand in braces; `password:v2` in a sentence may be an image, and is spared without letters and digits. */
function withoutField(
  all: string,
  name: string,
  _: string | undefined,
  value: string,
  at: number,
  text: string,
): string {
  const behind = text.charAt(at + all.length);
  if (behind === '[' || behind === '{') return all;
  const isField = /^[A-Z]/.test(name) || '{[('.includes(text.charAt(at - 1) || ' ') || /[}\]]/.test(behind);
  const isMixed = value.length >= 6 && /[0-9]/.test(value) && /[A-Za-z]/.test(value);
  return isField || isMixed ? assigned(all, name, value, 'strong') : all;
}

/** Passwords before the host of an address. */
export function withoutPasswordsInAddresses(text: string): string {
  if (!text.includes('@')) return text;
  return text.replace(IN_ADDRESS, `$1${SECRET_MARK}`).replace(ORACLE, `$1${SECRET_MARK}`);
}

/**
 * Text without values in quotes; each ends at the first quote of its kind that is escaped no deeper than the one it begins with.
 * @param named finds what stands before a value: whether the name is in quotes, the backslashes before the quote, the quote
 */
export function withoutQuoted(text: string, named: RegExp): string {
  let out = '';
  let done = 0;
  named.lastIndex = 0;
  for (let match = named.exec(text); match !== null; match = named.exec(text)) {
    const [all, quoted, escapes = '', quote = ''] = match;
    const from = match.index + all.length;
    const to = endOfValue(text, from, escapes.length, quote);
    const value = text.slice(from, to);
    // A message may say `password: "too short"`.
    if (isSecretValue(value, 'strong') && (quoted !== undefined || !SPACE.test(value))) {
      out += text.slice(done, from) + SECRET_MARK;
      done = to;
    }
    named.lastIndex = Math.max(to, from);
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
