/**
 * Kinds of option values: how each is read from YAML and from text (variables, flags), how it is written, and its
 * JSON Schema. Every message says what would be right.
 */
import { formatInstant, parseInstant } from '../model/instant.ts';
import { currencyExponent } from '../model/money.ts';
import { formatByteSize, parseByteSize } from './byte-sizes.ts';
import { formatDuration, parseDuration } from './durations.ts';
import { didYouMean } from './suggest.ts';

/** What is wrong with a value; `path` leads into a list or map, where only a part of it is wrong. */
export class Fault {
  readonly text: string;
  readonly path: readonly (string | number)[];

  constructor(text: string, path: readonly (string | number)[] = []) {
    this.text = text;
    this.path = path;
  }
}

/** A JSON Schema (draft-07) fragment. */
export type SchemaPart = Record<string, unknown>;

export interface OptionKind<T> {
  /** Name for the reference page. */
  readonly name: string;
  /** From YAML: a plain JSON-like value. */
  fromValue(value: unknown): T | Fault[];
  /** From a variable (one text) or a flag (one per use). A single value takes the last. */
  fromTexts(texts: readonly string[]): T | Fault[];
  /** As a user would write it. */
  show(value: T): string;
  readonly schema: SchemaPart;
}

const last = (texts: readonly string[]): string => texts.at(-1) ?? '';

/** A value in a message: short, so that a pasted file does not become the message. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

interface Scalar<T> {
  name: string;
  schema: SchemaPart;
  /** What a YAML value may be. Text kinds refuse numbers, because YAML has already rewritten those. */
  yaml: readonly ('string' | 'number')[];
  parse: (text: string) => T | undefined;
  show: (value: T) => string;
  /** What is wrong with a value (undefined: it did not parse), or nothing. */
  complaint: (value: T | undefined) => string | undefined;
}

function scalar<T>(of: Scalar<T>): OptionKind<T> {
  const read = (written: string | number): T | Fault[] => {
    const value = of.parse(String(written));
    const complaint = of.complaint(value);
    if (value !== undefined && complaint === undefined) return value;
    return [new Fault(`${quote(written)} ${complaint ?? `is not a ${of.name}`}`)];
  };
  return {
    name: of.name,
    schema: of.schema,
    show: of.show,
    fromTexts: (texts) => read(last(texts)),
    fromValue: (value) => {
      if (typeof value === 'string' && of.yaml.includes('string')) return read(value);
      if (typeof value === 'number' && of.yaml.includes('number')) return read(value);
      if (typeof value === 'number')
        return [new Fault(`${value} is a number and must be text: put it in quotes`)];
      return [new Fault(`${quote(value)} ${of.complaint(undefined) ?? `is not a ${of.name}`}`)];
    },
  };
}

/** A length of time, in microseconds. */
export function duration(range: { min?: string; max: string }): OptionKind<number> {
  const min = parseDuration(range.min ?? '0') ?? 0;
  const max = parseDuration(range.max) ?? 0;
  return scalar({
    name: 'duration',
    schema: { anyOf: [{ type: 'string', pattern: '^(0|(\\d+(d|h|m|s|ms|us))+)$' }, { const: 0 }] },
    yaml: ['string', 'number'],
    parse: parseDuration,
    show: formatDuration,
    complaint: (value) => {
      if (value === undefined)
        return 'is not a duration; write a number with a unit, such as 500ms, 60s, 15m or 1h30m';
      if (value < min || value > max)
        return `is out of range: ${formatDuration(min)} to ${formatDuration(max)}`;
      return undefined;
    },
  });
}

/** A size in bytes. */
export function byteSize(range: { min: string; max: string }): OptionKind<number> {
  const min = parseByteSize(range.min) ?? 0;
  const max = parseByteSize(range.max) ?? 0;
  return scalar({
    name: 'size',
    schema: {
      anyOf: [
        { type: 'string', pattern: '^\\d+ ?([KMGT]i?B|B)?$' },
        { type: 'integer', minimum: min, maximum: max },
      ],
    },
    yaml: ['string', 'number'],
    parse: parseByteSize,
    show: formatByteSize,
    complaint: (value) => {
      if (value === undefined) return 'is not a size; write bytes, or a number with a unit such as 64MiB';
      if (value < min || value > max) return `is out of range: ${range.min} to ${range.max}`;
      return undefined;
    },
  });
}

function numeric(type: 'integer' | 'number', range: { min: number; max: number }): OptionKind<number> {
  return scalar({
    name: type,
    schema: { type, minimum: range.min, maximum: range.max },
    yaml: ['number'],
    parse: (text) => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined),
    show: String,
    complaint: (value) => {
      if (value === undefined) return `is not ${type === 'integer' ? 'a whole number' : 'a number'}`;
      if (type === 'integer' && !Number.isSafeInteger(value)) return 'is not a whole number';
      if (value < range.min || value > range.max) return `is out of range: ${range.min} to ${range.max}`;
      return undefined;
    },
  });
}

export const integer = (range: { min: number; max: number }): OptionKind<number> => numeric('integer', range);
export const number = (range: { min: number; max: number }): OptionKind<number> => numeric('number', range);

const ON = new Set(['true', '1', 'on', 'yes']);
const OFF = new Set(['false', '0', 'off', 'no']);

/** On or off; `1` and `0` are taken too. */
export const onOff: OptionKind<boolean> = {
  name: 'switch',
  schema: { enum: [true, false, 0, 1] },
  show: (value) => String(value),
  fromTexts: (texts) => onOffOf(last(texts)),
  fromValue: (value) => onOffOf(value),
};

function onOffOf(value: unknown): boolean | Fault[] {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : String(value);
  if (ON.has(text)) return true;
  if (OFF.has(text)) return false;
  return [new Fault(`${quote(value)} is neither true nor false`)];
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): OptionKind<T> {
  return scalar({
    name: words.join(' | '),
    schema: { enum: words },
    yaml: ['string'],
    parse: (value) => words.find((word) => word === value.trim()),
    show: String,
    complaint: (value) => (value === undefined ? `is none of ${words.join(', ')}` : undefined),
  });
}

/** Text of a form; `form` says in words what the pattern wants. */
export function text(name: string, pattern: RegExp, form: string): OptionKind<string> {
  return scalar({
    name,
    schema: { type: 'string', pattern: pattern.source },
    yaml: ['string'],
    parse: (value) => (pattern.test(value) ? value : undefined),
    show: String,
    complaint: (value) => (value === undefined ? `is not ${form}` : undefined),
  });
}

/** An ISO 4217 code. */
export const currency: OptionKind<string> = scalar({
  name: 'currency',
  schema: { type: 'string', pattern: '^[A-Z]{3}$' },
  yaml: ['string'],
  parse: (value) => (currencyExponent(value) === undefined ? undefined : value),
  show: String,
  complaint: (value) => (value === undefined ? 'is not an ISO 4217 currency code such as EUR' : undefined),
});

/** A zone of the IANA database, an offset, or `none`. */
export const zone: OptionKind<string> = scalar({
  name: 'zone',
  schema: { type: 'string' },
  yaml: ['string'],
  parse: (value) => (value === 'none' || isZone(value) ? value : undefined),
  show: String,
  complaint: (value) =>
    value === undefined ? 'is no zone such as UTC, Europe/Berlin or +01:00, and not none' : undefined,
});

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** An instant, RFC 3339. */
export const instant: OptionKind<number> = scalar({
  name: 'time',
  schema: { type: 'string' },
  yaml: ['string'],
  parse: parseInstant,
  show: formatInstant,
  complaint: (value) =>
    value === undefined ? 'is no time with a zone, such as 2026-03-10T14:00:00Z' : undefined,
});

/** A value that may be absent; YAML `null` and empty mean absent. */
export function optional<T>(kind: OptionKind<T>): OptionKind<T | null> {
  return {
    name: kind.name,
    schema: { anyOf: [kind.schema, { type: 'null' }] },
    show: (value) => (value === null ? '' : kind.show(value)),
    fromTexts: (texts) => kind.fromTexts(texts),
    fromValue: (value) => (value === null ? null : kind.fromValue(value)),
  };
}

const MAX_ITEMS = 1_000;

/** A list; in text its items are separated by commas, or the flag is given again. */
export function listOf<T extends string>(item: OptionKind<T>): OptionKind<readonly T[]> {
  const read = (values: readonly unknown[]): T[] | Fault[] => {
    if (values.length > MAX_ITEMS) return [new Fault(`has ${values.length} items; at most ${MAX_ITEMS}`)];
    const items: T[] = [];
    const faults: Fault[] = [];
    values.forEach((value, index) => {
      const read1 = item.fromValue(value);
      if (typeof read1 === 'string') items.push(read1);
      else faults.push(...read1.map((fault) => new Fault(fault.text, [index, ...fault.path])));
    });
    return faults.length > 0 ? faults : items;
  };
  return {
    name: `list of ${item.name}`,
    schema: { type: 'array', items: item.schema, maxItems: MAX_ITEMS },
    show: (value) => value.join(','),
    fromTexts: (texts) => read(texts.flatMap(splitAtCommas)),
    fromValue: (value) =>
      Array.isArray(value)
        ? read(value)
        : [new Fault(`${quote(value)} is not a list; write [${quote(value)}]`)],
  };
}

function splitAtCommas(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const PAIR = /^([A-Z]{3})\/([A-Z]{3})$/;
const RATE = /^\d{1,12}(\.\d{1,12})?$/;

/** Exchange rates: `USD/EUR: "0.90"` means one USD is 0.90 EUR. Decimal text, because a float is not a rate. */
export const rates: OptionKind<Readonly<Record<string, string>>> = {
  name: 'map of rates',
  schema: {
    type: 'object',
    propertyNames: { pattern: PAIR.source },
    additionalProperties: { type: 'string', pattern: RATE.source },
  },
  show: (value) =>
    Object.entries(value)
      .map(([pair, rate]) => `${pair}=${rate}`)
      .join(','),
  fromTexts: (texts) => ratesOf(texts.flatMap(splitAtCommas).map((part) => splitAtEquals(part))),
  fromValue: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? ratesOf(Object.entries(value))
      : [new Fault(`${quote(value)} is not a map of rates such as {USD/EUR: "0.90"}`)],
};

function splitAtEquals(part: string): [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}

function ratesOf(entries: readonly [string, unknown][]): Record<string, string> | Fault[] {
  const faults: Fault[] = [];
  const out: Record<string, string> = {};
  for (const [pair, rate] of entries) {
    const fault = rateFault(pair, rate);
    if (fault === undefined) out[pair] = String(rate);
    else faults.push(new Fault(fault, [pair]));
  }
  return faults.length > 0 ? faults : out;
}

function rateFault(pair: string, rate: unknown): string | undefined {
  const codes = PAIR.exec(pair);
  if (codes === null) return `${quote(pair)} is not a pair of currencies such as USD/EUR`;
  const unknown = codes.slice(1).find((code) => currencyExponent(code) === undefined);
  if (unknown !== undefined) return `${unknown} is not an ISO 4217 currency code`;
  if (typeof rate === 'number')
    return `the rate ${rate} must be in quotes: "${rate}" (decimal text, never a float)`;
  if (typeof rate !== 'string' || !RATE.test(rate) || /^[0.]+$/.test(rate)) {
    return `${quote(rate)} is not a positive decimal such as "0.90"`;
  }
  return undefined;
}

/** Message for a name that is not known, with the nearest that is. */
export function unknownName(what: string, written: string, known: readonly string[]): string {
  return `${what} ${quote(written)} is not known${didYouMean(written, known)}`;
}

const LIST_NAME = /^[\w.-]{1,128}$/;
const MAX_LISTS = 1_000;
const MAX_LIST_TEXT = 4_096;

/** Lists of texts by name: `{Servers: ["srv*", db1]}`. */
export const namedLists: OptionKind<Readonly<Record<string, readonly string[]>>> = {
  name: 'map of lists',
  schema: {
    type: 'object',
    propertyNames: { pattern: LIST_NAME.source },
    additionalProperties: { type: 'array', items: { type: 'string' }, maxItems: MAX_ITEMS },
  },
  show: (value) =>
    Object.entries(value)
      .map(([name, items]) => `${name}=${items.join('|')}`)
      .join(','),
  fromTexts: (texts) =>
    namedListsOf(
      texts.flatMap(splitAtCommas).map((part) => {
        const [name, items] = splitAtEquals(part);
        return [name, items.split('|').filter((item) => item !== '')];
      }),
    ),
  fromValue: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? namedListsOf(Object.entries(value))
      : [new Fault(`${quote(value)} is not a map of lists such as {Servers: ["srv*", db1]}`)],
};

function namedListsOf(entries: readonly [string, unknown][]): Record<string, string[]> | Fault[] {
  if (entries.length > MAX_LISTS) return [new Fault(`has ${entries.length} lists; at most ${MAX_LISTS}`)];
  const faults: Fault[] = [];
  const out: Record<string, string[]> = {};
  for (const [name, items] of entries) {
    if (!LIST_NAME.test(name))
      faults.push(new Fault(`${quote(name)} is not a name of letters, digits, _, . and -`, [name]));
    else if (!Array.isArray(items) || items.length > MAX_ITEMS)
      faults.push(new Fault(`${quote(items)} is not a list of at most ${MAX_ITEMS} texts`, [name]));
    else if (items.every((item) => typeof item === 'string' && item.length <= MAX_LIST_TEXT))
      out[name] = items as string[];
    else faults.push(new Fault(`has an item that is no text of at most ${MAX_LIST_TEXT} characters`, [name]));
  }
  return faults.length > 0 ? faults : out;
}
