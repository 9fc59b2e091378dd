/**
 * Stripe's webhook events about payments: `payment_intent.*`, `charge.*`, disputes and refunds that failed.
 *
 * What: the object in `data.object` is a snapshot of the moment of the event, so its status is the state, and `created` of the event
 * (seconds) its time. A payment is its PaymentIntent; a charge without one is known by its own id, and each names the other, so
 * that all events of one payment meet. The event's id is the native id: Stripe repeats events, in any order.
 * An inquiry (`warning_…`) is a dispute that moves no money and may never become one: it is no fact, and is counted. A charge says of both that it is
 * disputed, and goes on to say so when a dispute is over, so that it tells a chargeback only where nothing else tells the state.
 * Why refunds are not read: the charge says what was given back in all, and when; only of one that failed later it says nothing, and that is taken off.
 *
 * Worked example: `{"id":"evt_1","object":"event","type":"charge.captured","created":1773151202,"data":{"object":{"object":"charge",
 * "id":"ch_1","payment_intent":"pi_1","captured":true,"paid":true,"status":"succeeded","amount":4800,"currency":"eur",…}}}` ->
 * pi_1 with charge ch_1, captured, 48.00 EUR.
 * Source: docs.stripe.com/api/events and the objects named there.
 */
import { formatInstant, isInstant, MICROS_PER_SECOND, type Instant } from '../../model/instant.ts';
import { formatAmount } from '../../model/money.ts';
import type { Json } from '../../model/json.ts';
import { partName, partValue } from '../../model/payment-parts.ts';
import { TELLS_NO_CHANGE, TEST_MODE, type PaymentEvent } from '../../model/payment.ts';
import type { Place } from '../../model/place.ts';
import { parseTraceId } from '../../model/trace-id.ts';
import { ignoredAs, refusedAs, type Decoded } from '../decoded.ts';
import { isObject, listIn, objectIn, textIn, type Fields } from '../fields.ts';
import { minorUnits, STRIPE_DECIMALS } from './minor-units.ts';
import type { PaymentContext } from './payment-context.ts';
import { drafted } from './payment-draft.ts';
import { safeIdIn } from './payment-ids.ts';

const OBJECTS: ReadonlySet<string> = new Set(['payment_intent', 'charge', 'dispute', 'refund']);
/** Refunds that did not come about; the charge does not say so. */
const UNDONE: ReadonlySet<string> = new Set(['failed', 'canceled']);

const INQUIRY = /^warning_/;

/** Whether a record looks like an event of Stripe. */
export function isStripe(value: unknown): boolean {
  return (
    isObject(value) &&
    value['object'] === 'event' &&
    typeof value['type'] === 'string' &&
    isObject(value['data'])
  );
}

export function decodeStripe(value: unknown, _place: Place, context: PaymentContext): Decoded<PaymentEvent> {
  if (!isStripe(value) || !isObject(value))
    return refusedAs('wrong_shape', 'An event of Stripe has `object: event`, a type and data.object.');
  const object = objectIn(objectIn(value['data'])['object']);
  const kind = textIn(object['object']) ?? '';
  if (!OBJECTS.has(kind)) return ignoredAs('no_payment');
  if (kind === 'dispute' && INQUIRY.test(textIn(object['status']) ?? '')) return ignoredAs('inquiry');
  if (kind === 'refund' && !UNDONE.has(textIn(object['status']) ?? '')) return ignoredAs('refund_part');
  const time = secondsIn(value['created']);
  if ((value['created'] ?? null) === null)
    return refusedAs('missing_time', 'An event of Stripe has `created`, in seconds.');
  if (time === undefined) return refusedAs('bad_time', '`created` is no number of seconds since 1970.');
  if (textIn(value['id']) === null) return refusedAs('missing_id', 'An event of Stripe has an id, evt_…');
  return decodeObject({ event: value, object, kind, time }, context);
}

interface Snapshot {
  event: Fields;
  object: Fields;
  kind: string;
  time: Instant;
}

function decodeObject(
  { event, object, kind, time }: Snapshot,
  context: PaymentContext,
): Decoded<PaymentEvent> {
  const currency = (textIn(object['currency']) ?? '').toUpperCase();
  const whole = kind === 'payment_intent' || kind === 'charge';
  const minor = minorUnits(object['amount'], currency, STRIPE_DECIMALS);
  if (whole && minor === undefined)
    return refusedAs(
      'bad_amount',
      '`amount` is no whole number of the smallest unit of `currency` below 2^53, as Stripe writes it.',
    );
  const method = methodOf(object);
  const rail = context.states.railOf('stripe', method === null ? [] : [method], method);
  const code = stateCode(object, kind, textIn(event['type']) ?? '');
  const metadata = objectIn(object['metadata']);
  return drafted(
    {
      format: 'stripe',
      nativeTuple: [textIn(event['id']), code],
      ownId: kind === 'payment_intent' ? object['id'] : idOf(object['payment_intent']),
      aliases: [
        ['charge', chargeOf(object, kind)],
        ['order_id', metadata['order_id']],
        ['transaction_id', metadata['transaction_id']],
        ['idempotency_key', objectIn(event['request'])['idempotency_key']],
      ],
      time,
      rail,
      state: context.states.stateOf('stripe', rail, code),
      amount: whole && minor !== undefined ? { minor, currency } : null,
      customerId: idOf(object['customer']),
      customerCountry: textIn(objectIn(objectIn(object['billing_details'])['address'])['country']),
      merchantId: event['account'] ?? idOf(object['on_behalf_of']),
      traceId: parseTraceId(metadata['trace_id']) ?? traceIdIn(metadata['traceparent']),
      attributes: {
        ...attributesOf(object, kind, currency, context),
        [TELLS_NO_CHANGE]: code === DISPUTED ? 'disputed' : null,
        [TEST_MODE]: event['livemode'] === false ? 'true' : null,
      },
    },
    context,
  );
}

/** The payment method of a charge; of an intent only where there is no choice. */
function methodOf(object: Fields): string | null {
  const used = textIn(objectIn(object['payment_method_details'])['type']);
  const offered = listIn(object['payment_method_types']);
  return used ?? (offered.length === 1 ? textIn(offered[0]) : null);
}

/** What data/states.yaml is asked for. */
function stateCode(object: Fields, kind: string, type: string): string {
  const status = textIn(object['status']) ?? '';
  if (kind === 'payment_intent') {
    if (type === 'payment_intent.payment_failed') return type.replace('.', '/');
    return isPartlyCaptured(object) ? 'payment_intent/succeeded' : `${kind}/${status}`;
  }
  if (kind !== 'charge') return `${kind}/${status}`;
  if (type === 'charge.expired') return 'charge/expired';
  if (status !== 'succeeded') return `charge/${status}`;
  if (object['refunded'] === true) return 'charge/refunded';
  if (object['disputed'] === true) return DISPUTED;
  return object['captured'] === true ? 'charge/captured' : 'charge/authorized';
}

const DISPUTED = 'charge/disputed';

/** Some of it was captured before the rest was given up, or while the rest waits. */
function isPartlyCaptured({ status, amount_received }: Fields): boolean {
  const waits = status === 'requires_capture' || status === 'canceled';
  return waits && typeof amount_received === 'number' && amount_received > 0;
}

function chargeOf(object: Fields, kind: string): Json | undefined {
  if (kind === 'charge') return object['id'];
  return idOf(object[kind === 'payment_intent' ? 'latest_charge' : 'charge']);
}

/** An id, or that of an object that stands in its place. */
function idOf(value: Json | undefined): Json | undefined {
  return isObject(value) ? value['id'] : value;
}

/** What deadlines and remaining amounts are computed from. */
function attributesOf(
  object: Fields,
  kind: string,
  currency: string,
  { redactor }: PaymentContext,
): Record<string, string | null> {
  const amountIn = (value: Json | undefined): string | null => {
    const minor = minorUnits(value, currency, STRIPE_DECIMALS);
    return minor === undefined ? null : formatAmount(minor, currency);
  };
  if (kind === 'payment_intent') {
    const isCaptured = object['status'] === 'succeeded' || isPartlyCaptured(object);
    return { captured: isCaptured ? amountIn(object['amount_received']) : null };
  }
  if (kind === 'refund') return undoneRefund(object, currency, redactor);
  if (kind !== 'charge') return { reason: textIn(object['reason']) };
  const before = secondsIn(objectIn(objectIn(object['payment_method_details'])['card'])['capture_before']);
  return {
    captured: object['captured'] === true ? amountIn(object['amount_captured']) : null,
    refunded: object['amount_refunded'] === 0 ? null : amountIn(givenBackOf(object)),
    authorization_expires_at: before === undefined ? null : formatInstant(before),
  };
}

/** What was not captured counts as refunded too, once it was released: but it never was ours to give back. */
function givenBackOf({ amount, amount_captured, amount_refunded, captured }: Fields): Json | undefined {
  const isTold = [amount, amount_captured, amount_refunded].every((each) => typeof each === 'number');
  if (!isTold || captured !== true || amount_captured === 0) return amount_refunded;
  const [refunded, released] = [Number(amount_refunded), Number(amount) - Number(amount_captured)];
  return refunded >= released ? refunded - released : refunded;
}

/** A refund that is read did not come about. */
function undoneRefund(
  object: Fields,
  currency: string,
  redactor: PaymentContext['redactor'],
): Record<string, string | null> {
  const reason = textIn(object['reason']);
  const minor = minorUnits(object['amount'], currency, STRIPE_DECIMALS);
  const id = safeIdIn(object['id'], redactor);
  if (minor === undefined || id === null) return { reason };
  return { reason, [partName('refund_undone', id)]: partValue(minor, currency) };
}

function secondsIn(value: Json | undefined): Instant | undefined {
  const instant = typeof value === 'number' ? value * MICROS_PER_SECOND : Number.NaN;
  return isInstant(instant) ? instant : undefined;
}

function traceIdIn(traceparent: Json | undefined): string | null {
  return parseTraceId(textIn(traceparent)?.split('-')[1]);
}
