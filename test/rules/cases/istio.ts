/** Access logs of the mesh: cases, one thing different at a time. A call from a workload to the ledger, unless a case says otherwise. */
import { readFileSync } from 'node:fs';
import { parseIstioText } from '../../../src/formats/istio-text.ts';
import type { RawRecord } from '../observation.ts';
import type { ProductCases } from './case.ts';

function call(more: RawRecord = {}): RawRecord {
  return {
    start_time: '2026-03-10T14:00:02.118Z',
    method: 'POST',
    path: '/transfers',
    protocol: 'HTTP/1.1',
    response_code: 200,
    response_flags: '-',
    response_code_details: 'via_upstream',
    connection_termination_details: null,
    duration: 3,
    x_forwarded_for: null,
    request_id: '84961386-6d84-929d-98bd-c5aee93b5c88',
    authority: 'ledger:8080',
    upstream_host: '10.44.1.27:8080',
    upstream_cluster: 'inbound|8080||',
    downstream_remote_address: '10.44.1.23:37652',
    requested_server_name: 'outbound_.8080_._.ledger.payments.svc.cluster.local',
    route_name: 'default',
    ...more,
  };
}

/** A line of the real sample, the default text form, taken apart. */
function sample(line: number): RawRecord {
  const text = readFileSync(
    new URL('../../fixtures/istio-docs/access-log-default.log', import.meta.url),
    'utf8',
  );
  return parseIstioText(text.split('\n')[line] ?? '') ?? {};
}

const RBAC = { response_code: 403, response_code_details: 'rbac_access_denied_matched_policy[none]' };
const UAEX = { response_code: 403, response_flags: 'UAEX', response_code_details: 'ext_authz_denied' };
const THROUGH_GATEWAY = { x_forwarded_for: '203.0.113.9' };

export const ISTIO: ProductCases = {
  call_denied: {
    hits: [
      ['by a policy', call(RBAC)],
      [
        'a connection',
        call({ response_code: 0, connection_termination_details: 'rbac_access_denied_matched_policy[none]' }),
      ],
      ['in the text form', call({ ...RBAC, x_forwarded_for: '-' })],
    ],
    misses: [
      ['let through', call()],
      ['refused by the service', call({ response_code: 403, path: '/health' })],
      ['through a gateway', call({ ...RBAC, ...THROUGH_GATEWAY })],
      ['monitoring', call({ ...RBAC, path: '/metrics' })],
      ['a real request', sample(1)],
    ],
  },
  authorizer_denied: {
    hits: [
      ['refused', call(UAEX)],
      ['among other flags', call({ ...UAEX, response_flags: 'UAEX,DC' })],
    ],
    misses: [
      ['another flag', call({ response_code: 403, path: '/x', response_flags: 'UF' })],
      ['the authorizer did not answer', call({ ...UAEX, response_code: 503 })],
      ['through a gateway', call({ ...UAEX, ...THROUGH_GATEWAY })],
      ['a probe', call({ ...UAEX, path: '/healthz' })],
    ],
  },
  payment_call_refused: {
    hits: [
      ['forbidden', call({ response_code: 403 })],
      ['no login, code as text', call({ response_code: '401', path: '/api/v1/payments/pay_1/refunds' })],
    ],
    misses: [
      ['served', call()],
      ['not found', call({ response_code: 404 })],
      ['not about payments', call({ response_code: 403, path: '/transfersheet' })],
      ['the side of the client', call({ response_code: 403, upstream_cluster: 'outbound|8080||ledger' })],
      ['a customer at the gateway', call({ response_code: 401, ...THROUGH_GATEWAY })],
      ['by the mesh has its own', call(RBAC)],
    ],
  },
  exit_blocked: {
    hits: [
      [
        'a host that is not registered',
        call({
          response_code: 502,
          upstream_cluster: 'BlackHoleCluster',
          authority: 'evil.example',
          path: '/x',
        }),
      ],
      [
        'without its name',
        call({ response_code: 0, upstream_cluster: 'BlackHoleCluster', authority: null, path: null }),
      ],
    ],
    misses: [
      [
        'a host that may be called',
        call({ upstream_cluster: 'PassthroughCluster', authority: 'bank.example' }),
      ],
      [
        'a service of the cluster that is gone',
        call({ upstream_cluster: 'BlackHoleCluster', authority: 'old.payments.svc' }),
      ],
      ['a real request', sample(0)],
    ],
  },
  payment_in_clear: {
    hits: [
      ['in JSON', call({ requested_server_name: null })],
      ['in text', call({ requested_server_name: '-', method: 'PUT', path: '/api/v2/payouts/7' })],
    ],
    misses: [
      ['with TLS', call()],
      ['a question', call({ requested_server_name: null, method: 'GET' })],
      ['refused', call({ requested_server_name: null, response_code: 403 })],
      ['a probe of the kubelet', call({ requested_server_name: null, path: '/healthz' })],
      ['a log that does not state it', withoutName()],
    ],
  },
};

function withoutName(): RawRecord {
  const { requested_server_name: _, ...rest } = call();
  return rest;
}
