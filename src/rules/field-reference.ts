/**
 * A field compared with another one of the same record (`fieldref`), as texts, without case unless `cased` says so.
 *
 * What is not there, and null, is equal to nothing, not even to another of its kind: two absent fields say nothing about
 * each other. An empty text is equal to an empty text, and is no beginning, end or part of any.
 *
 * Equality costs the values of both fields; a beginning, end or part is looked for in each pair of values, at most
 * MAX_PAIRS of them, since arrays of a record may be long.
 * Source: Sigma modifiers appendix v2.1, "Specific Modifiers".
 */
import { fieldValues, type FieldPath, type Fields } from './field-path.ts';
import { foldCase, textOf } from './pattern.ts';
import type { ReferenceComparison } from './sigma-rule.ts';

/** Pairs of values that one reference looks at; what lies behind them is not compared. */
export const MAX_PAIRS = 10_000;

/** Whether the field is what one of the others is, or with `all` what each of them is; with `negated` none of them. */
export function holdsReference(
  fields: Fields,
  path: FieldPath,
  others: readonly FieldPath[],
  { mode, all, cased, negated }: ReferenceComparison,
): boolean {
  const textsAt = (at: FieldPath): string[] =>
    fieldValues(fields, at)
      .map(textOf)
      .filter((text) => text !== undefined)
      .map((text) => (cased ? text : foldCase(text)));
  const texts = textsAt(path);
  const holds = (other: FieldPath): boolean => holdsFor(mode, texts, textsAt(other));
  return (all ? others.every(holds) : others.some(holds)) !== negated;
}

function holdsFor(
  mode: ReferenceComparison['mode'],
  texts: readonly string[],
  others: readonly string[],
): boolean {
  if (mode === 'equals') {
    const known = new Set(texts);
    return others.some((other) => known.has(other));
  }
  let pairs = 0;
  for (const text of texts) {
    for (const other of others) {
      if (pairs === MAX_PAIRS) return false;
      pairs += 1;
      if (other !== '' && isPart(mode, text, other)) return true;
    }
  }
  return false;
}

function isPart(mode: ReferenceComparison['mode'], text: string, other: string): boolean {
  if (mode === 'startswith') return text.startsWith(other);
  return mode === 'endswith' ? text.endsWith(other) : text.includes(other);
}
