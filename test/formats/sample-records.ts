/** One full record of each format, with text in every field that the format knows. */
import type { JsonObject } from './format-context.ts';

const AT = '2026-03-10T14:00:02.118999Z';

export const auditRecord = (): JsonObject => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: 'a-1',
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/payments/pods/ledger-1/exec?command=sh&container=ledger',
  verb: 'create',
  user: {
    username: 'system:serviceaccount:payments:notify',
    groups: ['system:authenticated'],
    extra: {
      'authentication.kubernetes.io/pod-name': ['notify-1'],
      'authentication.kubernetes.io/pod-uid': ['u-notify'],
      'authentication.kubernetes.io/node-name': ['node-1'],
      'authentication.kubernetes.io/credential-id': ['JTI=1'],
    },
  },
  impersonatedUser: { username: 'admin' },
  sourceIPs: ['10.0.0.1'],
  userAgent: 'kubectl/v1.30',
  objectRef: {
    resource: 'pods',
    namespace: 'payments',
    name: 'ledger-1',
    apiGroup: 'core',
    apiVersion: 'v1',
    subresource: 'exec',
    uid: 'u-ledger',
  },
  responseStatus: { code: 101, message: 'ok' },
  requestObject: {
    metadata: { name: 'ledger-1', namespace: 'payments' },
    spec: { serviceAccountName: 'ledger' },
  },
  responseObject: { metadata: { name: 'ledger-1', uid: 'u-ledger' }, spec: { nodeName: 'node-2' } },
  requestReceivedTimestamp: AT,
  stageTimestamp: AT,
  annotations: { 'authorization.k8s.io/decision': 'allow' },
});

export const falcoRecord = (): JsonObject => ({
  uuid: 'f-1',
  time: AT,
  rule: 'Terminal shell in container',
  priority: 'Notice',
  source: 'syscall',
  hostname: 'falco-4cvkq',
  output: 'A shell was spawned',
  tags: ['T1059.004', 'container'],
  output_fields: {
    'k8s.ns.name': 'payments',
    'k8s.pod.name': 'ledger-1',
    'k8s.pod.uid': 'u-ledger',
    'k8s.node.name': 'node-2',
    'container.id': '5892b41bcf46',
    'container.full_id': '5892b41bcf46'.padEnd(64, 'a'),
    'container.name': 'ledger',
    'proc.cmdline': 'sh -c id',
    'user.name': 'root',
    'evt.hostname': 'host-1',
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  },
});

export const nativeRecord = (): JsonObject => ({
  id: 'n-1',
  time: AT,
  rule: 'Shell',
  severity: 70,
  cluster: 'prod-eu',
  namespace: 'payments',
  pod: 'ledger-1',
  pod_uid: 'u-ledger',
  container_id: 'containerd://5892b41bcf46',
  container: 'ledger',
  service_account: 'payments/ledger',
  node: 'node-2',
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  techniques: ['T1059'],
  message: 'A shell',
  own: { field: 'kept' },
});

export const paymentRecord = (): JsonObject => ({
  id: 'pay_881',
  ids: [{ type: 'rrn', value: '614092' }],
  uetr: '9b2f1c1e-5d3a-4c7e-8f21-000000000001',
  psp_reference: 'psp-1',
  end_to_end_id: 'e2e-1',
  order_id: 'ORD-2026-000123',
  time: AT,
  state: 'accepted',
  rail: 'sepa_ct',
  amount: '48000.00',
  currency: 'EUR',
  customer: { id: 'cus-1', country: 'DE' },
  merchant: { id: 'mer-1' },
  service: 'ledger',
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  pod: 'ledger-1',
  pod_uid: 'u-ledger',
  namespace: 'payments',
  cluster: 'prod-eu',
  container_id: '5892b41bcf46',
  attributes: { capture_at: '2026-03-11T00:00:00Z', note: 'none' },
  extra: { deep: { field: 'kept' } },
});

const attribute = (key: string, value: string): JsonObject => ({ key, value: { stringValue: value } });

export const traceRecord = (): JsonObject => ({
  resourceSpans: [
    {
      resource: {
        attributes: [
          ['service.name', 'ledger'],
          ['service.namespace', 'payments'],
          ['k8s.cluster.name', 'prod-eu'],
          ['k8s.namespace.name', 'payments'],
          ['k8s.pod.name', 'ledger-1'],
          ['k8s.pod.uid', 'u-ledger'],
          ['k8s.container.name', 'ledger'],
          ['k8s.deployment.name', 'ledger'],
          ['k8s.node.name', 'node-2'],
          ['container.id', '5892b41bcf46'],
          ['host.name', 'ledger-1'],
          ['order.id', 'ORD-1'],
        ].map(([key = '', value = '']) => attribute(key, value)),
      },
      scopeSpans: [
        {
          scope: { name: 'x', attributes: [attribute('payment.id', 'pay_7')] },
          spans: [
            {
              traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
              spanId: '00f067aa0ba902b7',
              name: 'charge',
              startTimeUnixNano: '1773151202118999000',
              endTimeUnixNano: '1773151202218999000',
              attributes: [attribute('payment.id', 'pay_881'), attribute('order.id', 'ORD-2026-000123')],
              events: [{ name: 'charged', attributes: [attribute('transaction.id', 'tx-1')] }],
              links: [{ traceId: '', spanId: '', attributes: [attribute('payment.id', 'pay_8')] }],
              status: { message: 'ok' },
            },
          ],
        },
      ],
    },
  ],
});
