/**
 * The formats of payment records, one line each: how it is known, and what reads it. Which one a record is of is found by its
 * content, whatever input it came by. A value may be text: an XML document.
 */
import { parseExactly } from '../model/exact-json.ts';
import type { PaymentEvent } from '../model/payment.ts';
import type { Place } from '../model/place.ts';
import { decodeAdyen, isAdyen } from './adyen.ts';
import type { Decoded } from './decoded.ts';
import { decodeInside, type Unwrapped } from './envelope.ts';
import { isIso20022, decodeIso20022 } from './iso20022.ts';
import { isIso8583 } from './iso8583-elements.ts';
import { decodeIso8583 } from './iso8583.ts';
import type { PaymentContext } from './payment-context.ts';
import { decodePayment, isPayment } from './payment-json.ts';
import { decodeMapped, isMapped } from './payment-mapping.ts';
import { withNestedColumns } from './payment-row.ts';
import { decodeStripe, isStripe } from './stripe.ts';

/** `payments` is our own form, and with it what the configuration maps to it. */
export const PAYMENT_SOURCES = ['stripe', 'adyen', 'iso20022', 'iso8583', 'payments'] as const;
export type PaymentSource = (typeof PAYMENT_SOURCES)[number];

export interface PaymentFormat {
  source: PaymentSource;
  /** Marks that no other format has. */
  is: (value: unknown) => boolean;
  decode: (value: unknown, place: Place, context: PaymentContext) => Decoded<PaymentEvent>;
}

/** In the order in which a record is tried: our own form is last, since it has the fewest marks. */
export const PAYMENT_FORMATS: readonly PaymentFormat[] = [
  { source: 'stripe', is: isStripe, decode: decodeStripe },
  { source: 'adyen', is: isAdyen, decode: decodeAdyen },
  { source: 'iso20022', is: isIso20022, decode: decodeIso20022 },
  { source: 'iso8583', is: isIso8583, decode: decodeIso8583 },
  { source: 'payments', is: isPayment, decode: decodeOwn },
];

export function paymentFormatOf(value: unknown): PaymentFormat | undefined {
  return PAYMENT_FORMATS.find(({ is }) => is(value));
}

/** Any payment input takes any payment format, in any envelope; our own says why a record is refused that is of none. */
export function decodePayments(value: unknown, place: Place, context: PaymentContext): Decoded<PaymentEvent> {
  const { mapping } = context;
  return decodeInside(
    value,
    (inside) => paymentFormatOf(inside) !== undefined || (mapping !== null && isMapped(inside, mapping)),
    (inside) => {
      const decode = paymentFormatOf(inside.value)?.decode ?? decodeOwn;
      return paidWithin(decode(inside.value, place, context), inside);
    },
    { depth: context.redactor.depth, parse: parseExactly },
  );
}

/** The trace and the cluster of an envelope are those of payments that name none. */
export function paidWithin(decoded: Decoded<PaymentEvent>, said: Unwrapped): Decoded<PaymentEvent> {
  const { cluster, traceId } = said;
  if (cluster === null && traceId === null) return decoded;
  const items = decoded.items.map((event) => ({
    ...event,
    cluster: event.cluster ?? cluster,
    traceId: event.traceId ?? traceId,
  }));
  return { ...decoded, items };
}

/** What is mapped goes before our own form: a company's record may have fields of the same names. */
function decodeOwn(value: unknown, place: Place, context: PaymentContext): Decoded<PaymentEvent> {
  const { mapping } = context;
  if (mapping !== null && isMapped(value, mapping)) return decodeMapped(value, place, context, mapping);
  return decodePayment(withNestedColumns(value), place, context);
}
