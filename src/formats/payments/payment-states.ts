/** What states and schemes of foreign payment formats mean here: the table of data/states.yaml, checked and ready for lookups. */
import { CounterfoilError, type Problem } from '../../model/errors.ts';
import { UNTOLD_RAIL } from '../../model/payment.ts';

/** The formats that have states of their own. */
export const STATED_FORMATS = ['stripe', 'adyen', 'iso20022', 'iso8583'] as const;
export type StatedFormat = (typeof STATED_FORMATS)[number];

export interface StateTable {
  /**
   * Our rail for what the format says of it, most telling first.
   * @param own what stands for the rail where the table has none of them; no table of deadlines will know it. Null: `unknown`
   */
  railOf(format: StatedFormat, codes: readonly string[], own: string | null): string;
  /** Our state; what the table does not have is itself, in lower case. */
  stateOf(format: StatedFormat, rail: string, code: string): string;
}

interface FormatStates {
  rails: Map<string, string>;
  /** By our rail, `*` for any. */
  states: Map<string, Map<string, string>>;
}

const SCHEMA = 'states/1';
const TABLE_KEYS = ['schema', 'retrieved', 'formats'];
const FORMAT_KEYS = ['basis', 'source', 'rails', 'states'];
const BASES = ['published', 'observed', 'assumption'];
const ANY = '*';
const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const MAX_ROWS = 1_000;
/** A foreign name that is kept as it is; a longer one is none. */
const MAX_CODE = 64;

/**
 * Reads the parsed YAML of data/states.yaml.
 * @param file name for messages
 * @throws CounterfoilError CF_DATA_FILE with every problem
 */
export function parseStateTable(value: unknown, file: string): StateTable {
  const reader = new TableReader(file);
  const formats = reader.read(value);
  if (reader.problems.length > 0) {
    const list = reader.problems.map(({ at, text }) => `${at}: ${text}`).join('; ');
    throw new CounterfoilError('CF_DATA_FILE', `The table of states is not valid: ${list}`, reader.problems);
  }
  return {
    railOf: (format, codes, own) => {
      const rails = formats.get(format)?.rails;
      const known = codes.find((code) => rails?.has(code)) ?? '';
      return rails?.get(known) ?? (own === null ? UNTOLD_RAIL : plainName(own));
    },
    stateOf: (format, rail, code) => {
      const states = formats.get(format)?.states;
      return states?.get(rail)?.get(code) ?? states?.get(ANY)?.get(code) ?? plainName(code);
    },
  };
}

function plainName(code: string): string {
  return code.slice(0, MAX_CODE).toLowerCase();
}

class TableReader {
  readonly problems: Problem[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  read(value: unknown): Map<StatedFormat, FormatStates> {
    const table = this.#object(value, '', TABLE_KEYS);
    if (table !== null && table['schema'] !== SCHEMA) this.#add('/schema', `expected ${SCHEMA}`);
    const formats = this.#object(table?.['formats'], '/formats', STATED_FORMATS);
    const read = new Map<StatedFormat, FormatStates>();
    for (const format of STATED_FORMATS) {
      const at = `/formats/${format}`;
      const rows = this.#object(formats?.[format], at, FORMAT_KEYS);
      if (!BASES.includes(String(rows?.['basis'])))
        this.#add(`${at}/basis`, `expected one of ${BASES.join(', ')}`);
      if (typeof rows?.['source'] !== 'string') this.#add(`${at}/source`, 'expected a text');
      const rails = this.#names(rows?.['rails'], `${at}/rails`);
      read.set(format, { rails, states: this.#states(rows?.['states'], `${at}/states`) });
    }
    return read;
  }

  #states(value: unknown, at: string): Map<string, Map<string, string>> {
    const states = new Map<string, Map<string, string>>();
    for (const [rail, rows] of Object.entries(this.#object(value, at, null) ?? {})) {
      if (rail !== ANY && !NAME.test(rail)) this.#add(`${at}/${rail}`, `expected a rail or ${ANY}`);
      states.set(rail, this.#names(rows, `${at}/${rail}`));
    }
    return states;
  }

  /** A map of foreign names to ours. */
  #names(value: unknown, at: string): Map<string, string> {
    const names = new Map<string, string>();
    const rows = Object.entries(this.#object(value, at, null) ?? {});
    if (rows.length > MAX_ROWS) this.#add(at, `expected at most ${MAX_ROWS} rows`);
    for (const [code, name] of rows.slice(0, MAX_ROWS)) {
      if (typeof name === 'string' && NAME.test(name)) names.set(code, name);
      else this.#add(`${at}/${code}`, 'expected a name of lower-case letters, digits and _');
    }
    return names;
  }

  #object(value: unknown, at: string, keys: readonly string[] | null): Record<string, unknown> | null {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#add(at, 'expected an object');
      return null;
    }
    for (const key of keys === null ? [] : Object.keys(value)) {
      if (keys?.includes(key) === false)
        this.#add(`${at}/${key}`, `unknown key; known are ${keys.join(', ')}`);
    }
    return value as Record<string, unknown>;
  }

  #add(pointer: string, text: string): void {
    this.problems.push({ at: `${this.#file}#${pointer}`, text });
  }
}
