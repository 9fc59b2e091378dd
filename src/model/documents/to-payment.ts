/** The payment document: what it is, what is left of it, and what is known of its way. */
import { formatInstant, type Instant } from '../instant.ts';
import type { Payment } from '../payment.ts';
import type { Recovery } from '../recovery.ts';
import type { PaymentDocument } from './payment.ts';
import { present, sealed, type DocumentProgress } from './sealed.ts';
import { paymentPart } from './to-parts.ts';

export interface PaymentContext {
  recovery: Recovery;
  answer: PaymentDocument['answer'];
  known: {
    /** Traces bound to the payment. */
    traces: number;
    spansWithIdentity: number;
    eventsWatermark: Instant | null;
    completeUntil: Instant | null;
    why: string;
  };
  progress: DocumentProgress;
}

/** Pure; `@timestamp` is the payment's time, that of its earliest state event. */
export function toPaymentDocument(payment: Payment, context: PaymentContext): PaymentDocument {
  const { recovery, answer, known, progress } = context;
  const content = present({
    '@timestamp': formatInstant(payment.time),
    schema: 'payment/1' as const,
    tenant: payment.tenant,
    payment: paymentPart(payment, recovery),
    service: payment.service === null ? undefined : { name: payment.service },
    answer,
    known: {
      traces: known.traces,
      spans_with_identity: known.spansWithIdentity,
      events_watermark: timeOrNull(known.eventsWatermark),
      complete_until: timeOrNull(known.completeUntil),
      why: known.why,
    },
    superseded_ids: [...payment.supersededIds],
  });
  return sealed(content, progress);
}

function timeOrNull(instant: Instant | null): string | null {
  return instant === null ? null : formatInstant(instant);
}
