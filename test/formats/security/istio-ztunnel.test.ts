/** Goal: a connection that ztunnel logs is about the pod whose side the line is of, in text and in JSON [F28]. */
import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../../src/formats/detect.ts';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { decodeSecurity } from '../../../src/formats/security/security-formats.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, micros, only, PLACE, type JsonObject } from '../format-context.ts';

const decode = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);
const one = (value: unknown): Observation => only(decode(value).items);
const RECORD: JsonObject = {
  level: 'error',
  time: '2026-03-10T14:00:02.121999Z',
  scope: 'access',
  message: 'connection complete',
  'src.addr': '10.44.1.23:37652',
  'src.workload': 'notify-1',
  'src.namespace': 'payments',
  'src.identity': 'spiffe://cluster.local/ns/payments/sa/notify',
  'src.cluster': 'Kubernetes',
  'dst.addr': '10.44.1.27:15008',
  'dst.hbone_addr': '10.44.1.27:8080',
  'dst.service': 'ledger.payments.svc.cluster.local',
  'dst.workload': 'ledger-1',
  'dst.namespace': 'payments',
  'dst.identity': 'spiffe://cluster.local/ns/payments/sa/ledger',
  'dst.cluster': 'prod-1',
  direction: 'inbound',
  bytes_sent: 0,
  duration: '3ms',
  error: 'connection closed due to policy rejection: explicitly denied by: payments/deny-all',
};
const NOTIFY = { ...NO_IDENTITY, namespace: 'payments', podName: 'notify-1' };
const LEDGER = { ...NO_IDENTITY, cluster: 'prod-1', namespace: 'payments', podName: 'ledger-1' };

/** As ztunnel writes it where JSON is not asked for, with blanks or tabs. */
function textOf({ time, level, scope, message, ...members }: JsonObject, blank: string): string {
  const pairs = Object.entries(members).map(([key, value]) =>
    typeof value === 'number' || key.endsWith('addr')
      ? `${key}=${value as string}`
      : `${key}="${value as string}"`,
  );
  return [time, level, scope, message, pairs.join(' ')].join(blank);
}

describe('[F28] a connection that a policy refused', () => {
  test.each([
    ['JSON', RECORD],
    ['text with tabs', textOf(RECORD, '\t')],
    ['text with blanks', textOf(RECORD, ' ')],
  ])('in %s', (_, value) => {
    expect(detectFormat(value)).toBe('istio');
    expect(one(value)).toMatchObject({
      source: 'istio',
      dataset: 'istio.connection',
      kind: 'event',
      action: 'deny inbound',
      outcome: 'failure',
      start: micros('2026-03-10T14:00:02.118999Z'),
      end: micros('2026-03-10T14:00:02.121999Z'),
      identity: LEDGER,
      actor: 'spiffe://cluster.local/ns/payments/sa/notify',
      serviceAccount: { namespace: 'payments', name: 'notify' },
      sightings: [{ identity: NOTIFY, serviceAccount: { namespace: 'payments', name: 'notify' } }],
      detail: 'payments/notify-1 -> ledger.payments.svc.cluster.local:8080',
      message: RECORD['error'],
    });
  });
});

test('[F28] one that leaves is about its source', () => {
  const { error, ...well } = RECORD;
  const got = one({ ...well, level: 'info', direction: 'outbound' });
  expect(error).toBeDefined();
  expect(got).toMatchObject({ action: 'connect outbound', outcome: 'success', identity: NOTIFY });
  expect(got.sightings.map(({ identity }) => identity)).toEqual([LEDGER]);
  const world = one({ ...well, direction: 'outbound', 'dst.workload': undefined, 'dst.service': undefined });
  expect([world.sightings, world.detail]).toEqual([[], 'payments/notify-1 -> 10.44.1.27:8080']);
});

test('[F28] the pod of ztunnel, which a shipper names, is nobody in it', () => {
  const { 'dst.workload': workload, 'dst.namespace': namespace, ...rest } = RECORD;
  const kubernetes = { pod_name: 'ztunnel-x', namespace_name: 'istio-system' };
  const got = one({ log: JSON.stringify(rest), stream: 'stdout', kubernetes });
  expect([workload, namespace]).toEqual(['ledger-1', 'payments']);
  expect(got.identity).toEqual({ ...NO_IDENTITY, cluster: 'prod-1' });
});

test('[F28] what is no key=value behind the sentence is refused', () => {
  const line = '2026-03-10T14:00:02Z info access connection complete src.addr=1 and more';
  expect(decode(line).refused.map(({ reason }) => reason)).toEqual(['wrong_shape']);
});
