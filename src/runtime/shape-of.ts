/**
 * What a refused record looks like, for people: its keys and what kind of value stands under each, no value at all. A
 * payment that was refused for its amount may hold names and accounts that nobody looked for yet. Keys are redacted before
 * they are cut: half of a card number is none, and would pass.
 *
 * Worked example: `{"id":"pay_1","amount":12.345,"payer":{...}}` -> `{id: text, amount: number, payer: {…}}`.
 */
import type { Redactor } from '../formats/redaction/redact.ts';
import type { RawRecord } from '../ports/record-source.ts';

const MAX_KEYS = 12;
const MAX_KEY = 24;

/** The shape, no longer than an excerpt and as safe. */
export function shapeOf(value: unknown, { excerpt }: Pick<Redactor, 'excerpt'>): string {
  if (!isRecord(value)) return kindOf(value);
  const keys = Object.keys(value);
  const shown = keys
    .slice(0, MAX_KEYS)
    .map((key) => `${excerpt(key).slice(0, MAX_KEY)}: ${kindOf(value[key])}`);
  return excerpt(`{${shown.join(', ')}${keys.length > MAX_KEYS ? ', …' : ''}}`);
}

/** The shape of a record that its source could read; null where it is binary. Text may be anything, and is not shown. */
export function shapeOfRecord(
  record: Exclude<RawRecord, { kind: 'refused' }>,
  redactor: Pick<Redactor, 'excerpt'>,
): string | null {
  if (record.kind === 'protobuf') return null;
  return record.kind === 'json' ? shapeOf(record.value, redactor) : kindOf(record.text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return '[…]';
  if (isRecord(value)) return '{…}';
  if (value === null) return 'null';
  return typeof value === 'string' ? 'text' : typeof value;
}
