/**
 * Rules made ready for a stream: one function per rule, rules by the input they are for, in the order of their
 * ids so that the order of files on a disk decides nothing.
 *
 * Functions are composed once, at load; on a record they only compare. `and` and `or` stop at the first part
 * that decides, so a rule is best written with its rarest part first.
 */
import type { Problem } from '../model/errors.ts';
import type { Suppression } from '../model/suppression.ts';
import { SECURITY_SOURCES, type SecuritySource } from '../model/observation.ts';
import { applyFilters } from './apply-filters.ts';
import { compileDetection, everyOf, someOf, type Test } from './compile-detection.ts';
import type { CorrelationDraft } from './correlation/correlation-draft.ts';
import type { CorrelationRule } from './correlation/correlation-rule.ts';
import { facetPlans, type FacetPlan } from './correlation/facet-plan.ts';
import { resolveCorrelations } from './correlation/resolve-correlations.ts';
import type { Fields } from './field-path.ts';
import { readRuleFile, ruleError } from './rule-file.ts';
import { RuleIndex } from './rule-index.ts';
import type { RuleFilter } from './rule-filter.ts';
import type { RuleHead } from './rule-head.ts';
import {
  compileSuppressions,
  NO_SUPPRESSIONS,
  type SuppressibleRule,
  type Suppressions,
} from './suppression.ts';
import type { Placeholders } from './sigma-text.ts';
import type { BooleanTree, SigmaRule } from './sigma-rule.ts';

/** Rules and filters that one configuration may load. */
export const MAX_RULES = 5_000;

export interface CompiledRule {
  rule: SigmaRule;
  matches: (fields: Fields) => boolean;
}

export interface CompiledRules {
  bySource: Readonly<Record<SecuritySource, readonly CompiledRule[]>>;
  /** Of the same rules, those that a record could match. */
  indices: Readonly<Record<SecuritySource, RuleIndex<CompiledRule>>>;
  /** By `RuleMatch.rule.id`, for what a rule says about effect and probability. */
  byId: ReadonlyMap<string, SigmaRule | CorrelationRule>;
  /** Each behind those that it refers to. */
  correlations: readonly CorrelationRule[];
  /** What correlation rules want to know of a record, by the id of the rule that it matches. */
  facets: ReadonlyMap<string, readonly FacetPlan[]>;
  /** What rules say that is no fault, and hardly meant: to be told. */
  doubts: readonly Problem[];
  /** Matches that make no event. */
  suppressions: Suppressions;
  /** Rules that speak through correlation rules only: none that refers to them says `generate: true`. */
  muted: ReadonlySet<string>;
}

/** A rule file that configuration has read. */
export interface RuleText {
  /** The name that problems carry. */
  file: string;
  text: string;
}

/**
 * Parses and compiles the rules of many files.
 * @param placeholders what `%name%` stands for under `expand`
 * @param suppress matches that make no event
 * @throws CounterfoilError CF_RULE with the problems of all files, and names that two rules share
 */
export function loadRules(
  files: readonly RuleText[],
  placeholders: Placeholders = {},
  suppress: readonly Suppression[] = [],
): CompiledRules {
  const rules: SigmaRule[] = [];
  const drafts: CorrelationDraft[] = [];
  const filters: RuleFilter[] = [];
  const problems: Problem[] = [];
  const doubts: Problem[] = [];
  for (const { file, text } of files) {
    const result = readRuleFile(text, file, placeholders);
    rules.push(...result.rules);
    drafts.push(...result.correlations);
    filters.push(...result.filters);
    problems.push(...result.problems);
    doubts.push(...result.doubts);
  }
  problems.push(...problemsOfSet([...rules, ...drafts], filters));
  // Names that are looked up in files with faults would be faults of their own.
  if (problems.length > 0) throw ruleError(problems);
  const correlations = resolveCorrelations(drafts, rules, problems, doubts);
  const tuned = applyFilters(filters, rules, drafts, problems);
  if (problems.length > 0) throw ruleError(problems);
  const suppressions = compileSuppressions(
    suppress,
    (name) => suppressible(name, tuned, correlations),
    placeholders,
    { problems, doubts },
  );
  if (problems.length > 0) throw ruleError(problems);
  return { ...compileChecked(tuned, correlations, suppressions), doubts };
}

/**
 * Compiles parsed rules.
 * @throws CounterfoilError CF_RULE where two rules share a name or an id, or there are more than MAX_RULES
 */
export function compileRules(rules: readonly SigmaRule[]): CompiledRules {
  const problems = problemsOfSet(rules);
  if (problems.length > 0) throw ruleError(problems);
  return compileChecked(rules, [], NO_SUPPRESSIONS);
}

function suppressible(
  name: string,
  rules: readonly SigmaRule[],
  correlations: readonly CorrelationRule[],
): SuppressibleRule | undefined {
  const named = ({ id, name: own, uuid }: RuleHead): boolean =>
    id === name || own === name || uuid === name.toLowerCase();
  const correlation = correlations.find(named);
  if (correlation !== undefined) return { id: correlation.id, correlates: true, source: undefined };
  const rule = rules.find(named);
  return rule === undefined ? undefined : { id: rule.id, correlates: false, source: rule.source };
}

type Named = Pick<RuleHead, 'name' | 'uuid' | 'place'>;

function problemsOfSet(rules: readonly Named[], filters: readonly RuleFilter[] = []): Problem[] {
  const problems: Problem[] = [];
  const excess = [...rules, ...filters][MAX_RULES];
  if (excess !== undefined) {
    problems.push({
      at: excess.place,
      text: `${rules.length + filters.length} rules and filters; at most ${MAX_RULES} are loaded; leave some out`,
    });
  }
  const seen = new Map<string, Named>();
  for (const rule of rules) {
    // A rule may be referred to by either, so a name must not be another rule's id.
    for (const key of new Set([rule.name, rule.uuid])) {
      if (key === null) continue;
      const earlier = seen.get(key);
      if (earlier === undefined) seen.set(key, rule);
      else
        problems.push({
          at: rule.place,
          text: `${key} names the rule at ${earlier.place} too; rename one of them`,
        });
    }
  }
  return problems;
}

function compileChecked(
  rules: readonly SigmaRule[],
  correlations: readonly CorrelationRule[],
  suppressions: Suppressions,
): CompiledRules {
  const bySource = Object.fromEntries(
    SECURITY_SOURCES.map((source): [SecuritySource, CompiledRule[]] => [source, []]),
  ) as Record<SecuritySource, CompiledRule[]>;
  const sorted = rules.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const rule of sorted) bySource[rule.source].push({ rule, matches: compileRule(rule) });
  const indices = Object.fromEntries(
    SECURITY_SOURCES.map((source) => [source, new RuleIndex(bySource[source])]),
  ) as Record<SecuritySource, RuleIndex<CompiledRule>>;
  const byId = new Map([...sorted, ...correlations].map((rule) => [rule.id, rule]));
  return {
    bySource,
    indices,
    byId,
    correlations,
    facets: facetPlans(correlations),
    muted: mutedBy(correlations),
    doubts: [],
    suppressions,
  };
}

function mutedBy(correlations: readonly CorrelationRule[]): Set<string> {
  const muted = new Set(correlations.flatMap(({ references }) => references.map(({ ruleId }) => ruleId)));
  for (const { generate, references } of correlations) {
    if (generate) for (const { ruleId } of references) muted.delete(ruleId);
  }
  return muted;
}

function compileRule(rule: SigmaRule): Test {
  const tests = new Map([...rule.detections].map(([name, detection]) => [name, compileDetection(detection)]));
  return compileTree(rule.condition, tests);
}

function compileTree(tree: BooleanTree, tests: ReadonlyMap<string, Test>): Test {
  if (tree.kind === 'name') return tests.get(tree.name) ?? (() => false);
  if (tree.kind === 'not') {
    const operand = compileTree(tree.operand, tests);
    return (fields) => !operand(fields);
  }
  const operands = tree.operands.map((operand) => compileTree(operand, tests));
  return tree.kind === 'and' ? everyOf(operands) : someOf(operands);
}
