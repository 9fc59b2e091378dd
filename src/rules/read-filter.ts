/**
 * Reads a document with `filter`: which rules it is for, and what their matches have to be besides.
 * Source: Sigma filters specification v2.1; `any` and `all` for every rule of the log source, as pySigma has them.
 */
import { isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { readDetectionSection, type Reading } from './detection-section.ts';
import { itemsOf, mapOf, offsetOf, stringOf, type Entry, type PlacedText } from './rule-document.ts';
import type { RuleFilter } from './rule-filter.ts';
import { readLogSource, readTitle, readUuid } from './rule-header.ts';

/** Rules that one filter may name. */
export const MAX_FILTERED_RULES = 1_000;

const EVERY = ['any', 'all'];
const MAX_TEXT = 256;

/** Reads one document; every fault is a problem. @returns undefined where a part is missing or wrong */
export function readFilter(
  map: YAMLMap,
  entries: ReadonlyMap<string, Entry>,
  reading: Reading,
): RuleFilter | undefined {
  const { problems } = reading;
  const title = readTitle(map, entries, problems);
  readUuid(entries.get('id'), problems);
  const source = readLogSource(map, entries, problems);
  const entry = entries.get('filter');
  const section = mapOf(entry?.value ?? null, entry?.keyNode ?? map, 'filter', problems);
  if (section === undefined) return undefined;
  const rules = readRules(section, reading);
  const detection = readDetectionSection(section, 'filter', ['rules'], source, reading);
  if (title === undefined || source === undefined || rules === undefined) return undefined;
  if (detection === undefined) return undefined;
  return { source, rules, ...detection, place: problems.place(offsetOf(map)) };
}

/** One name, a list of names, or every rule. */
function readRules(section: YAMLMap, { problems }: Reading): PlacedText[] | null | undefined {
  const value = section.get('rules', true) as Node | undefined;
  if (value === undefined) {
    problems.add(section, 'filter has no rules; add a list of names or ids, or any');
    return undefined;
  }
  if (isScalar(value) && EVERY.includes(String(value.value).toLowerCase())) return null;
  const nodes = isSeq(value) ? itemsOf(value) : [value];
  if (nodes.length === 0 || nodes.length > MAX_FILTERED_RULES) {
    problems.add(value, `rules has to be a list of 1 to ${MAX_FILTERED_RULES}, or any`);
    return undefined;
  }
  const names = nodes.map((node) => {
    const text = stringOf({ key: 'rules', keyNode: value, value: node }, MAX_TEXT, problems);
    return text === undefined ? undefined : { text, at: problems.place(offsetOf(node)) };
  });
  const known = names.filter((name) => name !== undefined);
  return known.length < names.length ? undefined : known;
}
