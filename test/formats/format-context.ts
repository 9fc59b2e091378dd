/** What decoders need, for tests: the real redactor with a fixed key, and a place. */
import { readFileSync } from 'node:fs';
import type { FormatContext } from '../../src/formats/context.ts';
import { createRedactor } from '../../src/formats/redaction/redact.ts';
import type { Place } from '../../src/model/place.ts';

export const KEY = new Uint8Array(32).fill(7);
export const PLACE: Place = { input: 'test.ndjson', line: 1, column: 1 };
export const CONTEXT: FormatContext = { tenant: 'default', redactor: createRedactor(() => KEY) };

/** A file of test/fixtures as text. */
export function fixture(path: string): string {
  return readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8');
}

/** Microseconds of an RFC 3339 time with six decimals, worked out without the code under test. */
export function micros(text: string): number {
  return Date.parse(`${text.slice(0, 19)}Z`) * 1000 + Number(text.slice(20, 26));
}

/** Decoded values as one JSON text. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `${member}` : member));
}

export type JsonObject = { [key: string]: unknown };

/** The only item of a result; fails the test where there is another number. */
export function only<T>(items: readonly T[]): T {
  const [item, ...more] = items;
  if (item === undefined || more.length > 0) throw new Error(`expected one item, got ${items.length}`);
  return item;
}
