/**
 * Adyen's two families of webhooks: notifications of payments (`notificationItems`), and transfers of the balance platform
 * (`balancePlatform.transfer.*`). Other events of the balance platform are about accounts and cards, and are no payments.
 *
 * Notifications: one record holds several; `success` and `live` are texts, "true" and "false". A payment is the PSP reference of
 * its authorisation: what comes later names it as `originalReference` and has a reference of its own. The merchant's reference
 * is that of an order, which several attempts may share. Amounts are of the one step: only an authorisation states that of the
 * payment, and an adjustment of it the new one. A capture and a refund are parts under their own references (model/payment-parts.ts), and what fails later takes its part back.
 * A capture or refund that failed tells only that there was something to capture or give back. A cancellation and an expiry are of what was not captured: what was stays (join/payments.ts).
 *
 * Worked example: CAPTURE, success "true", originalReference P, pspReference M, 236.23 USD -> psp_reference P, captured_part:M 236.23 USD.
 * Source: docs.adyen.com, webhook structure and types; transfer webhooks.
 */
import type { Json } from '../../model/json.ts';
import { partName, partValue } from '../../model/payment-parts.ts';
import { TELLS_NO_CHANGE, TEST_MODE, type PaymentEvent } from '../../model/payment.ts';
import type { Place } from '../../model/place.ts';
import { parseTraceId } from '../../model/trace-id.ts';
import { ignoredAs, merged, refusedAs, type Decoded } from '../decoded.ts';
import { instantIn, isObject, listIn, objectIn, textIn, type Fields } from '../fields.ts';
import { ADYEN_DECIMALS, minorUnits } from './minor-units.ts';
import type { PaymentContext } from './payment-context.ts';
import { drafted } from './payment-draft.ts';
import { safeIdIn } from './payment-ids.ts';

const PLATFORM = 'balancePlatform.';
/** Adyen sends a handful; a record with more is none of theirs. */
const MAX_ITEMS = 1_000;
/** Steps whose amount is not that of the payment, and what it is instead where the step came about. */
const PARTS: Readonly<Record<string, Parameters<typeof partName>[0] | null>> = {
  CAPTURE: 'captured_part',
  REFUND: 'refunded_part',
  CAPTURE_FAILED: 'capture_undone',
  REFUND_FAILED: 'refund_undone',
  REFUNDED_REVERSED: 'refund_undone',
  NOTIFICATION_OF_CHARGEBACK: null,
  CHARGEBACK: null,
  SECOND_CHARGEBACK: null,
  CHARGEBACK_REVERSED: null,
  PREARBITRATION_LOST: null,
  PREARBITRATION_WON: null,
};
const STEPS: ReadonlySet<string> = new Set([
  ...Object.keys(PARTS),
  'AUTHORISATION',
  'AUTHORISATION_ADJUSTMENT',
  'CANCELLATION',
  'CANCEL_OR_REFUND',
  'TECHNICAL_CANCEL',
  'EXPIRE',
]);
/** Steps that tell something where they fail: that of an authorisation is its outcome. */
const TELLING: ReadonlySet<string> = new Set(['AUTHORISATION', 'CAPTURE', 'REFUND']);
const FAILED = 'failed_step';

/** Whether a record looks like a webhook of Adyen. */
export function isAdyen(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Array.isArray(value['notificationItems']) || isPlatform(value);
}

function isPlatform(value: Fields): boolean {
  return typeof value['type'] === 'string' && value['type'].startsWith(PLATFORM) && isObject(value['data']);
}

export function decodeAdyen(value: unknown, _place: Place, context: PaymentContext): Decoded<PaymentEvent> {
  if (!isObject(value) || !isAdyen(value))
    return refusedAs(
      'wrong_shape',
      'A webhook of Adyen has notificationItems, or type balancePlatform.… and data.',
    );
  if (isPlatform(value)) return decodePlatform(value, context);
  const items = [...listIn(value['notificationItems'])];
  const isTest = successOf(value['live']) === 'false';
  if (items.length > MAX_ITEMS)
    return refusedAs(
      'too_many_items',
      `A webhook of Adyen has at most ${MAX_ITEMS} notificationItems; split it.`,
    );
  return merged(
    items.map((item) => decodeItem(objectIn(objectIn(item)['NotificationRequestItem']), isTest, context)),
  );
}

function decodeItem(item: Fields, isTest: boolean, context: PaymentContext): Decoded<PaymentEvent> {
  const step = textIn(item['eventCode']);
  const success = successOf(item['success']);
  if (step === null || success === null)
    return refusedAs(
      'wrong_shape',
      'A notification of Adyen has an eventCode, and success "true" or "false".',
    );
  const worked = success === 'true';
  if (!STEPS.has(step)) return ignoredAs('no_payment');
  if (!worked && !TELLING.has(step)) return ignoredAs(FAILED);
  if ((item['eventDate'] ?? null) === null)
    return refusedAs('missing_time', 'A notification of Adyen has an eventDate.');
  const time = instantIn(item['eventDate']);
  if (time === undefined) return refusedAs('bad_time', '`eventDate` is no time with a zone.');
  const amount = amountIn(item['amount']);
  if (amount === undefined) return refusedAs('bad_amount', BAD_AMOUNT);
  const rail = context.states.railOf(
    'adyen',
    methodCodes(item['paymentMethod']),
    textIn(item['paymentMethod']),
  );
  const more = objectIn(item['additionalData']);
  const part = worked && amount !== null ? partOf(step, item, amount, context) : {};
  return drafted(
    {
      format: 'adyen',
      nativeTuple: [
        textIn(item['merchantAccountCode']),
        step,
        textIn(item['pspReference']),
        success,
        textIn(item['eventDate']),
      ],
      aliases: [
        ['psp_reference', textIn(item['originalReference']) ?? item['pspReference']],
        ['order_id', item['merchantReference']],
        ['transaction_id', more['metadata.transaction_id']],
      ],
      time,
      rail,
      state: context.states.stateOf('adyen', rail, `${step}/${outcomeOf(step, success, more)}`),
      amount: step in PARTS ? null : amount,
      customerId: more['shopperReference'],
      customerCountry: textIn(more['shopperCountry']),
      merchantId: item['merchantAccountCode'],
      traceId: parseTraceId(more['metadata.trace_id']),
      attributes: {
        event_code: step,
        [TELLS_NO_CHANGE]: worked || step === 'AUTHORISATION' ? null : FAILED,
        [TEST_MODE]: isTest ? 'true' : null,
        ...part,
      },
    },
    context,
  );
}

/** What came of the step: one that cancels or gives back says which it did. */
function outcomeOf(step: string, success: 'true' | 'false', more: Fields): string {
  const isRefund = step === 'CANCEL_OR_REFUND' && textIn(more['modification.action']) === 'refund';
  return isRefund ? 'refund' : success;
}

/** What the step adds to the payment, or takes back, by its own reference. */
function partOf(
  step: string,
  item: Fields,
  { minor, currency }: { minor: bigint; currency: string },
  { redactor }: PaymentContext,
): Record<string, string> {
  const kind = PARTS[step] ?? null;
  const reference = safeIdIn(item['pspReference'], redactor);
  return kind === null || reference === null
    ? {}
    : { [partName(kind, reference)]: partValue(minor, currency) };
}

/** Adyen writes texts; relays that read JSON and write it again may have made them what they mean. */
function successOf(value: Json | undefined): 'true' | 'false' | null {
  const text = typeof value === 'boolean' ? String(value) : textIn(value)?.toLowerCase();
  return text === 'true' || text === 'false' ? text : null;
}

const BAD_AMOUNT =
  '`amount` is no currency of ISO 4217 with a whole number of its smallest unit below 2^53, as Adyen writes it.';

/** `visa_applepay` and `mc_googlepay` are cards in a wallet. */
function methodCodes(method: Json | undefined): string[] {
  const code = textIn(method);
  if (code === null) return [];
  const scheme = code.replace(/_(?:applepay|googlepay|paywithgoogle|samsungpay)$/, '');
  return [code, scheme];
}

/** Null: none stated; undefined: no amount. */
function amountIn(value: Json | undefined): { minor: bigint; currency: string } | null | undefined {
  if (value === undefined || value === null) return null;
  const currency = (textIn(objectIn(value)['currency']) ?? '').toUpperCase();
  const minor = minorUnits(objectIn(value)['value'], currency, ADYEN_DECIMALS);
  return minor === undefined ? undefined : { minor, currency };
}

/** Statuses of transfers that leave it what it was. */
const NO_CHANGE: ReadonlySet<string> = new Set(['authAdjustmentError', 'authAdjustmentRefused']);

function decodePlatform(record: Fields, context: PaymentContext): Decoded<PaymentEvent> {
  if (!(textIn(record['type']) ?? '').startsWith(`${PLATFORM}transfer.`)) return ignoredAs('no_payment');
  const data = objectIn(record['data']);
  const status = textIn(data['status']);
  if (status === null) return refusedAs('wrong_shape', 'A transfer of Adyen has a status.');
  const stated = data['updatedAt'] ?? record['timestamp'] ?? data['creationDate'];
  if ((stated ?? null) === null) return refusedAs('missing_time', 'A transfer of Adyen has a time.');
  const time = instantIn(stated);
  if (time === undefined) return refusedAs('bad_time', 'The time of the transfer is none with a zone.');
  const amount = amountIn(data['amount']);
  if (amount === undefined) return refusedAs('bad_amount', BAD_AMOUNT);
  const rail = context.states.railOf(
    'adyen',
    transferCodes(data, amount?.currency ?? ''),
    textIn(data['category']),
  );
  return drafted(
    {
      format: 'adyen',
      nativeTuple: ['transfer', textIn(data['id']), status, textIn(stated)],
      ownId: data['id'],
      aliases: [
        ['order_id', data['reference']],
        ['transaction_id', data['transactionId']],
      ],
      time,
      rail,
      state: context.states.stateOf('adyen', rail, `transfer/${status}`),
      amount,
      customerId: objectIn(data['accountHolder'])['id'],
      merchantId: data['balancePlatform'],
      attributes: {
        direction: textIn(data['direction']),
        reason: textIn(data['reason']),
        [TELLS_NO_CHANGE]: NO_CHANGE.has(status) ? FAILED : null,
        [TEST_MODE]: textIn(record['environment']) === 'test' ? 'true' : null,
      },
    },
    context,
  );
}

/** `bank/instant/EUR`: the same category and priority is another rail in another currency. */
function transferCodes(data: Fields, currency: string): string[] {
  const category = textIn(data['category']);
  const priority = textIn(data['priority']);
  if (category === null) return [];
  return priority === null ? [category] : [`${category}/${priority}/${currency}`, category];
}
