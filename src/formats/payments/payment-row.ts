/**
 * Payments of our own form as rows of CSV, without any mapping: column names are field names, with a dot where a field stands within
 * another (`customer.id`), and `ids.TYPE` for an alias.
 *
 * Worked example: `{"id":"p","ids.rrn":"7","customer.id":"c",…}` -> `{"id":"p","ids":[{"type":"rrn","value":"7"}],"customer":{"id":"c"},…}`.
 * Source: DESIGN section 8.
 */
import type { Json } from '../../model/json.ts';
import { isObject, listIn, objectIn, type Fields } from '../fields.ts';

const ALIAS = 'ids.';
const WITHIN = /^(customer|merchant|attributes)\.(.+)$/s;

/** The record of a row; a record that has no such columns is itself. */
export function withNestedColumns(value: unknown): unknown {
  if (!isObject(value) || !Object.keys(value).some(isColumn)) return value;
  const record: Fields = {};
  const within = new Map<string, [string, Json | undefined][]>();
  const aliases: Json[] = [];
  for (const [column, field] of Object.entries(value)) {
    const [, outer, inner = ''] = WITHIN.exec(column) ?? [];
    if (column.startsWith(ALIAS)) aliases.push({ type: column.slice(ALIAS.length), value: field ?? null });
    else if (outer === undefined) define(record, column, field);
    else
      within
        .set(outer, within.get(outer) ?? [])
        .get(outer)
        ?.push([inner, field]);
  }
  // Beside what stands there as an object or a list, whichever came first.
  for (const [outer, members] of within)
    record[outer] = { ...objectIn(record[outer]), ...Object.fromEntries(members) };
  if (aliases.length > 0) record['ids'] = [...listIn(record['ids']), ...aliases];
  return record;
}

function isColumn(name: string): boolean {
  return name.startsWith(ALIAS) || WITHIN.test(name);
}

/** A column may be called `__proto__`. */
function define(record: Fields, name: string, value: Json | undefined): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
