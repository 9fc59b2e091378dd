/**
 * Fields by dotted path in a raw record, where keys may contain dots themselves
 * (`authorization.k8s.io/decision`, Falco's `k8s.ns.name`) and arrays may stand anywhere.
 *
 * At an object the longest key that the rest of the path spells is tried first, then the next shorter one,
 * until one leads to a value. An array means each of its elements. The cost stays small in spite of that
 * choice: the keys on the way to a node spell a fixed part of the path, so no node is visited twice and the
 * visits are bounded by the nodes of the record.
 *
 * Worked example: `annotations.authorization.k8s.io/decision` in {annotations:
 * {"authorization.k8s.io/decision": "allow"}}: the record has no key of the whole path, ..., it has
 * `annotations`; there it has the whole rest: "allow".
 */
import type { Json } from '../model/json.ts';

export interface FieldPath {
  text: string;
  /** For the part that begins at segment i: keys from longest to shortest, and the segment each of them ends before. */
  keys: readonly (readonly PathKey[])[];
  /** Of a field that records have in parts: where these are. Its text is the first of each, with blanks between them. */
  parts?: readonly FieldPath[];
}

interface PathKey {
  key: string;
  next: number;
}

export type Fields = { [key: string]: Json };

/** Segments of a path; what comes to keys grows with the square of it. */
export const MAX_SEGMENTS = 24;
/** Arrays within arrays that are followed; formats refuse records deeper than this long before. */
const MAX_ARRAY_DEPTH = 64;

/** A path from its text. @returns undefined when it is empty or has more than MAX_SEGMENTS segments */
export function parseFieldPath(text: string): FieldPath | undefined {
  const segments = text.split('.');
  if (text === '' || segments.length > MAX_SEGMENTS) return undefined;
  const keys = segments.map((_, from) => {
    const choices: PathKey[] = [];
    for (let next = segments.length; next > from; next--) {
      choices.push({ key: segments.slice(from, next).join('.'), next });
    }
    return choices;
  });
  return { text, keys };
}

/** Whether the record has the field at all, be its value null or empty. */
export function fieldExists(fields: Fields, path: FieldPath): boolean {
  if (path.parts !== undefined) return path.parts.some((part) => fieldExists(fields, part));
  return collect(fields, path, 0, null, 0);
}

/** Every value that the path leads to; arrays are taken apart, objects stay whole. Empty where the field is absent. */
export function fieldValues(fields: Fields, path: FieldPath): Json[] {
  if (path.parts !== undefined) return joinedText(fields, path.parts);
  const values: Json[] = [];
  collect(fields, path, 0, values, 0);
  return values;
}

function joinedText(fields: Fields, parts: readonly FieldPath[]): Json[] {
  const texts = parts.flatMap((part) => fieldValues(fields, part).slice(0, 1)).filter(isText);
  return texts.length === 0 ? [] : [texts.join(' ')];
}

function isText(value: Json): value is string {
  return typeof value === 'string' && value !== '';
}

/** Adds the values below a node to `into`. @returns whether the path leads anywhere from here */
function collect(node: Json, path: FieldPath, segment: number, into: Json[] | null, depth: number): boolean {
  const keys = path.keys[segment];
  if (keys === undefined) {
    if (into !== null) addLeaf(node, into, 0);
    return true;
  }
  if (node === null || typeof node !== 'object') return false;
  if (Array.isArray(node)) {
    let found = false;
    if (depth === MAX_ARRAY_DEPTH) return false;
    for (const element of node) {
      if (collect(element, path, segment, into, depth + 1)) found = true;
    }
    return found;
  }
  for (const { key, next } of keys) {
    const member = Object.hasOwn(node, key) ? node[key] : undefined;
    if (member !== undefined && collect(member, path, next, into, depth)) return true;
  }
  return false;
}

function addLeaf(node: Json, into: Json[], depth: number): void {
  if (!Array.isArray(node)) into.push(node);
  else if (depth < MAX_ARRAY_DEPTH) {
    for (const element of node) addLeaf(element, into, depth + 1);
  }
}
