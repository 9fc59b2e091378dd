/**
 * Payment records of a company's own form, read with a mapping of its configuration: where each part stands, and what its states are
 * called here. The record becomes one of our own form (payment-json.ts), with what is mapped and nothing else.
 *
 * A place is a JSON Pointer (`/payment/amount`), or the name of a field or column at the top. Of CSV a row is an object of
 * its columns.
 *
 * Worked example: mapping {id: /tx/no, state: status, states: {BOOKED: settled}, rail: sepa_ct, time: at} and
 * `{"tx":{"no":7},"status":"BOOKED","at":"2026-03-10T14:00:02Z"}` -> `{"id":7,"state":"settled","rail":"sepa_ct","time":…}`.
 * Source: RFC 6901 (JSON Pointer); DESIGN section 8.
 */
import type { Json } from '../../model/json.ts';
import {
  formatInstant,
  isInstant,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  parseInstant,
  type Instant,
} from '../../model/instant.ts';
import { currencyExponent, formatAmount } from '../../model/money.ts';
import type { MappedPart, PaymentMapping } from '../../model/payment-mapping.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { Place } from '../../model/place.ts';
import { refusedAs, type Decoded } from '../decoded.ts';
import { isObject, textIn, type Fields } from '../fields.ts';
import { minorUnits } from './minor-units.ts';
import type { PaymentContext } from './payment-context.ts';
import { decodePayment } from './payment-json.ts';

/** Where our own form has what is mapped; the rest of the parts have their own names there. */
const PLACES: Partial<Record<MappedPart, readonly [string, string]>> = {
  customer: ['customer', 'id'],
  customer_country: ['customer', 'country'],
  merchant: ['merchant', 'id'],
};

/** Whether the record has what the mapping looks for. */
export function isMapped(value: unknown, { parts }: PaymentMapping): boolean {
  return isObject(value) && at(value, parts.time) !== undefined && at(value, parts.state) !== undefined;
}

export function decodeMapped(
  value: unknown,
  place: Place,
  context: PaymentContext,
  mapping: PaymentMapping,
): Decoded<PaymentEvent> {
  if (!isObject(value)) return refusedAs('wrong_shape', 'A payment record is a JSON object or a row of CSV.');
  const record = ownForm(value, mapping, context);
  return 'reason' in record
    ? refusedAs(record.reason, record.text)
    : decodePayment(record.fields, place, context);
}

type Mapped = { fields: Fields } | { reason: 'bad_time' | 'bad_amount'; text: string };

function ownForm(value: Fields, mapping: PaymentMapping, context: PaymentContext): Mapped {
  const { parts } = mapping;
  const fields: Fields = Object.create(null) as Fields;
  for (const [part, pointer] of Object.entries(parts) as [MappedPart, string][]) {
    const [outer, inner] = PLACES[part] ?? [part, null];
    const stated = at(value, pointer);
    if (stated === undefined) continue;
    if (inner === null) fields[outer] = stated;
    else fields[outer] = { ...(fields[outer] as Fields | undefined), [inner]: stated };
  }
  fields['attributes'] = attributesOf(value, mapping);
  fields['rail'] = named(textOf(fields['rail']), mapping.rails) ?? mapping.rail;
  fields['state'] = named(textOf(fields['state']), mapping.states);
  fields['currency'] = textOf(fields['currency'])?.toUpperCase() ?? mapping.currency;
  return timed(fields, mapping, context) ?? weighed(fields, mapping) ?? { fields };
}

function attributesOf(value: Fields, { attributes }: PaymentMapping): Fields {
  const found: Fields = Object.create(null) as Fields;
  for (const [name, pointer] of Object.entries(attributes)) {
    const stated = at(value, pointer);
    if (stated !== undefined) found[name] = stated;
  }
  return found;
}

/** A name that the mapping has another for; itself where it has none. */
function named(text: string | null, names: Readonly<Record<string, string>>): string | null {
  return text !== null && Object.hasOwn(names, text) ? (names[text] ?? text) : text;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : textIn(value);
}

/** Writes the time as our own form has it; what is wrong with it otherwise. */
function timed(fields: Fields, { timeForm }: PaymentMapping, context: PaymentContext): Mapped | null {
  const stated = textOf(fields['time']);
  if (stated === null) return null;
  const instant = instantOf(stated, timeForm, context);
  if (instant === undefined)
    return {
      reason: 'bad_time',
      text: `The time is none of the form ${timeForm} (payments.mapping.time_form).`,
    };
  fields['time'] = formatInstant(instant);
  return null;
}

const MICROS_PER = { unix_seconds: MICROS_PER_SECOND, unix_ms: MICROS_PER_MS, unix_us: 1 } as const;

function instantOf(
  text: string,
  form: PaymentMapping['timeForm'],
  { localTime }: PaymentContext,
): Instant | undefined {
  if (form === 'rfc3339') return parseInstant(text) ?? localTime?.(text);
  if (form === 'day_first' || form === 'month_first') {
    const written = inOurOrder(text, form);
    return written === undefined ? undefined : localTime?.(written);
  }
  const scale = MICROS_PER[form];
  const instant = /^\d{1,16}(?:\.\d{1,9})?$/.test(text) ? Math.trunc(Number(text) * scale) : Number.NaN;
  return isInstant(instant) ? instant : undefined;
}

/** `10.03.2026 14:00:02` or `3/10/2026 14:00`, in the order of days and months that the configuration names. */
const DAY_AND_MONTH =
  /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:, ?|[ T])(\d{1,2}):(\d{2})(?::(\d{2})((?:[.,]\d{1,12})?))?$/;

function inOurOrder(text: string, form: 'day_first' | 'month_first'): string | undefined {
  const found = DAY_AND_MONTH.exec(text);
  if (found === null) return undefined;
  const [, first = '', second = '', year = '', hour = '', minute = '', seconds = '00', fraction = ''] = found;
  const [day, month] = form === 'day_first' ? [first, second] : [second, first];
  const two = (digits: string): string => digits.padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${minute}:${seconds}${fraction}`;
}

/** Marks of thousands are all there or none is. */
const COMMA = /^(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?$/;

/** Amounts in minor units, and those with a decimal comma, become decimal text. */
function weighed(fields: Fields, { amountForm }: PaymentMapping): Mapped | null {
  const stated = fields['amount'];
  if (amountForm === 'decimal_comma') return pointed(fields);
  const currency = textOf(fields['currency']) ?? '';
  if (amountForm === 'decimal' || stated === undefined || currencyExponent(currency) === undefined)
    return null;
  const minor = minorUnits(stated, currency, {});
  if (minor === undefined)
    return {
      reason: 'bad_amount',
      text: 'The amount is no whole number of minor units (payments.mapping.amount_form).',
    };
  fields['amount'] = formatAmount(minor, currency);
  return null;
}

/** `1.234,56` -> `1234.56`; `1.234` is 1234 here, which is why such a form has to be named. */
function pointed(fields: Fields): Mapped | null {
  const stated = fields['amount'];
  if (typeof stated !== 'string') return null;
  const text = stated.trim();
  if (!COMMA.test(text))
    return {
      reason: 'bad_amount',
      text: 'The amount is none with a decimal comma, such as 1.234,56 (payments.mapping.amount_form).',
    };
  fields['amount'] = text.replaceAll('.', '').replace(',', '.');
  return null;
}

/** The value at a pointer; undefined where there is nothing. */
function at(value: Fields, pointer: string | undefined): Json | undefined {
  if (pointer === undefined) return undefined;
  const steps = pointer.startsWith('/') ? pointer.slice(1).split('/').map(unescaped) : [pointer];
  let found: Json | undefined = value;
  for (const step of steps) {
    if (Array.isArray(found)) found = /^\d{1,9}$/.test(step) ? found[Number(step)] : undefined;
    else found = isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found ?? undefined;
}

/** RFC 6901, section 4: `~1` first, then `~0`. */
function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
