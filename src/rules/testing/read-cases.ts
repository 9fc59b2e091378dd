/**
 * Reads the short form of tests, which says of one rule what it hits and what it misses: a name and a record for each case.
 *
 * `hits: {a person: {verb: create}}` is the test `a person`, whose one record the rule of the document has to hit.
 */
import { isScalar, isSeq, type Node } from 'yaml';
import { entriesOf, itemsOf, mapOf, offsetOf, stringOf, type Entry } from '../rule-document.ts';
import { readRecord, type TestReading } from './read-record.ts';
import { MAX_TEST_RECORDS, type NamedRule, type RuleTest, type RuleTestRecord } from './rule-test.ts';

const MAX_NAME = 256;

/** The tests of `hits` and `misses` of a document; every fault is a problem. */
export function readCases(parts: ReadonlyMap<string, Entry>, reading: TestReading): RuleTest[] {
  const { problems } = reading;
  const written = parts.get('rule');
  const [hits, misses] = [parts.get('hits'), parts.get('misses')];
  if (written === undefined) {
    for (const { keyNode, key } of [hits, misses].filter((entry) => entry !== undefined))
      problems.add(keyNode, `${key} has no rule; add rule, the name or id of one`);
    return [];
  }
  if (hits === undefined && misses === undefined)
    problems.add(written.keyNode, 'rule has no hits and no misses; add one of them');
  const name = stringOf(written, MAX_NAME, problems);
  if (name === undefined) return [];
  const rule = { name, at: problems.place(offsetOf(written.value)) };
  return [...casesOf(hits, rule, reading), ...casesOf(misses, rule, reading)];
}

function casesOf(entry: Entry | undefined, rule: NamedRule, reading: TestReading): RuleTest[] {
  if (entry === undefined) return [];
  const { problems, input } = reading;
  const map = mapOf(entry.value, entry.keyNode, entry.key, problems);
  if (map === undefined) return [];
  return entriesOf(map, problems).map(({ key, keyNode, value }) => ({
    name: key,
    at: problems.place(offsetOf(keyNode)),
    records: readRecords(value, reading),
    recordsFile: null,
    input,
    hits: entry.key === 'hits' ? [rule] : [],
    misses: entry.key === 'misses' ? [rule] : [],
  }));
}

/** One record; nothing, which is the base as it is; or several. */
function readRecords(value: Node | null, reading: TestReading): RuleTestRecord[] {
  if (value === null || (isScalar(value) && value.value === null)) return [reading.base];
  if (isSeq(value) && (value.items.length === 0 || value.items.length > MAX_TEST_RECORDS)) {
    reading.problems.add(value, `a case is a record, or a list of 1 to ${MAX_TEST_RECORDS}`);
    return [];
  }
  const nodes = isSeq(value) ? itemsOf(value) : [value];
  return nodes.map((node) => readRecord(node, reading)).filter((record) => record !== undefined);
}
