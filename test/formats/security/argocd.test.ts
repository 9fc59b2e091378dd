import { describe, expect, test } from 'vitest';
import { decodeArgocd, isArgocd } from '../../../src/formats/security/argocd.ts';
import { detectFormat } from '../../../src/formats/detect.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { argocdRecord } from '../sensor-records.ts';

const decode = (value: unknown) => decodeArgocd(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const PAY = {
  apiGroup: 'argoproj.io',
  resource: 'applications',
  subresource: null,
  namespace: 'argocd',
  name: 'pay',
};
const CHANGED = {
  kind: 'event',
  action: 'sync OutOfSync',
  outcome: 'unknown',
  severity: null,
  resource: PAY,
  message: 'Updated sync status: Synced -> OutOfSync',
};

test('an Event', () => {
  expect(one(argocdRecord())).toMatchObject({
    ...CHANGED,
    start: micros('2026-03-10T14:00:02.118999Z'),
    identity: NO_IDENTITY,
    nativeId: 'u-event',
  });
  expect(one({ type: 'ADDED', object: argocdRecord() }).nativeTuple).toEqual(one(argocdRecord()).nativeTuple);
});

test('an Event says in its annotations who did it, and in which namespace', () => {
  const metadata = {
    ...(argocdRecord()['metadata'] as JsonObject),
    annotations: { 'dest-namespace': 'payments', user: 'ada' },
  };
  expect(one({ ...argocdRecord(), metadata })).toMatchObject({
    identity: { ...NO_IDENTITY, namespace: 'payments' },
    actor: 'ada',
  });
});

describe('a line of the log', () => {
  const TEXT =
    'time="2026-03-10T14:00:02Z" level=info msg="Updated sync status: Synced -> OutOfSync" app-namespace=argocd application=pay dest-namespace=payments dest-server="https://kubernetes.default.svc" reason=ResourceUpdated type=Normal';

  test('in text and in JSON', () => {
    const json = {
      time: '2026-03-10T14:00:02Z',
      level: 'info',
      msg: CHANGED.message,
      application: 'argocd/pay',
      'dest-namespace': 'payments',
      reason: 'ResourceUpdated',
      type: 'Normal',
    };
    for (const line of [TEXT, json]) {
      expect(detectFormat(line)).toBe('argocd');
      expect(one(line)).toMatchObject({
        ...CHANGED,
        start: micros('2026-03-10T14:00:02.000000Z'),
        identity: { ...NO_IDENTITY, namespace: 'payments' },
      });
    }
  });

  test('that is damaged is refused', () => {
    expect(decode(`${TEXT} "loose`).refused.map(({ reason }) => reason)).toEqual(['wrong_shape']);
  });
});

test.each<[JsonObject, Partial<Observation>]>([
  [
    { reason: 'OperationStarted', message: 'ada initiated sync to main (1a2b)' },
    { action: 'OperationStarted', actor: 'ada', outcome: 'unknown' },
  ],
  [{ reason: 'OperationCompleted', message: 'Sync operation to 1a2b succeeded' }, { outcome: 'success' }],
  [{ reason: 'OperationCompleted', type: 'Warning', message: 'Sync failed' }, { outcome: 'failure' }],
  [{ message: 'Updated health status: Healthy -> Degraded' }, { action: 'health Degraded' }],
])('%j', (over, expected) => {
  expect(one({ ...argocdRecord(), ...over })).toMatchObject(expected);
});

describe('an Application', () => {
  const application = (reconciledAt: string, status = 'OutOfSync'): JsonObject => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'pay', namespace: 'argocd', uid: 'u-app' },
    status: {
      reconciledAt,
      sync: { status: 'OutOfSync', revision: '1a2b' },
      resources: [
        { group: 'apps', kind: 'Deployment', namespace: 'payments', name: 'ledger', status },
        { kind: 'Service', namespace: 'payments', name: 'ledger', status: 'Synced' },
      ],
    },
  });

  test('has one observation for each object that differs', () => {
    const decoded = decode(application('2026-03-10T14:00:02Z'));
    expect(decoded.ignored).toEqual({ in_sync: 1 });
    expect(only(decoded.items)).toMatchObject({
      dataset: 'argocd.drift',
      action: 'drift',
      outcome: 'failure',
      detail: 'argocd/pay',
      identity: { ...NO_IDENTITY, namespace: 'payments' },
      resource: { apiGroup: 'apps', resource: 'deployments', namespace: 'payments', name: 'ledger' },
    });
    expect(decode(application('2026-03-10T14:00:02Z', 'Synced'))).toEqual({
      items: [],
      ignored: { in_sync: 2 },
      refused: [],
    });
  });

  test('is a state: the next look is a repetition', () => {
    const [a, b] = [one(application('2026-03-10T14:00:02Z')), one(application('2026-03-10T14:03:02Z'))];
    expect(a.nativeTuple).toEqual(b.nativeTuple);
  });

  test('of several sources has the revisions of all', () => {
    const of = (...revisions: string[]) => ({
      ...application('2026-03-10T14:00:02Z'),
      status: { ...(application('2026-03-10T14:00:02Z')['status'] as JsonObject), sync: { revisions } },
    });
    expect(one(of('1a', '2b')).nativeTuple).not.toEqual(one(of('1a', '3c')).nativeTuple);
  });

  test('of another project is none', () => {
    expect(isArgocd({ ...application('x'), apiVersion: 'app.k8s.io/v1beta1' })).toBe(false);
    const other = { ...argocdRecord(), involvedObject: { kind: 'Pod', apiVersion: 'v1' } };
    expect(isArgocd(other)).toBe(false);
  });
});
