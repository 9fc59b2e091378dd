/**
 * Whether anything that a correlation counts or measures can be what its condition asks for: a rule that can never match looks
 * like protection and is none.
 *
 * What: whether bounds hold changes only at the values that they name, so that it is enough to try those, what lies between
 * two of them, and one beyond each end. A count is whole, at least one (of values none is a count too), and of rules no more than there are.
 *
 * Cost: the bounds squared; there are six at most. Worked example: gt 5, lt 3 -> 2 to 6 are tried, and none holds.
 */
import { holdsBounds, isMeasuring, type Bound, type CorrelationType } from './correlation-rule.ts';

/** @param rules how many the correlation refers to */
export function canHold(bounds: readonly Bound[], type: CorrelationType, rules: number): boolean {
  const named = bounds.map(({ value }) => value);
  const least = type === 'value_count' ? 0 : 1;
  const most = type.startsWith('temporal') ? rules : Infinity;
  const tried = isMeasuring(type)
    ? named.flatMap((value) => [value - 1, value, value + 1, ...named.map((other) => (value + other) / 2)])
    : [least, ...named.flatMap((value) => [value - 1, value, value + 1])].filter(
        (value) => value >= least && value <= most,
      );
  return tried.some((value) => holdsBounds(bounds, (bound) => value - bound));
}
