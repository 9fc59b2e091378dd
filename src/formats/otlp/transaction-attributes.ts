/** Which span attributes carry the id of a payment: the table of data/attributes.yaml, checked and ready for lookups. */
import { CounterfoilError, type Problem } from '../../model/errors.ts';
import { statedText } from '../../model/identity.ts';

export interface TransactionAttribute {
  /** The alias type that the value stands for; null: any. */
  type: string | null;
  /** An order may be paid in several payments: links by it are less sure. */
  order: boolean;
  /** Also used for what is no payment: not read on database spans nor from Elastic APM agents. */
  weak: boolean;
}

export interface AttributeTable {
  /** Every name of the table. */
  readonly names: readonly string[];
  lookup(name: string): TransactionAttribute | undefined;
  /** Whether a value, trimmed, says that there is no id. */
  isPlaceholder(value: string): boolean;
}

const SCHEMA = 'attributes/1';
const TABLE_KEYS = ['schema', 'retrieved', 'attributes', 'placeholders'];
const ROW_KEYS = ['name', 'type', 'order', 'weak', 'basis', 'source'];
const PLACEHOLDER_KEYS = ['value', 'source'];
const BASES = ['published', 'observed', 'assumption'];
const TYPE = /^[a-z][a-z0-9_]{0,62}$/;
const MAX_ROWS = 1_000;

/**
 * Reads the parsed YAML of data/attributes.yaml.
 * @param file name for messages
 * @param own names of attributes beside those of the table: each carries an id of any type
 * @throws CounterfoilError CF_DATA_FILE with every problem
 */
export function parseAttributeTable(
  value: unknown,
  file: string,
  own: readonly string[] = [],
): AttributeTable {
  const reader = new TableReader(file);
  const table = reader.read(value, own);
  if (reader.problems.length > 0) {
    const list = reader.problems.map(({ at, text }) => `${at}: ${text}`).join('; ');
    throw new CounterfoilError('CF_DATA_FILE', `The attribute table is not valid: ${list}`, reader.problems);
  }
  return table;
}

class TableReader {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #attributes = new Map<string, TransactionAttribute>();
  readonly #placeholders = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  read(value: unknown, own: readonly string[]): AttributeTable {
    const table = this.#object(value, '', TABLE_KEYS);
    if (table !== null && table['schema'] !== SCHEMA) this.#add('/schema', `expected ${SCHEMA}`);
    const rows = table === null ? [] : this.#list(table['attributes'], '/attributes');
    for (const [i, row] of rows.entries()) this.#row(row, `/attributes/${i}`);
    for (const name of own)
      if (!this.#attributes.has(name)) this.#attributes.set(name, { type: null, order: false, weak: false });
    const placeholders = table === null ? [] : this.#list(table['placeholders'] ?? [], '/placeholders');
    for (const [i, row] of placeholders.entries()) this.#placeholder(row, `/placeholders/${i}`);
    const attributes = this.#attributes;
    const words = this.#placeholders;
    return {
      names: [...attributes.keys()],
      lookup: (name) => attributes.get(name),
      isPlaceholder: (text) => statedText(text) === null || words.has(text.toLowerCase()),
    };
  }

  #row(value: unknown, at: string): void {
    const row = this.#object(value, at, ROW_KEYS);
    if (row === null) return;
    const name = this.#text(row['name'], `${at}/name`);
    const type = row['type'] ?? null;
    if (type !== null && (typeof type !== 'string' || !TYPE.test(type))) {
      this.#add(`${at}/type`, 'expected null or a name of lower-case letters, digits and _');
    }
    if (!BASES.includes(String(row['basis'])))
      this.#add(`${at}/basis`, `expected one of ${BASES.join(', ')}`);
    this.#text(row['source'], `${at}/source`);
    const order = this.#flag(row['order'], `${at}/order`);
    const weak = this.#flag(row['weak'], `${at}/weak`);
    if (name === null) return;
    if (this.#attributes.has(name)) this.#add(`${at}/name`, 'this attribute stands twice in the table');
    this.#attributes.set(name, { type: typeof type === 'string' ? type : null, order, weak });
  }

  #placeholder(value: unknown, at: string): void {
    const row = this.#object(value, at, PLACEHOLDER_KEYS);
    if (row === null) return;
    this.#text(row['source'], `${at}/source`);
    const text = this.#text(row['value'], `${at}/value`)?.toLowerCase();
    if (text === undefined) return;
    if (this.#placeholders.has(text)) this.#add(`${at}/value`, 'this placeholder stands twice in the table');
    this.#placeholders.add(text);
  }

  #object(value: unknown, at: string, keys: readonly string[]): Record<string, unknown> | null {
    if (!isObject(value)) {
      this.#add(at, 'expected an object');
      return null;
    }
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) this.#add(`${at}/${key}`, `unknown key; known are ${keys.join(', ')}`);
    }
    return value;
  }

  #list(value: unknown, at: string): unknown[] {
    if (!Array.isArray(value)) {
      this.#add(at, 'expected a list');
      return [];
    }
    if (value.length > MAX_ROWS) this.#add(at, `expected at most ${MAX_ROWS} rows`);
    return value.slice(0, MAX_ROWS);
  }

  #text(value: unknown, at: string): string | null {
    if (typeof value === 'string' && value.trim() === value && value !== '') return value;
    this.#add(at, 'expected a text without blanks around it');
    return null;
  }

  #flag(value: unknown, at: string): boolean {
    if (value !== undefined && typeof value !== 'boolean') this.#add(at, 'expected true or false');
    return value === true;
  }

  #add(pointer: string, text: string): void {
    this.problems.push({ at: `${this.#file}#${pointer}`, text });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
