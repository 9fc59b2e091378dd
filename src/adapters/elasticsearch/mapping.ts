/**
 * Mappings out of the schemas of documents: one declaration says what a document is, here and in schemas/.
 *
 * All is strict: a member that no schema knows is refused rather than guessed at. Text is a keyword, because it is
 * looked for whole; beyond `MAX_KEYWORD` characters it is stored and not found, since the server refuses a term of over
 * 32,766 bytes and with it the document. Amounts are decimal text (keyword) beside minor units (long); times are `date`,
 * milliseconds, because the sort values of `date_nanos` do not survive JSON. What has members of any name is `flattened`.
 *
 * Worked example: `{ time: Time, rates: Record }` -> `{ time: { type: date }, rates: { type: flattened } }`.
 * Source: Elasticsearch reference, "Mapping"; limits measured against 9.4.3.
 */
import { CounterfoilError } from '../../model/errors.ts';

export interface FieldMapping {
  type: string;
  [parameter: string]: string | number | boolean;
}
export interface ObjectMapping {
  properties: Record<string, Mapping>;
  dynamic?: 'strict';
}
export type Mapping = FieldMapping | ObjectMapping;

/** A character has at most four bytes. */
const MAX_KEYWORD = 8_191;

export const KEYWORD: FieldMapping = { type: 'keyword', ignore_above: MAX_KEYWORD };
export const FLATTENED: FieldMapping = { type: 'flattened', ignore_above: MAX_KEYWORD };
export const DATE: FieldMapping = { type: 'date', format: 'strict_date_optional_time' };
export const LONG: FieldMapping = { type: 'long' };
/** Stored, never looked for. */
export const UNSEARCHED: FieldMapping = { type: 'keyword', index: false, doc_values: false };

/** Fields that people search by word, or never. */
const OTHER_FIELDS: Readonly<Record<string, FieldMapping>> = {
  message: { type: 'text' },
  'incident.title': { type: 'text' },
  'known.why': UNSEARCHED,
};

type Schema = Readonly<Record<string, unknown>>;

/** @param schema of an object, JSON Schema as typebox makes it */
export function mappingOf(schema: Schema): ObjectMapping {
  return { properties: propertiesOf(schema, []) };
}

function propertiesOf(schema: Schema, path: readonly string[]): Record<string, Mapping> {
  const members = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  return Object.fromEntries(members.map(([name, member]) => [name, fieldOf(member, [...path, name])]));
}

function fieldOf(schema: Schema, path: readonly string[]): Mapping {
  const other = OTHER_FIELDS[path.join('.')];
  if (other !== undefined) return other;
  const variants = schema['anyOf'] as Schema[] | undefined;
  if (variants !== undefined) return variantOf(variants, path);
  switch (schema['type']) {
    case 'object':
      return schema['properties'] === undefined ? FLATTENED : { properties: propertiesOf(schema, path) };
    case 'array':
      return fieldOf(schema['items'] as Schema, path);
    case 'string':
      return schema['format'] === 'date-time' ? DATE : KEYWORD;
    case 'integer':
      return LONG;
    case 'number':
      return { type: 'double' };
    case 'boolean':
      return { type: 'boolean' };
    default:
      throw unmappable(path);
  }
}

/** Null adds nothing: an absent value is not indexed either. */
function variantOf(variants: readonly Schema[], path: readonly string[]): Mapping {
  const fields = variants.filter(({ type }) => type !== 'null').map((variant) => fieldOf(variant, path));
  const [first] = fields;
  const agree = fields.every((field) => JSON.stringify(field) === JSON.stringify(first));
  if (first === undefined || !agree) throw unmappable(path);
  return first;
}

function unmappable(path: readonly string[]): CounterfoilError {
  return new CounterfoilError('CF_INTERNAL', `No mapping is known for the schema of ${path.join('.')}.`);
}
