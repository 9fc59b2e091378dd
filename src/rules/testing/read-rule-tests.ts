/**
 * Reads a file of rule tests: every fault with its place, as in rule files.
 *
 * A file has one or several YAML documents. Each has a `base`, which its records are merged over, and tests in one of two
 * forms, or both: of one `rule` what it `hits` and `misses`, case by case (read-cases.ts); or a list of `tests`, each with
 * its records and any rules.
 */
import { isMap, isScalar, isSeq, LineCounter, type Document, type Node, type YAMLMap } from 'yaml';
import type { Problem } from '../../model/errors.ts';
import { entriesOf, itemsOf, offsetOf, ProblemList, stringOf, type Entry } from '../rule-document.ts';
import { yamlDocuments } from '../yaml-documents.ts';
import { readCases } from './read-cases.ts';
import { MAX_TEST_VALUES, readRecord, recordOf, type TestReading } from './read-record.ts';
import {
  MAX_TEST_RECORDS,
  TEST_INPUTS,
  type NamedRule,
  type RuleTest,
  type RuleTestRecord,
} from './rule-test.ts';

/** Characters of one file. */
export const MAX_TEST_FILE_LENGTH = 1024 * 1024;
/** Tests of one file. */
export const MAX_TESTS = 1_000;
const MAX_NAME = 256;

const DOCUMENT_KEYS = ['base', 'input', 'rule', 'hits', 'misses', 'tests'];
const TEST_KEYS = ['name', 'records', 'file', 'input', 'hits', 'misses'];

/** The tests of a file; where there are problems they are not to be run. */
export function readRuleTests(text: string, file: string): { tests: RuleTest[]; problems: Problem[] } {
  const lines = new LineCounter();
  const problems = new ProblemList(file, lines);
  if (text.length > MAX_TEST_FILE_LENGTH) {
    problems.addAt(
      0,
      `file has ${text.length} characters; at most ${MAX_TEST_FILE_LENGTH} are read; split it`,
    );
    return { tests: [], problems: problems.problems };
  }
  const documents = yamlDocuments(text, lines, problems, true);
  if (problems.problems.length > 0) return { tests: [], problems: problems.problems };
  const left = { values: MAX_TEST_VALUES };
  const tests = documents.flatMap(({ document }) => readDocument(document, problems, left));
  if (tests.length === 0 && problems.problems.length === 0) problems.addAt(0, 'file has no tests; add one');
  if (tests.length > MAX_TESTS)
    problems.addAt(0, `file has ${tests.length} tests; at most ${MAX_TESTS} are run; split it`);
  return { tests, problems: problems.problems };
}

function readDocument(document: Document, problems: ProblemList, left: TestReading['left']): RuleTest[] {
  const { contents } = document;
  // What a stray `---` or a comment leaves behind.
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) {
    problems.add(contents, 'a document of tests has to be a mapping, with rule and hits, or with tests');
    return [];
  }
  const parts = knownParts(contents, DOCUMENT_KEYS, problems);
  const base = parts.get('base');
  const reading: TestReading = {
    document,
    problems,
    base: (base && recordOf(base.value, { document, problems })) ?? {},
    left,
    input: readInput(parts.get('input'), problems),
  };
  if (!['rule', 'hits', 'misses', 'tests'].some((key) => parts.has(key)))
    problems.add(contents, 'document has no tests; add rule with hits or misses, or a list of tests');
  return [...readCases(parts, reading), ...readList(parts.get('tests'), reading)];
}

function readList(entry: Entry | undefined, reading: TestReading): RuleTest[] {
  if (entry === undefined) return [];
  const { value, keyNode } = entry;
  if (!isSeq(value) || value.items.length === 0) {
    reading.problems.add(value ?? keyNode, 'tests has to be a list of tests');
    return [];
  }
  return itemsOf(value)
    .map((node) => readTest(node, value, reading))
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

function readTest(node: Node | null, owner: Node, reading: TestReading): RuleTest | undefined {
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
  const input = readInput(parts.get('input'), problems) ?? reading.input;
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

function readRecords(entry: Entry | undefined, reading: TestReading): RuleTestRecord[] {
  if (entry === undefined) return [];
  const { value, keyNode } = entry;
  if (!isSeq(value) || value.items.length === 0 || value.items.length > MAX_TEST_RECORDS) {
    reading.problems.add(value ?? keyNode, `records has to be a list of 1 to ${MAX_TEST_RECORDS} records`);
    return [];
  }
  return itemsOf(value)
    .map((node) => readRecord(node, reading))
    .filter((record) => record !== undefined);
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
