/**
 * Goal: a record is the same in every wrapping that can hold it, and what the wrapping says of itself is kept apart [F5]. Method: every
 * sample of every format but access logs, in every envelope, alone and one in the other; damaged and endless ones.
 */
import { gzipSync } from 'node:zlib';
import { readdirSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { unwrap } from '../../../src/formats/wrappings/envelope.ts';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { decodePayments } from '../../../src/formats/payments/payment-formats.ts';
import { decodeSecurity, securityFormatOf } from '../../../src/formats/security/security-formats.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import type { PaymentEvent } from '../../../src/model/payment.ts';
import { CLUSTER, CONTAINER, EMITTER, ENVELOPES, googleLog, TRACE } from '../envelopes.ts';
import { CONTEXT, fixture, only, PLACE } from '../format-context.ts';
import { PAYMENT_CONTEXT } from '../payment-context.ts';
import { auditRecord, falcoRecord, paymentRecord } from '../sample-records.ts';
import { istioRecord, SENSOR_RECORDS } from '../sensor-records.ts';

const AUDIT_FOLDER = new URL('../../fixtures/k8s-audit-falco/', import.meta.url);
const TETRAGON_FOLDER = new URL('../../fixtures/tetragon/', import.meta.url);
const yamlOf = (path: string): unknown[] =>
  parseAllDocuments(fixture(path)).map((each) => each.toJS() as unknown);
const namesIn = (folder: string): string[] =>
  readdirSync(new URL(`../../fixtures/${folder}/`, import.meta.url)).map((name) => `${folder}/${name}`);
const SAMPLES: unknown[] = [
  ...[...namesIn('kyverno-policyreports'), ...namesIn('trivy-operator')].flatMap(yamlOf),
  ...readdirSync(AUDIT_FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name): unknown => JSON.parse(fixture(`k8s-audit-falco/${name}`))),
  ...['falco-website/alerts.jsonl', 'falcosidekick/test-inputs.jsonl'].flatMap((file) =>
    fixture(file)
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ),
  ...readdirSync(TETRAGON_FOLDER).map((name): unknown => JSON.parse(fixture(`tetragon/${name}`))),
  ...fixture('hubble-flows/small.jsonl')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line)),
  // The pod that an envelope of access logs names is the workload: test/formats/security/istio.test.ts.
  ...Object.entries(SENSOR_RECORDS).flatMap(([source, record]) => (source === 'istio' ? [] : [record()])),
  '<5>2026-03-10T14:00:03Z node falco[7]: 14:00:02.1: Notice A shell (user=root k8s.ns=pay k8s.pod=a)',
  'time="2026-03-10T14:00:02Z" msg="API accessed" service=s method=M status=success type=audit',
];

const inner = { depth: 64, parse: JSON.parse };
const decoded = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);

/** Without what only an envelope can say. */
function own(observations: readonly Observation[]): unknown[] {
  return observations.map(({ identity, sightings, ...rest }) => ({
    ...rest,
    traceId: null,
    identity: { ...identity, cluster: null },
    sightings: sightings.map((sighting) => ({
      ...sighting,
      identity: { ...sighting.identity, cluster: null },
    })),
  }));
}

describe.each(Object.entries(ENVELOPES))('[F5] in %s', (_, { wrap, says, emitter: stated }) => {
  it('every sample is the same record', () => {
    for (const sample of SAMPLES) {
      const raw = decoded(sample);
      const inside = decoded(wrap(sample));
      expect(own(inside.items)).toEqual(own(raw.items));
      expect([inside.refused, inside.ignored]).toEqual([raw.refused, raw.ignored]);
    }
  });

  it('is told what the envelope says', () => {
    const [inside] = unwrap(wrap(auditRecord()), securityFormatOf, inner).inside;
    const { cluster, traceId, emitter } = only(inside === undefined ? [] : [inside]);
    expect(cluster).toBe(says === 'cluster' ? CLUSTER : null);
    expect(traceId).toBe(says.endsWith('trace') ? TRACE : null);
    const whole = stated === undefined ? { ...EMITTER, containerId: CONTAINER } : stated;
    const sensor = { ...NO_IDENTITY, ...whole, containerName: 'sensor' };
    expect(emitter).toEqual(says.startsWith('emitter') ? sensor : null);
  });
});

const PAYMENTS: unknown[] = [
  paymentRecord(),
  ...[...namesIn('adyen'), 'stripe/event.json', 'iso8583/iso_reversal_message.json'].map((name): unknown =>
    JSON.parse(fixture(name)),
  ),
  ...['charge', 'payment_intent'].map((name): unknown => ({
    ...(JSON.parse(fixture('stripe/event.json')) as object),
    type: `${name}.updated`,
    created: 1_773_151_202,
    data: { object: JSON.parse(fixture(`stripe/${name}.json`)) as unknown },
  })),
  ...[...namesIn('iso20022'), 'iso8583/iso_reversal_message.xml'].map(fixture),
];

describe.each(Object.entries(ENVELOPES))('[F5] payments in %s', (_, { wrap }) => {
  it('every sample is the same', () => {
    for (const sample of PAYMENTS) {
      const raw = decodePayments(sample, PLACE, PAYMENT_CONTEXT);
      expect(raw.items.length + Object.keys(raw.ignored).length).toBeGreaterThan(0);
      const { items, ignored, refused } = decodePayments(wrap(sample), PLACE, PAYMENT_CONTEXT);
      const bare = (event: PaymentEvent): object => ({ ...event, cluster: null, traceId: null });
      expect(items.map(bare)).toEqual(raw.items.map(bare));
      expect([refused, ignored]).toEqual([raw.refused, raw.ignored]);
    }
  });
});

test.each(Object.entries(ENVELOPES))('[F5] any envelope in %s', (_, outer) => {
  const raw = own(decoded(falcoRecord()).items);
  for (const [name, inner] of Object.entries(ENVELOPES))
    expect(own(decoded(outer.wrap(inner.wrap(falcoRecord()))).items), name).toEqual(raw);
});

test('[F5] the emitter is never the affected pod', () => {
  const { podName, namespace } = only(decoded(ENVELOPES['Fluent Bit']?.wrap(falcoRecord())).items).identity;
  expect([podName, namespace]).not.toContain(EMITTER.podName);
  expect(namespace).not.toBe(EMITTER.namespace);
});

test('[F5] cluster and trace of an envelope are those of the record that names none', () => {
  const azure = only(decoded(ENVELOPES['Azure diagnostics with text']?.wrap(auditRecord())).items);
  expect(azure.identity.cluster).toBe(CLUSTER);
  expect(azure.sightings.map(({ identity }) => identity.cluster)).toContain(CLUSTER);
  const event = only(decoded(ENVELOPES['CloudEvents, structured']?.wrap(auditRecord())).items);
  expect(event.traceId).toBe(TRACE);
});

describe('[F5] what is no record', () => {
  it('is counted by what it is', () => {
    const control = { messageType: 'CONTROL_MESSAGE', logGroup: '', logEvents: [{ message: 'CWL CONTROL' }] };
    expect(decoded(control).ignored).toEqual({ control_message: 1 });
    const other = { category: 'guard', properties: { log: '{}' } };
    expect(decoded({ records: [other, other] }).ignored).toEqual({ other_category: 2 });
    expect(decoded({ schema: {}, payload: null }).ignored).toEqual({ tombstone: 1 });
    const deletion = { schema: {}, payload: { before: {}, after: null, op: 'd' } };
    expect(decoded(deletion).ignored).toEqual({ deletion: 1 });
    const bare = { before: {}, after: null, source: {}, op: 'd', ts_ms: 1 };
    expect(decoded(bare).ignored).toEqual({ deletion: 1 });
  });

  it('is refused when it was cut or is damaged', () => {
    const cut = '2026-03-10T14:00:03.001Z stdout P {"rule":"Shell","pri';
    expect(decoded({ log: cut, stream: 'stdout' }).refused).toMatchObject([{ reason: 'truncated' }]);
    const bytes = gzipSync('{}').toString('base64').slice(0, 20);
    expect(decoded({ awslogs: { data: bytes } }).refused).toMatchObject([{ reason: 'decompression' }]);
  });

  it('is refused when it unpacks to more than is allowed, however many pieces it comes in', () => {
    // Packed some twentyfold, as records are.
    const line = Array.from({ length: 64 }, (__, i) => `"${Math.sin(i)}"`).join(' ');
    const large = gzipSync(line.repeat((20 * 2 ** 20) / line.length), { level: 1 }).toString('base64');
    const { refused } = decoded([large, large, large]);
    expect(refused.filter(({ reason }) => reason === 'decompression')).toHaveLength(2);
  });

  it('is refused when it unpacks to many times its size', () => {
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, ' ')).toString('base64');
    const { refused } = decoded([bomb]);
    expect(refused).toMatchObject([
      { reason: 'decompression', text: expect.stringMatching(/250 times.*send less/) as unknown },
    ]);
  });

  it('is refused when text within it is nested too deep, in every format', () => {
    const deep = `{"a":${'['.repeat(64)}1${']'.repeat(64)}}`;
    expect(decoded(deep).refused.map(({ reason }) => reason)).toEqual(['too_deep']);
    const brackets = `{"a":"${'['.repeat(100)}\\"]","b":${'['.repeat(63)}${']'.repeat(63)}}`;
    expect(decoded(brackets).refused.map(({ reason }) => reason)).not.toContain('too_deep');
    const stripe = deep.replace('{', '{"object":"event","type":"x","data":{},');
    const { refused } = decodePayments({ log: stripe, stream: 'stdout' }, PLACE, PAYMENT_CONTEXT);
    expect(refused.map(({ reason }) => reason)).toEqual(['too_deep']);
    const bottomless = `{"a":${'['.repeat(1_000_000)}`;
    expect(
      decodePayments({ log: bottomless, stream: 'stdout' }, PLACE, PAYMENT_CONTEXT).refused,
    ).toHaveLength(1);
  });

  it('is refused beyond so many in one envelope, said once', () => {
    const { items, refused } = decoded(Array.from({ length: 50_100 }, () => 7));
    expect(items).toEqual([]);
    expect(refused.filter(({ reason }) => reason === 'too_many_items')).toHaveLength(1);
    expect(refused.length).toBeLessThanOrEqual(50_001);
  });

  it('is not looked for in more than ten steps', () => {
    let value: unknown = falcoRecord();
    for (let level = 0; level < 11; level += 1) value = { schema: {}, payload: value };
    expect(decoded(value).items).toEqual([]);
    expect(decoded(value).refused).toHaveLength(1);
  });
});

describe('[F5] Google Cloud', () => {
  const entry = (methodName: string, resourceName: string, more: object = {}) => ({
    insertId: 'i-1',
    logName: 'projects/p/logs/cloudaudit.googleapis.com%2Factivity',
    timestamp: '2026-03-10T14:00:02.118999Z',
    resource: { type: 'k8s_cluster', labels: { cluster_name: CLUSTER, location: 'europe-west1' } },
    operation: { id: 'a-1', producer: 'k8s.io', first: true, last: true },
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'k8s.io',
      authenticationInfo: { principalEmail: 'system:serviceaccount:payments:notify' },
      requestMetadata: { callerIp: '10.0.0.1' },
      methodName,
      resourceName,
      ...more,
    },
  });

  it('is the request that was made', () => {
    const value = entry('io.k8s.core.v1.pods.exec.create', 'core/v1/namespaces/payments/pods/ledger-1/exec');
    const { action, identity, actor, outcome, nativeId, serviceAccount } = only(decoded(value).items);
    expect({ action, actor, outcome, nativeId, serviceAccount }).toEqual({
      action: 'create pods/exec',
      actor: 'system:serviceaccount:payments:notify',
      outcome: 'success',
      nativeId: 'a-1',
      serviceAccount: { namespace: 'payments', name: 'notify' },
    });
    expect(identity).toMatchObject({ cluster: CLUSTER, namespace: 'payments', podName: 'ledger-1' });
  });

  it('says what was refused, and of which group', () => {
    const method = 'io.k8s.authorization.rbac.v1.clusterrolebindings.create';
    const name = 'rbac.authorization.k8s.io/v1/clusterrolebindings/admin';
    const { outcome, resource } = only(decoded(entry(method, name, { status: { code: 7 } })).items);
    expect(outcome).toBe('failure');
    expect(resource).toEqual({
      apiGroup: 'rbac.authorization.k8s.io',
      resource: 'clusterrolebindings',
      subresource: null,
      namespace: null,
      name: 'admin',
    });
  });

  it('about a custom resource begins with its own group', () => {
    const method = 'io.istio.networking.v1beta1.virtualservices.create';
    const name = 'networking.istio.io/v1beta1/namespaces/payments/virtualservices/ledger';
    const { action, resource } = only(decoded(entry(method, name)).items);
    expect(action).toBe('create virtualservices');
    expect(resource).toMatchObject({
      apiGroup: 'networking.istio.io',
      namespace: 'payments',
      name: 'ledger',
    });
    expect(decoded(entry(method, name, { serviceName: 'run.googleapis.com' })).ignored).toEqual({
      other_service: 1,
    });
  });

  it('of another service is counted', () => {
    expect(decoded(entry('storage.objects.get', 'x')).ignored).toEqual({ other_service: 1 });
  });
});

test('[F5] what an envelope says is redacted as a record is', () => {
  const card = '4111 1111 1111 1111';
  const record = istioRecord();
  const wrapped = {
    ...(ENVELOPES['Fluent Bit']?.wrap(record) as object),
    kubernetes: { pod_name: `pay-${card}`, namespace_name: card, host: card, container_name: card },
  };
  const inCloudWatch = {
    ...(ENVELOPES['CloudWatch']?.wrap(record) as object),
    logGroup: `/aws/eks/${card}/cluster`,
  };
  for (const each of [wrapped, inCloudWatch]) {
    const { items } = decoded(each);
    expect(items).toHaveLength(1);
    expect(
      JSON.stringify(items, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('4111');
  }
});

test('[F5] what a container of GKE wrote has its pod; other logs of EKS are no records, and no faults', () => {
  const labels = { namespace_name: 'security', pod_name: 'falco-1', container_name: 'falco' };
  const [inside] = unwrap(
    googleLog({ textPayload: JSON.stringify(falcoRecord()) }, labels),
    securityFormatOf,
    inner,
  ).inside;
  expect(inside?.emitter).toMatchObject({
    namespace: 'security',
    podName: 'falco-1',
    containerName: 'falco',
  });
  const eks = (logStream: string): object => ({
    ...(ENVELOPES['CloudWatch']?.wrap('I0310 14:00:02.1 1 trace.go:205] List') as object),
    logStream,
  });
  expect(decoded(eks('kube-apiserver-0123'))).toEqual({ items: [], ignored: { no_record: 1 }, refused: [] });
  expect(decoded(eks('kube-apiserver-audit-0123')).refused).toHaveLength(1);
});
