/**
 * RFC 8785 (JCS) text of JSON values: what every id and every hash is made of, and so written for every record.
 *
 * What: no white space, members by the UTF-16 units of their names, numbers and strings as `JSON.stringify` writes them, which is what the RFC
 * asks for. Lone surrogates, for which it has no text, become U+FFFD first. Why not a library: the one that was here
 * copied each value first and kept a stack of frames; this is one walk. Tests compare the two.
 *
 * Cost: one look at each string, and a sort of names that are not in order. Depth is recursion, and records have a limit of it.
 * Worked example: {b: [1.0, "x"], a: undefined, "1": null} -> `{"1":null,"b":[1,"x"]}`.
 * Source: RFC 8785, 3.2.
 */
import type { Json } from './json.ts';

/** What a string literal escapes (a quote, a backslash, control characters), and surrogates, which may be alone. */
const NOT_PLAIN = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** @throws RangeError for NaN and infinities, which JSON does not have */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return literal(value);
  if (value === null || typeof value !== 'object') return primitive(value);
  return Array.isArray(value) ? listText(value) : objectText(value);
}

function literal(text: string): string {
  return NOT_PLAIN.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}

function primitive(value: number | boolean | null): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('JSON has no such number.');
  // The RFC's number is ECMAScript's, where -0 is 0.
  return String(value);
}

function listText(list: readonly (Json | undefined)[]): string {
  let out = '[';
  for (let i = 0; i < list.length; i += 1) out += (i === 0 ? '' : ',') + canonicalJson(list[i] ?? null);
  return `${out}]`;
}

function objectText(object: { readonly [key: string]: Json | undefined }): string {
  const names = Object.keys(object);
  if (!isOrdered(names)) {
    // Made well-formed, two names may become one: the last counts, as in JSON itself.
    if (!names.every((name) => name.isWellFormed())) return objectText(wellNamed(object));
    names.sort();
  }
  let out = '{';
  for (const name of names) {
    const member = object[name];
    if (member !== undefined) out += `${out === '{' ? '' : ','}${literal(name)}:${canonicalJson(member)}`;
  }
  return `${out}}`;
}

/** Whether names are by their units, each once and well-formed. */
function isOrdered(names: readonly string[]): boolean {
  let last = '';
  for (const name of names) {
    if (name < last || !name.isWellFormed()) return false;
    last = name;
  }
  return true;
}

function wellNamed(object: { readonly [key: string]: Json | undefined }): {
  [key: string]: Json | undefined;
} {
  const out: { [key: string]: Json | undefined } = Object.create(null) as { [key: string]: Json };
  for (const [name, member] of Object.entries(object))
    if (member !== undefined) out[name.toWellFormed()] = member;
  return out;
}
