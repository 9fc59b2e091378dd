/**
 * The records of a sample as a mapping will see them: what stands within envelopes, where that is an object; else the record as it came.
 *
 * Why not always what is within: `{"timestamp": …, "message": "paid", "status": …}` is a payment record of somebody and looks like the line of a shipper.
 */
import { parseExactly } from '../../model/exact-json.ts';
import { detectFormat } from '../detect.ts';
import { unwrap } from '../envelope.ts';
import { isObject, type Fields } from '../fields.ts';
import { paymentFormatOf } from '../payment-formats.ts';

/** Text within records: of payments, whose numbers are read exactly, and no deeper than any that a mapping could be for. */
const TEXT = { depth: 64, parse: parseExactly };

/** Objects to be mapped; text and lists are left out. */
export function insideRecords(values: readonly unknown[]): Fields[] {
  return values.flatMap((value) => {
    const { inside } = unwrap(value, (each) => paymentFormatOf(each, { mapping: null }), TEXT);
    const objects = inside.map((each) => each.value).filter(isObject);
    if (objects.length > 0 && objects.length === inside.length) return objects;
    return isObject(value) ? [value] : [];
  });
}

/** The formats that are known among the records, of payments and of others, in alphabetical order. */
export function formatsIn(values: readonly unknown[]): string[] {
  const formats = values.flatMap((value) => {
    const { inside } = unwrap(value, detectFormat, TEXT);
    return inside.flatMap(({ format }) => format ?? []);
  });
  return [...new Set(formats)].toSorted();
}
