/**
 * Runs rule tests. Without `input` a rule is asked about each record as it stands, whatever its log source: that is a test of
 * the rule. With it the records come in as they would, are decoded and redacted by their format, and all rules of their
 * source and all correlation rules look at them together: that is a test of the whole way.
 *
 * A rule that has to hit has to hit each record, a correlation rule the records together; a rule that has to miss hits none.
 */
import type { SettledMatch } from '../join/batch-join.ts';
import { AuditStages } from '../join/audit-stages.ts';
import type { Problem } from '../model/errors.ts';
import type { Observation } from '../model/observation.ts';
import type { CompiledRule, CompiledRules } from '../rules/compile.ts';
import { matchesOf } from '../rules/evaluate.ts';
import type { NamedRule, RuleTest, RuleTestRecord } from '../rules/testing/rule-test.ts';
import { correlated, withFacets } from './correlated.ts';
import type { Decoders } from './decoders.ts';

export interface RuleTestResult {
  test: RuleTest;
  /** What is not as expected; empty where the test passes. */
  failures: string[];
}

/** The rules of a set by every name that a test may call them: name, id, and the id of their events. */
export class RuleNames {
  readonly #ids = new Map<string, string>();
  readonly #compiled = new Map<string, CompiledRule>();

  constructor({ byId, bySource }: CompiledRules) {
    for (const [id, { name, uuid }] of byId) {
      for (const key of [id, name, uuid]) if (key !== null) this.#ids.set(key, id);
    }
    for (const compiled of Object.values(bySource).flat()) this.#compiled.set(compiled.rule.id, compiled);
  }

  /** The id of the rule's events; undefined where no rule is called so. */
  idOf(name: string): string | undefined {
    return this.#ids.get(name) ?? this.#ids.get(name.toLowerCase());
  }

  /** Undefined for correlation rules. */
  compiled(id: string): CompiledRule | undefined {
    return this.#compiled.get(id);
  }
}

/** What is wrong with what a test says of rules, before it is run. */
export function problemsOfTest(test: RuleTest, names: RuleNames): Problem[] {
  return [...test.hits, ...test.misses].flatMap(({ name, at }) => {
    const id = names.idOf(name);
    if (id === undefined)
      return [{ at, text: `no rule has the name or id ${name}; load the file that defines it` }];
    if (test.input !== null || names.compiled(id) !== undefined) return [];
    return [{ at, text: `${name} correlates records by their time; add input: audit, alerts or events` }];
  });
}

/** Runs a test that has no problems. `records` are its own, or those of its file. */
export function runRuleTest(
  test: RuleTest,
  records: readonly RuleTestRecord[],
  names: RuleNames,
  rules: CompiledRules,
  decoders: Decoders,
): RuleTestResult {
  const failures =
    test.input === null
      ? failuresOfRecords(test, records, names)
      : failuresOfInput(test, records, names, rules, decoders);
  return { test, failures };
}

function failuresOfRecords(test: RuleTest, records: readonly RuleTestRecord[], names: RuleNames): string[] {
  const hit = ({ name }: NamedRule, record: RuleTestRecord): boolean =>
    names.compiled(names.idOf(name) ?? '')?.matches(record) ?? false;
  return records.flatMap((record, index) => [
    ...test.hits.filter((rule) => !hit(rule, record)).map((rule) => failure('missed', rule, index)),
    ...test.misses.filter((rule) => hit(rule, record)).map((rule) => failure('hit', rule, index)),
  ]);
}

function failure(what: 'missed' | 'hit', { name, at }: NamedRule, index: number): string {
  return `${at}: ${name} ${what} record ${index + 1}`;
}

function failuresOfInput(
  test: RuleTest,
  records: readonly RuleTestRecord[],
  names: RuleNames,
  rules: CompiledRules,
  decoders: Decoders,
): string[] {
  const { input } = test;
  if (input === null) return [];
  const failures: string[] = [];
  const observations: { record: number; observation: Observation }[] = [];
  for (const [record, value] of records.entries()) {
    const place = { input: test.at, line: record + 1, column: 1 };
    const { items, ignored, refused } = decoders[input]({
      kind: 'json',
      value,
      place,
      bytes: 0,
    });
    for (const { reason, text } of refused)
      failures.push(`record ${record + 1} is refused (${reason}): ${text}`);
    for (const reason of Object.keys(ignored)) failures.push(`record ${record + 1} is ignored: ${reason}`);
    for (const observation of items) observations.push({ record, observation });
  }
  const hits = hitsOf(observations, rules);
  const rowsOf = (name: string): ReadonlySet<number> => hits.get(names.idOf(name) ?? '') ?? new Set();
  for (const rule of test.hits) {
    if (names.compiled(names.idOf(rule.name) ?? '') === undefined) {
      if (rowsOf(rule.name).size === 0) failures.push(`${rule.at}: ${rule.name} missed the records together`);
      continue;
    }
    for (const { record } of observations)
      if (!rowsOf(rule.name).has(record)) failures.push(failure('missed', rule, record));
  }
  for (const rule of test.misses) {
    for (const record of rowsOf(rule.name)) failures.push(failure('hit', rule, record));
  }
  return [...new Set(failures)];
}

/** Which records each rule hits, by the id of its events; of audited requests the latest stage counts. */
function hitsOf(
  observations: readonly { record: number; observation: Observation }[],
  rules: CompiledRules,
): Map<string, Set<number>> {
  const stages = new AuditStages();
  // Settling makes another observation of one; its fields stay the same object.
  const records = new Map<Observation['fields'], number>();
  const settled: SettledMatch[] = [];
  for (const { record, observation } of observations) {
    const matches = matchesOf(observation, rules).map((match) => withFacets(match, rules));
    records.set(observation.fields, record);
    if (observation.stage === null) settled.push(...matches.map((match) => ({ match, ongoing: false })));
    else stages.add(observation, observation.stage, matches);
  }
  settled.push(...stages.settle(0, 0));
  const hits = new Map<string, Set<number>>();
  // A rule that speaks through correlation rules only has still hit.
  for (const { match } of [...settled, ...correlated(settled, rules).matches]) {
    const record = records.get(match.observation.fields);
    const known = hits.get(match.rule.id) ?? new Set();
    if (record !== undefined) hits.set(match.rule.id, known.add(record));
  }
  return hits;
}
