/** Which format a JSON record is of, by its content: the marks that no other format has. */
import { isFalco } from './falco.ts';
import { isObject, listIn } from './fields.ts';
import { isKubernetesAudit } from './kubernetes-audit.ts';
import { isNativeEvent } from './native-event.ts';
import { isPayment } from './payment-json.ts';

export type DetectedFormat = 'kubernetes-audit' | 'falco' | 'events' | 'payments' | 'traces';

export function detectFormat(value: unknown): DetectedFormat | undefined {
  const sample = Array.isArray(value) ? (value[0] as unknown) : value;
  if (isKubernetesAudit(sample)) return 'kubernetes-audit';
  if (isFalco(sample)) return 'falco';
  if (isPayment(sample)) return 'payments';
  if (isNativeEvent(sample)) return 'events';
  return isTraces(sample) ? 'traces' : undefined;
}

function isTraces(value: unknown): boolean {
  if (!isObject(value)) return false;
  return ['resourceSpans', 'resource_spans', 'batches'].some((key) => listIn(value[key]).length > 0);
}
