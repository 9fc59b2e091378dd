/**
 * What correlation rules want to know of a record, read while the record is at hand: its groups and the values that are
 * counted, or the numbers that are measured. Afterwards the record itself is not needed, which keeps what waits small.
 *
 * A field with several values puts a record into the group of each: an audit record names every address that a request came
 * through. A record without a value for a field of `group-by` is in no group. Of a field with several numbers each counts once.
 */
import type { Facet } from '../../model/facet.ts';
import { sha256Hex } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import { fieldValues, type FieldPath, type Fields } from '../field-path.ts';
import { numberOf, textOf } from '../pattern.ts';
import { isMeasuring, type CorrelationRule, type Reference } from './correlation-rule.ts';
import { slotOf } from './member.ts';

/** Combinations of values of one record, by field lists; beyond it the record is in no group, and has no value. */
export const MAX_COMBINATIONS = 16;
/** Longer names of groups are hashed. */
const MAX_KEY_LENGTH = 256;

export interface FacetPlan {
  slot: string;
  groupBy: readonly FieldPath[];
  valued: readonly FieldPath[];
  /** Whether the values are numbers, written shortest; others are none. */
  numeric: boolean;
}

/**
 * What to read of a record that a rule matches, by the id of the rule.
 * @param correlations each behind those that it refers to
 */
export function facetPlans(correlations: readonly CorrelationRule[]): Map<string, FacetPlan[]> {
  const leaves = leavesOf(correlations);
  const plans = new Map<string, FacetPlan[]>();
  for (const rule of correlations) {
    for (const [index, reference] of rule.references.entries()) {
      const plan = planOf(rule, index, reference);
      for (const leaf of leaves.get(reference.ruleId) ?? [reference.ruleId]) {
        const known = plans.get(leaf);
        if (known === undefined) plans.set(leaf, [plan]);
        else known.push(plan);
      }
    }
  }
  return plans;
}

function planOf(rule: CorrelationRule, index: number, { groupBy, valued }: Reference): FacetPlan {
  return { slot: slotOf(rule.id, index), groupBy, valued, numeric: isMeasuring(rule.type) };
}

/** The rules over single records that stand behind each rule. Looked up once each: there may be a great many ways down. */
function leavesOf(correlations: readonly CorrelationRule[]): Map<string, ReadonlySet<string>> {
  const leaves = new Map<string, ReadonlySet<string>>();
  for (const { id, references } of correlations)
    leaves.set(id, new Set(references.flatMap(({ ruleId }) => [...(leaves.get(ruleId) ?? [ruleId])])));
  return leaves;
}

/** What a record is to the rules of these plans. */
export function facetsOf(fields: Fields, plans: readonly FacetPlan[]): Facet[] {
  return plans.map(({ slot, groupBy, valued, numeric }) => ({
    slot,
    groups: combinations(fields, groupBy),
    values: numeric ? numbers(fields, valued) : valued.length === 0 ? [] : combinations(fields, valued),
  }));
}

function numbers(fields: Fields, paths: readonly FieldPath[]): string[] {
  const found = paths.flatMap((path) => fieldValues(fields, path).map(numberOf));
  const finite = found.filter((value) => value !== undefined && Number.isFinite(value));
  const texts = [...new Set(finite.map(String))];
  return texts.length > MAX_COMBINATIONS ? [] : texts;
}

/** A name for each combination of the values of these fields; no fields are one combination. */
function combinations(fields: Fields, paths: readonly FieldPath[]): string[] {
  let found: string[][] = [[]];
  for (const path of paths) {
    const texts = [...new Set(fieldValues(fields, path).map(textOf))].filter((text) => text !== undefined);
    if (found.length * texts.length > MAX_COMBINATIONS) return [];
    found = found.flatMap((before) => texts.map((text) => [...before, text]));
  }
  return found.map(keyOf);
}

function keyOf(texts: Json[]): string {
  const key = JSON.stringify(texts);
  return key.length > MAX_KEY_LENGTH ? sha256Hex(key) : key;
}
