/**
 * Payment state events in our own JSON (DESIGN section 8): one record says that one payment was in one state.
 *
 * Ids are taken out before the record is redacted: an id that looks like a card number becomes a keyed token on both
 * sides of the join, where text that looks like one just disappears. Fields that name a person or an account are
 * dropped; other unknown fields are kept as attributes, because deadlines may be computed from them.
 *
 * Worked example: `{"id":"pay_881","time":"...","state":"accepted","rail":"sepa_ct","amount":"48000.00",
 * "currency":"EUR"}` -> 4800000 minor units, state accepted.
 */
import { canonicalJson } from '../../model/canonical-json.ts';
import { contentId } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import { parseContainerId } from '../../model/identity.ts';
import { currencyExponent, parseAmount } from '../../model/money.ts';
import type { PaymentAlias, PaymentEvent } from '../../model/payment.ts';
import type { Place } from '../../model/place.ts';
import { STRONG_ALIAS_TYPES } from '../../model/payment.ts';
import { parseTraceId, parseTraceparent } from '../../model/trace-id.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { instantIn, isObject, listIn, objectIn, textIn, withFields, type Fields } from '../fields.ts';
import { paymentIdIn, tokenOf } from './payment-ids.ts';
import type { Redactor } from '../redaction/redact.ts';

/** Aliases that may stand as fields of the record itself. */
const ALIAS_FIELDS: readonly string[] = ['uetr', 'psp_reference', 'end_to_end_id', 'order_id'];
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...ALIAS_FIELDS,
  'id',
  'ids',
  'time',
  'state',
  'rail',
  'amount',
  'currency',
  'customer',
  'merchant',
  'service',
  'trace_id',
  'traceparent',
  'pod',
  'pod_uid',
  'namespace',
  'cluster',
  'container_id',
  'attributes',
]);
/**
 * Last words of names of persons and accounts, and of what may never be kept: dropped, not redacted. `holderName` and
 * `holder_name` are one name.
 */
const PERSONAL =
  /(?:^|[._ -])(?:iban|bic_account|account(?:_?(?:no|number|id|name))?|name|(?:first|last)_?name|surname|holder|card_?holder|address|e?_?mail|(?:tele)?phone(?:_?(?:no|number))?|ssn|(?:tax|national)_?(?:id|number)|birth(?:_?(?:day|date))?|cvv2?|cvc2?|csc|pan|card_?(?:no|number)|track_?[123]?(?:_?data)?|pin(?:_?block)?)(?:_?\d{1,2})?$/;
/** Further ids of one payment; a record with more is refused, since any of them may be the one on a span. */
const MAX_ALIASES = 100;
/** A record with more is refused: any of them may be the one that a deadline is computed from. */
const MAX_ATTRIBUTES = 200;
/** Digits that a JSON number holds exactly whatever their value. */
const EXACT_DIGITS = 15;

/** Whether a record looks like a payment of ours. */
export function isPayment(value: unknown): boolean {
  return isObject(value) && 'state' in value && 'time' in value && ('rail' in value || 'amount' in value);
}

export function decodePayment(value: unknown, _place: Place, context: FormatContext): Decoded<PaymentEvent> {
  const tokenized = withTokens(value, context.redactor);
  return withFields(tokenized, context.redactor, 'A payment record', (fields) =>
    decodeRecord(fields, context),
  );
}

/** A copy whose ids are safe to keep: redaction of the rest leaves them as they are. */
function withTokens(value: unknown, redactor: Redactor): unknown {
  if (!isObject(value)) return value;
  const copy: Fields = { ...value };
  // `1e999`: redaction makes it null, and a payment without an amount is no error.
  if (copy['amount'] === Infinity || copy['amount'] === -Infinity) copy['amount'] = String(copy['amount']);
  for (const field of ['id', ...ALIAS_FIELDS])
    if (field in copy) copy[field] = tokenOf(copy[field], redactor);
  if (Array.isArray(copy['ids'])) {
    copy['ids'] = copy['ids']
      .slice(0, MAX_ALIASES + 1)
      .map((alias) => (isObject(alias) ? { ...alias, value: tokenOf(alias['value'], redactor) } : alias));
  }
  for (const party of ['customer', 'merchant']) {
    const parts = copy[party];
    if (isObject(parts) && 'id' in parts) copy[party] = { ...parts, id: tokenOf(parts['id'], redactor) };
  }
  return copy;
}

function decodeRecord(fields: { [key: string]: Json }, context: FormatContext): Decoded<PaymentEvent> {
  const state = textIn(fields['state']);
  const rail = textIn(fields['rail']);
  if (state === null || rail === null)
    return refusedAs('wrong_shape', 'A payment record has a state and a rail.');
  const time = instantIn(fields['time']);
  if ((fields['time'] ?? null) === null)
    return refusedAs('missing_time', 'A payment record has a time, RFC 3339.');
  if (time === undefined) return refusedAs('bad_time', '`time` is no RFC 3339 time with a zone.');
  const ownId = paymentIdIn(fields['id']);
  const aliases = aliasesOf(fields);
  if (ownId === null && !aliases.some(({ type }) => STRONG_ALIAS_TYPES.includes(type))) {
    return refusedAs('missing_id', 'A payment record has an id, a UETR or a PSP reference.');
  }
  if (listIn(fields['ids']).length > MAX_ALIASES)
    return refusedAs(
      'too_many_items',
      `A payment record has at most ${MAX_ALIASES} \`ids\`; leave out the others.`,
    );
  const attributes = attributesOf(fields);
  if (attributes === null)
    return refusedAs(
      'too_many_items',
      `A payment record has at most ${MAX_ATTRIBUTES} attributes, with the fields that are not known; leave out the others.`,
    );
  const amount = amountOf(fields);
  if ('reason' in amount) return refusedAs(amount.reason, amount.text);
  const customer = objectIn(fields['customer']);
  const event: PaymentEvent = {
    id: contentId('pe', ['payment', context.tenant, 'payments', [canonicalJson(fields)]]),
    tenant: context.tenant,
    ownId,
    aliases,
    time,
    state: state.toLowerCase(),
    rail: rail.toLowerCase(),
    amountMinor: amount.minor,
    currency: amount.currency,
    customerId: paymentIdIn(customer['id']),
    customerCountry: textIn(customer['country']),
    merchantId: paymentIdIn(objectIn(fields['merchant'])['id']),
    service: textIn(fields['service']),
    traceId: traceIdOf(fields),
    podUid: textIn(fields['pod_uid']),
    podName: textIn(fields['pod']),
    namespace: textIn(fields['namespace']),
    cluster: textIn(fields['cluster']),
    containerId: parseContainerId(fields['container_id']),
    attributes,
  };
  return taken([event]);
}

function aliasesOf(fields: Fields): PaymentAlias[] {
  const aliases: PaymentAlias[] = [];
  for (const field of ALIAS_FIELDS) {
    const value = paymentIdIn(fields[field]);
    if (value !== null) aliases.push({ type: field, value });
  }
  for (const alias of listIn(fields['ids'])) {
    const type = textIn(objectIn(alias)['type']);
    const value = paymentIdIn(objectIn(alias)['value']);
    if (type !== null && value !== null) aliases.push({ type: snakeCase(type), value });
  }
  return aliases;
}

/** `endToEndId`, `End-To-End ID` and `end_to_end_id` are one type. */
function snakeCase(type: string): string {
  const words = type.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
  return words.replace(/[\s._-]+/g, '_').toLowerCase();
}

/** W3C traceparent: version-traceid-parentid-flags. */
function traceIdOf(fields: Fields): string | null {
  return parseTraceId(fields['trace_id']) ?? parseTraceparent(fields['traceparent']);
}

type Amount =
  | { minor: bigint | null; currency: string | null }
  | { reason: 'bad_amount' | 'unknown_currency'; text: string };

function amountOf(fields: Fields): Amount {
  const stated = fields['amount'];
  if (stated === undefined || stated === null) return { minor: null, currency: null };
  const currency = (textIn(fields['currency']) ?? '').toUpperCase();
  const exponent = currencyExponent(currency);
  if (exponent === undefined) {
    return {
      reason: 'unknown_currency',
      text: '`currency` is no ISO 4217 code, such as EUR; an amount needs one.',
    };
  }
  const text = amountText(stated);
  const minor = text === null ? undefined : parseAmount(text, currency);
  if (minor === undefined || minor < 0n || minor > BigInt(Number.MAX_SAFE_INTEGER)) {
    const form = `decimal text with at most ${exponent} decimals, such as ${exponent === 0 ? '"48000"' : `"48000.${'0'.repeat(exponent)}"`}`;
    return { reason: 'bad_amount', text: `\`amount\` in this currency is ${form}; not negative.` };
  }
  return { minor, currency };
}

/** Decimal text; a JSON number only while its shortest text is surely what was written. */
function amountText(value: Json): string | null {
  if (typeof value === 'string') return value.trim();
  if (typeof value !== 'number') return null;
  const text = String(value);
  return /^\d+(?:\.\d+)?$/.test(text) && text.replace('.', '').length <= EXACT_DIGITS ? text : null;
}

function isPersonal(path: string): boolean {
  return PERSONAL.test(
    path
      .slice(-100)
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase(),
  );
}

const PARTY_FIELDS: ReadonlySet<string> = new Set(['id', 'country']);

/** `attributes`, and every unknown field under its dotted path, as text; null where there are too many. */
function attributesOf(fields: Fields): Record<string, string> | null {
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  const put = (path: string, value: Json | undefined): void => {
    if (count > MAX_ATTRIBUTES || isPersonal(path)) return;
    if (isObject(value)) for (const [key, member] of Object.entries(value)) put(`${path}.${key}`, member);
    else if (Array.isArray(value)) return;
    else if (value !== null && value !== undefined) {
      if (!Object.hasOwn(attributes, path)) count += 1;
      attributes[path] = String(value);
    }
  };
  for (const [key, value] of Object.entries(objectIn(fields['attributes']))) put(key, value);
  for (const [key, value] of Object.entries(fields)) if (!OWN_FIELDS.has(key)) put(key, value);
  for (const party of ['customer', 'merchant']) {
    for (const [key, value] of Object.entries(objectIn(fields[party]))) {
      if (!PARTY_FIELDS.has(key)) put(`${party}.${key}`, value);
    }
  }
  return count > MAX_ATTRIBUTES ? null : attributes;
}
