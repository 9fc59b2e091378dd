import { expect, test } from 'vitest';
import { decodeFalco } from '../../src/formats/security/falco.ts';
import { decodeKubernetesAudit } from '../../src/formats/security/kubernetes-audit.ts';
import { normalizedObservation, normalizedPaymentEvent } from '../../src/formats/normalized-document.ts';
import { decodePayment } from '../../src/formats/payments/payment-json.ts';
import { CONTEXT, fixture, only, PLACE } from './format-context.ts';
import { falcoRecord, paymentRecord } from './sample-records.ts';

test('an exec in progress', () => {
  const record = JSON.parse(fixture('k8s-audit-falco/exec_pod.json')) as unknown;
  expect(normalizedObservation(only(decodeKubernetesAudit(record, PLACE, CONTEXT).items), 'acme')).toEqual({
    '@timestamp': '2018-10-26T13:38:34.867116Z',
    schema: 'normalized/1',
    tenant: 'acme',
    event: {
      kind: 'event',
      dataset: 'kubernetes.audit',
      action: 'create pods/exec',
      outcome: 'success',
      start: '2018-10-26T13:38:34.867116Z',
      end: '2018-10-26T13:38:34.902914Z',
      ongoing: true,
      original_id: ['ca1ed9f4-7bf4-4c85-81a8-1b11253d1ba6'],
    },
    orchestrator: {
      namespace: 'default',
      resource: { type: 'pods/exec', namespace: 'default', name: 'nginx-deployment-7998647bdf-phvq7' },
    },
    kubernetes: { namespace: 'default', pod: { name: 'nginx-deployment-7998647bdf-phvq7' } },
    container: { name: 'nginx1' },
    user: { name: 'minikube-user' },
  });
});

test('a request about no pod has the namespace of its object, and no Kubernetes part', () => {
  const record = JSON.parse(fixture('k8s-audit-falco/delete_secret.json')) as unknown;
  const document = normalizedObservation(only(decodeKubernetesAudit(record, PLACE, CONTEXT).items), 'acme');
  expect(document).toMatchObject({
    orchestrator: { namespace: 'default', resource: { type: 'secrets', name: 'example-secret' } },
  });
  expect(Object.keys(document ?? {})).not.toContain('kubernetes');
});

test('an alert', () => {
  expect(normalizedObservation(only(decodeFalco(falcoRecord(), PLACE, CONTEXT).items), 'acme')).toEqual({
    '@timestamp': '2026-03-10T14:00:02.118999Z',
    schema: 'normalized/1',
    tenant: 'acme',
    event: {
      kind: 'alert',
      dataset: 'falco.alert',
      action: 'Terminal shell in container',
      outcome: 'unknown',
      severity: 30,
      start: '2026-03-10T14:00:02.118999Z',
      end: '2026-03-10T14:00:02.118999Z',
      original_id: ['f-1'],
    },
    rule: { id: 'falco:Terminal shell in container', name: 'Terminal shell in container' },
    threat: { technique: { id: ['T1059.004'] } },
    orchestrator: { namespace: 'payments' },
    kubernetes: {
      namespace: 'payments',
      pod: { name: 'ledger-1', uid: 'u-ledger' },
      node: { name: 'node-2' },
    },
    container: { id: '5892b41bcf46'.padEnd(64, 'a'), name: 'ledger' },
    user: { name: 'root' },
    trace: { id: '4bf92f3577b34da6a3ce929d0e0e4736' },
    message: 'A shell was spawned',
  });
});

test('a payment', () => {
  const event = only(decodePayment(paymentRecord(), PLACE, CONTEXT).items);
  expect(normalizedPaymentEvent(event)).toEqual({
    '@timestamp': '2026-03-10T14:00:02.118999Z',
    schema: 'normalized/1',
    tenant: 'default',
    event: {
      id: event.id,
      kind: 'state',
      dataset: 'counterfoil.payment',
      action: 'accepted',
      start: '2026-03-10T14:00:02.118999Z',
    },
    payment: {
      id: 'pay_881',
      aliases: event.aliases,
      time: '2026-03-10T14:00:02.118999Z',
      rail: 'sepa_ct',
      state: 'accepted',
      amount: { value: '48000.00', currency: 'EUR' },
      customer: { id: 'cus-1', country: 'DE' },
      merchant: { id: 'mer-1' },
      attributes: { capture_at: '2026-03-11T00:00:00Z', note: 'none', 'extra.deep.field': 'kept' },
    },
    service: { name: 'ledger' },
    trace: { id: '4bf92f3577b34da6a3ce929d0e0e4736' },
    orchestrator: { cluster: { name: 'prod-eu' }, namespace: 'payments' },
    kubernetes: { namespace: 'payments', pod: { name: 'ledger-1', uid: 'u-ledger' } },
    container: { id: '5892b41bcf46' },
  });
});

test('a payment that states little', () => {
  const record = { id: 'p', time: '2026-03-10T14:00:02Z', state: 'new', rail: 'card' };
  const document = normalizedPaymentEvent(only(decodePayment(record, PLACE, CONTEXT).items));
  expect(Object.keys(document ?? {})).toEqual(['@timestamp', 'schema', 'tenant', 'event', 'payment']);
  expect(document).toMatchObject({ payment: { id: 'p', aliases: [] } });
});
