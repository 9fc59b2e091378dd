/**
 * One YAML document of a rule file as its readers see it: nodes with their places, and a list that gathers
 * every problem instead of stopping at the first. Readers say what they expect and get `undefined` where the
 * file has something else.
 */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Problem } from '../model/errors.ts';
import type { RuleValue } from './value-pattern.ts';

/** Problems of one file that are kept; a file with more is not looked at line by line. */
export const MAX_PROBLEMS = 500;

/** Problems of one file with their places, and doubts: what is no fault, and hardly what its author meant. */
export class ProblemList {
  readonly problems: Problem[] = [];
  readonly doubts: Problem[] = [];
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  /** `file:line:column`, lines and columns from 1. */
  place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  addAt(offset: number, text: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ at: this.place(offset), text });
  }

  add(node: Node | null | undefined, text: string): void {
    this.addAt(offsetOf(node), text);
  }

  doubt(node: Node, text: string): void {
    if (this.doubts.length < MAX_PROBLEMS) this.doubts.push({ at: this.place(offsetOf(node)), text });
  }
}

/** Where a node begins in the text of the file. */
export function offsetOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** A text of the file and its `file:line:column`. */
export interface PlacedText {
  text: string;
  at: string;
}

/** One member of a mapping. */
export interface Entry {
  key: string;
  keyNode: Node;
  /** Null where the file has nothing behind the colon. */
  value: Node | null;
}

/** The members of a mapping whose keys are texts; any other key is a problem. */
export function entriesOf(map: YAMLMap, problems: ProblemList): Entry[] {
  const entries: Entry[] = [];
  for (const { key, value } of map.items) {
    const name: unknown = isScalar(key) ? key.value : undefined;
    if (isNode(key) && typeof name === 'string') {
      entries.push({ key: name, keyNode: key, value: isNode(value) ? value : null });
    } else problems.add(isNode(key) ? key : map, 'a key has to be text; put it in quotes');
  }
  return entries;
}

/** The items of a list; an item that the file leaves empty is null. */
export function itemsOf(list: YAMLSeq): (Node | null)[] {
  return list.items.map((item) => (isNode(item) ? item : null));
}

/** The mapping that a node is, or undefined with a problem. */
export function mapOf(
  node: Node | null,
  owner: Node,
  name: string,
  problems: ProblemList,
): YAMLMap | undefined {
  if (isMap(node)) return node;
  problems.add(node ?? owner, isAlias(node) ? NO_ALIAS : `${name} has to be a mapping`);
  return undefined;
}

export const NO_ALIAS =
  'YAML aliases are not supported in rules; write the value out, or put a text that begins with * in quotes';

/** The scalar of a node with its spelling, or undefined with a problem. An empty node is null. */
export function valueOf(node: Node | null, problems: ProblemList): RuleValue | undefined {
  if (node === null) return { value: null, source: '' };
  if (isAlias(node)) problems.add(node, NO_ALIAS);
  else if (isMap(node)) problems.add(node, 'fields do not nest; write one field as a path with dots');
  else if (isSeq(node)) problems.add(node, 'lists do not nest; write one list');
  else if (isScalar(node)) return scalarValue(node, problems);
  return undefined;
}

function scalarValue(node: Scalar, problems: ProblemList): RuleValue | undefined {
  const { value, source } = node;
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return { value, source: source ?? String(value) };
  }
  problems.add(node, 'value has to be text, a number, true, false or null');
  return undefined;
}

/** The text of a node, or undefined with a problem. */
export function stringOf(entry: Entry, maxLength: number, problems: ProblemList): string | undefined {
  const { value: node, key } = entry;
  const value: unknown = isScalar(node) ? node.value : undefined;
  if (typeof value !== 'string' || value.trim() === '') {
    problems.add(
      node ?? entry.keyNode,
      isAlias(node) ? NO_ALIAS : `${key} has to be text that is not empty; put it in quotes`,
    );
    return undefined;
  }
  if (value.length > maxLength) {
    problems.add(node, `${key} has ${value.length} characters; at most ${maxLength} are allowed`);
    return undefined;
  }
  return value.trim();
}

/** The number of a node within bounds, or undefined with a problem. */
export function numberOf(entry: Entry, min: number, max: number, problems: ProblemList): number | undefined {
  const value: unknown = isScalar(entry.value) ? entry.value.value : undefined;
  if (typeof value === 'number' && value >= min && value <= max) return value;
  problems.add(entry.value ?? entry.keyNode, `${entry.key} has to be a number from ${min} to ${max}`);
  return undefined;
}
