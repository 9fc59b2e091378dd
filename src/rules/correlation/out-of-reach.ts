/**
 * Rules whose condition a full group cannot meet: they would load, run, and never match, which looks like protection and is
 * none.
 *
 * A group keeps so many members at most. Each is one record for event_count, and has MAX_COMBINATIONS values at most for
 * value_count. Worked example: `gte: 20000` of event_count where a group keeps 10,000.
 */
import type { Problem } from '../../model/errors.ts';
import type { Bound, CorrelationRule } from './correlation-rule.ts';
import { MAX_COMBINATIONS } from './facet-plan.ts';

/** @param groupMembers what a group keeps */
export function outOfReach(rules: readonly CorrelationRule[], groupMembers: number): Problem[] {
  return rules.flatMap(({ type, condition, place }) => {
    if (type !== 'event_count' && type !== 'value_count') return [];
    const least = Math.max(0, ...condition.map(leastOf));
    const each = type === 'event_count' ? 1 : MAX_COMBINATIONS;
    if (least <= groupMembers * each) return [];
    const text = `rule asks for ${least} of a group, and a group keeps ${groupMembers} matches; lower it, or raise rules.correlation.max_group_members`;
    return [{ at: place, text }];
  });
}

/** The least count that a bound can be met with. */
function leastOf({ order, value }: Bound): number {
  if (order === 'gt') return value + 1;
  return order === 'gte' || order === 'eq' ? value : 0;
}
