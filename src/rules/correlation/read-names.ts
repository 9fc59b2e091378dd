/** Reads what a correlation names: rules and fields, each with its place. */
import { isSeq, type YAMLMap } from 'yaml';
import {
  itemsOf,
  offsetOf,
  stringOf,
  type Entry,
  type PlacedText,
  type ProblemList,
} from '../rule-document.ts';

/** Fields of `group-by`, and of a value. */
export const MAX_FIELDS = 16;
export const MAX_TEXT = 256;

/** One text, or a list of different ones; every fault is a problem. */
export function readNames(
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
    if (text === undefined) continue;
    if (texts.some((known) => known.text === text))
      problems.add(value ?? entry.keyNode, `${text} stands twice in ${name}; leave one out`);
    else texts.push({ text, at: problems.place(offsetOf(value)) });
  }
  return texts.length < nodes.length ? undefined : texts;
}
