/**
 * A case small enough to know every answer: an exec into pod `ledger-1`, one request through that pod with payment
 * `p1`, a later one through another pod with payment `p2`, and payment `p3` that no trace carries.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const EXEC_AT = '2026-03-10T14:00:00.000000Z';
const nanos = (text: string): string => `${BigInt(Date.parse(text)) * 1_000_000n}`;

/** One stage of an exec into a pod, as the API server logs it. */
export function execRecord(
  over: { auditID?: string; stage?: string; pod?: string; user?: string } = {},
): object {
  const { auditID = 'a-1', stage = 'ResponseComplete', pod = 'ledger-1', user = 'mallory' } = over;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID,
    stage,
    requestURI: `/api/v1/namespaces/payments/pods/${pod}/exec?command=sh&container=ledger`,
    verb: 'create',
    user: { username: user, groups: ['system:authenticated'] },
    objectRef: { resource: 'pods', namespace: 'payments', name: pod, apiVersion: 'v1', subresource: 'exec' },
    ...(stage === 'RequestReceived' ? {} : { responseStatus: { code: 101 } }),
    requestReceivedTimestamp: EXEC_AT,
    stageTimestamp: stage === 'RequestReceived' ? EXEC_AT : '2026-03-10T14:00:05.000000Z',
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  };
}

/** One span in a pod that carries a payment id, as one OTLP request. */
export function spanRecord(pod: string, paymentId: string, start: string, id: number): object {
  const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const hex = (digits: number): string => id.toString(16).padStart(digits, '0');
  const span = {
    traceId: hex(32),
    spanId: hex(16),
    name: 'charge',
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(start),
    attributes: [attribute('payment.id', paymentId)],
  };
  const resource = {
    attributes: [
      attribute('service.name', pod.replace(/-\d+$/, '')),
      attribute('k8s.namespace.name', 'payments'),
      attribute('k8s.pod.name', pod),
      attribute('k8s.container.name', pod.replace(/-\d+$/, '')),
    ],
  };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'x' }, spans: [span] }] }] };
}

export function paymentRecord(id: string, over: Record<string, unknown> = {}): object {
  const time = '2026-03-10T14:00:01.000Z';
  return { id, time, rail: 'sepa_ct', state: 'accepted', amount: '48000.00', currency: 'EUR', ...over };
}

export const linesOf = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

export interface CasePaths {
  audit: string;
  spans: string;
  payments: string;
}

/** Writes the case into a folder. */
export function writeCase(dir: string): CasePaths {
  const paths = {
    audit: join(dir, 'audit.ndjson'),
    spans: join(dir, 'spans.ndjson'),
    payments: join(dir, 'payments.ndjson'),
  };
  writeFileSync(paths.audit, linesOf([execRecord({ stage: 'RequestReceived' }), execRecord()]));
  const spans = [
    spanRecord('ledger-1', 'p1', '2026-03-10T14:00:02.000Z', 1),
    spanRecord('checkout-1', 'p2', '2026-03-10T14:00:03.000Z', 2),
  ];
  writeFileSync(paths.spans, linesOf(spans));
  writeFileSync(paths.payments, linesOf(['p1', 'p2', 'p3'].map((id) => paymentRecord(id))));
  return paths;
}

/** The flags that name its files. */
export const flagsOf = ({ audit, spans, payments }: CasePaths): string[] => [
  '--audit',
  audit,
  '--spans',
  spans,
  '--payments',
  payments,
];
