/** Which format a record is of, by its content: the marks that no other format has. */
import type { SecuritySource } from '../model/observation.ts';
import { isObject, listIn } from './fields.ts';
import { paymentFormatOf, type PaymentSource } from './payment-formats.ts';
import { securityFormatOf } from './security-formats.ts';

export type DetectedFormat = SecuritySource | PaymentSource | 'traces';

export function detectFormat(value: unknown): DetectedFormat | undefined {
  const sample = Array.isArray(value) ? (value[0] as unknown) : value;
  const format = paymentFormatOf(sample) ?? securityFormatOf(sample);
  return format?.source ?? (isTraces(sample) ? 'traces' : undefined);
}

function isTraces(value: unknown): boolean {
  if (!isObject(value)) return false;
  return ['resourceSpans', 'resource_spans', 'batches'].some((key) => listIn(value[key]).length > 0);
}
