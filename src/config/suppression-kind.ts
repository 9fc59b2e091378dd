/** The list of suppressions in a configuration: each with the rule, the fields, an end, and a reason. */
import { formatInstant, parseInstant, type Instant } from '../model/instant.ts';
import type { SuppressedValue, Suppression } from '../model/suppression.ts';
import { Fault, type OptionKind } from './option-kinds.ts';

const MAX_SUPPRESSIONS = 1_000;
const MAX_FIELDS = 50;
const MAX_VALUES = 1_000;
const MAX_TEXT = 1_024;
const KEYS = ['rule', 'where', 'until', 'why'];

export const suppressions: OptionKind<readonly Suppression[]> = {
  name: 'list of suppressions',
  schema: {
    type: 'array',
    maxItems: MAX_SUPPRESSIONS,
    items: {
      type: 'object',
      required: KEYS,
      additionalProperties: false,
      properties: {
        rule: { type: 'string', minLength: 1 },
        where: { type: 'object', minProperties: 1 },
        until: { type: 'string' },
        why: { type: 'string', minLength: 1 },
      },
    },
  },
  show: (value) =>
    value.length === 0
      ? ''
      : JSON.stringify(value.map((each) => ({ ...each, until: formatInstant(each.until) }))),
  fromTexts: (texts) => {
    try {
      return listOf(JSON.parse(texts.at(-1) ?? ''));
    } catch {
      return [new Fault('is not JSON; write a list of {rule, where, until, why}')];
    }
  },
  fromValue: listOf,
};

function listOf(value: unknown): Suppression[] | Fault[] {
  if (!Array.isArray(value) || value.length > MAX_SUPPRESSIONS)
    return [new Fault(`is not a list of at most ${MAX_SUPPRESSIONS} entries {rule, where, until, why}`)];
  const entries: Suppression[] = [];
  const faults: Fault[] = [];
  for (const [index, each] of value.entries()) {
    const entry = entryOf(each, index);
    if (Array.isArray(entry)) faults.push(...entry);
    else entries.push(entry);
  }
  return faults.length > 0 ? faults : entries;
}

function entryOf(value: unknown, index: number): Suppression | Fault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [new Fault('is not a map of rule, where, until and why', [index])];
  const { rule, where, until, why } = value as Record<string, unknown>;
  const faults = Object.keys(value)
    .filter((key) => !KEYS.includes(key))
    .map((key) => new Fault(`is not known; there are ${KEYS.join(', ')}`, [index, key]));
  const need = (key: string, text: string): void => void faults.push(new Fault(text, [index, key]));
  const end = typeof until === 'string' ? endOf(until) : undefined;
  if (!isText(rule)) need('rule', 'has to be the name or id of a rule');
  if (!isText(why)) need('why', 'has to say why this is harmless');
  if (end === undefined)
    need('until', 'has to be a day or an instant, such as 2027-01-31 or 2027-01-31T12:00:00Z');
  if (!isWhere(where))
    need('where', 'has to be a map of fields and values, such as {user.username: ci}; it says which matches');
  if (faults.length > 0 || !isText(rule) || !isText(why) || end === undefined || !isWhere(where))
    return faults;
  return { rule, where, until: end, why };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT;
}

/** A day means its beginning, in UTC. */
function endOf(text: string): Instant | undefined {
  return parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
}

function isWhere(value: unknown): value is Suppression['where'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const values = Object.values(value);
  return (
    values.length > 0 &&
    values.length <= MAX_FIELDS &&
    values.every(
      (each) => isScalar(each) || (Array.isArray(each) && each.length <= MAX_VALUES && each.every(isScalar)),
    )
  );
}

function isScalar(value: unknown): value is SuppressedValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
