/** Gatekeeper, policy reports and the Trivy operator: what is said of objects, and not of what happens. */
import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../../src/formats/detect.ts';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { decodeSecurity } from '../../../src/formats/security/security-formats.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { gatekeeperRecord, kyvernoRecord, trivyRecord } from '../sensor-records.ts';

const decode = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);
const one = (value: unknown): Observation => only(decode(value).items);
const LEDGER = { ...NO_IDENTITY, namespace: 'payments', podName: 'ledger-1' };
const AT = micros('2026-03-10T14:00:02.118999Z');
const pods = (name: string): Observation['resource'] => ({
  apiGroup: null,
  resource: 'pods',
  subresource: null,
  namespace: 'payments',
  name,
});

describe('Gatekeeper', () => {
  const exported: JsonObject = {
    id: '2026-03-10T14:00:02.118999Z',
    eventType: 'violation_audited',
    group: 'constraints.gatekeeper.sh',
    kind: 'K8sPSPPrivilegedContainer',
    name: 'psp-privileged',
    message: 'Privileged container is not allowed: ledger',
    enforcementAction: 'deny',
    resourceGroup: '',
    resourceKind: 'Pod',
    resourceNamespace: 'payments',
    resourceName: 'ledger-1',
  };
  const expected = {
    source: 'gatekeeper',
    kind: 'event',
    rule: null,
    start: AT,
    identity: LEDGER,
    resource: pods('ledger-1'),
    action: 'violate K8sPSPPrivilegedContainer',
    outcome: 'failure',
    severity: 73,
    detail: 'psp-privileged',
    message: 'Privileged container is not allowed: ledger',
  };

  test('the log and the export say the same', () => {
    expect(one(gatekeeperRecord())).toMatchObject(expected);
    expect(one(exported)).toMatchObject({ ...expected, nativeId: null });
    expect(one(exported).nativeTuple).toEqual(one(gatekeeperRecord()).nativeTuple);
  });

  test('what a later audit run finds again is the same violation', () => {
    const again = one({ ...exported, id: '2026-03-10T14:01:02Z' });
    expect(again.start).not.toBe(AT);
    expect(again.nativeTuple).toEqual(one(exported).nativeTuple);
    expect(one({ ...exported, resourceName: 'other' }).nativeTuple).not.toEqual(again.nativeTuple);
  });

  test('an admission has an id, a time and a user', () => {
    const admission = {
      ...exported,
      eventType: 'violation_admission',
      id: 'u-admission',
      timestamp: '2026-03-10T14:00:02.118999Z',
      requestUsername: 'system:serviceaccount:payments:notify',
    };
    expect(one(admission)).toMatchObject({
      ...expected,
      nativeId: 'u-admission',
      actor: 'system:serviceaccount:payments:notify',
    });
  });

  test.each([
    ['deny', 73],
    ['warn', 47],
    ['dryrun', 21],
    ['other', null],
  ])('enforcement %s is %j', (enforcementAction, severity) => {
    expect(one({ ...exported, enforcementAction }).severity).toBe(severity);
  });

  test('an object that is no pod is a resource', () => {
    const got = one({ ...exported, resourceGroup: 'networking.k8s.io', resourceKind: 'NetworkPolicy' });
    expect(got.identity).toEqual({ ...NO_IDENTITY, namespace: 'payments' });
    expect(got.resource).toMatchObject({ apiGroup: 'networking.k8s.io', resource: 'networkpolicies' });
  });

  test('how an audit run went is counted', () => {
    const run = { event_type: 'audit_started', audit_id: '2026-03-10T14:00:00Z', ts: 1773151202 };
    expect(decode(run)).toEqual({ items: [], ignored: { audit_run: 1 }, refused: [] });
  });
});

describe('policy reports', () => {
  const report = (over: JsonObject, result: JsonObject = {}): JsonObject => {
    const whole = kyvernoRecord();
    const [first] = whole['results'] as JsonObject[];
    return { ...whole, results: [{ ...first, ...result }], ...over };
  };

  test('a failing result', () => {
    expect(one(kyvernoRecord())).toMatchObject({
      source: 'kyverno',
      kind: 'event',
      rule: null,
      start: AT,
      identity: { ...LEDGER, podUid: 'u-ledger' },
      resource: pods('ledger-1'),
      action: 'fail disallow-privileged',
      outcome: 'failure',
      severity: 73,
      detail: 'privileged-containers',
      message: 'Privileged mode is disallowed',
    });
  });

  test.each([
    ['wgpolicyk8s.io/v1beta1', 'ClusterPolicyReport'],
    ['wgpolicyk8s.io/v1beta2', 'PolicyReport'],
    ['openreports.io/v1alpha1', 'Report'],
    ['openreports.io/v1alpha1', 'ClusterReport'],
    ['reports.x-k8s.io/v1beta2', 'PolicyReport'],
  ])('%s %s', (apiVersion, kind) => {
    expect(detectFormat(report({ apiVersion, kind }))).toBe('kyverno');
    expect(one(report({ apiVersion, kind })).action).toBe('fail disallow-privileged');
  });

  test('a watch event and a list', () => {
    const watch = (type: string): JsonObject => ({ type, object: kyvernoRecord() });
    expect(one(watch('MODIFIED')).nativeTuple).toEqual(one(kyvernoRecord()).nativeTuple);
    expect(decode(watch('DELETED'))).toEqual({ items: [], ignored: { deleted: 1 }, refused: [] });
    const list = {
      apiVersion: 'wgpolicyk8s.io/v1alpha2',
      kind: 'PolicyReportList',
      items: [kyvernoRecord(), kyvernoRecord()],
    };
    expect(decode(list).items).toHaveLength(2);
  });

  test.each([
    ['fail', 'failure', 47],
    ['warn', 'failure', 21],
    ['error', 'unknown', 47],
  ])('result %s is %s, severity %i', (result, outcome, severity) => {
    expect(one(report({}, { result, severity: undefined }))).toMatchObject({ outcome, severity });
  });

  test('results that are well are counted', () => {
    const results = ['pass', 'skip', 'skip', 'odd'].map((result) => ({ result }));
    expect(decode(report({ results }))).toEqual({
      items: [],
      ignored: { pass: 1, skip: 2, no_result: 1 },
      refused: [],
    });
  });

  test('a result for each of its resources', () => {
    const resources = ['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'Pod', name, uid: `u-${name}` }));
    const { items } = decode(report({ scope: undefined }, { resources }));
    expect(items.map(({ identity }) => [identity.podName, identity.podUid, identity.namespace])).toEqual([
      ['a', 'u-a', 'payments'],
      ['b', 'u-b', 'payments'],
    ]);
  });

  test('rules look at one result at a time', () => {
    const results = ['a', 'b'].map((policy) => ({ policy, result: 'fail' }));
    const { items } = decode(report({ results }));
    expect(items.map(({ fields }) => (fields['results'] as JsonObject[]).length)).toEqual([1, 1]);
  });

  test('a second scan is a repetition', () => {
    const again = one(report({}, { timestamp: { seconds: 1773159999 } }));
    expect(again.nativeTuple).toEqual(one(kyvernoRecord()).nativeTuple);
    expect(one(report({}, { result: 'warn' })).nativeTuple).not.toEqual(again.nativeTuple);
  });

  test('too many results', () => {
    const results = Array.from({ length: 10_001 }, () => ({ result: 'pass' }));
    expect(decode(report({ results })).refused.map(({ reason }) => reason)).toEqual(['too_many_items']);
  });
});

describe('the Trivy operator', () => {
  test('a webhook of the operator says what has become of a report', () => {
    const sent = (verb: string): JsonObject => ({ verb, operatorObject: trivyRecord() });
    expect(decode(sent('update')).items).toEqual(decode(trivyRecord()).items);
    expect(decode(sent('delete')).ignored).toEqual({ deleted: 1 });
  });

  test('a name that is too long for a label stands in an annotation', () => {
    const name = `ledger-${'a'.repeat(70)}`;
    const metadata = trivyRecord()['metadata'] as JsonObject;
    const { 'trivy-operator.resource.name': short, ...labels } = metadata['labels'] as JsonObject;
    const annotations = { 'trivy-operator.resource.name': name };
    const { resource } = one({ ...trivyRecord(), metadata: { ...metadata, labels, annotations } });
    expect([typeof short, resource?.name]).toEqual(['string', name]);
  });

  const compliance = (failCount: number): JsonObject => ({
    apiVersion: 'aquasecurity.github.io/v1alpha1',
    kind: 'ClusterComplianceReport',
    metadata: { name: 'k8s-cis-1.23', uid: 'u-cis', creationTimestamp: '2026-03-01T00:00:00Z' },
    spec: { compliance: { id: 'k8s-cis-1.23' } },
    status: {
      summary: { failCount, passCount: 90 },
      summaryReport: {
        controlCheck: [
          { id: '1.1', severity: 'CRITICAL', totalFail: 0 },
          { id: '5.2', severity: 'HIGH', totalFail: failCount },
        ],
      },
      updateTimestamp: '2026-03-10T14:00:02Z',
    },
  });

  test('a report of compliance counts the controls that failed, and is as grave as the worst of them [F27]', () => {
    expect(one(compliance(3))).toMatchObject({
      action: 'report ClusterCompliance',
      outcome: 'failure',
      severity: 73,
      message: '3 failed',
      start: micros('2026-03-10T14:00:02.000000Z'),
    });
    expect(one(compliance(0))).toMatchObject({ outcome: 'success', severity: 0, message: null });
  });

  test('one observation a report, as grave as the worst finding', () => {
    expect(one(trivyRecord())).toMatchObject({
      source: 'trivy',
      kind: 'event',
      rule: null,
      start: AT,
      identity: { ...LEDGER, containerName: 'ledger' },
      action: 'report Vulnerability',
      outcome: 'failure',
      severity: 73,
      detail: 'pay/ledger:1.2.3',
      message: '1 high, 2 low',
      nativeId: 'u-report',
    });
  });

  test('without findings', () => {
    const clean = { ...trivyRecord(), report: { updateTimestamp: '2026-03-10T14:00:02Z', summary: {} } };
    expect(one(clean)).toMatchObject({ outcome: 'success', severity: 0, message: null });
  });

  test('what surrounds an exposed secret is not kept', () => {
    const secrets = [{ ruleID: 'stripe', match: 'key: hunter2' }];
    const report = { ...(trivyRecord()['report'] as JsonObject), secrets };
    const record = { ...trivyRecord(), kind: 'ExposedSecretReport', report };
    expect(jsonOf(decode(record))).not.toContain('hunter2');
    expect(jsonOf(decode({ type: 'ADDED', object: record }))).not.toContain('hunter2');
    expect(one(record).action).toBe('report ExposedSecret');
  });

  test('deleted', () => {
    expect(decode({ type: 'DELETED', object: trivyRecord() }).ignored).toEqual({ deleted: 1 });
  });
});
