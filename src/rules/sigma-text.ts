/**
 * A text of a rule taken apart: what stands for itself, and what stands for something else (wildcards, placeholders, the
 * dashes of `windash`). Modifiers change this form; a glob is made of it in the end.
 *
 * A backslash takes the meaning from a wildcard and from another backslash, and, where placeholders count, from a percent
 * sign; before anything else it is itself.
 *
 * Worked example: `a\*b*%user%` with placeholders -> `a*b`, many, placeholder user.
 * Source: Sigma rules specification v2, "Escape Character", "Placeholders"; modifiers appendix v2.1.
 */

export type Special =
  /** `*`: any text. */
  | { kind: 'many' }
  /** `?`: one character. */
  | { kind: 'one' }
  /** One of DASHES. */
  | { kind: 'dash' }
  | { kind: 'placeholder'; name: string };

export type TextPart = string | Special;
export type SigmaText = readonly TextPart[];

/** What begins a parameter on a Windows command line: `windash` takes each for the others. */
export const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'];

const MANY: Special = { kind: 'many' };
const ONE: Special = { kind: 'one' };
/** The names that the configuration takes. */
const PLACEHOLDER = /^%([\w.-]{1,128})%/;

/** @param placeholders whether `%name%` is one, as with `expand` */
export function parseSigmaText(text: string, placeholders = false): SigmaText {
  const parts: TextPart[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const next = text[at + 1];
    const name =
      placeholders && character === '%' ? PLACEHOLDER.exec(text.slice(at, at + 130))?.[1] : undefined;
    if (character === '*') parts.push(MANY);
    else if (character === '?') parts.push(ONE);
    else if (name !== undefined) {
      parts.push({ kind: 'placeholder', name });
      at += name.length + 1;
    } else if (character === '\\' && isEscaped(next, placeholders)) {
      appendText(parts, next);
      at += 1;
    } else appendText(parts, character);
  }
  return parts;
}

function isEscaped(next: string | undefined, placeholders: boolean): next is string {
  return next === '*' || next === '?' || next === '\\' || (placeholders && next === '%');
}

/** Texts beside each other are one. */
export function appendText(parts: TextPart[], text: string): void {
  const last = parts.at(-1);
  if (typeof last === 'string') parts[parts.length - 1] = last + text;
  else if (text !== '') parts.push(text);
}

/** Values that placeholders stand for, by name. */
export type Placeholders = Readonly<Record<string, readonly string[]>>;

/** Texts that one value may become. */
export const MAX_ALTERNATIVES = 1_000;

/** Every text that comes of putting values in place of placeholders; a text that says what is wrong. */
export function expandPlaceholders(text: SigmaText, values: Placeholders): SigmaText[] | string {
  let alternatives: TextPart[][] = [[]];
  for (const part of text) {
    const choices = choicesOf(part, values);
    if (typeof choices === 'string') return choices;
    if (alternatives.length * choices.length > MAX_ALTERNATIVES)
      return `value stands for more than ${MAX_ALTERNATIVES} texts; use fewer placeholders or values`;
    alternatives = alternatives.flatMap((before) => choices.map((choice) => joined(before, choice)));
  }
  return alternatives;
}

function choicesOf(part: TextPart, values: Placeholders): SigmaText[] | string {
  if (typeof part === 'string' || part.kind !== 'placeholder') return [[part]];
  const known = Object.hasOwn(values, part.name) ? values[part.name] : undefined;
  if (known === undefined)
    return `placeholder %${part.name}% has no values; set rules.placeholders.${part.name} in the configuration`;
  return known.map((value) => parseSigmaText(value));
}

function joined(before: SigmaText, after: SigmaText): TextPart[] {
  const parts = [...before];
  for (const part of after) {
    if (typeof part === 'string') appendText(parts, part);
    else parts.push(part);
  }
  return parts;
}

/** A dash that begins a word, and is not within one: `-enc`, not the second of `-no-profile`. */
const PARAMETER_DASH = /(?<![\p{L}\p{N}_])[-/\u2013\u2014\u2015](?=[\p{L}\p{N}_])/gu;

/** With every dash that begins a parameter standing for each of them. */
export function withAnyDash(text: SigmaText): SigmaText {
  const parts: TextPart[] = [];
  for (const part of text) {
    if (typeof part !== 'string') {
      parts.push(part);
      continue;
    }
    for (const [index, piece] of part.split(PARAMETER_DASH).entries()) {
      if (index > 0) parts.push({ kind: 'dash' });
      appendText(parts, piece);
    }
  }
  return parts;
}

/** The texts that a value without wildcards stands for; a text that says what is wrong. */
export function plainTexts(text: SigmaText): string[] | string {
  let texts = [''];
  for (const part of text) {
    if (typeof part !== 'string' && part.kind !== 'dash')
      return 'a text with wildcards cannot be encoded; write \\* and \\? for the characters';
    const choices = typeof part === 'string' ? [part] : DASHES;
    if (texts.length * choices.length > MAX_ALTERNATIVES)
      return `value stands for more than ${MAX_ALTERNATIVES} texts; use fewer parameters with windash`;
    texts = texts.flatMap((before) => choices.map((choice) => before + choice));
  }
  return texts;
}
