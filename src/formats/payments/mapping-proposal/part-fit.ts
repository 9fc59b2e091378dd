/**
 * How well the values of a field fit a part of a payment, from 0 (they cannot be it) to 1; and whether they are enough without a name
 * that says so. Worked example: a field with `EUR` and `USD` in every record fits `currency` with 1 and needs no name.
 */
import type { MappedPart } from '../../../model/payment-mapping.ts';
import type { FieldProfile } from './sample-profile.ts';
import { ourRail, ourState, type Vocabulary } from './state-words.ts';
import type { ValueForm } from './value-form.ts';

export interface Fit {
  fit: number;
  /** The values alone make it this part. */
  enough: boolean;
}

const NONE: Fit = { fit: 0, enough: false };
/** A part is what nearly all values of a field look like. */
const NEARLY_ALL = 0.9;
/** Of a payment come a few records, not hundreds. */
const FEW_RECORDS_EACH = 0.08;
const HARDLY = 0.05;
/** Fewer records tell nothing of how many values a field has. */
export const TELLING = 12;

/** Times that are read, in the order in which they are to be preferred. */
export const READ_TIMES = [
  'rfc3339',
  'local_time',
  'unix_ms',
  'unix_seconds',
  'unix_us',
  'day_first',
  'month_first',
] as const;
/** Digits alone may be anything. */
const WRITTEN_TIMES: readonly ValueForm[] = ['rfc3339', 'local_time', 'day_first', 'month_first'];
const NOT_IDS: readonly ValueForm[] = [
  'rfc3339',
  'local_time',
  'date',
  'day_first',
  'month_first',
  'currency',
  'decimal',
  'decimal_comma',
  'grouped',
  'negative',
  'iban',
  'lossy',
];
const NUMBERS: readonly ValueForm[] = ['integer', 'decimal', 'decimal_comma', 'negative'];

/** Share of the values of a field that look like this. */
export function share(field: FieldProfile, form: ValueForm): number {
  return (field.forms[form] ?? 0) / field.present;
}

/** @param records of the sample */
export function fitOf(part: MappedPart, field: FieldProfile, records: number, vocabulary: Vocabulary): Fit {
  const presence = field.present / records;
  switch (part) {
    case 'id':
      return idFit(field, presence);
    case 'psp_reference':
    case 'end_to_end_id':
    case 'order_id':
    case 'customer':
    case 'merchant':
      return isLikeIds(field) ? { fit: 0.8, enough: false } : NONE;
    case 'time':
      return timeFit(field, presence);
    case 'state':
      return wordFit(field, presence, 0.6, (word) => ourState(word, [], vocabulary) !== null);
    case 'rail':
      return wordFit(field, presence, 0.8, (word) => ourRail(word, vocabulary) !== null);
    case 'amount':
      return amountFit(field, presence);
    case 'currency':
      return formFit(field, 'currency', presence, presence >= 0.5);
    case 'customer_country':
      return formFit(field, 'country', 1, false);
    case 'uetr':
    case 'pod_uid':
      return formFit(field, 'uuid', 1, false);
    case 'trace_id':
    case 'traceparent':
    case 'container_id':
      return formFit(field, part, 1, part === 'traceparent');
    default:
      return share(field, 'word') >= NEARLY_ALL && field.words !== null ? { fit: 0.8, enough: false } : NONE;
  }
}

function formFit(field: FieldProfile, form: ValueForm, weight: number, enough: boolean): Fit {
  const found = share(field, form);
  return found < NEARLY_ALL ? NONE : { fit: found * weight, enough };
}

function isLikeIds(field: FieldProfile): boolean {
  return NOT_IDS.every((form) => share(field, form) < 0.5);
}

/** Every payment has an id, and hardly two share one; but several records may be of one payment. */
function idFit(field: FieldProfile, presence: number): Fit {
  if (!isLikeIds(field)) return NONE;
  const each = field.distinct / field.present;
  const tells = field.present >= TELLING;
  // A sample may be of one payment alone: then a name that is good must do.
  if (tells && each < FEW_RECORDS_EACH) return { fit: presence * HARDLY, enough: false };
  // Any text may differ from record to record; only where columns have no names that is all there is to go by.
  const enough =
    /^\d+$/.test(field.pointer) && tells && presence >= NEARLY_ALL && timeFit(field, 1).fit === 0;
  return { fit: presence * (0.6 + 0.4 * Math.min(1, each * 2)), enough };
}

function timeFit(field: FieldProfile, presence: number): Fit {
  const found = Math.max(...READ_TIMES.map((form) => share(field, form)));
  if (found < NEARLY_ALL) return NONE;
  return {
    fit: found * presence,
    enough: WRITTEN_TIMES.some((form) => share(field, form) >= NEARLY_ALL),
  };
}

/** Few words that come again and again, and mean something here. */
function wordFit(
  field: FieldProfile,
  presence: number,
  enoughKnown: number,
  isKnown: (word: string) => boolean,
): Fit {
  const { words, present, distinct } = field;
  if (words === null || share(field, 'word') < NEARLY_ALL) return NONE;
  if (READ_TIMES.some((form) => share(field, form) >= 0.5)) return NONE;
  const known = [...words].reduce((sum, [word, records]) => sum + (isKnown(word) ? records : 0), 0) / present;
  const repeats = present < TELLING || distinct <= present / 2 ? 1 : 0.4;
  return { fit: presence * repeats * (0.5 + 0.5 * known), enough: known >= enoughKnown && repeats === 1 };
}

function amountFit(field: FieldProfile, presence: number): Fit {
  const found = NUMBERS.reduce((sum, form) => sum + share(field, form), 0);
  if (found < NEARLY_ALL) return NONE;
  // What is negative is refused, and a number of that many digits may be a time.
  const negative = share(field, 'negative');
  return { fit: Math.min(1, found) * (0.5 + 0.5 * presence) * (1 - 0.5 * negative), enough: false };
}
