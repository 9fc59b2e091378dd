/**
 * From a value of a rule and its comparison to the pattern that is matched. All that can be wrong with a value
 * is found here, at load, so that matching never fails.
 */
import { RE2JS } from 're2js';
import { parseNetwork } from './cidr.ts';
import { parseGlob, type GlobEnds, type Glob } from './glob.ts';
import type { Comparison, Mode } from './modifiers.ts';
import { foldCase, type Order, type Pattern } from './pattern.ts';

/** A scalar of the rule file; `source` is its spelling there. */
export interface RuleValue {
  value: string | number | boolean | null;
  source: string;
}

/** Characters of one value; what a record may hold is limited elsewhere. */
export const MAX_VALUE_LENGTH = 4_096;
/** Instructions of one compiled expression: each character of a text may visit each of them. */
export const MAX_REGEX_SIZE = 2_000;

const ENDS: Readonly<Record<'contains' | 'startswith' | 'endswith' | 'equals', GlobEnds>> = {
  equals: { openStart: false, openEnd: false },
  contains: { openStart: true, openEnd: true },
  startswith: { openStart: false, openEnd: true },
  endswith: { openStart: true, openEnd: false },
};

const ORDERS: ReadonlySet<Mode> = new Set<Order>(['gt', 'gte', 'lt', 'lte']);

/** The pattern, or a text that says what is wrong with the value and what to write. */
export function patternOf(written: RuleValue, comparison: Comparison): Pattern | string {
  const { mode } = comparison;
  const { value } = written;
  if (typeof value === 'string' && value.length > MAX_VALUE_LENGTH)
    return `value is longer than ${MAX_VALUE_LENGTH} characters`;
  if (typeof value === 'number' && !isExact(value)) return 'number is not exact; write it in quotes';
  if (mode === 'equals' || mode === 'contains' || mode === 'startswith' || mode === 'endswith') {
    return textPatternOf(written, comparison, mode);
  }
  if (isOrder(mode)) {
    return typeof value === 'number'
      ? { kind: 'order', order: mode, bound: value }
      : `${mode} compares numbers; write a number without quotes`;
  }
  if (typeof value !== 'string') return `${mode} takes text; put the value in quotes`;
  return mode === 're' ? regexOf(value, comparison.flags) : networkOf(value);
}

function isOrder(mode: Mode): mode is Order {
  return ORDERS.has(mode);
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

/** A keyword: text that may stand anywhere in a value. */
export function keywordOf(written: RuleValue, comparison: Comparison): Pattern | string {
  if (comparison.mode === 're') return patternOf(written, comparison);
  return patternOf(written, { ...comparison, mode: 'contains' });
}

function textPatternOf(
  written: RuleValue,
  comparison: Comparison,
  mode: keyof typeof ENDS,
): Pattern | string {
  const { value, source } = written;
  if (mode === 'equals') {
    if (value === null) return { kind: 'null' };
    if (typeof value === 'boolean') return { kind: 'boolean', value };
    if (typeof value === 'number') return { kind: 'number', value, spelling: source };
  }
  if (value === null || typeof value === 'boolean') return `${mode} takes text; put the value in quotes`;
  const text = typeof value === 'number' ? source : value;
  if (text === '' && mode !== 'equals')
    return `${mode} with an empty text holds for every text; use |exists: true`;
  const glob = parseGlob(text, ENDS[mode]);
  return { kind: 'text', glob: comparison.cased ? glob : foldGlob(glob), cased: comparison.cased };
}

function foldGlob(glob: Glob): Glob {
  return { pieces: glob.pieces.map((piece) => piece.map((part) => (part === null ? null : foldCase(part)))) };
}

/** RE2: linear in the text whatever the expression is, at the price of look-around and back-references. */
function regexOf(source: string, flags: ReadonlySet<string>): Pattern | string {
  const bits =
    (flags.has('i') ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.has('m') ? RE2JS.MULTILINE : 0) |
    (flags.has('s') ? RE2JS.DOTALL : 0);
  try {
    const program = RE2JS.compile(source, bits);
    if (program.programSize() <= MAX_REGEX_SIZE) return { kind: 'regex', program };
    return `regular expression is too large (${program.programSize()} of ${MAX_REGEX_SIZE} instructions); split it or repeat less`;
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unknown reason';
    return `regular expression is not of RE2's syntax: ${reason}; look-around and back-references are not supported`;
  }
}

function networkOf(text: string): Pattern | string {
  const network = parseNetwork(text);
  return typeof network === 'string' ? `${JSON.stringify(text)} ${network}` : { kind: 'network', network };
}
