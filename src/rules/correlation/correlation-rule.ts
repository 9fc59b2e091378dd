/**
 * The nouns of correlation: a rule over the matches of other rules, in which nothing is left to be checked.
 * Source: Sigma correlation rules specification v2.1; `value_median` and `percentile` as pySigma reads them.
 */
import type { Micros } from '../../model/instant.ts';
import type { FieldPath } from '../field-path.ts';
import type { RuleHead } from '../rule-head.ts';

/** Types that count something. */
const COUNTING_TYPES = ['event_count', 'value_count', 'temporal', 'temporal_ordered'] as const;
/** Types that look at the numbers of a field. */
export const MEASURING_TYPES = ['value_sum', 'value_avg', 'value_percentile', 'value_median'] as const;
export const CORRELATION_TYPES = [...COUNTING_TYPES, ...MEASURING_TYPES] as const;

export type MeasuringType = (typeof MEASURING_TYPES)[number];
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

export const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;

/** What a count or a measure is compared with; all bounds of a condition have to hold. */
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
  /** The fields whose values are looked at, as one value; empty where the type looks at none. */
  valued: readonly FieldPath[];
}

export interface CorrelationRule extends RuleHead {
  type: CorrelationType;
  references: readonly Reference[];
  timespan: Micros;
  condition: readonly Bound[];
  /** 0..100, of value_percentile and value_median; null otherwise. */
  percentile: number | null;
  /** Whether the rules it refers to make events of their own beside it. */
  generate: boolean;
}

/** Whether a type looks at numbers, and not at how many there are of something. */
export function isMeasuring(type: CorrelationType): type is MeasuringType {
  return MEASURING_TYPES.some((measuring) => measuring === type);
}

/**
 * Whether something is what the condition asks for.
 * @param compare below zero where it is less than a number, above where it is more
 */
export function holdsBounds(condition: readonly Bound[], compare: (value: number) => number): boolean {
  return condition.every(({ order, value }) => {
    const sign = compare(value);
    if (order === 'gt') return sign > 0;
    if (order === 'gte') return sign >= 0;
    if (order === 'lt') return sign < 0;
    if (order === 'lte') return sign <= 0;
    return (sign === 0) === (order === 'eq');
  });
}

/**
 * Whether more matches can make a condition fail that held: then nothing is known before the watermark has passed. Counts only
 * grow; an average falls with a small number, and a sum with one below zero.
 */
export function canBeTakenBack({ type, condition }: Pick<CorrelationRule, 'type' | 'condition'>): boolean {
  return isMeasuring(type) || condition.some(({ order }) => order !== 'gt' && order !== 'gte');
}
