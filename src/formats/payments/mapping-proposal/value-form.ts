/**
 * What one value of a record looks like: a currency, a time in one of the forms that are met, an amount, a trace id. A value may look
 * like several things (`20260310` is digits and nothing more; `EUR` is a currency); what it is, only many values and a name tell.
 */
import { currencyExponent } from '../../../model/money.ts';
import { parseInstant } from '../../../model/instant.ts';
import { parseTraceId, parseTraceparent } from '../../../model/trace-id.ts';

export const VALUE_FORMS = [
  'currency',
  'country',
  'trace_id',
  'traceparent',
  'uuid',
  'container_id',
  'iban',
  'rfc3339',
  'local_time',
  'day',
  'date',
  'day_first',
  'month_first',
  'unix_seconds',
  'unix_ms',
  'unix_us',
  'integer',
  'decimal',
  'decimal_comma',
  'grouped',
  'negative',
  'lossy',
  'word',
] as const;
export type ValueForm = (typeof VALUE_FORMS)[number];

export type Scalar = string | number | boolean;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const IBAN = /^[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}$/;
const CONTAINER = /^(?:[a-z-]+:\/\/)?[0-9a-f]{64}$/i;
const LOCAL = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,12})?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Days in the orders of people, without a time: no instant. */
const DATE = /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$/;
/** The same with a time of day. Points are between days and months in countries that write the day first. */
const PEOPLES_TIME =
  /^(\d{1,2})([./-])(\d{1,2})\2\d{4}(?:, ?|[ T])\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,12})?)?$/;
const WORD = /^[\p{L}\p{N}][\p{L}\p{N} _.:/+-]{0,39}$/u;
const COMMA = /^\d{1,3}(?:\.\d{3})+(?:,\d{1,4})?$|^\d+,\d{1,4}$/;
const GROUPED = /^\d{1,3}(?:,\d{3})+\.\d{1,4}$|^\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d{1,4})?$/;

/** Times of payments that somebody links today lie between 2001 and 2039. */
const FROM_SECONDS = 1_000_000_000;
const TO_SECONDS = 2_200_000_000;
const UNIX = [
  ['unix_seconds', 1],
  ['unix_ms', 1_000],
  ['unix_us', 1_000_000],
] as const;

/** Everything that a value looks like. */
export function formsOf(value: Scalar): ValueForm[] {
  const text = String(value).trim();
  const tests = typeof value === 'boolean' ? [] : typeof value === 'number' ? [] : textForms(text);
  const numbers = typeof value === 'boolean' ? [] : numberForms(text);
  const isLossy = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  const word: ValueForm[] = WORD.test(text) ? ['word'] : [];
  return [...tests, ...numbers, ...word, ...(isLossy ? (['lossy'] as const) : [])];
}

function textForms(text: string): ValueForm[] {
  const forms: ValueForm[] = [];
  const note = (form: ValueForm, looksSo: boolean): void => void (looksSo && forms.push(form));
  note('currency', text.length === 3 && currencyExponent(text.toUpperCase()) !== undefined);
  note('country', /^[A-Z]{2}$/.test(text));
  note('trace_id', parseTraceId(text) !== null);
  note('traceparent', text.includes('-') && !UUID.test(text) && parseTraceparent(text) !== null);
  note('uuid', UUID.test(text));
  note('container_id', CONTAINER.test(text));
  note('iban', IBAN.test(text));
  note('rfc3339', parseInstant(text) !== undefined);
  note('local_time', LOCAL.test(text));
  note('day', DAY.test(text));
  note('date', DATE.test(text));
  for (const form of ordersOf(text)) note(form, true);
  note('decimal_comma', COMMA.test(text));
  note('grouped', GROUPED.test(text));
  return forms;
}

/** The orders of day and month that a time may be in; no month is the thirteenth. */
function ordersOf(text: string): ('day_first' | 'month_first')[] {
  const [, first = '', mark = '', second = ''] = PEOPLES_TIME.exec(text) ?? [];
  const mayBe = (day: string, month: string): boolean =>
    Number(day) >= 1 && Number(day) <= 31 && Number(month) >= 1 && Number(month) <= 12;
  return [
    ...(mayBe(first, second) ? (['day_first'] as const) : []),
    ...(mark !== '.' && mayBe(second, first) ? (['month_first'] as const) : []),
  ];
}

function numberForms(text: string): ValueForm[] {
  const forms: ValueForm[] = [];
  if (/^-\d/.test(text)) forms.push('negative');
  if (/^\d+$/.test(text)) forms.push('integer');
  if (/^\d+\.\d+$/.test(text)) forms.push('decimal');
  if (!/^\d{10,16}(?:\.\d{1,9})?$/.test(text)) return forms;
  for (const [form, scale] of UNIX) {
    const seconds = Number(text) / scale;
    if (seconds >= FROM_SECONDS && seconds < TO_SECONDS) forms.push(form);
  }
  return forms;
}
