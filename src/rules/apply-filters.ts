/**
 * Puts filters into the rules that they are for: a match of such a rule has to meet the condition of each of them too.
 *
 * What a rule and a filter call their search identifiers is their own affair: a filter's are renamed to what no rule can say.
 * The order of filters decides nothing, since all have to hold.
 *
 * Cost: of each rule that of its own condition and of its filters', bounded together (rule-cost.ts).
 * Worked example: rule `selection`, filter `not staging` -> `selection and not staging`.
 * Source: Sigma filters specification v2.1.
 */
import type { Problem } from '../model/errors.ts';
import type { RuleSource } from './log-source.ts';
import { costOf, MAX_RULE_COST } from './rule-cost.ts';
import type { PlacedText } from './rule-document.ts';
import type { RuleFilter } from './rule-filter.ts';
import type { RuleHead } from './rule-head.ts';
import type { BooleanTree, SigmaRule } from './sigma-rule.ts';

/** What a rule over several records is called, which a filter cannot change. */
type Correlating = Pick<RuleHead, 'name' | 'uuid'>;

/** By name and by id; null for a rule over several records. */
type Known = ReadonlyMap<string, SigmaRule | null>;

/** The rules with the filters in them; what is wrong is added to `problems`. */
export function applyFilters(
  filters: readonly RuleFilter[],
  rules: readonly SigmaRule[],
  correlations: readonly Correlating[],
  problems: Problem[],
): SigmaRule[] {
  const known: Known = new Map([
    ...correlations.flatMap((rule) => namesOf(rule).map((name) => [name, null] as const)),
    ...rules.flatMap((rule) => namesOf(rule).map((name) => [name, rule] as const)),
  ]);
  const byRule = new Map<SigmaRule, RuleFilter[]>();
  for (const filter of filters) {
    for (const rule of rulesOf(filter, rules, known, problems)) {
      const own = byRule.get(rule);
      if (own === undefined) byRule.set(rule, [filter]);
      else own.push(filter);
    }
  }
  return rules.map((rule) => filtered(rule, byRule.get(rule) ?? [], problems));
}

function namesOf({ name, uuid }: Correlating): string[] {
  return [name, uuid].filter((each) => each !== null);
}

function rulesOf(
  { rules: names, ...records }: RuleFilter,
  rules: readonly SigmaRule[],
  known: Known,
  problems: Problem[],
): ReadonlySet<SigmaRule> {
  if (names === null) return new Set(rules.filter((rule) => isFor(records, rule)));
  const found = new Set<SigmaRule>();
  for (const name of names) {
    const rule = known.get(name.text) ?? known.get(name.text.toLowerCase());
    const problem = problemOf(rule, records, name);
    if (problem !== undefined) problems.push({ at: name.at, text: problem });
    else if (rule) found.add(rule);
  }
  return found;
}

function problemOf(
  rule: SigmaRule | null | undefined,
  records: RuleSource,
  { text }: PlacedText,
): string | undefined {
  if (rule === undefined) return `no rule has the name or id ${text}; load the file that defines it`;
  if (rule === null) return `${text} correlates others; filter the rules it refers to`;
  return isFor(records, rule) ? undefined : `${text} is for another log source; write a filter for that`;
}

/** A filter without a member is for rules with one too: their records are some of its. */
function isFor({ source, member }: RuleSource, rule: RuleSource): boolean {
  return rule.source === source && (member === null || rule.member === member);
}

function filtered(rule: SigmaRule, filters: readonly RuleFilter[], problems: Problem[]): SigmaRule {
  const [first] = filters;
  if (first === undefined) return rule;
  const detections = new Map(rule.detections);
  const operands = [rule.condition];
  for (const [index, filter] of filters.entries()) {
    // A space is in no name that a rule can say.
    const nameOf = (name: string): string => `filter ${index} ${name}`;
    for (const [name, detection] of filter.detections) detections.set(nameOf(name), detection);
    operands.push(renamed(filter.condition, nameOf));
  }
  const condition: BooleanTree = { kind: 'and', operands };
  const cost = costOf(condition, detections);
  if (cost > MAX_RULE_COST)
    problems.push({
      at: first.place,
      text: `the rule at ${rule.place} costs ${cost} comparisons per record with its filters; at most ${MAX_RULE_COST} are allowed; shorten them`,
    });
  return { ...rule, detections, condition };
}

function renamed(tree: BooleanTree, nameOf: (name: string) => string): BooleanTree {
  if (tree.kind === 'name') return { kind: 'name', name: nameOf(tree.name) };
  if (tree.kind === 'not') return { kind: 'not', operand: renamed(tree.operand, nameOf) };
  return { kind: tree.kind, operands: tree.operands.map((operand) => renamed(operand, nameOf)) };
}
