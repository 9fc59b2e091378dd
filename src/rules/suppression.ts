/**
 * Matches that make no event because somebody knows them to be harmless: by rule and by what the record says, up to an end
 * (SPEC G9). What is suppressed is counted, and is no member of a correlation either.
 */
import { isMap, LineCounter, parseDocument, stringify } from 'yaml';
import type { Problem } from '../model/errors.ts';
import { SECURITY_SOURCES, type Observation, type SecuritySource } from '../model/observation.ts';
import type { Suppression } from '../model/suppression.ts';
import { compileDetection, type Test } from './compile-detection.ts';
import { readFields } from './detection.ts';
import { doubtFields } from './doubts.ts';
import { withRecordFields } from './record-fields.ts';
import { ProblemList } from './rule-document.ts';
import type { Placeholders } from './sigma-text.ts';

/** By the id of the rule that events carry. */
export type Suppressions = ReadonlyMap<string, readonly CompiledSuppression[]>;

interface CompiledSuppression {
  until: number;
  holds: Test;
}

export const NO_SUPPRESSIONS: Suppressions = new Map();

/** What is known of a rule that a suppression names. */
export interface SuppressibleRule {
  id: string;
  correlates: boolean;
  /** Of the records that it looks at; undefined where they are of several. */
  source: SecuritySource | undefined;
}

/** Rules of sensors, which are not known before they are seen. */
const SENSOR_RULE = /^(?!sigma:)[a-z][a-z-]*:./;

/** Where what is found is added. */
interface Found {
  problems: Problem[];
  doubts: Problem[];
}

/** @param find the rule of a name or id */
export function compileSuppressions(
  entries: readonly Suppression[],
  find: (name: string) => SuppressibleRule | undefined,
  placeholders: Placeholders,
  found: Found,
): Suppressions {
  const compiled = new Map<string, CompiledSuppression[]>();
  for (const [index, { rule, where, until }] of entries.entries()) {
    const at = `suppress[${index}]`;
    const meant = ruleOf(rule, find, `${at}.rule`, found.problems);
    const holds = testOf(where, `${at}.where`, meant?.source, placeholders, found);
    const id = meant?.id;
    if (id !== undefined && holds !== undefined)
      compiled.set(id, [...(compiled.get(id) ?? []), { until, holds }]);
  }
  return compiled;
}

function ruleOf(
  name: string,
  find: (name: string) => SuppressibleRule | undefined,
  at: string,
  problems: Problem[],
): SuppressibleRule | undefined {
  const rule = find(name);
  if (rule?.correlates === true) {
    problems.push({ at, text: `${name} correlates others; suppress matches of the rules it refers to` });
    return undefined;
  }
  if (rule !== undefined) return rule;
  if (SENSOR_RULE.test(name)) {
    const source = SECURITY_SOURCES.find((known) => name.startsWith(`${known}:`));
    return { id: name, correlates: false, source };
  }
  problems.push({
    at,
    text: `no rule has the name or id ${name}; a rule of a sensor is written as in events, such as falco:Terminal shell`,
  });
  return undefined;
}

/** The fields as the detection of a rule, so that every modifier means here what it means there. */
function testOf(
  where: Suppression['where'],
  at: string,
  source: SecuritySource | undefined,
  placeholders: Placeholders,
  { problems, doubts }: Found,
): Test | undefined {
  const lineCounter = new LineCounter();
  const { contents } = parseDocument(stringify(where), { lineCounter });
  if (!isMap(contents)) return undefined;
  const found = new ProblemList(at, lineCounter);
  const detection = readFields(contents, found, placeholders);
  if (source !== undefined) doubtFields(contents, source, found);
  problems.push(...found.problems.map(({ text }) => ({ at, text })));
  doubts.push(...found.doubts.map(({ text }) => ({ at, text })));
  return detection === undefined || found.problems.length > 0
    ? undefined
    : compileDetection(withRecordFields(detection, source));
}

/** Whether somebody has said that a match of this rule is harmless. */
export function isSuppressed(
  suppressions: Suppressions,
  ruleId: string,
  { start, fields }: Observation,
): boolean {
  return (suppressions.get(ruleId) ?? []).some(({ until, holds }) => start < until && holds(fields));
}
