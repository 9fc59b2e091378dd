/**
 * Rules made ready for a stream: one function per rule, rules by the input they are for, in the order of their
 * ids so that the order of files on a disk decides nothing.
 *
 * Functions are composed once, at load; on a record they only compare. `and` and `or` stop at the first part
 * that decides, so a rule is best written with its rarest part first.
 */
import type { Problem } from '../model/errors.ts';
import type { Json } from '../model/ids.ts';
import { SECURITY_SOURCES, type SecuritySource } from '../model/observation.ts';
import type { CorrelationDraft } from './correlation/correlation-draft.ts';
import type { CorrelationRule } from './correlation/correlation-rule.ts';
import { facetPlans, type FacetPlan } from './correlation/facet-plan.ts';
import { resolveCorrelations } from './correlation/resolve-correlations.ts';
import { fieldExists, fieldValues, type FieldPath, type Fields } from './field-path.ts';
import { holdsKeywords } from './keyword-search.ts';
import { holdsReference } from './field-reference.ts';
import { matchesPattern, type Pattern } from './pattern.ts';
import { readRuleFile, ruleError } from './rule-file.ts';
import type { Placeholders } from './sigma-text.ts';
import type { BooleanTree, Detection, SigmaRule } from './sigma-rule.ts';

/** Rules that one configuration may load. */
export const MAX_RULES = 5_000;

export interface CompiledRule {
  rule: SigmaRule;
  matches: (fields: Fields) => boolean;
}

export interface CompiledRules {
  bySource: Readonly<Record<SecuritySource, readonly CompiledRule[]>>;
  /** By `RuleMatch.rule.id`, for what a rule says about effect and probability. */
  byId: ReadonlyMap<string, SigmaRule | CorrelationRule>;
  /** Each behind those that it refers to. */
  correlations: readonly CorrelationRule[];
  /** What correlation rules want to know of a record, by the id of the rule that it matches. */
  facets: ReadonlyMap<string, readonly FacetPlan[]>;
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
 * @throws CounterfoilError CF_RULE with the problems of all files, and names that two rules share
 */
export function loadRules(files: readonly RuleText[], placeholders: Placeholders = {}): CompiledRules {
  const rules: SigmaRule[] = [];
  const drafts: CorrelationDraft[] = [];
  const problems: Problem[] = [];
  for (const { file, text } of files) {
    const result = readRuleFile(text, file, placeholders);
    rules.push(...result.rules);
    drafts.push(...result.correlations);
    problems.push(...result.problems);
  }
  problems.push(...problemsOfSet([...rules, ...drafts]));
  // Names that are looked up in files with faults would be faults of their own.
  const correlations = problems.length > 0 ? [] : resolveCorrelations(drafts, rules, problems);
  if (problems.length > 0) throw ruleError(problems);
  return compileChecked(rules, correlations);
}

/**
 * Compiles parsed rules.
 * @throws CounterfoilError CF_RULE where two rules share a name or an id, or there are more than MAX_RULES
 */
export function compileRules(rules: readonly SigmaRule[]): CompiledRules {
  const problems = problemsOfSet(rules);
  if (problems.length > 0) throw ruleError(problems);
  return compileChecked(rules, []);
}

type Named = Pick<SigmaRule, 'name' | 'uuid' | 'place'>;

function problemsOfSet(rules: readonly Named[]): Problem[] {
  const problems: Problem[] = [];
  const excess = rules[MAX_RULES];
  if (excess !== undefined) {
    problems.push({
      at: excess.place,
      text: `${rules.length} rules; at most ${MAX_RULES} are loaded; leave some out`,
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
): CompiledRules {
  const bySource = Object.fromEntries(
    SECURITY_SOURCES.map((source): [SecuritySource, CompiledRule[]] => [source, []]),
  ) as Record<SecuritySource, CompiledRule[]>;
  const sorted = rules.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const rule of sorted) bySource[rule.source].push({ rule, matches: compileRule(rule) });
  const byId = new Map([...sorted, ...correlations].map((rule) => [rule.id, rule]));
  return { bySource, byId, correlations, facets: facetPlans(correlations), muted: mutedBy(correlations) };
}

function mutedBy(correlations: readonly CorrelationRule[]): Set<string> {
  const muted = new Set(correlations.flatMap(({ references }) => references.map(({ ruleId }) => ruleId)));
  for (const { generate, references } of correlations) {
    if (generate) for (const { ruleId } of references) muted.delete(ruleId);
  }
  return muted;
}

type Test = (fields: Fields) => boolean;

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

function everyOf(tests: readonly Test[]): Test {
  return (fields) => tests.every((test) => test(fields));
}

function someOf(tests: readonly Test[]): Test {
  return (fields) => tests.some((test) => test(fields));
}

function compileDetection(detection: Detection): Test {
  switch (detection.kind) {
    case 'every':
      return everyOf(detection.of.map(compileDetection));
    case 'some':
      return someOf(detection.of.map(compileDetection));
    case 'exists': {
      const { path, expected } = detection;
      return (fields) => fieldExists(fields, path) === expected;
    }
    case 'keywords': {
      const { patterns, all } = detection;
      return (fields) => holdsKeywords(fields, patterns, all);
    }
    case 'reference': {
      const { path, others, comparison } = detection;
      return (fields) => holdsReference(fields, path, others, comparison);
    }
    default: {
      const test = compileValues(detection.path, detection.patterns, detection.all);
      return detection.negated ? (fields) => !test(fields) : test;
    }
  }
}

function compileValues(path: FieldPath, patterns: readonly Pattern[], all: boolean): Test {
  return (fields) => {
    const values = fieldValues(fields, path);
    return all
      ? patterns.every((pattern) => holdsFor(pattern, values))
      : patterns.some((pattern) => holdsFor(pattern, values));
  };
}

/** An absent field is null, and so is an empty list: there is no value in either. */
function holdsFor(pattern: Pattern, values: readonly Json[]): boolean {
  if (values.length === 0) return pattern.kind === 'null';
  return values.some((value) => matchesPattern(pattern, value));
}
