/** The option `payments.mapping`: how payment records of a company's own form are read. Every fault is told with its place. */
import { STRONG_ALIAS_TYPES } from '../model/payment.ts';
import {
  AMOUNT_FORMS,
  MAPPED_PARTS,
  TIME_FORMS,
  type MappedPart,
  type PaymentMapping,
} from '../model/payment-mapping.ts';
import { currencyExponent } from '../model/money.ts';
import { Fault, unknownName, type OptionKind } from './option-kinds.ts';

/** A JSON Pointer, or a name at the top. */
const POINTER = /^(?:\/[^\0]{0,511}|[^/\0][^\0]{0,254})$/;
/** In a pointer `~` is only the beginning of `~0` or `~1`. */
const BAD_ESCAPE = /^\/.*~(?![01])/;
const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const MAX_ROWS = 1_000;
const MAPS = ['attributes', 'states', 'rails'] as const;
const WORDS = ['rail_name', 'currency_name', 'time_form', 'amount_form'] as const;
const KEYS: readonly string[] = [...MAPPED_PARTS, ...MAPS, ...WORDS];

const POINTER_SCHEMA = { type: 'string', pattern: POINTER.source };
const mapOf = (schema: Record<string, unknown>): Record<string, unknown> => ({
  type: 'object',
  additionalProperties: schema,
  maxProperties: MAX_ROWS,
});

export const paymentMapping: OptionKind<PaymentMapping> = {
  name: 'mapping',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['time', 'state'],
    properties: {
      ...Object.fromEntries(MAPPED_PARTS.map((part) => [part, POINTER_SCHEMA])),
      attributes: mapOf(POINTER_SCHEMA),
      states: mapOf({ type: 'string', pattern: NAME.source }),
      rails: mapOf({ type: 'string', pattern: NAME.source }),
      rail_name: { type: 'string', pattern: NAME.source },
      currency_name: { type: 'string', pattern: '^[A-Z]{3}$' },
      time_form: { enum: TIME_FORMS },
      amount_form: { enum: AMOUNT_FORMS },
    },
  },
  show: (value) => JSON.stringify(written(value)),
  fromTexts: (texts) => {
    try {
      return mappingOf(JSON.parse(texts.at(-1) ?? ''));
    } catch {
      return [new Fault('is no JSON such as {"id":"/id","time":"/at","state":"/status","rail_name":"card"}')];
    }
  },
  fromValue: mappingOf,
};

/** As a user writes it. */
function written(mapping: PaymentMapping): Record<string, unknown> {
  const { parts, attributes, states, rails, rail, currency, timeForm, amountForm } = mapping;
  const maps = Object.entries({ attributes, states, rails }).filter(([, map]) => Object.keys(map).length > 0);
  return {
    ...parts,
    ...Object.fromEntries(maps),
    ...(rail === null ? {} : { rail_name: rail }),
    ...(currency === null ? {} : { currency_name: currency }),
    time_form: timeForm,
    amount_form: amountForm,
  };
}

function mappingOf(value: unknown): PaymentMapping | Fault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [new Fault('is no map such as {id: /id, time: /at, state: /status, rail_name: card}')];
  return new MappingReader(value as Record<string, unknown>).read();
}

class MappingReader {
  readonly #value: Record<string, unknown>;
  readonly #faults: Fault[] = [];

  constructor(value: Record<string, unknown>) {
    this.#value = value;
  }

  read(): PaymentMapping | Fault[] {
    for (const key of Object.keys(this.#value))
      if (!KEYS.includes(key)) this.#faults.push(new Fault(unknownName('part', key, KEYS), [key]));
    const mapping: PaymentMapping = {
      parts: this.#parts(),
      attributes: this.#map('attributes', (text) => this.#pointerFault(text)),
      states: this.#map('states', nameFault),
      rails: this.#map('rails', nameFault),
      rail: this.#text('rail_name', nameFault),
      currency: this.#text('currency_name', (text) =>
        currencyExponent(text) === undefined ? 'is not an ISO 4217 currency code such as EUR' : undefined,
      ),
      timeForm: this.#word('time_form', TIME_FORMS),
      amountForm: this.#word('amount_form', AMOUNT_FORMS),
    };
    this.#checkWhole(mapping);
    return this.#faults.length > 0 ? this.#faults : mapping;
  }

  #parts(): PaymentMapping['parts'] {
    const parts: Partial<Record<MappedPart, string>> = {};
    for (const part of MAPPED_PARTS) {
      const pointer = this.#text(part, (text) => this.#pointerFault(text));
      if (pointer !== null) parts[part] = pointer;
    }
    return parts;
  }

  /** What no record could do without. */
  #checkWhole({ parts, rail }: PaymentMapping): void {
    for (const part of ['time', 'state'] as const)
      if (this.#value[part] === undefined)
        this.#faults.push(new Fault(`needs ${part}: where a record has it`));
    if (!['id', ...STRONG_ALIAS_TYPES].some((type) => this.#value[type] !== undefined))
      this.#faults.push(new Fault('needs id, uetr or psp_reference: what tells which payment it is'));
    if (parts.rail === undefined && this.#value['rail'] === undefined && rail === null)
      this.#faults.push(
        new Fault('needs rail_name: the rail of these payments, or rail: where a record has it'),
      );
    if (
      parts.amount !== undefined &&
      this.#value['currency'] === undefined &&
      this.#value['currency_name'] === undefined
    )
      this.#faults.push(new Fault('needs currency_name or currency beside amount'));
  }

  #pointerFault(text: string): string | undefined {
    if (!POINTER.test(text)) return 'is neither a JSON Pointer such as /payment/id nor the name of a column';
    return BAD_ESCAPE.test(text) ? 'has a ~ that is neither ~0 nor ~1 (RFC 6901)' : undefined;
  }

  #text(
    key: string,
    fault: (text: string) => string | undefined,
    path: readonly string[] = [],
  ): string | null {
    return this.#checked(this.#value[key], [...path, key], fault);
  }

  #checked(value: unknown, path: string[], fault: (text: string) => string | undefined): string | null {
    if (value === undefined) return null;
    const found = typeof value === 'string' ? fault(value) : 'is no text';
    if (found === undefined && typeof value === 'string') return value;
    this.#faults.push(new Fault(found ?? 'is no text', path));
    return null;
  }

  #map(key: (typeof MAPS)[number], fault: (text: string) => string | undefined): Record<string, string> {
    const value = this.#value[key];
    const out = Object.create(null) as Record<string, string>;
    if (value === undefined) return out;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#faults.push(new Fault('is no map', [key]));
      return out;
    }
    const rows = Object.entries(value);
    if (rows.length > MAX_ROWS) this.#faults.push(new Fault(`has more than ${MAX_ROWS} rows`, [key]));
    for (const [name, row] of rows.slice(0, MAX_ROWS)) {
      const text = this.#checked(row, [key, name], fault);
      if (text !== null) out[name] = text;
    }
    return out;
  }

  #word<const T extends string>(key: string, words: readonly [T, ...T[]]): T {
    const value = this.#value[key];
    const word = value === undefined ? words[0] : words.find((known) => known === value);
    if (word === undefined) this.#faults.push(new Fault(`is none of ${words.join(', ')}`, [key]));
    return word ?? words[0];
  }
}

function nameFault(text: string): string | undefined {
  return NAME.test(text) ? undefined : 'is no name of lower-case letters, digits and _, such as sepa_ct';
}
