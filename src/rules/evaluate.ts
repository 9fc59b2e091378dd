/**
 * Which rules an observation matches. A sensor's alert is a match of the sensor's own rule; besides, our rules
 * look at every observation of their log source, alert or not.
 */
import type { Observation } from '../model/observation.ts';
import type { RuleMatch } from '../model/security-event.ts';
import type { CompiledRules } from './compile.ts';
import { UNSTATED_SEVERITY } from './rule-head.ts';
import { isSuppressed } from './suppression.ts';

/**
 * The matches of one observation: the sensor's own rule first, then ours by id.
 * @param onSuppressed is told of each that somebody has said to be harmless, by the id of its rule
 */
export function matchesOf(
  observation: Observation,
  rules: CompiledRules,
  onSuppressed?: (ruleId: string) => void,
): RuleMatch[] {
  const matches: RuleMatch[] = [];
  const { rule: own } = observation;
  if (own !== null) {
    matches.push({
      observation,
      rule: { id: own.id, name: own.name },
      severity: observation.severity ?? UNSTATED_SEVERITY,
      techniques: observation.techniques,
    });
  }
  for (const { rule, matches: holds } of rules.indices[observation.source].candidates(observation.fields)) {
    if (!holds(observation.fields)) continue;
    matches.push({
      observation,
      rule: { id: rule.id, name: rule.title },
      severity: rule.severity,
      techniques: rule.techniques,
    });
  }
  if (rules.suppressions.size === 0) return matches;
  return matches.filter(({ rule }) => {
    const suppressed = isSuppressed(rules.suppressions, rule.id, observation);
    if (suppressed) onSuppressed?.(rule.id);
    return !suppressed;
  });
}
