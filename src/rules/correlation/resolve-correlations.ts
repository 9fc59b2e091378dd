/**
 * Looks up what correlation rules refer to, and puts each behind those it refers to.
 *
 * A rule may refer to others by name or id, in any file, correlation rules among them; a circle, a chain that is too long and
 * a name that nobody has are problems with their places. What a rule does not say of severity and techniques comes from the
 * rules it refers to.
 */
import type { Problem } from '../../model/errors.ts';
import { MAX_SEGMENTS, parseFieldPath, type FieldPath } from '../field-path.ts';
import { doubtOfField, recordField } from '../record-fields.ts';
import type { PlacedText } from '../rule-document.ts';
import type { RuleHead } from '../rule-head.ts';
import type { SigmaRule } from '../sigma-rule.ts';
import type { CorrelationDraft } from './correlation-draft.ts';
import type { CorrelationRule, Reference } from './correlation-rule.ts';

/** Correlation rules that refer to one another in a row. */
export const MAX_CHAIN = 8;
const CIRCLE = 'rule refers to itself, through the rules it correlates; take one of them out';
const TOO_LONG = `more than ${MAX_CHAIN} correlation rules in a row; shorten the chain`;

interface Resolving {
  drafts: ReadonlyMap<string, CorrelationDraft>;
  rules: ReadonlyMap<string, SigmaRule>;
  done: Map<CorrelationDraft, CorrelationRule | undefined>;
  /** How many correlation rules are in the longest row from a rule down. */
  heights: Map<RuleHead, number>;
  problems: Problem[];
  /** Fields that no record of a rule has. */
  doubts: Problem[];
}

/** The correlation rules of a set, each behind those it refers to; what is wrong is added to `problems`, what is hardly meant to `doubts`. */
export function resolveCorrelations(
  drafts: readonly CorrelationDraft[],
  rules: readonly SigmaRule[],
  problems: Problem[],
  doubts: Problem[],
): CorrelationRule[] {
  const resolving: Resolving = {
    drafts: byNames(drafts),
    rules: byNames(rules),
    done: new Map(),
    heights: new Map(),
    problems,
    doubts,
  };
  for (const draft of drafts) resolve(draft, [], resolving);
  return [...resolving.done.values()].filter((rule) => rule !== undefined);
}

function byNames<T extends { name: string | null; uuid: string | null }>(
  rules: readonly T[],
): Map<string, T> {
  return new Map(
    rules.flatMap((rule) =>
      [rule.name, rule.uuid].flatMap((key) => (key === null ? [] : [[key, rule] as const])),
    ),
  );
}

function resolve(
  draft: CorrelationDraft,
  path: readonly CorrelationDraft[],
  resolving: Resolving,
): CorrelationRule | undefined {
  if (resolving.done.has(draft)) return resolving.done.get(draft);
  if (path.includes(draft)) return refuse(draft, CIRCLE, resolving);
  if (path.length >= MAX_CHAIN) return refuse(draft, TOO_LONG, resolving);
  const known = draft.rules.map((name) => find(name, [...path, draft], resolving));
  checkAliases(draft, known, resolving.problems);
  const references = draft.rules.map((name, index) => referenceOf(draft, name, known[index], resolving));
  // A rule below may have found the circle that this one is part of.
  if (resolving.done.has(draft)) return undefined;
  const complete = references.filter((reference) => reference !== undefined);
  const below = known.filter((rule) => rule !== undefined);
  // Rules that were looked up before are in no path: files in another order must not make another length.
  const height = 1 + Math.max(0, ...below.map((rule) => resolving.heights.get(rule) ?? 0));
  if (height > MAX_CHAIN) return refuse(draft, TOO_LONG, resolving);
  const rule = complete.length < references.length ? undefined : ruleOf(draft, complete, below);
  resolving.done.set(draft, rule);
  if (rule !== undefined) resolving.heights.set(rule, height);
  return rule;
}

function refuse(draft: CorrelationDraft, text: string, { problems, done }: Resolving): undefined {
  problems.push({ at: draft.place, text });
  done.set(draft, undefined);
}

function find(
  { text, at }: PlacedText,
  path: readonly CorrelationDraft[],
  resolving: Resolving,
): RuleHead | undefined {
  const key = resolving.rules.has(text) || resolving.drafts.has(text) ? text : text.toLowerCase();
  const draft = resolving.drafts.get(key);
  if (draft !== undefined) return resolve(draft, path, resolving);
  const rule = resolving.rules.get(key);
  if (rule === undefined)
    resolving.problems.push({
      at,
      text: `no rule has the name or id ${text}; load the file that defines it`,
    });
  return rule;
}

function checkAliases(
  { aliases, rules }: CorrelationDraft,
  known: readonly (RuleHead | undefined)[],
  problems: Problem[],
): void {
  for (const { fields } of aliases) {
    for (const { rule } of fields) {
      if (!rules.some(({ text }, index) => isMeant(rule.text, text, known[index])))
        problems.push({ at: rule.at, text: `${rule.text} is none of the rules of this correlation` });
    }
  }
}

/** Whether an alias means this rule: `rules` may say its id, and the alias its name. */
function isMeant(named: string, reference: string, rule: RuleHead | undefined): boolean {
  return named === reference || named === rule?.name || (rule?.uuid ?? null) === named.toLowerCase();
}

function referenceOf(
  draft: CorrelationDraft,
  name: PlacedText,
  rule: RuleHead | undefined,
  resolving: Resolving,
): Reference | undefined {
  const pathsOf = (fields: readonly PlacedText[]): FieldPath[] | undefined => {
    const paths = fields.map((field) => pathOf(draft, field, name, rule, resolving));
    const found = paths.filter((path) => path !== undefined);
    return found.length < paths.length ? undefined : found;
  };
  const groupBy = pathsOf(draft.groupBy);
  const valued = pathsOf(draft.valued);
  if (rule === undefined || groupBy === undefined || valued === undefined) return undefined;
  return { ruleId: rule.id, groupBy, valued };
}

/** Where the records of a rule have a field, by its alias where it has one. */
function pathOf(
  { aliases }: CorrelationDraft,
  field: PlacedText,
  reference: PlacedText,
  rule: RuleHead | undefined,
  { rules, problems, doubts }: Resolving,
): FieldPath | undefined {
  const alias = aliases.find(({ text }) => text === field.text);
  const name =
    alias === undefined
      ? field.text
      : alias.fields.find((each) => isMeant(each.rule.text, reference.text, rule))?.field;
  if (alias !== undefined && name === undefined) {
    problems.push({
      at: alias.at,
      text: `alias ${alias.text} says nothing of ${reference.text}; add its field`,
    });
    return undefined;
  }
  // Of a correlation rule it is a field of the records behind it, which may be of many sources.
  const source = rules.get(rule?.name ?? rule?.uuid ?? '')?.source;
  const written = recordField(name ?? '', source);
  const doubt = source === undefined ? undefined : doubtOfField(written, [], source);
  if (doubt !== undefined) doubts.push({ at: field.at, text: `of ${reference.text}: ${doubt}` });
  const path = parseFieldPath(written);
  if (path === undefined)
    problems.push({ at: field.at, text: `field has more than ${MAX_SEGMENTS} parts; shorten the path` });
  return path;
}

function ruleOf(
  draft: CorrelationDraft,
  references: readonly Reference[],
  below: readonly RuleHead[],
): CorrelationRule {
  const { rules: _rules, groupBy: _groupBy, valued: _valued, aliases: _aliases, ...rest } = draft;
  return {
    ...rest,
    id: `sigma:${draft.name ?? draft.uuid ?? ''}`,
    severity: draft.severity ?? Math.max(0, ...below.map(({ severity }) => severity)),
    techniques:
      draft.techniques.length > 0
        ? draft.techniques
        : [...new Set(below.flatMap(({ techniques }) => techniques))].toSorted(),
    references,
    condition: draft.condition ?? [{ order: 'gte', value: references.length }],
  };
}
