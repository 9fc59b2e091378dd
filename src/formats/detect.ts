/** Which format a record is of, by its content: the marks that no other format has. */
import type { SecuritySource } from '../model/observation.ts';
import type { PaymentSource } from '../model/payment.ts';
import { isObject, listIn } from './fields.ts';
import { paymentFormatOf } from './payments/payment-formats.ts';
import { securityFormatOf } from './security/security-formats.ts';

export type DetectedFormat = SecuritySource | PaymentSource | 'traces';

export function detectFormat(value: unknown): DetectedFormat | undefined {
  const format = paymentFormatOf(value, { mapping: null }) ?? securityFormatOf(value);
  return format?.source ?? (isTraces(value) ? 'traces' : undefined);
}

function isTraces(value: unknown): boolean {
  if (!isObject(value)) return false;
  return ['resourceSpans', 'resource_spans', 'batches'].some((key) => listIn(value[key]).length > 0);
}
