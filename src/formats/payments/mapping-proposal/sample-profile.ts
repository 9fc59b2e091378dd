/**
 * What stands in the records of a sample, field by field: in how many records, how many different values, and what those look like.
 *
 * Two passes: the first counts fields, the second looks at the values of those that are met most. So memory is bounded, and which
 * fields are kept does not depend on the order of the records. A field is known by its place (a JSON Pointer, or a name at the top);
 * of a list only the first element is looked at, since a mapping can name no other for sure.
 *
 * Cost: records x fields, at most MAX_FIELDS_PER_RECORD of a record. Names that hold what must not be shown (a card number, where a CSV
 * file has no header) are left out. Worked example: two records `{"a":{"b":"EUR"}}` and `{"a":{"b":"USD"},"c":""}` -> one field `/a/b`, present
 * 2, distinct 2, both of the form currency; an empty text is no value.
 */
import { statedText } from '../../../model/identity.ts';
import { isObject, type Fields } from '../../fields.ts';
import { formsOf, type Scalar, type ValueForm } from './value-form.ts';

export interface FieldProfile {
  /** As a mapping names it. */
  pointer: string;
  /** Names of members on the way, those of lists left out. */
  path: readonly string[];
  /** Records that have a value here. */
  present: number;
  distinct: number;
  /** Records in which it stands in a list with further elements, which a mapping does not reach. */
  amongMore: number;
  forms: Readonly<Partial<Record<ValueForm, number>>>;
  /** Records by value, where there are few values; null where there are many. */
  words: ReadonlyMap<string, number> | null;
}

export interface SampleProfile {
  records: number;
  /** Sorted by their pointers. */
  fields: readonly FieldProfile[];
  /** Fields that were met and not looked at. */
  leftOut: number;
  /** The longest list of objects in a record, which may be the real records; null where there is none. */
  list: { name: string; items: number } | null;
}

export const MAX_FIELDS_PER_RECORD = 300;
const MAX_FIELDS = 500;
const MAX_DEPTH = 8;
const MAX_NAME = 128;
const MAX_POINTER = 512;
/** A longer text is no id, no state and no amount. */
const MAX_VALUE = 256;
/** More values than this are no vocabulary. */
const MAX_WORDS = 60;

/** @param isShowable whether a text may be shown as it is */
export function profileOf(records: readonly Fields[], isShowable: (text: string) => boolean): SampleProfile {
  const counts = new Map<string, number>();
  for (const record of records)
    for (const { pointer } of scalarsOf(record)) counts.set(pointer, (counts.get(pointer) ?? 0) + 1);
  const kept = [...counts]
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([pointer]) => pointer)
    .filter((pointer) => isShowable(pointer))
    .slice(0, MAX_FIELDS);
  const tallies = new Map(kept.map((pointer) => [pointer, new Tally(pointer)]));
  for (const record of records)
    for (const placed of scalarsOf(record)) tallies.get(placed.pointer)?.add(placed);
  return {
    records: records.length,
    fields: [...tallies.values()]
      .map((tally) => tally.profile())
      // A pointer has marks of its own, which may break up what must not be shown.
      .filter(({ path }) => path.every((name) => isShowable(name)))
      .toSorted(byPointer),
    leftOut: counts.size - kept.length,
    list: longestList(records, isShowable),
  };
}

function byPointer(a: FieldProfile, b: FieldProfile): number {
  return a.pointer < b.pointer ? -1 : 1;
}

class Tally {
  readonly #pointer: string;
  #path: readonly string[] | null = null;
  #present = 0;
  #amongMore = 0;
  readonly #values = new Map<string, number>();
  readonly #forms: Partial<Record<ValueForm, number>> = {};

  constructor(pointer: string) {
    this.#pointer = pointer;
  }

  add({ path, value, isAmongMore }: Placed): void {
    // A list here and an object with a member `0` there make one pointer: of two ways the shorter, whichever came first.
    if (this.#path === null || path.length < this.#path.length) this.#path = path;
    this.#present += 1;
    if (isAmongMore) this.#amongMore += 1;
    const text = String(value).slice(0, MAX_VALUE);
    this.#values.set(text, (this.#values.get(text) ?? 0) + 1);
    for (const form of formsOf(value)) this.#forms[form] = (this.#forms[form] ?? 0) + 1;
  }

  profile(): FieldProfile {
    const distinct = this.#values.size;
    return {
      pointer: this.#pointer,
      path: this.#path ?? [],
      present: this.#present,
      distinct,
      amongMore: this.#amongMore,
      forms: this.#forms,
      words: distinct <= MAX_WORDS ? this.#values : null,
    };
  }
}

interface Placed {
  pointer: string;
  path: readonly string[];
  value: Scalar;
  isAmongMore: boolean;
}

/** Where a walk stands. */
interface Way {
  steps: readonly string[];
  path: readonly string[];
  isAmongMore: boolean;
}

function scalarsOf(record: Fields): Placed[] {
  const found: Placed[] = [];
  walk(record, { steps: [], path: [], isAmongMore: false }, found);
  return found;
}

function walk(value: unknown, way: Way, found: Placed[]): void {
  const { steps, path, isAmongMore } = way;
  if (steps.length > MAX_DEPTH || found.length >= MAX_FIELDS_PER_RECORD) return;
  if (Array.isArray(value))
    return walk(
      value[0],
      { ...way, steps: [...steps, '0'], isAmongMore: isAmongMore || value.length > 1 },
      found,
    );
  if (isObject(value)) {
    for (const [name, member] of Object.entries(value))
      if (name !== '' && name.length <= MAX_NAME && !name.includes('\0'))
        walk(member, { ...way, steps: [...steps, name], path: [...path, name] }, found);
    return;
  }
  const pointer = pointerOf(steps);
  if (isStated(value) && pointer.length <= MAX_POINTER) found.push({ pointer, path, value, isAmongMore });
}

/** What says "nothing" is no value. */
function isStated(value: unknown): value is Scalar {
  if (typeof value === 'string') return statedText(value) !== null;
  return typeof value === 'boolean' || Number.isFinite(value);
}

/** A name at the top is itself; further in it is a JSON Pointer (RFC 6901). */
function pointerOf(steps: readonly string[]): string {
  const [only = ''] = steps;
  if (steps.length === 1 && !only.startsWith('/')) return only;
  return steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Exports often put all records into one. */
function longestList(
  records: readonly Fields[],
  isShowable: (text: string) => boolean,
): SampleProfile['list'] {
  let longest: SampleProfile['list'] = null;
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) {
      if (!Array.isArray(value) || value.length < 2 || !value.every(isObject)) continue;
      const most = longest?.items ?? 0;
      const isLonger = value.length > most || (value.length === most && name < (longest?.name ?? ''));
      if (isLonger && isShowable(name)) longest = { name, items: value.length };
    }
  }
  return longest;
}
