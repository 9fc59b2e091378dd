/**
 * From a value of a rule and its comparison to the pattern that is matched. All that can be wrong with a value
 * is found here, at load, so that matching never fails.
 */
import { parseNetwork } from './cidr.ts';
import { encodedTexts, type Encoding } from './encodings.ts';
import { globOf, type Glob, type GlobEnds } from './glob.ts';
import type { Comparison, Mode } from './modifiers.ts';
import { foldCase, type Order, type Pattern } from './pattern.ts';
import { regexOf } from './regex.ts';
import {
  expandPlaceholders,
  MAX_ALTERNATIVES,
  parseSigmaText,
  plainTexts,
  withAnyDash,
  type Placeholders,
  type SigmaText,
} from './sigma-text.ts';
import { TIME_RANGES, type TimePart } from './time-part.ts';

/** A scalar of the rule file; `source` is its spelling there. */
export interface RuleValue {
  value: string | number | boolean | null;
  source: string;
}

/** Characters of one value; what a record may hold is limited elsewhere. */
export const MAX_VALUE_LENGTH = 4_096;

const ENDS: Readonly<Record<TextMode, GlobEnds>> = {
  equals: { openStart: false, openEnd: false },
  contains: { openStart: true, openEnd: true },
  startswith: { openStart: false, openEnd: true },
  endswith: { openStart: true, openEnd: false },
};

type TextMode = 'equals' | 'contains' | 'startswith' | 'endswith';

const ORDERS: ReadonlySet<Mode> = new Set<Order>(['gt', 'gte', 'lt', 'lte']);

/** The pattern, or a text that says what is wrong with the value and what to write. */
export function patternOf(
  written: RuleValue,
  comparison: Comparison,
  placeholders: Placeholders,
): Pattern | string {
  const { mode, timePart } = comparison;
  const { value } = written;
  if (typeof value === 'string' && value.length > MAX_VALUE_LENGTH)
    return `value is longer than ${MAX_VALUE_LENGTH} characters`;
  if (typeof value === 'number' && !isExact(value)) return 'number is not exact; write it in quotes';
  if (timePart !== null) return timePatternOf(value, timePart, isOrder(mode) ? mode : 'eq');
  if (mode === 'equals' || mode === 'contains' || mode === 'startswith' || mode === 'endswith') {
    return textPatternOf(written, comparison, mode, placeholders);
  }
  if (isOrder(mode)) {
    return typeof value === 'number'
      ? { kind: 'order', order: mode, bound: value }
      : `${mode} compares numbers; write a number without quotes`;
  }
  if (typeof value !== 'string') return `${mode} takes text; put the value in quotes`;
  if (mode === 're') return regexOf(value, comparison.flags);
  return comparison.transforms.includes('expand') ? networksOf(value, placeholders) : networkOf(value);
}

function isOrder(mode: Mode): mode is Order {
  return ORDERS.has(mode);
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

/** A keyword: text that may stand anywhere in a value. */
export function keywordOf(
  written: RuleValue,
  comparison: Comparison,
  placeholders: Placeholders,
): Pattern | string {
  if (comparison.mode === 're') return patternOf(written, comparison, placeholders);
  return patternOf(written, { ...comparison, mode: 'contains' }, placeholders);
}

function timePatternOf(value: RuleValue['value'], part: TimePart, order: Order | 'eq'): Pattern | string {
  const [min, max] = TIME_RANGES[part];
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
    return { kind: 'time', part, order, bound: value };
  return `${part} is a whole number from ${min} to ${max}, without quotes`;
}

function textPatternOf(
  written: RuleValue,
  comparison: Comparison,
  mode: TextMode,
  placeholders: Placeholders,
): Pattern | string {
  const { value, source } = written;
  const [transform] = comparison.transforms;
  if (mode === 'equals' && transform === undefined) {
    if (value === null) return { kind: 'null' };
    if (typeof value === 'boolean') return { kind: 'boolean', value };
    if (typeof value === 'number') return { kind: 'number', value, spelling: source };
  }
  const modifier = transform ?? mode;
  if (value === null || typeof value === 'boolean') return `${modifier} takes text; put the value in quotes`;
  const text = typeof value === 'number' ? source : value;
  if (text === '' && modifier !== 'equals')
    return `${modifier} with an empty text holds for every text; use |exists: true`;
  const texts = transformed(text, comparison, placeholders);
  if (typeof texts === 'string') return texts;
  return anyOf(texts.map((each) => textPattern(globOf(each, ENDS[mode]), comparison.cased)));
}

function textPattern(glob: Glob, cased: boolean): Pattern {
  return { kind: 'text', glob: cased ? glob : foldGlob(glob), cased };
}

function anyOf(patterns: readonly Pattern[]): Pattern {
  const [only] = patterns;
  return patterns.length === 1 && only !== undefined ? only : { kind: 'any', of: patterns };
}

/** Every text that a value stands for after its modifiers; a text that says what is wrong. */
function transformed(
  text: string,
  { transforms }: Comparison,
  placeholders: Placeholders,
): SigmaText[] | string {
  let texts: SigmaText[] = [parseSigmaText(text, transforms.includes('expand'))];
  const encodings: Encoding[] = [];
  for (const transform of transforms) {
    if (transform === 'windash') texts = texts.map(withAnyDash);
    else if (transform === 'expand') {
      const expanded = gathered(texts, (each) => expandPlaceholders(each, placeholders));
      if (typeof expanded === 'string') return expanded;
      texts = expanded;
    } else encodings.push(transform);
  }
  if (encodings.length === 0) return texts;
  const plain = gathered(texts, plainTexts);
  if (typeof plain === 'string') return plain;
  const encoded = gathered(plain, (each) => encodedTexts(each, encodings));
  return typeof encoded === 'string' ? encoded : encoded.map((each) => [each]);
}

/** All that each of several becomes; the first thing that is wrong. */
function gathered<A, B>(from: readonly A[], become: (each: A) => readonly B[] | string): B[] | string {
  const all: B[] = [];
  for (const each of from) {
    const made = become(each);
    if (typeof made === 'string') return made;
    all.push(...made);
    if (all.length > MAX_ALTERNATIVES)
      return `value stands for more than ${MAX_ALTERNATIVES} texts; write fewer alternatives`;
  }
  return all;
}

function foldGlob(glob: Glob): Glob {
  const fold = (item: Glob['pieces'][number][number]): typeof item =>
    typeof item === 'string' ? foldCase(item) : item;
  return { pieces: glob.pieces.map((piece) => piece.map(fold)) };
}

function networkOf(text: string): Pattern | string {
  const network = parseNetwork(text);
  return typeof network === 'string' ? `${JSON.stringify(text)} ${network}` : { kind: 'network', network };
}

/** Networks that the values of placeholders name. */
function networksOf(text: string, placeholders: Placeholders): Pattern | string {
  const expanded = expandPlaceholders(parseSigmaText(text, true), placeholders);
  if (typeof expanded === 'string') return expanded;
  const plain = gathered(expanded, plainTexts);
  if (typeof plain === 'string') return plain;
  const patterns: Pattern[] = [];
  for (const each of plain) {
    const pattern = networkOf(each);
    if (typeof pattern === 'string') return pattern;
    patterns.push(pattern);
  }
  return anyOf(patterns);
}
