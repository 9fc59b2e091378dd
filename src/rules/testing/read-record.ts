/**
 * Reads a record of a test: merged over the base of its document, so that a test shows what it is about and nothing else.
 * YAML anchors are followed, since records repeat themselves; how often is bounded.
 */
import { isAlias, isMap, type Document, type Node } from 'yaml';
import type { ProblemList } from '../rule-document.ts';
import { mergePatch } from './merge-patch.ts';
import type { RuleTestInput, RuleTestRecord } from './rule-test.ts';

const MAX_ALIASES = 1_000;

/** What reading one document of tests needs everywhere. */
export interface TestReading {
  document: Document;
  problems: ProblemList;
  base: RuleTestRecord;
  /** Of tests that say none themselves. */
  input: RuleTestInput | null;
}

/** A record merged over the base. @returns undefined with a problem where it is none */
export function readRecord(node: Node | null, reading: TestReading): RuleTestRecord | undefined {
  const patch = recordOf(node, reading);
  return patch === undefined ? undefined : (mergePatch(reading.base, patch) as RuleTestRecord);
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
    return target.toJS(document, { maxAliasCount: MAX_ALIASES }) as RuleTestRecord;
  } catch {
    problems.add(node, `record refers to others more than ${MAX_ALIASES} times; write it out`);
    return undefined;
  }
}
