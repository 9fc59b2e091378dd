import { describe, expect, test } from 'vitest';
import { decodeIstio, isIstio } from '../../../src/formats/security/istio.ts';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { decodeSecurity } from '../../../src/formats/security/security-formats.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, fixture, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { istioRecord } from '../sensor-records.ts';

const decode = (value: unknown) => decodeIstio(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const log = (over: JsonObject): Observation => one({ ...istioRecord(), ...over });
const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);
const [OUTBOUND = '', INBOUND = ''] = fixture('istio-docs/access-log-default.log').trim().split('\n');

test('a request that the mesh denied', () => {
  expect(one(istioRecord())).toMatchObject({
    kind: 'event',
    dataset: 'istio.access',
    action: 'deny inbound',
    outcome: 'failure',
    severity: null,
    start: micros('2026-03-10T14:00:02.118999Z'),
    end: micros('2026-03-10T14:00:02.121999Z'),
    nativeId: '84961386-6d84-929d-98bd-c5aee93b5c88',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    actor: 'spiffe://cluster.local/ns/payments/sa/notify',
    serviceAccount: { namespace: 'payments', name: 'notify' },
    detail: 'POST ledger:8080/transfers',
    message: 'rbac_access_denied_matched_policy[none]',
    identity: {
      cluster: null,
      namespace: 'payments',
      podName: 'ledger-1',
      podUid: 'u-ledger',
      containerId: '5892b41bcf46'.padEnd(64, 'a'),
      containerName: null,
      node: 'node-2',
    },
  });
});

test('the path under the name of Envoy Gateway', () => {
  const { path, ...rest } = istioRecord();
  expect(one({ ...rest, 'x-envoy-origin-path': path }).detail).toBe('POST ledger:8080/transfers');
});

test.each<[string, JsonObject, string, string]>([
  ['the application said no', { response_code_details: 'via_upstream' }, 'request inbound', 'failure'],
  [
    'a token',
    { response_code_details: 'jwt_authn_access_denied{Jwt_is_expired}' },
    'deny inbound',
    'failure',
  ],
  ['external authorizer', { response_code_details: '-', response_flags: 'UAEX' }, 'deny inbound', 'failure'],
  [
    'a connection',
    {
      response_code: 0,
      response_code_details: null,
      connection_termination_details: 'rbac_access_denied_matched_policy[none]',
    },
    'deny inbound',
    'failure',
  ],
  [
    'a host outside',
    { response_code_details: 'direct_response', upstream_cluster: 'BlackHoleCluster', response_code: '502' },
    'deny outbound',
    'failure',
  ],
  [
    'all is well',
    {
      response_code: '200',
      response_code_details: 'via_upstream',
      upstream_cluster: 'outbound|80||a.b.svc.cluster.local',
    },
    'request outbound',
    'success',
  ],
  [
    'TCP',
    { response_code: 0, response_code_details: '-', upstream_cluster: 'PassthroughCluster' },
    'request outbound',
    'success',
  ],
  [
    'the client left',
    { response_code: 0, response_code_details: '-', response_flags: 'DC' },
    'request inbound',
    'failure',
  ],
])('%s', (_, over, action, outcome) => {
  expect(log(over)).toMatchObject({ action, outcome });
});

test('names in other spellings, and times in seconds', () => {
  const { start_time: time, request_id: id, pod_name: pod, response_code: code, ...rest } = istioRecord();
  const other = {
    ...rest,
    'X-Request-Id': id,
    podName: pod,
    responseCode: String(code),
    timestamp: time,
  };
  expect(isIstio(other)).toBe(true);
  const same = one(other);
  expect([same.start, same.nativeId, same.outcome, same.identity.podName]).toEqual([
    one(istioRecord()).start,
    id,
    'failure',
    'ledger-1',
  ]);
  for (const start_time of [1773151202.118999, '1773151202.118999', '1773151202.118999500'])
    expect(log({ start_time }).start).toBe(micros('2026-03-10T14:00:02.118999Z'));
  expect(reasons({ ...istioRecord(), start_time: '1773151202118' })).toEqual(['bad_time']);
});

test('`-` is nothing, and nothing is made of it', () => {
  const nothing = Object.fromEntries(Object.keys(istioRecord()).map((key) => [key, '-']));
  expect(one({ ...nothing, start_time: '2026-03-10T14:00:02Z', response_code: '0' })).toMatchObject({
    identity: NO_IDENTITY,
    actor: null,
    nativeId: null,
    traceId: null,
    detail: null,
    action: 'request',
  });
});

describe('the line of text', () => {
  test('both sidecars log one request, and are two observations', () => {
    const [client, server] = [one(OUTBOUND), one(INBOUND)];
    expect(client.nativeId).toBe(server.nativeId);
    expect(client.nativeTuple).not.toEqual(server.nativeTuple);
  });

  test('a client that writes columns of its own is refused [F11]', () => {
    const forged = INBOUND.replace('curl/7.73.0-DEV', 'x" "another-id" "admin:80" "1.2.3.4:80');
    expect(isIstio(forged)).toBe(true);
    expect(reasons(forged)).toEqual(['wrong_shape']);
    expect(reasons(INBOUND.replace(' default', ''))).toEqual(['wrong_shape']);
    expect(reasons(INBOUND.replace('GET /status', 'GET / status'))).toEqual(['wrong_shape']);
  });

  const ENVOY =
    '[2026-03-10T14:00:02.118Z] "POST /transfers?token=x HTTP/2" 503 UF 12 91 4 - "10.0.0.9" "curl/8" "84961386-6d84" "ledger:8080" "10.44.1.27:80"';

  test('as Envoy writes it by itself', () => {
    expect(one(ENVOY)).toMatchObject({
      start: micros('2026-03-10T14:00:02.118000Z'),
      end: micros('2026-03-10T14:00:02.122000Z'),
      action: 'request',
      outcome: 'failure',
      nativeId: '84961386-6d84',
      detail: 'POST ledger:8080/transfers',
      identity: NO_IDENTITY,
    });
  });

  test('a client cannot make a line of one format one of the other [F11]', () => {
    const nine = Array.from({ length: 9 }, (_, i) => `"c${i}"`).join(' ');
    expect(reasons(ENVOY.replace('"curl/8"', `"curl/8" ${nine}`))).toEqual(['wrong_shape']);
    expect(reasons(ENVOY.replace('"curl/8"', '"curl/8" "x"'))).toEqual(['wrong_shape']);
    expect(reasons(INBOUND.replace('"curl/7.73.0-DEV"', '"1" 2 3'))).toEqual(['wrong_shape']);
  });

  test('in an envelope, the pod that wrote it is the workload', () => {
    const kubernetes = { pod_name: 'httpbin-1', namespace_name: 'foo', pod_id: 'u-httpbin' };
    const wrapped = { '@timestamp': 1606339578.409, log: `${INBOUND}\n`, kubernetes };
    const got = only(decodeSecurity(wrapped, PLACE, CONTEXT, decodeNativeEvent).items);
    expect(got.identity).toEqual({
      ...NO_IDENTITY,
      namespace: 'foo',
      podName: 'httpbin-1',
      podUid: 'u-httpbin',
    });
  });
});

test('refused: too many keys, no code, no time', () => {
  const many = Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`k${i}`, i]));
  expect(reasons({ ...istioRecord(), ...many })).toEqual(['too_large']);
  expect(isIstio({ ...istioRecord(), ...many })).toBe(false);
  expect(reasons({ start_time: '2026-03-10T14:00:02Z' })).toEqual(['wrong_shape']);
  expect(reasons({ ...istioRecord(), start_time: '-' })).toEqual(['missing_time']);
  expect(reasons({ ...istioRecord(), start_time: '10/Mar/2026' })).toEqual(['bad_time']);
});
