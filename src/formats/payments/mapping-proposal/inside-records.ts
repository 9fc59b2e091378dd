/**
 * The records of a sample as a mapping will see them: what stands within envelopes, where that is an object; else the record as it came.
 *
 * Why not always what is within: `{"timestamp": …, "message": "paid", "status": …}` is a payment record of somebody and looks like the line of a shipper.
 */
import { parseExactly } from '../../../model/exact-json.ts';
import { detectFormat } from '../../detect.ts';
import { unwrap, type Inner } from '../../wrappings/envelope.ts';
import { isObject, type Fields } from '../../fields.ts';
import { paymentFormatOf } from '../payment-formats.ts';

const inner = (depth: number): Inner => ({ depth, parse: parseExactly });

/** An envelope may hold many more. */
const MAX_RECORDS = 10_000;

/** Objects to be mapped, the first of them; text and lists are left out. */
export function insideRecords(values: readonly unknown[], depth: number): Fields[] {
  const records: Fields[] = [];
  for (const value of values) {
    const { inside } = unwrap(value, (each) => paymentFormatOf(each, { mapping: null }), inner(depth));
    const objects = inside.map((each) => each.value).filter(isObject);
    const isOpened = objects.length > 0 && objects.length === inside.length;
    for (const object of isOpened ? objects : [value].filter(isObject)) {
      if (records.length >= MAX_RECORDS) return records;
      records.push(object);
    }
  }
  return records;
}

/** The formats that are known among the records, of payments and of others, in alphabetical order. */
export function formatsIn(values: readonly unknown[], depth: number): string[] {
  const formats = values.flatMap((value) => {
    const { inside } = unwrap(value, detectFormat, inner(depth));
    return inside.flatMap(({ format }) => format ?? []);
  });
  return [...new Set(formats)].toSorted();
}
