/**
 * The formats of payment records, one line each: how it is known, and what reads it. Which one a record is of is found by its
 * content, whatever input it came by. A value may be text: an XML document.
 */
import { parseExactly } from '../../model/exact-json.ts';
import type { PaymentEvent, PaymentSource } from '../../model/payment.ts';
import type { Place } from '../../model/place.ts';
import { decodeAdyen, isAdyen } from './adyen.ts';
import type { Decoded } from '../decoded.ts';
import { decodeInside } from '../wrappings/envelope.ts';
import type { Said } from '../wrappings/wrapping.ts';
import { isIso20022, decodeIso20022 } from './iso20022.ts';
import { isIso8583 } from './iso8583-elements.ts';
import { decodeIso8583 } from './iso8583.ts';
import { formatOf, NONE_NAMED, readerOf, type Format, type Named } from '../named-formats.ts';
import type { PaymentContext } from './payment-context.ts';
import { decodePayment, isPayment } from './payment-json.ts';
import { decodeMapped, isMapped } from './payment-mapping.ts';
import { withNestedColumns } from './payment-row.ts';
import { decodeStripe, isStripe } from './stripe.ts';

export interface PaymentFormat extends Format<PaymentEvent, PaymentContext> {
  source: PaymentSource;
}

const OWN: PaymentFormat = { source: 'payments', is: isPayment, decode: decodeOwn };

/** In the order in which a record is tried: our own form is last, since it has the fewest marks. */
export const PAYMENT_FORMATS: readonly PaymentFormat[] = [
  { source: 'stripe', is: isStripe, decode: decodeStripe },
  { source: 'adyen', is: isAdyen, decode: decodeAdyen },
  { source: 'iso20022', is: isIso20022, decode: decodeIso20022 },
  { source: 'iso8583', is: isIso8583, decode: decodeIso8583 },
  OWN,
];

/** Of which format a record is; what only a mapping makes a payment is of our own form. */
export function paymentFormatOf(
  value: unknown,
  { mapping }: Pick<PaymentContext, 'mapping'>,
  named: Named<PaymentFormat> = NONE_NAMED,
): PaymentFormat | undefined {
  const format = formatOf(value, PAYMENT_FORMATS, named);
  return format ?? (mapping !== null && isMapped(value, mapping) ? OWN : undefined);
}

/** Any payment input takes any payment format, in any envelope, unless some are named; our own says why a record is refused that is of none. */
export function decodePayments(
  value: unknown,
  place: Place,
  context: PaymentContext,
  named: Named<PaymentFormat> = NONE_NAMED,
): Decoded<PaymentEvent> {
  return decodeInside(value, {
    formatOf: (inside) => paymentFormatOf(inside, context, named),
    decode: (inside, format) => readerOf(format, named, decodeOwn)(inside, place, context),
    told: paymentWithin,
    redactor: context.redactor,
    parse: parseExactly,
  });
}

/** The trace and the cluster of an envelope are those of payments that name none. */
export function paymentWithin(event: PaymentEvent, { cluster, traceId }: Said): PaymentEvent {
  return { ...event, cluster: event.cluster ?? cluster, traceId: event.traceId ?? traceId };
}

/** What is mapped goes before our own form: a company's record may have fields of the same names. */
function decodeOwn(value: unknown, place: Place, context: PaymentContext): Decoded<PaymentEvent> {
  const { mapping } = context;
  if (mapping !== null && isMapped(value, mapping)) return decodeMapped(value, place, context, mapping);
  return decodePayment(withNestedColumns(value), place, context);
}
