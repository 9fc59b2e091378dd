/**
 * Secrets in text whose name is a member beside them: `{"name":"DB_PASSWORD","value":"..."}` as pods write their environment, `<add
 * key="password" value="..."/>`, and the text of elements that are called so, or have an attribute that says so.
 *
 * What: a name of a secret, what closes it, and at once what begins its value, in either order; in quotes as deep as the JSON lies, or
 * bare, as in YAML and in what Go prints. Members between the two are not looked over.
 *
 * Cost: in a text with such a name (signs.ts), one search for each shape, each linear: whatever is repeated has a bound.
 * Worked example: `- name: DB_PASSWORD\n  value: hunter2` -> `- name: DB_PASSWORD\n  value: [SECRET]`.
 */
import { assigned, withoutQuoted } from './named-secrets.ts';
import { STRONG, WEAK, WEAK_NAMES } from './secret-names.ts';

/** Of a variable a weak name counts too, where it is the end of a longer one. */
const NAME = `(?:${STRONG}|[_-](?:${WEAK}))\\d{0,2}`;
const QUOTES = `[\\\\"']{0,17}`;
/** Of which the first is also met alone. */
const NAMES_VALUE = '(?:(?:string_?)?val(?:ue)?s?|v)';
const BESIDE = `${NAME}(${QUOTES})[\\s,;]{1,64}${QUOTES}${NAMES_VALUE}${QUOTES}\\s{0,4}[:=]\\s{0,4}(?:\\[(?!SECRET|REMOVED|PAN)\\s{0,64}|\\{\\s{0,64}${QUOTES}${NAMES_VALUE}${QUOTES}\\s{0,4}:\\s{0,4})?`;

const QUOTED = new RegExp(`${BESIDE}(\\\\{0,16})(["'])`, 'gi');
const BARE = new RegExp(`(${BESIDE})([^\\s"',;{}[\\]\\\\&]+)`, 'gi');
/** The value before its name. */
const BEFORE = new RegExp(
  `((?<![A-Za-z])${NAMES_VALUE}${QUOTES}\\s{0,4}[:=]\\s{0,4}\\\\{0,16}["'])([^"'\\\\]{1,256})(?=[\\\\"']{1,17}[\\s,;]{1,64}${QUOTES}(?:name|key|k)${QUOTES}\\s{0,4}[:=]\\s{0,4}${QUOTES}[\\w.-]{0,60}${NAME}[\\\\"'])`,
  'gi',
);
/** Space between lines, also as JSON writes it. */
const GAP = '(?:\\s|\\\\{1,16}[nrt]){0,64}';
/** An element of XML that begins, with attributes or without, and its text. */
const ELEMENT = new RegExp(
  `((?<!</[\\w:.-]{0,60})(?:(?:${STRONG})(?:\\\\{0,16}["'][^<>]{0,200})?|(?<=<[\\w:.-]{0,60})(?:${STRONG})\\s[^<>]{0,200})>${GAP}(?:<!\\[CDATA\\[)?)([^<>\\s][^<>]{0,255})(?=<|\\]\\]>)`,
  'gi',
);
/** A field of a form that is sent in parts. */
const PART = new RegExp(
  `((?:${STRONG})\\\\{0,16}["'](?:\\r?\\n|(?:\\\\{1,16}r)?\\\\{1,16}n){2})([^\\r\\n\\\\]+)`,
  'gi',
);

/** What stands in every text with a variable of a weak name; those of strong ones are in NAMED_WORDS. */
export const SIBLING_WORDS: readonly string[] = WEAK_NAMES.flatMap((name) =>
  ['"', "'", '\\', ' ', ',', ';', '\n', '0'].flatMap((end) => [`_${name}${end}`, `-${name}${end}`]),
);

/** What stands in all of them: the name of a value, the end of an element, or of a line that ends in a quote. */
const ANY = /[v>]|["'][\r\n\\]/i;

export function withoutSiblings(text: string): string {
  if (!ANY.test(text)) return text;
  const hide = (all: string, name: string, value: string): string => assigned(all, name, value, 'strong');
  return withoutQuoted(text, QUOTED)
    .replace(BARE, (all, name: string, _, value: string) => hide(all, name, value))
    .replace(BEFORE, hide)
    .replace(ELEMENT, hide)
    .replace(PART, hide);
}
