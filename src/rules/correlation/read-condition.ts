/**
 * Reads the condition of a correlation: its bounds, the field it looks at, and which percentile.
 * Source: Sigma correlation rules specification v2.1, "Condition"; `percentile` as pySigma has it, since the specification
 * says of value_percentile only that there is one.
 */
import { isMap, isScalar, type YAMLMap } from 'yaml';
import { entriesOf, numberOf, type Entry, type PlacedText, type ProblemList } from '../rule-document.ts';
import {
  BOUNDS,
  isMeasuring,
  MEASURING_TYPES,
  type Bound,
  type CorrelationType,
} from './correlation-rule.ts';
import { MAX_FIELDS, readNames } from './read-names.ts';

const MAX_COUNT = 1_000_000;
/** Numbers beyond it are not exact as YAML has them. */
const MAX_MEASURE = 1e15;
const MEDIAN = 50;

export interface ReadCondition {
  bounds: Bound[] | null;
  valued: PlacedText[];
  percentile: number | null;
}

/** @returns undefined where a part is missing or wrong; every fault is a problem */
export function readCondition(
  section: YAMLMap,
  entry: Entry | undefined,
  type: CorrelationType,
  problems: ProblemList,
): ReadCondition | undefined {
  if (entry === undefined) {
    if (type.startsWith('temporal')) return { bounds: null, valued: [], percentile: null };
    problems.add(section, `${type} has no condition; add one, for instance {gte: 10}`);
    return undefined;
  }
  if (!isMap(entry.value)) {
    problems.add(entry.value ?? entry.keyNode, 'condition has to be a mapping, for instance {gte: 10}');
    return undefined;
  }
  const parts = new Map(entriesOf(entry.value, problems).map((part) => [part.key, part]));
  const valued = readValued(entry.value, parts.get('field'), type, problems);
  const percentile = readPercentile(entry.value, parts.get('percentile'), type, problems);
  const bounds = readBounds(entry.value, [...parts.values()], type, problems);
  if (valued === undefined || percentile === undefined || bounds === undefined) return undefined;
  return { bounds, valued, percentile };
}

function readBounds(
  condition: YAMLMap,
  parts: readonly Entry[],
  type: CorrelationType,
  problems: ProblemList,
): Bound[] | undefined {
  const written = parts.filter(({ key }) => key !== 'field' && key !== 'percentile');
  if (written.length === 0)
    problems.add(condition, `condition has no bound; add one of ${BOUNDS.join(', ')}`);
  const bounds = written
    .map((part) => readBound(part, type, problems))
    .filter((bound) => bound !== undefined);
  return bounds.length < written.length || bounds.length === 0 ? undefined : bounds;
}

function readBound(part: Entry, type: CorrelationType, problems: ProblemList): Bound | undefined {
  const order = BOUNDS.find((known) => known === part.key);
  if (order === undefined) {
    problems.add(part.keyNode, `${JSON.stringify(part.key)} is no bound; use one of ${BOUNDS.join(', ')}`);
    return undefined;
  }
  if (isMeasuring(type)) {
    const measure = numberOf(part, -MAX_MEASURE, MAX_MEASURE, problems);
    return measure === undefined ? undefined : { order, value: measure };
  }
  const value: unknown = isScalar(part.value) ? part.value.value : undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT)
    return { order, value };
  problems.add(part.value ?? part.keyNode, `${order} has to be a whole number from 0 to ${MAX_COUNT}`);
  return undefined;
}

/** The fields whose values are looked at: those of a value are counted together, of numbers there is one. */
function readValued(
  condition: YAMLMap,
  entry: Entry | undefined,
  type: CorrelationType,
  problems: ProblemList,
): PlacedText[] | undefined {
  const what = isMeasuring(type) ? 'numbers are looked at' : 'values are counted';
  if (type === 'value_count' || isMeasuring(type)) {
    if (entry !== undefined)
      return readNames(condition, entry, 'field', isMeasuring(type) ? 1 : MAX_FIELDS, problems);
    problems.add(condition, `${type} has no field in its condition; name the field whose ${what}`);
    return undefined;
  }
  if (entry === undefined) return [];
  const fitting = ['value_count', ...MEASURING_TYPES].join(', ');
  problems.add(entry.keyNode, `field belongs to ${fitting}; leave it out of ${type}`);
  return undefined;
}

/** @returns null where the type has none */
function readPercentile(
  condition: YAMLMap,
  entry: Entry | undefined,
  type: CorrelationType,
  problems: ProblemList,
): number | null | undefined {
  if (type === 'value_percentile') {
    if (entry !== undefined) return numberOf(entry, 0, 100, problems);
    problems.add(condition, 'value_percentile has no percentile in its condition; add one, for instance 95');
    return undefined;
  }
  if (entry === undefined) return type === 'value_median' ? MEDIAN : null;
  problems.add(entry.keyNode, `percentile belongs to value_percentile; leave it out of ${type}`);
  return undefined;
}
