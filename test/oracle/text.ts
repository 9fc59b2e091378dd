/**
 * Text helpers of the oracle: instants, ids, canonical JSON, hashes. Written a second time on purpose, in the
 * simplest way that can be checked by eye, so that a mistake in the engine's own helpers shows.
 */
import { createHash } from 'node:crypto';

/** Any JSON object as a user sends it. */
export type Plain = Record<string, unknown>;

/** The value as an object with members; an empty one where it is none. */
export function plain(value: unknown): Plain {
  return isPlain(value) ? value : {};
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The elements of an array; none where it is no array. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** Text that says something: trimmed, and null for the ways of saying nothing. */
export function text(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const trimmed = value.trim();
  return ['', '<NA>', 'N/A', '-', 'null', '<nil>'].includes(trimmed) ? null : trimmed;
}

/** RFC 3339 to microseconds since the epoch; digits below the microsecond are cut. */
export function micros(value: unknown): number {
  const match = /^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(String(value));
  if (match === null) throw new Error('the oracle reads RFC 3339 with a zone only');
  const seconds = Date.parse(`${match[1]}${match[3]}`) / 1000;
  return seconds * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** Nanoseconds since the epoch as text, to microseconds; cut. */
export function microsOfNanos(value: unknown): number {
  return Number(BigInt(String(value)) / 1000n);
}

/** Container id as compared: without scheme, lower-case, 12 to 64 hex digits; else null. */
export function containerId(value: unknown): string | null {
  const id = text(value)?.toLowerCase().split('://').at(-1) ?? '';
  return /^[0-9a-f]{12,64}$/.test(id) ? id : null;
}

/** Trace or span id as compared: lower-case hex; null for all zeros and for what is none. */
export function hexId(written: unknown): string | null {
  const value = unbase64(written);
  const id = text(value)?.toLowerCase() ?? '';
  return /^[0-9a-f]+$/.test(id) && /[1-9a-f]/.test(id) ? id : null;
}

/** Some exporters write ids in base64: 24 or 22 characters for 16 bytes, 12 or 11 for 8. Hex is tried first. */
function unbase64(written: unknown): unknown {
  if (typeof written !== 'string' || /^[0-9a-f]*$/i.test(written)) return written;
  const bytes = Buffer.from(written, 'base64');
  return [8, 16].includes(bytes.length) ? bytes.toString('hex') : written;
}

/** A transaction id as compared: trimmed, UUIDs in lower case. */
export function idValue(value: string): string {
  const trimmed = value.trim();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(trimmed) ? trimmed.toLowerCase() : trimmed;
}

/** RFC 8785 for the values of the scenarios: members sorted by name, no spaces, absent members left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = plain(value);
  const names = Object.keys(members)
    .filter((name) => members[name] !== undefined)
    .toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(members[name])}`).join(',')}}`;
}

/** SHA-256 of a text, in hex. */
export function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/** F1: prefix, `_`, base32 of the first 128 bits of the SHA-256 of the canonical tuple. */
export function id(prefix: string, tuple: unknown[]): string {
  const first128 = BigInt(`0x${sha256(canonical(tuple)).slice(0, 32)}`);
  const bits = first128.toString(2).padStart(128, '0').padEnd(130, '0');
  const letters = [...Array(26).keys()].map(
    (i) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)],
  );
  return `${prefix}_${letters.join('')}`;
}

/** FNV-1a with 128 bits over the UTF-8 bytes, in hex: how Falcosidekick makes a trace id up. */
export function fnv128(value: string): string {
  let hash = 0x6c62272e07bb014262b821756295c58dn;
  for (const byte of Buffer.from(value)) {
    hash = ((hash ^ BigInt(byte)) * 0x0000000001000000000000000000013bn) % 2n ** 128n;
  }
  return hash.toString(16).padStart(32, '0');
}

/** Order of two rows by their columns, first difference decides. */
export function compareRows(a: (string | number)[], b: (string | number)[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
