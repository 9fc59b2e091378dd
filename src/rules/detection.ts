/**
 * The search identifiers of a rule. A mapping means all of its fields, a list means one of its items; an item
 * is a mapping again, or a keyword that is looked for in the whole record. A list of values behind a field
 * means one of them, with `|all` each.
 * Source: Sigma rules specification v2, "Detection".
 */
import { isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { RESERVED_WORDS } from './condition.ts';
import { MAX_SEGMENTS, parseFieldPath, type FieldPath } from './field-path.ts';
import { parseFieldKey, type Comparison } from './modifiers.ts';
import type { Pattern } from './pattern.ts';
import { entriesOf, itemsOf, offsetOf, valueOf, type Entry, type ProblemList } from './rule-document.ts';
import type { Detection, ReferenceComparison } from './sigma-rule.ts';
import type { Placeholders } from './sigma-text.ts';
import { keywordOf, patternOf, type RuleValue } from './value-pattern.ts';

/** Search identifiers of one rule. */
export const MAX_IDENTIFIERS = 100;

const IDENTIFIER = /^[A-Za-z0-9_.-]{1,128}$/;
const CONDITION_ONLY = new Set(['condition', 'timeframe']);
const KEYWORDS: Comparison = {
  mode: 'contains',
  all: false,
  cased: false,
  negated: false,
  fieldref: false,
  timePart: null,
  transforms: [],
  flags: new Set(),
};

/** Reads every member of `detection` but the condition, and those `beside` it that are no search identifiers. */
export function readDetections(
  map: YAMLMap,
  members: readonly Entry[],
  beside: readonly string[],
  problems: ProblemList,
  placeholders: Placeholders,
): Map<string, Detection> {
  const detections = new Map<string, Detection>();
  for (const entry of members) {
    if (CONDITION_ONLY.has(entry.key) || beside.includes(entry.key)) continue;
    const problem = problemOfName(entry.key);
    if (problem !== undefined) problems.add(entry.keyNode, problem);
    const detection = readIdentifier(entry, problems, placeholders);
    // A name that could not be read is still defined: the condition that uses it is not at fault.
    detections.set(entry.key, detection ?? { kind: 'some', of: [] });
  }
  if (detections.size > MAX_IDENTIFIERS) {
    problems.add(
      map,
      `detection has ${detections.size} search identifiers; at most ${MAX_IDENTIFIERS} are allowed`,
    );
  }
  return detections;
}

function problemOfName(name: string): string | undefined {
  if (RESERVED_WORDS.has(name.toLowerCase())) return `${name} is a word of conditions; choose another name`;
  if (IDENTIFIER.test(name)) return undefined;
  if (name.includes('|'))
    return `modifiers belong to fields; write ${name.split('|')[0]}, and the modifier behind its fields`;
  return 'a search identifier is named with letters, digits, _, . and -; rename it';
}

function readIdentifier(
  entry: Entry,
  problems: ProblemList,
  placeholders: Placeholders,
): Detection | undefined {
  const { value } = entry;
  if (isMap(value)) return readFields(value, problems, placeholders);
  if (isSeq(value)) return readItems(value, entry.key, problems, placeholders);
  if (isScalar(value) && value.value !== null) {
    const instead =
      typeof value.value === 'string' && /^[\w.|]+:\S/.test(value.value)
        ? 'put a space behind the colon'
        : 'write the keyword as a list of one';
    problems.add(value, `${entry.key} has to be a mapping of fields or a list; ${instead}`);
  } else
    problems.add(
      value ?? entry.keyNode,
      `${entry.key} has to be a mapping of fields or a list of keywords or mappings`,
    );
  return undefined;
}

/** A mapping: all of its fields. */
export function readFields(
  map: YAMLMap,
  problems: ProblemList,
  placeholders: Placeholders,
): Detection | undefined {
  const entries = entriesOf(map, problems);
  if (map.items.length === 0) problems.add(map, 'mapping is empty; name at least one field');
  const of = entries
    .map((entry) => readField(entry, problems, placeholders))
    .filter((part) => part !== undefined);
  const [only] = of;
  return of.length === 1 ? only : { kind: 'every', of };
}

/** A list: one of its mappings, or one of its keywords. */
function readItems(
  list: YAMLSeq,
  name: string,
  problems: ProblemList,
  placeholders: Placeholders,
): Detection | undefined {
  if (list.items.length === 0)
    problems.add(list, `${name} is an empty list; write at least one keyword or mapping`);
  const of: Detection[] = [];
  const keywords: Pattern[] = [];
  for (const item of itemsOf(list)) {
    if (isMap(item)) {
      const detection = readFields(item, problems, placeholders);
      if (detection !== undefined) of.push(detection);
      continue;
    }
    const value = valueOf(item, problems);
    const pattern =
      value === undefined
        ? undefined
        : usable(keywordOf(value, KEYWORDS, placeholders), item ?? list, problems);
    if (pattern !== undefined) keywords.push(pattern);
  }
  if (keywords.length > 0) of.push({ kind: 'keywords', patterns: keywords, all: false });
  const [only] = of;
  return of.length === 1 ? only : { kind: 'some', of };
}

function readField(entry: Entry, problems: ProblemList, placeholders: Placeholders): Detection | undefined {
  const key = parseFieldKey(entry.key);
  if (typeof key === 'string') {
    problems.add(entry.keyNode, key);
    return undefined;
  }
  const { field, comparison } = key;
  const path = parseFieldPath(field);
  if (field !== '' && path === undefined) {
    problems.add(entry.keyNode, `field has more than ${MAX_SEGMENTS} parts; shorten the path`);
    return undefined;
  }
  const values = readValues(entry, comparison, problems);
  if (path !== undefined && comparison.mode === 'exists') return existsOf(entry, path, values, problems);
  if (path !== undefined && comparison.fieldref) return referenceOf(path, comparison, values, problems);
  const make = path === undefined ? keywordOf : patternOf;
  const patterns = values
    .map(({ written, offset }) => usable(make(written, comparison, placeholders), offset, problems))
    .filter((pattern) => pattern !== undefined);
  const { all, negated } = comparison;
  return path === undefined
    ? { kind: 'keywords', patterns, all }
    : { kind: 'values', path, patterns, all, negated };
}

function existsOf(
  entry: Entry,
  path: FieldPath,
  values: readonly PlacedValue[],
  problems: ProblemList,
): Detection | undefined {
  const [value] = values;
  if (values.length === 1 && typeof value?.written.value === 'boolean')
    return { kind: 'exists', path, expected: value.written.value };
  problems.add(entry.value ?? entry.keyNode, 'exists takes one value, true or false');
  return undefined;
}

/** The fields that the values name. */
function referenceOf(
  path: FieldPath,
  { mode, all, cased, negated }: Comparison,
  values: readonly PlacedValue[],
  problems: ProblemList,
): Detection | undefined {
  const others = values.map(({ written: { value }, offset }) => {
    const other = typeof value === 'string' ? parseFieldPath(value) : undefined;
    if (other === undefined)
      problems.addAt(offset, `fieldref takes the name of a field, of at most ${MAX_SEGMENTS} parts, as text`);
    return other;
  });
  const known = others.filter((other) => other !== undefined);
  if (known.length < others.length || !isReferenceMode(mode)) return undefined;
  return { kind: 'reference', path, others: known, comparison: { mode, all, cased, negated } };
}

function isReferenceMode(mode: Comparison['mode']): mode is ReferenceComparison['mode'] {
  return mode === 'equals' || mode === 'contains' || mode === 'startswith' || mode === 'endswith';
}

interface PlacedValue {
  written: RuleValue;
  offset: number;
}

/** The value behind a field, or the values of its list. */
function readValues(entry: Entry, comparison: Comparison, problems: ProblemList): PlacedValue[] {
  const { value, keyNode } = entry;
  const list = isSeq(value);
  if (list && value.items.length === 0)
    problems.add(value, `${entry.key} has an empty list; write at least one value`);
  if (comparison.all && !(list && value.items.length > 1)) {
    problems.add(keyNode, 'all needs a list of two or more values; leave it out for one value');
  }
  const nodes = list ? itemsOf(value) : [value];
  const placed: PlacedValue[] = [];
  for (const node of nodes) {
    const written = valueOf(node, problems);
    if (written !== undefined) placed.push({ written, offset: offsetOf(node ?? keyNode) });
  }
  return placed;
}

function usable(made: Pattern | string, at: Node | number, problems: ProblemList): Pattern | undefined {
  if (typeof made !== 'string') return made;
  if (typeof at === 'number') problems.addAt(at, made);
  else problems.add(at, made);
  return undefined;
}
