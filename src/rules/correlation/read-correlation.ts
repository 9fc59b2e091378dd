/**
 * Reads a document with `correlation`: what it correlates, by which fields, within which time, and when that is a match.
 * Source: Sigma correlation rules specification v2.1.
 */
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { MICROS_PER_SECOND, type Micros } from '../../model/instant.ts';
import {
  entriesOf,
  itemsOf,
  mapOf,
  offsetOf,
  stringOf,
  type Entry,
  type ProblemList,
} from '../rule-document.ts';
import { readAbout } from '../rule-header.ts';
import type { Alias, CorrelationDraft, PlacedText } from './correlation-draft.ts';
import { BOUNDS, CORRELATION_TYPES, type Bound, type CorrelationType } from './correlation-rule.ts';

export const MAX_REFERENCES = 32;
export const MAX_GROUP_FIELDS = 16;
const MAX_TEXT = 256;
/** Seven days: how long members of a window have to be kept. */
export const MAX_TIMESPAN: Micros = 7 * 86_400 * MICROS_PER_SECOND;
const MAX_COUNT = 1_000_000;

const KEYS = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate'];
/** Types of the specification that are not evaluated. */
const OTHER_TYPES = ['value_sum', 'value_avg', 'value_percentile'];
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

type Entries = ReadonlyMap<string, Entry>;

/** Reads one document; every fault is a problem. @returns undefined where a part is missing or wrong */
export function readCorrelation(
  map: YAMLMap,
  entries: Entries,
  problems: ProblemList,
): CorrelationDraft | undefined {
  const about = readAbout(map, entries, problems);
  const entry = entries.get('correlation');
  const section = mapOf(entry?.value ?? null, entry?.keyNode ?? map, 'correlation', problems);
  if (section === undefined) return undefined;
  const parts = partsOf(section, problems);
  const type = readType(section, parts.get('type'), problems);
  const rules = readNames(section, parts.get('rules'), 'rules', MAX_REFERENCES, problems);
  const groupBy = parts.has('group-by')
    ? readNames(section, parts.get('group-by'), 'group-by', MAX_GROUP_FIELDS, problems)
    : [];
  const timespan = readTimespan(section, parts.get('timespan'), problems);
  const generate = readGenerate(parts.get('generate') ?? entries.get('generate'), problems);
  const aliases = readAliases(parts.get('aliases'), problems);
  if (type === undefined) return undefined;
  const condition = readCondition(section, parts.get('condition'), type, problems);
  const { title } = about;
  if (title === undefined || rules === undefined || groupBy === undefined) return undefined;
  if (timespan === undefined || condition === undefined) return undefined;
  if (condition.bounds === null && rules.length < 2) {
    problems.add(
      section,
      `${type} needs two rules or more, or a condition; one is there whenever it matches`,
    );
    return undefined;
  }
  const { bounds, counted } = condition;
  const place = problems.place(offsetOf(map));
  return {
    ...about,
    title,
    type,
    rules,
    groupBy,
    counted,
    aliases,
    timespan,
    condition: bounds,
    generate,
    place,
  };
}

function partsOf(section: YAMLMap, problems: ProblemList): Entries {
  const parts = entriesOf(section, problems);
  for (const { key, keyNode } of parts) {
    if (!KEYS.includes(key))
      problems.add(keyNode, `${JSON.stringify(key)} is not known under correlation; use ${KEYS.join(', ')}`);
  }
  return new Map(parts.map((part) => [part.key, part]));
}

function readType(
  section: YAMLMap,
  entry: Entry | undefined,
  problems: ProblemList,
): CorrelationType | undefined {
  if (entry === undefined) {
    problems.add(section, `correlation has no type; add one of ${CORRELATION_TYPES.join(', ')}`);
    return undefined;
  }
  const text = stringOf(entry, MAX_TEXT, problems);
  const type = CORRELATION_TYPES.find((known) => known === text);
  if (type === undefined && text !== undefined) {
    const why = OTHER_TYPES.includes(text) ? 'is not evaluated here' : 'is no type of correlation';
    problems.add(entry.value, `${text} ${why}; use one of ${CORRELATION_TYPES.join(', ')}`);
  }
  return type;
}

/** One text, or a list of different ones. */
function readNames(
  section: YAMLMap,
  entry: Entry | undefined,
  name: string,
  max: number,
  problems: ProblemList,
): PlacedText[] | undefined {
  if (entry === undefined) {
    problems.add(section, `correlation has no ${name}; add a list`);
    return undefined;
  }
  const nodes = isSeq(entry.value) ? itemsOf(entry.value) : [entry.value];
  if (nodes.length === 0 || nodes.length > max) {
    problems.add(entry.value, `${name} has to be a list of 1 to ${max}`);
    return undefined;
  }
  const texts: PlacedText[] = [];
  for (const value of nodes) {
    const text = stringOf({ ...entry, value }, MAX_TEXT, problems);
    if (text === undefined) return undefined;
    if (texts.some((known) => known.text === text)) {
      problems.add(value ?? entry.keyNode, `${text} stands twice in ${name}; leave one out`);
      return undefined;
    }
    texts.push({ text, at: problems.place(offsetOf(value)) });
  }
  return texts;
}

function readTimespan(section: YAMLMap, entry: Entry | undefined, problems: ProblemList): Micros | undefined {
  if (entry === undefined) {
    problems.add(section, 'correlation has no timespan; add one, for instance 10m');
    return undefined;
  }
  const text = stringOf(entry, MAX_TEXT, problems);
  if (text === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const micros = Number(number) * (UNITS[unit] ?? 0) * MICROS_PER_SECOND;
  if (micros > 0 && micros <= MAX_TIMESPAN) return micros;
  problems.add(entry.value, 'timespan has to be a whole number with s, m, h or d, from 1s to 7d');
  return undefined;
}

function readGenerate(entry: Entry | undefined, problems: ProblemList): boolean {
  if (entry === undefined) return false;
  const value: unknown = isScalar(entry.value) ? entry.value.value : undefined;
  if (typeof value === 'boolean') return value;
  problems.add(entry.value ?? entry.keyNode, 'generate has to be true or false');
  return false;
}

function readAliases(entry: Entry | undefined, problems: ProblemList): Alias[] {
  if (entry === undefined) return [];
  const map = mapOf(entry.value, entry.keyNode, 'aliases', problems);
  if (map === undefined) return [];
  return entriesOf(map, problems).map((alias) => ({
    text: alias.key,
    at: problems.place(offsetOf(alias.keyNode)),
    fields: readAliasFields(alias, problems),
  }));
}

function readAliasFields(alias: Entry, problems: ProblemList): Alias['fields'] {
  const map = mapOf(alias.value, alias.keyNode, `alias ${alias.key}`, problems);
  if (map === undefined) return [];
  const fields: { rule: PlacedText; field: string }[] = [];
  for (const entry of entriesOf(map, problems)) {
    const field = stringOf(entry, MAX_TEXT, problems);
    const rule = { text: entry.key, at: problems.place(offsetOf(entry.keyNode)) };
    if (field !== undefined) fields.push({ rule, field });
  }
  return fields;
}

interface ReadCondition {
  bounds: Bound[] | null;
  counted: PlacedText[];
}

function readCondition(
  section: YAMLMap,
  entry: Entry | undefined,
  type: CorrelationType,
  problems: ProblemList,
): ReadCondition | undefined {
  const counts = type === 'event_count' || type === 'value_count';
  if (entry === undefined) {
    if (!counts) return { bounds: null, counted: [] };
    problems.add(section, `${type} has no condition; add one, for instance {gte: 10}`);
    return undefined;
  }
  if (!isMap(entry.value)) {
    problems.add(entry.value ?? entry.keyNode, 'condition has to be a mapping, for instance {gte: 10}');
    return undefined;
  }
  const parts = new Map(entriesOf(entry.value, problems).map((part) => [part.key, part]));
  const counted = readCounted(entry.value, parts.get('field'), type, problems);
  const bounds = [...parts.values()]
    .filter(({ key }) => key !== 'field')
    .map((part) => readBound(part, problems));
  const known = bounds.filter((bound) => bound !== undefined);
  if (bounds.length === 0)
    problems.add(entry.value, `condition has no bound; add one of ${BOUNDS.join(', ')}`);
  if (counted === undefined || known.length < bounds.length || known.length === 0) return undefined;
  return { bounds: known, counted };
}

function readBound(part: Entry, problems: ProblemList): Bound | undefined {
  const order = BOUNDS.find((known) => known === part.key);
  if (order === undefined) {
    problems.add(part.keyNode, `${JSON.stringify(part.key)} is no bound; use one of ${BOUNDS.join(', ')}`);
    return undefined;
  }
  const value: unknown = isScalar(part.value) ? part.value.value : undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT)
    return { order, value };
  problems.add(part.value ?? part.keyNode, `${order} has to be a whole number from 0 to ${MAX_COUNT}`);
  return undefined;
}

function readCounted(
  condition: YAMLMap,
  entry: Entry | undefined,
  type: CorrelationType,
  problems: ProblemList,
): PlacedText[] | undefined {
  if (type === 'value_count') {
    if (entry !== undefined) return readNames(condition, entry, 'field', MAX_GROUP_FIELDS, problems);
    problems.add(
      condition,
      'value_count has no field in its condition; name the field whose values are counted',
    );
    return undefined;
  }
  if (entry === undefined) return [];
  problems.add(entry.keyNode, `field belongs to value_count; leave it out of ${type}`);
  return undefined;
}
