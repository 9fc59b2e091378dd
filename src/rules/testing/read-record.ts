/**
 * Reads a record of a test: merged over the base of its document, so that a test shows what it is about and nothing else.
 * YAML anchors are followed, since records repeat themselves; how often is bounded.
 */
import { isAlias, isMap, type Document, type Node } from 'yaml';
import type { ProblemList } from '../rule-document.ts';
import { mergePatch } from './merge-patch.ts';
import type { RuleTestInput, RuleTestRecord } from './rule-test.ts';

const MAX_ALIASES = 1_000;
/** Levels of a record, as many as of any that comes in. One that refers to itself has no end. */
const MAX_LEVELS = 64;
/** Values of all records of a file, what they have of their base counted each time. */
export const MAX_TEST_VALUES = 2_000_000;

/** What reading one document of tests needs everywhere. */
export interface TestReading {
  document: Document;
  problems: ProblemList;
  base: RuleTestRecord;
  /** Values that records of the file may have still. */
  left: { values: number };
  /** Of tests that say none themselves. */
  input: RuleTestInput | null;
}

/** A record merged over the base. @returns undefined with a problem where it is none */
export function readRecord(node: Node | null, reading: TestReading): RuleTestRecord | undefined {
  const { base, left, problems } = reading;
  const patch = recordOf(node, reading);
  if (patch === undefined) return undefined;
  left.values -= valuesOf(base, MAX_LEVELS) + valuesOf(patch, MAX_LEVELS);
  if (left.values >= 0) return mergePatch(base, patch) as RuleTestRecord;
  problems.add(node, `records of the file have more than ${MAX_TEST_VALUES} values together; split it`);
  return undefined;
}

/** A record as it stands, in which null is null. @returns undefined with a problem where it is none */
export function recordOf(
  node: Node | null,
  { document, problems }: Pick<TestReading, 'document' | 'problems'>,
): RuleTestRecord | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(target)) {
    problems.add(node, 'a record is a mapping');
    return undefined;
  }
  try {
    const record = target.toJS(document, { maxAliasCount: MAX_ALIASES }) as RuleTestRecord;
    if (valuesOf(record, MAX_LEVELS) <= MAX_TEST_VALUES) return record;
    problems.add(node, `record is deeper than ${MAX_LEVELS} levels, or refers to itself; write it out`);
  } catch {
    problems.add(node, `record refers to others more than ${MAX_ALIASES} times; write it out`);
  }
  return undefined;
}

/** How many values a record has; Infinity where they are too many or too deep. */
function valuesOf(value: unknown, levels: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (levels === 0) return Infinity;
  let values = 1;
  for (const member of Object.values(value)) {
    values += valuesOf(member, levels - 1);
    if (values > MAX_TEST_VALUES) return Infinity;
  }
  return values;
}
