/** One full record of each security format, with text in every field that the format knows. */
import type { JsonObject } from './format-context.ts';
import { auditRecord, falcoRecord, nativeRecord } from './sample-records.ts';

const AT = '2026-03-10T14:00:02.118999Z';
const CONTAINER = '5892b41bcf46'.padEnd(64, 'a');
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

export const tetragonRecord = (): JsonObject => ({
  process_kprobe: {
    process: {
      exec_id: 'bWluaWt1YmU6MTox',
      pid: 36318,
      uid: 0,
      auid: 4294967295,
      cwd: '/',
      binary: '/usr/bin/vi',
      arguments: '/etc/passwd',
      start_time: AT,
      docker: CONTAINER.slice(0, 31),
      pod: {
        namespace: 'payments',
        name: 'ledger-1',
        uid: 'u-ledger',
        container: { id: `containerd://${CONTAINER}`, name: 'ledger' },
      },
      environment_variables: [{ key: 'PASSWORD', value: 'hunter2' }],
    },
    function_name: '__x64_sys_write',
    args: [{ file_arg: { path: '/etc/passwd' } }, { bytes_arg: 'hunter2 aHVudGVyMg==' }],
    action: 'KPROBE_ACTION_POST',
    policy_name: 'file-monitoring',
    message: 'A file of accounts was written',
    tags: ['attack.t1098', 'observability'],
  },
  node_name: 'node-2',
  cluster_name: 'prod-eu',
  time: AT,
});

export const hubbleRecord = (): JsonObject => ({
  flow: {
    time: AT,
    uuid: '0f6b3b3c-6f2e-4f0e-9b0a-0d1a2b3c4d5e',
    verdict: 'DROPPED',
    drop_reason_desc: 'POLICY_DENIED',
    traffic_direction: 'EGRESS',
    IP: { source: '10.0.0.1', destination: '10.0.0.2', ipVersion: 'IPv4' },
    l4: { TCP: { source_port: 40000, destination_port: 5432, flags: { SYN: true } } },
    l7: { http: { method: 'GET', headers: [{ key: 'authorization', value: 'hunter2' }] } },
    source: {
      namespace: 'payments',
      pod_name: 'notify-1',
      cluster_name: 'prod-eu',
      labels: ['k8s:app=notify'],
      workloads: [{ name: 'notify', kind: 'Deployment' }],
    },
    destination: { namespace: 'payments', pod_name: 'ledger-1', cluster_name: 'prod-eu', labels: [] },
    trace_context: { parent: { trace_id: TRACE } },
    is_reply: false,
  },
  node_name: 'prod-eu/node-1',
  time: AT,
});

export const istioRecord = (): JsonObject => ({
  start_time: AT,
  method: 'POST',
  path: '/transfers?token=hunter2',
  protocol: 'HTTP/1.1',
  response_code: 403,
  response_flags: '-',
  response_code_details: 'rbac_access_denied_matched_policy[none]',
  duration: 3,
  request_id: '84961386-6d84-929d-98bd-c5aee93b5c88',
  authority: 'ledger:8080',
  upstream_host: '10.44.1.27:80',
  upstream_cluster: 'inbound|8080||',
  downstream_remote_address: '10.44.1.23:37652',
  requested_server_name: 'outbound_.8080_._.ledger.payments.svc.cluster.local',
  route_name: 'default',
  traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
  downstream_peer_uri_san: 'spiffe://cluster.local/ns/payments/sa/notify',
  pod_name: 'ledger-1',
  kubernetes: { namespace_name: 'payments', pod_id: 'u-ledger', docker_id: CONTAINER, host: 'node-2' },
});

export const vaultRecord = (): JsonObject => ({
  time: AT,
  type: 'response',
  auth: {
    accessor: `hmac-sha256:${'ab'.repeat(32)}`,
    client_token: `hmac-sha256:${'cd'.repeat(32)}`,
    display_name: 'kubernetes-payments-ledger',
    entity_id: 'e-1',
    policies: ['default', 'payments'],
    metadata: { service_account_name: '"ledger"', service_account_namespace: 'payments' },
  },
  request: {
    id: '7f0b2a7e-5d0b-4a08-9c1a-000000000001',
    operation: 'read',
    mount_type: 'kv',
    path: 'secret/data/pay',
    namespace: { id: 'root' },
    client_token: 'hvs.hunter2',
    data: { options: 'hunter2' },
    remote_address: '10.0.0.1',
  },
  response: { mount_type: 'kv', data: { password: 'hunter2', version: 3 } },
});

export const spireRecord = (): JsonObject => ({
  time: '2026-03-10T14:00:02Z',
  level: 'info',
  msg: 'API accessed',
  type: 'audit',
  request_id: 'r-1',
  status: 'error',
  status_code: 'NotFound',
  status_message: 'entry not found',
  caller_addr: '10.0.0.1:4711',
  caller_id: 'spiffe://example.org/ns/spire/sa/registrar',
  service: 'entry.v1.Entry',
  method: 'BatchDeleteEntry',
  entry_id: 'e-1',
});

export const gatekeeperRecord = (): JsonObject => ({
  level: 'info',
  ts: 1773151202.118999,
  logger: 'controller',
  msg: 'Privileged container is not allowed: ledger',
  process: 'audit',
  audit_id: '2026-03-10T14:00:00Z',
  event_type: 'violation_audited',
  constraint_kind: 'K8sPSPPrivilegedContainer',
  constraint_name: 'psp-privileged',
  constraint_action: 'deny',
  resource_group: '',
  resource_kind: 'Pod',
  resource_namespace: 'payments',
  resource_name: 'ledger-1',
  resource_labels: { app: 'ledger' },
});

export const kyvernoRecord = (): JsonObject => ({
  apiVersion: 'wgpolicyk8s.io/v1alpha2',
  kind: 'PolicyReport',
  metadata: { name: 'u-ledger', namespace: 'payments', creationTimestamp: AT },
  scope: { apiVersion: 'v1', kind: 'Pod', name: 'ledger-1', namespace: 'payments', uid: 'u-ledger' },
  results: [
    {
      policy: 'disallow-privileged',
      rule: 'privileged-containers',
      result: 'fail',
      severity: 'high',
      source: 'kyverno',
      category: 'Pod Security Standards (Baseline)',
      message: 'Privileged mode is disallowed',
      timestamp: { seconds: 1773151202, nanos: 118999000 },
    },
  ],
});

export const argocdRecord = (): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'pay.1', namespace: 'argocd', uid: 'u-event', creationTimestamp: AT },
  involvedObject: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    namespace: 'argocd',
    name: 'pay',
    uid: 'u-app',
  },
  reason: 'ResourceUpdated',
  message: 'Updated sync status: Synced -> OutOfSync',
  type: 'Normal',
  firstTimestamp: AT,
  lastTimestamp: AT,
});

export const trivyRecord = (): JsonObject => ({
  apiVersion: 'aquasecurity.github.io/v1alpha1',
  kind: 'VulnerabilityReport',
  metadata: {
    name: 'pod-ledger-1-ledger',
    namespace: 'payments',
    uid: 'u-report',
    labels: {
      'trivy-operator.resource.kind': 'Pod',
      'trivy-operator.resource.name': 'ledger-1',
      'trivy-operator.resource.namespace': 'payments',
      'trivy-operator.container.name': 'ledger',
    },
  },
  report: {
    updateTimestamp: AT,
    artifact: { repository: 'pay/ledger', tag: '1.2.3' },
    summary: { criticalCount: 0, highCount: 1, mediumCount: 0, lowCount: 2, unknownCount: 0 },
    secrets: [{ ruleID: 'stripe', match: 'key: hunter2' }],
    vulnerabilities: [{ vulnerabilityID: 'CVE-2026-1', severity: 'HIGH', score: 8.1 }],
  },
});

/** By source. */
export const SENSOR_RECORDS: Readonly<Record<string, () => JsonObject>> = {
  'kubernetes-audit': auditRecord,
  falco: falcoRecord,
  tetragon: tetragonRecord,
  hubble: hubbleRecord,
  istio: istioRecord,
  vault: vaultRecord,
  spire: spireRecord,
  gatekeeper: gatekeeperRecord,
  kyverno: kyvernoRecord,
  argocd: argocdRecord,
  trivy: trivyRecord,
  events: nativeRecord,
};
