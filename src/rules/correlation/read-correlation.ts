/**
 * Reads a document with `correlation`: what it correlates, by which fields, within which time, and when that is a match.
 * Source: Sigma correlation rules specification v2.1.
 */
import { isScalar, type YAMLMap } from 'yaml';
import { MICROS_PER_SECOND, type Micros } from '../../model/instant.ts';
import {
  entriesOf,
  mapOf,
  offsetOf,
  stringOf,
  type Entry,
  type PlacedText,
  type ProblemList,
} from '../rule-document.ts';
import { readAbout } from '../rule-header.ts';
import { canHold } from './can-hold.ts';
import type { Alias, CorrelationDraft } from './correlation-draft.ts';
import { CORRELATION_TYPES, type CorrelationType } from './correlation-rule.ts';
import { readCondition } from './read-condition.ts';
import { MAX_FIELDS, MAX_TEXT, readNames } from './read-names.ts';

export const MAX_REFERENCES = 32;
/** Seven days: how long members of a window have to be kept. */
export const MAX_TIMESPAN: Micros = 7 * 86_400 * MICROS_PER_SECOND;

const KEYS = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate'];
/** `generate` may stand in either place. */
const BELOW: ReadonlySet<string> = new Set(KEYS.filter((key) => key !== 'generate'));
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
  checkBeside(entries, problems);
  const parts = partsOf(section, problems);
  const type = readType(section, parts.get('type'), problems);
  const rules = readNames(section, parts.get('rules'), 'rules', MAX_REFERENCES, problems);
  const groupBy = parts.has('group-by')
    ? readNames(section, parts.get('group-by'), 'group-by', MAX_FIELDS, problems)
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
  const { bounds, valued, percentile } = condition;
  doubtAliases(aliases, [...groupBy, ...valued], problems);
  if (bounds !== null && !canHold(bounds, type, rules.length))
    problems.add(
      parts.get('condition')?.value ?? section,
      `nothing that ${type} finds can be what the condition asks for; loosen a bound`,
    );
  const place = problems.place(offsetOf(map));
  return {
    ...about,
    title,
    type,
    rules,
    groupBy,
    valued,
    aliases,
    timespan,
    condition: bounds,
    percentile,
    generate,
    place,
  };
}

/** What stands beside the section and would be passed over: a part of it by its indent, or a rule of another kind. */
function checkBeside(entries: Entries, problems: ProblemList): void {
  for (const { key, keyNode } of entries.values()) {
    if (BELOW.has(key)) problems.add(keyNode, `${key} belongs under correlation; indent it`);
    if (key === 'detection' || key === 'filter')
      problems.add(keyNode, `a rule with correlation has no ${key}; write that as a document of its own`);
  }
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
  if (type === undefined && text !== undefined)
    problems.add(
      entry.value,
      `${text} is no type of correlation; use one of ${CORRELATION_TYPES.join(', ')}`,
    );
  return type;
}

function readTimespan(section: YAMLMap, entry: Entry | undefined, problems: ProblemList): Micros | undefined {
  if (entry === undefined) {
    problems.add(section, 'correlation has no timespan; add one, for instance 10m');
    return undefined;
  }
  const text = isScalar(entry.value) ? (entry.value.source ?? '').trim() : '';
  const [, number = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const micros = Number(number) * (UNITS[unit] ?? 0) * MICROS_PER_SECOND;
  if (micros > 0 && micros <= MAX_TIMESPAN) return micros;
  problems.add(
    entry.value ?? entry.keyNode,
    'timespan has to be a whole number with s, m, h or d, from 1s to 7d',
  );
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

/** One that nothing refers to is mostly a field of group-by that is written in another way. */
function doubtAliases(aliases: readonly Alias[], used: readonly PlacedText[], { doubts }: ProblemList): void {
  for (const { text: alias, at } of aliases) {
    if (used.some(({ text }) => text === alias)) continue;
    doubts.push({
      at,
      text: `alias ${alias} is in neither group-by nor condition; use it there, or leave it out`,
    });
  }
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
