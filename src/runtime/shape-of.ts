/**
 * What a refused record looks like, for people: its keys and what kind of value stands under each, no value at all. A
 * payment that was refused for its amount may hold names and accounts that nobody looked for yet.
 *
 * Worked example: `{"id":"pay_1","amount":12.345,"payer":{...}}` -> `{id: text, amount: number, payer: {…}}`.
 */
const MAX_KEYS = 12;
const MAX_KEY = 24;

export function shapeOf(value: unknown): string {
  if (!isRecord(value)) return kindOf(value);
  const keys = Object.keys(value);
  const shown = keys.slice(0, MAX_KEYS).map((key) => `${key.slice(0, MAX_KEY)}: ${kindOf(value[key])}`);
  return `{${shown.join(', ')}${keys.length > MAX_KEYS ? ', …' : ''}}`;
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
