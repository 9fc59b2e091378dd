/**
 * One value of a rule, ready to be compared: what it takes and what it refuses.
 *
 * Sigma compares text without case by default, and a number with the text that spells it: sensors write `200`
 * and `"200"` for the same thing. An object is equal to nothing; only its fields are.
 */
import type { RE2JS } from 're2js';
import type { Json } from '../model/json.ts';
import { inNetwork, type Network } from './cidr.ts';
import { matchesGlob, type Glob } from './glob.ts';
import { timePartOf, type TimePart } from './time-part.ts';

export type Order = 'gt' | 'gte' | 'lt' | 'lte';

export type Pattern =
  | { kind: 'null' }
  | { kind: 'boolean'; value: boolean }
  /** `spelling` is how the rule writes the number. */
  | { kind: 'number'; value: number; spelling: string }
  /** Where not cased, the glob is folded already. */
  | { kind: 'text'; glob: Glob; cased: boolean }
  | { kind: 'regex'; program: RE2JS }
  | { kind: 'network'; network: Network }
  | { kind: 'order'; order: Order; bound: number }
  | { kind: 'time'; part: TimePart; order: Order | 'eq'; bound: number }
  /** Spellings of one value: windash, placeholders and encodings make several of it. */
  | { kind: 'any'; of: readonly Pattern[] };

/**
 * Text without case, the same on both sides. Sigma at the end of a Greek word is the one letter whose lower
 * case depends on its neighbours; without it a part of a text folds to the part of the folded text, which
 * patterns rely on.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ');
}

/** A scalar as text; undefined for null and for objects. */
export function textOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Whether one value is what the pattern says. That an absent field is null is for the caller to know. */
export function matchesPattern(pattern: Pattern, value: Json): boolean {
  switch (pattern.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return (
        value === pattern.value || (typeof value === 'string' && foldCase(value) === String(pattern.value))
      );
    case 'number':
      return isNumber(pattern.value, pattern.spelling, value);
    case 'order': {
      const number = numberOf(value);
      return number !== undefined && inOrder(pattern.order, number, pattern.bound);
    }
    case 'time': {
      const number = typeof value === 'string' ? timePartOf(value, pattern.part) : undefined;
      return number !== undefined && inOrder(pattern.order, number, pattern.bound);
    }
    case 'any':
      return pattern.of.some((each) => matchesPattern(each, value));
    default: {
      const text = textOf(value);
      return text !== undefined && matchesText(pattern, text, foldCase(text));
    }
  }
}

export type TextPattern = Extract<Pattern, { kind: 'text' | 'regex' | 'network' }>;

/** The same for a text that the caller has folded once for many patterns. */
export function matchesText(pattern: TextPattern, text: string, folded: string): boolean {
  if (pattern.kind === 'text') return matchesGlob(pattern.glob, pattern.cased ? text : folded);
  return pattern.kind === 'regex' ? pattern.program.test(text) : inNetwork(pattern.network, text);
}

function isNumber(wanted: number, spelling: string, value: Json): boolean {
  if (typeof value === 'number') return value === wanted;
  return typeof value === 'string' && (value === spelling || value === String(wanted));
}

const DECIMAL = /^[+-]?\d{1,300}(\.\d{1,300})?$/;

/** A number, or the text of one without an exponent; undefined for everything else. */
export function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : undefined;
}

function inOrder(order: Order | 'eq', value: number, bound: number): boolean {
  if (order === 'eq') return value === bound;
  if (order === 'gt') return value > bound;
  if (order === 'gte') return value >= bound;
  return order === 'lt' ? value < bound : value <= bound;
}
