/**
 * The nouns of correlation: a rule over the matches of other rules, in which nothing is left to be checked.
 * Source: Sigma correlation rules specification v2.1.
 */
import type { Micros } from '../../model/instant.ts';
import type { FieldPath } from '../field-path.ts';
import type { Effect, Level } from '../sigma-rule.ts';

export const CORRELATION_TYPES = ['event_count', 'value_count', 'temporal', 'temporal_ordered'] as const;

export type CorrelationType = (typeof CORRELATION_TYPES)[number];

export const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;

/** What a count is compared with; all bounds of a condition have to hold. */
export interface Bound {
  order: (typeof BOUNDS)[number];
  value: number;
}

/** A rule whose matches are correlated. */
export interface Reference {
  /** `sigma:` and its name, as matches carry it. */
  ruleId: string;
  /** Where its records have the fields of `group-by`, in that order: aliases are resolved. */
  groupBy: readonly FieldPath[];
  /** The fields whose values are counted, as one value; empty but for value_count. */
  counted: readonly FieldPath[];
}

export interface CorrelationRule {
  id: string;
  name: string | null;
  uuid: string | null;
  title: string;
  description: string | null;
  falsePositives: string[];
  level: Level | null;
  /** Its own, or the greatest of the rules it refers to. */
  severity: number;
  /** Its own, or those of the rules it refers to. */
  techniques: string[];
  effect: Effect | null;
  tp: number | null;
  type: CorrelationType;
  references: readonly Reference[];
  timespan: Micros;
  condition: readonly Bound[];
  /** Whether the rules it refers to make events of their own beside it. */
  generate: boolean;
  place: string;
}

/** Whether a count is what the condition asks for. */
export function holdsBounds(condition: readonly Bound[], count: number): boolean {
  return condition.every(({ order, value }) => {
    if (order === 'gt') return count > value;
    if (order === 'gte') return count >= value;
    if (order === 'lt') return count < value;
    if (order === 'lte') return count <= value;
    return (count === value) === (order === 'eq');
  });
}

/** Whether more matches can make a condition fail that held: then nothing is known before the watermark has passed. */
export function canBeTakenBack(condition: readonly Bound[]): boolean {
  return condition.some(({ order }) => order !== 'gt' && order !== 'gte');
}
