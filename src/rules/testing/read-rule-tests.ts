/**
 * Reads a file of rule tests: every fault with its place, as in rule files.
 *
 * `base` is a record that all others of the file are merged over, so that a test shows what it is about and nothing else.
 * YAML anchors are followed, since records repeat themselves; how often is bounded.
 */
import {
  isAlias,
  isMap,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import type { Problem } from '../../model/errors.ts';
import type { Json } from '../../model/ids.ts';
import { entriesOf, itemsOf, offsetOf, ProblemList, stringOf, type Entry } from '../rule-document.ts';
import { mergePatch } from './merge-patch.ts';
import { TEST_INPUTS, type NamedRule, type RuleTest, type RuleTestRecord } from './rule-test.ts';

/** Characters of one file. */
export const MAX_TEST_FILE_LENGTH = 1024 * 1024;
export const MAX_TESTS = 1_000;
export const MAX_TEST_RECORDS = 1_000;
const MAX_NAME = 256;
const MAX_ALIASES = 1_000;

const FILE_KEYS = ['base', 'tests'];
const TEST_KEYS = ['name', 'records', 'file', 'input', 'hits', 'misses'];

interface Reading {
  document: Document;
  problems: ProblemList;
  base: RuleTestRecord;
}

/** The tests of a file; where there are problems they are not to be run. */
export function readRuleTests(text: string, file: string): { tests: RuleTest[]; problems: Problem[] } {
  const lines = new LineCounter();
  const problems = new ProblemList(file, lines);
  if (text.length > MAX_TEST_FILE_LENGTH) {
    const limit = `file has ${text.length} characters; at most ${MAX_TEST_FILE_LENGTH} are read; split it`;
    return { tests: [], problems: [{ at: `${file}:1:1`, text: limit }] };
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: true,
  });
  for (const error of document.errors) problems.addAt(error.pos[0], `YAML: ${error.message}`);
  if (problems.problems.length > 0) return { tests: [], problems: problems.problems };
  const { contents } = document;
  const tests = isMap(contents) ? readFile(contents, document, problems) : [];
  if (!isMap(contents)) problems.add(contents, 'file of tests has to be a mapping with tests: and a list');
  return { tests, problems: problems.problems };
}

function readFile(map: YAMLMap, document: Document, problems: ProblemList): RuleTest[] {
  const parts = knownParts(map, FILE_KEYS, problems);
  const base = parts.get('base');
  const reading: Reading = { document, problems, base: {} };
  if (base !== undefined) reading.base = recordOf(base.value, reading) ?? {};
  const list = parts.get('tests')?.value;
  if (!isSeq(list) || list.items.length === 0 || list.items.length > MAX_TESTS) {
    problems.add(list ?? map, `tests has to be a list of 1 to ${MAX_TESTS} tests`);
    return [];
  }
  return itemsOf(list)
    .map((node) => readTest(node, list, reading))
    .filter((test) => test !== undefined);
}

function knownParts(map: YAMLMap, known: readonly string[], problems: ProblemList): Map<string, Entry> {
  const parts = entriesOf(map, problems);
  for (const { key, keyNode } of parts) {
    if (!known.includes(key))
      problems.add(keyNode, `${JSON.stringify(key)} is not known here; use ${known.join(', ')}`);
  }
  return new Map(parts.map((part) => [part.key, part]));
}

function readTest(node: Node | null, owner: Node, reading: Reading): RuleTest | undefined {
  const { problems } = reading;
  if (!isMap(node)) {
    problems.add(node ?? owner, `a test is a mapping of ${TEST_KEYS.join(', ')}`);
    return undefined;
  }
  const parts = knownParts(node, TEST_KEYS, problems);
  const written = parts.get('name');
  if (written === undefined) problems.add(node, 'test has no name; say what is special about its records');
  const name = written === undefined ? undefined : stringOf(written, MAX_NAME, problems);
  const hits = readRules(parts.get('hits'), problems);
  const misses = readRules(parts.get('misses'), problems);
  if (hits.length + misses.length === 0)
    problems.add(node, 'test expects nothing; add hits or misses, lists of rules');
  const records = readRecords(parts.get('records'), reading);
  const recordsFile = readFileName(parts.get('file'), problems);
  if (parts.has('records') === parts.has('file'))
    problems.add(node, 'test needs records, a list, or file, a file of them: one of the two');
  const input = readInput(parts.get('input'), problems);
  if (name === undefined) return undefined;
  return { name, at: problems.place(offsetOf(node)), records, recordsFile, input, hits, misses };
}

function readRules(entry: Entry | undefined, problems: ProblemList): NamedRule[] {
  if (entry === undefined) return [];
  const nodes = isSeq(entry.value) ? itemsOf(entry.value) : [entry.value];
  return nodes.flatMap((value) => {
    const name = stringOf({ ...entry, value }, MAX_NAME, problems);
    return name === undefined ? [] : [{ name, at: problems.place(offsetOf(value)) }];
  });
}

function readRecords(entry: Entry | undefined, reading: Reading): RuleTestRecord[] {
  if (entry === undefined) return [];
  const { value, keyNode } = entry;
  if (!isSeq(value) || value.items.length === 0 || value.items.length > MAX_TEST_RECORDS) {
    reading.problems.add(value ?? keyNode, `records has to be a list of 1 to ${MAX_TEST_RECORDS} records`);
    return [];
  }
  return itemsOf(value)
    .map((node) => recordOf(node, reading))
    .filter((record) => record !== undefined);
}

/** A record, merged over the base. */
function recordOf(node: Node | null, { document, problems, base }: Reading): RuleTestRecord | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(target)) {
    problems.add(node, 'a record is a mapping');
    return undefined;
  }
  try {
    const patch = target.toJS(document, { maxAliasCount: MAX_ALIASES }) as Json;
    return mergePatch(base, patch) as RuleTestRecord;
  } catch {
    problems.add(node, `record refers to others more than ${MAX_ALIASES} times; write it out`);
    return undefined;
  }
}

function readFileName(entry: Entry | undefined, problems: ProblemList): RuleTest['recordsFile'] {
  if (entry === undefined) return null;
  const path = stringOf(entry, 4_096, problems);
  return path === undefined ? null : { path, at: problems.place(offsetOf(entry.value)) };
}

function readInput(entry: Entry | undefined, problems: ProblemList): RuleTest['input'] {
  if (entry === undefined) return null;
  const text = stringOf(entry, MAX_NAME, problems);
  const input = TEST_INPUTS.find((known) => known === text);
  if (input === undefined && text !== undefined)
    problems.add(entry.value, `input has to be one of ${TEST_INPUTS.join(', ')}`);
  return input ?? null;
}
