/** Rule texts with one part chosen by the test, and what a record makes of them. */
import { compileRules } from '../../src/rules/compile.ts';
import { matchesOf } from '../../src/rules/evaluate.ts';
import { parseRuleFile } from '../../src/rules/rule-file.ts';
import { CounterfoilError, type Problem } from '../../src/model/errors.ts';
import type { Placeholders } from '../../src/rules/sigma-text.ts';
import { observationOf, type RawRecord } from './observation.ts';

const HEAD = [
  'title: T',
  'name: t',
  'level: low',
  'logsource: {product: kubernetes, service: audit}',
  'detection:',
];

/** A rule whose detection is these lines; the first of them is line 6 of the file. */
export function ruleText(detection: string): string {
  const lines = detection.split('\n').map((line) => `  ${line}`);
  return [...HEAD, ...lines, ''].join('\n');
}

/** Whether a rule with this detection matches the record. */
export function holds(detection: string, record: RawRecord, placeholders: Placeholders = {}): boolean {
  const rules = compileRules(parseRuleFile(ruleText(detection), 'rule.yml', placeholders));
  return matchesOf(observationOf(record), rules).length === 1;
}

/** Every problem that parsing this text gives, in order; empty where it is a rule. */
export function problemsOf(text: string): Problem[] {
  try {
    parseRuleFile(text, 'rule.yml');
    return [];
  } catch (error) {
    if (error instanceof CounterfoilError && error.code === 'CF_RULE') return error.problems;
    throw error;
  }
}
