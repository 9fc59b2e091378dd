/**
 * data/methods.yaml: bases, decay, half-life and switches of the methods, as data, each with source and basis.
 * Read strictly: a file with a figure missing or out of range is refused with every fault and its place.
 */
import { CounterfoilError, type Problem } from '../model/errors.ts';
import type { Micros } from '../model/instant.ts';
import { METHODS, type Method } from '../model/link.ts';
import type { MethodSettings } from '../model/join-settings.ts';
import { parseDuration } from './durations.ts';
import { didYouMean } from './suggest.ts';
import { YamlFile, type YamlEntry, type YamlNode } from './yaml-file.ts';

export interface MethodsFile {
  halfLife: Micros;
  orderFactor: number;
  selfReportedCap: number;
  escapeBase: number;
  methods: Record<Method, MethodSettings>;
}

const BASES: readonly unknown[] = ['published', 'assumption'];
const FIGURES = ['half_life', 'order_factor', 'self_reported_cap', 'escape_base'];
const KEYS = ['schema', 'retrieved', ...FIGURES, 'methods'];
const METHOD_KEYS = ['needs', 'base', 'decays', 'enabled', 'basis', 'source'];

/**
 * Parses the text of a methods file.
 * @param file for messages
 * @throws CounterfoilError CF_DATA_FILE with every problem
 */
export function parseMethodsFile(text: string, file: string): MethodsFile {
  const yaml = new YamlFile(file, text);
  const read = new Reader(yaml.problems);
  const top = read.map(yaml.root, KEYS, 'the file');
  const parsed = {
    halfLife: read.figure(top, 'half_life', (value) => durationOf(value)),
    orderFactor: read.figure(top, 'order_factor', shareOf),
    selfReportedCap: read.figure(top, 'self_reported_cap', shareOf),
    escapeBase: read.figure(top, 'escape_base', shareOf),
    methods: read.methods(top),
  };
  if (read.problems.length > 0) {
    throw new CounterfoilError('CF_DATA_FILE', `${file} is not a valid file of methods.`, read.problems);
  }
  return parsed;
}

type Entries = ReadonlyMap<string, YamlEntry> & { at: string };

/** Collects faults instead of stopping at the first; what it returns counts only when there was none. */
class Reader {
  readonly problems: Problem[];

  constructor(problems: readonly Problem[]) {
    this.problems = [...problems];
  }

  map(node: YamlNode, known: readonly string[], what: string): Entries {
    const entries = node.entries();
    if (entries === undefined) this.problems.push({ at: node.at, text: `${what} must be a map` });
    for (const { key, at } of entries ?? []) {
      if (!known.includes(key))
        this.problems.push({ at, text: `${key} is not known here${didYouMean(key, known)}` });
    }
    return Object.assign(new Map((entries ?? []).map((entry) => [entry.key, entry])), { at: node.at });
  }

  /** `{value, basis, source}` under a key. */
  figure(top: Entries, key: string, parse: (value: unknown) => number | undefined): number {
    const entry = top.get(key);
    if (entry === undefined) return this.#missing(top.at, key);
    const map = this.map(entry.value, ['value', 'basis', 'source'], key);
    this.#origin(map, key);
    return this.#number(map, 'value', parse, key);
  }

  methods(top: Entries): Record<Method, MethodSettings> {
    const entry = top.get('methods');
    const out = {} as Record<Method, MethodSettings>;
    if (entry === undefined) {
      this.#missing(top.at, 'methods');
      return out;
    }
    const rows = this.map(entry.value, METHODS, 'methods');
    for (const method of METHODS) {
      const row = rows.get(method);
      if (row === undefined) {
        this.#missing(rows.at, method);
        continue;
      }
      const map = this.map(row.value, METHOD_KEYS, method);
      this.#origin(map, method);
      out[method] = {
        base: this.#number(map, 'base', shareOf, method),
        decays: this.#boolean(map, 'decays', method),
        enabled: this.#boolean(map, 'enabled', method),
      };
    }
    return out;
  }

  #missing(at: string, what: string): number {
    this.problems.push({ at, text: `${what} is missing` });
    return 0;
  }

  #number(map: Entries, key: string, parse: (value: unknown) => number | undefined, of: string): number {
    const entry = map.get(key);
    if (entry === undefined) return this.#missing(map.at, `${of}.${key}`);
    const value = parse(entry.value.value());
    if (value !== undefined) return value;
    const wants = parse === shareOf ? 'a number from 0 to 1' : 'a duration above 0, such as 30m';
    this.problems.push({ at: entry.value.at, text: `${of}.${key} must be ${wants}` });
    return 0;
  }

  #boolean(map: Entries, key: string, of: string): boolean {
    const entry = map.get(key);
    const value = entry?.value.value();
    if (entry === undefined) this.#missing(map.at, `${of}.${key}`);
    else if (typeof value !== 'boolean')
      this.problems.push({ at: entry.value.at, text: `${of}.${key} must be true or false` });
    return value === true;
  }

  #origin(map: Entries, of: string): void {
    const basis = map.get('basis');
    const source = map.get('source')?.value.value();
    if (basis === undefined || !BASES.includes(basis.value.value())) {
      this.problems.push({
        at: basis?.value.at ?? map.at,
        text: `${of}.basis must be published or assumption`,
      });
    }
    if (typeof source !== 'string' || source === '') {
      this.problems.push({ at: map.at, text: `${of}.source must say where the figure comes from` });
    }
  }
}

function shareOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined;
}

function durationOf(value: unknown): Micros | undefined {
  const micros = typeof value === 'string' ? parseDuration(value) : undefined;
  return micros === 0 ? undefined : micros;
}
