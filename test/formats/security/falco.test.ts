import { describe, expect, test } from 'vitest';
import { decodeFalco, isFalco } from '../../../src/formats/security/falco.ts';
import { fnv1a128 } from '../../../src/formats/security/falcosidekick-trace-id.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, fixture, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { falcoRecord } from '../sample-records.ts';

const decode = (value: unknown) => decodeFalco(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);
const linesOf = (path: string): JsonObject[] =>
  fixture(path)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);
const alert = (over: JsonObject = {}, output: JsonObject = {}): JsonObject => {
  const record = falcoRecord();
  return { ...record, output_fields: { ...(record['output_fields'] as JsonObject), ...output }, ...over };
};

const VOLUME = 'csi-6afb06dce281b86b7bab718b5d966dc261b2b1554941ae449519a128cb2e3fb3';
const SHELL = {
  action: 'Terminal shell in container',
  severity: 30,
  actor: 'root',
  serviceAccount: null,
  resource: null,
};

/** By hand, in the order of the file. */
const WEBSITE: (Partial<Omit<Observation, 'identity'>> & { identity: Partial<Observation['identity']> })[] = [
  {
    action: 'Disallowed K8s User',
    severity: 47,
    actor: 'csi-cinder-controller',
    start: micros('2025-02-10T09:15:40.698757Z'),
    timeText: '2025-02-10T09:15:40.698757000Z',
    outcome: 'success',
    identity: {},
    resource: {
      apiGroup: null,
      resource: 'volumeattachments',
      subresource: null,
      namespace: null,
      name: VOLUME,
    },
    detail: `/apis/storage.k8s.io/v1/volumeattachments/${VOLUME}/status`,
  },
  {
    action: 'Attach/Exec Pod',
    severity: 30,
    actor: 'kubernetes-admin',
    start: micros('2025-02-10T09:29:46.302906Z'),
    timeText: '2025-02-10T09:29:46.302906000Z',
    identity: { namespace: 'hello-app', podName: 'nginx-676b6c5bbc-4xc6t' },
    resource: {
      apiGroup: null,
      resource: 'pods',
      subresource: 'exec',
      namespace: 'hello-app',
      name: 'nginx-676b6c5bbc-4xc6t',
    },
    detail: 'cat',
  },
  {
    ...SHELL,
    start: micros('2021-01-14T23:39:44.834631Z'),
    timeText: '2021-01-14T23:39:44.834631763Z',
    identity: { namespace: 'default', podName: 'alpine', containerId: '5892b41bcf46' },
    detail: 'sh',
  },
  {
    ...SHELL,
    start: micros('2021-04-10T19:27:21.002873Z'),
    timeText: '2021-04-10T19:27:21.002873265Z',
    identity: { namespace: 'default', podName: 'alpine', containerId: '97c9868ea832' },
    detail: 'sh -c uptime',
  },
  {
    action: 'Contact K8S API Server From Container',
    severity: 30,
    actor: null,
    start: micros('2021-04-10T19:27:21.038853Z'),
    timeText: '2021-04-10T19:27:21.038853452Z',
    identity: {
      namespace: 'openfaas-fn',
      podName: 'falco-pod-delete-7dc9f5fbb8-gbfk7',
      containerId: '12fc4de5ccc3',
    },
    resource: null,
    detail: 'handler',
  },
];

describe('samples', () => {
  const website = linesOf('falco-website/alerts.jsonl');

  test.each(WEBSITE.map((expected, line) => [line + 1, expected] as const))(
    'falco-website, line %i',
    (line, expected) => {
      const record = website[line - 1] ?? {};
      expect(isFalco(record)).toBe(true);
      const { identity, ...rest } = expected;
      const got = one(record);
      expect(got).toMatchObject({
        outcome: 'unknown',
        ...rest,
        source: 'falco',
        dataset: 'falco.alert',
        kind: 'alert',
        end: rest.start,
        rule: { id: `falco:${rest.action}`, name: rest.action },
        nativeId: null,
        techniques: [],
        traceId: null,
        stage: null,
        message: record['output'],
      });
      expect(got.identity).toEqual({ ...NO_IDENTITY, ...identity });
    },
  );

  test('reports of health are no facts', () => {
    const records = [...website.slice(5), ...linesOf('falcosidekick/test-inputs.jsonl').slice(0, 3)];
    expect(records).toHaveLength(4);
    for (const record of records)
      expect(decode(record)).toEqual({ items: [], ignored: { sensor_health: 1 }, refused: [] });
  });

  test('falcosidekick, its two test alerts', () => {
    const records = linesOf('falcosidekick/test-inputs.jsonl').slice(3);
    expect(records).toHaveLength(2);
    for (const record of records) {
      const got = one(record);
      expect(got).toMatchObject({
        action: 'Test rule',
        severity: 5,
        start: micros('2001-01-01T01:10:00.000000Z'),
        outcome: 'unknown',
        techniques: [],
        actor: null,
        detail: null,
        message: 'This is a test from falcosidekick',
      });
      expect(got.identity).toEqual(NO_IDENTITY);
    }
  });
});

test('a full alert', () => {
  const got = one(falcoRecord());
  expect(got).toMatchObject({
    nativeId: 'f-1',
    nativeTuple: ['f-1'],
    severity: 30,
    techniques: ['T1059.004'],
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    detail: 'sh -c id',
    actor: 'root',
  });
  expect(got.identity).toEqual({
    cluster: null,
    namespace: 'payments',
    podName: 'ledger-1',
    podUid: 'u-ledger',
    containerId: '5892b41bcf46'.padEnd(64, 'a'),
    containerName: 'ledger',
    node: 'node-2',
  });
});

test.each(
  [
    ...(['Emergency', 99, 'Alert', 95, 'Critical', 90, 'Error', 73, 'Warning', 47, 'Notice', 30] as const),
    ...([
      'Informational',
      15,
      'INFO',
      15,
      'debug',
      5,
      'Unheard',
      50,
      'constructor',
      50,
      '__proto__',
      50,
    ] as const),
  ].flatMap((value, i, all) => (i % 2 === 0 ? [[value, all[i + 1]] as const] : [])),
)('priority %s is %i', (priority, severity) => {
  expect(one(alert({ priority })).severity).toBe(severity);
});

test.each([
  ['host', null],
  ['<NA>', null],
  [null, null],
  ['5892b41', null],
  ['5892B41BCF46', '5892b41bcf46'],
])('container.id %j is %j', (id, expected) => {
  expect(one(alert({}, { 'container.id': id, 'container.full_id': null })).identity.containerId).toBe(
    expected,
  );
});

describe('times', () => {
  test('the text `time` counts, and the number only where a parser of JSON took the text for itself', () => {
    const taken = (name: string): number =>
      one(alert({ time: undefined }, { [name]: 1715108059341081000 })).start;
    for (const name of ['evt.time', 'evt.time.iso8601'])
      expect(Math.abs(taken(name) - micros('2024-05-07T18:54:19.341081Z'))).toBeLessThan(2);
    const both = alert({ time: '2024-05-07T18:54:19.341081180Z' }, { 'evt.time': 1 });
    expect(one(both).start).toBe(micros('2024-05-07T18:54:19.341081Z'));
    expect(reasons(alert({ time: undefined }))).toEqual(['missing_time']);
    expect(reasons(alert({ time: 1715108059341081000 }))).toEqual(['missing_time']);
    expect(reasons(alert({ time: '2024-05-07T18:54:19Z+2' }))).toEqual(['bad_time']);
    const iso = alert({ time: undefined }, { 'evt.time.iso8601': '2024-05-07T18:54:19.341081180+0000' });
    expect(one({ ...iso, time: '' }).start).toBe(one(iso).start);
    expect(one(iso).start).toBe(micros('2024-05-07T18:54:19.341081Z'));
  });
});

describe('what is the same alert', () => {
  test('without a uuid: what Falco wrote, whatever a forwarder adds', () => {
    const { uuid, hostname, ...own } = falcoRecord();
    const forwarded = one({ ...own, hostname: 'sidekick', tags: ['added'] });
    expect([uuid, hostname]).toEqual(['f-1', 'falco-4cvkq']);
    expect(forwarded.nativeId).toBeNull();
    expect(one(own).nativeTuple).toEqual(forwarded.nativeTuple);
    expect(one({ ...own, output: 'other' }).nativeTuple).not.toEqual(forwarded.nativeTuple);
  });

  test('a uuid that is a card number becomes a token', () => {
    const ids = ['4111111111111111', '5555555555554444'].map((uuid) => one(alert({ uuid })));
    expect(new Set(ids.map(({ nativeId }) => nativeId)).size).toBe(2);
    for (const { nativeId, nativeTuple } of ids) expect(nativeTuple).toEqual([nativeId]);
    expect(ids[0]?.nativeId).toMatch(/^tok_/);
  });
});

describe('fields by other names [F26]', () => {
  const { output_fields: fields, ...rest } = falcoRecord();

  test('with underscores for dots, as Falcosidekick writes them for Elasticsearch, are the same', () => {
    const flat = Object.entries(fields as JsonObject).map(([name, value]) => [
      name.replaceAll('.', '_'),
      value,
    ]);
    expect(one({ ...rest, output_fields: Object.fromEntries(flat) as JsonObject }).identity).toEqual(
      one(falcoRecord()).identity,
    );
  });

  test('one within the other, as pipelines expand dots, are the same', () => {
    const output = fields as JsonObject;
    const nested = {
      k8s: {
        ns: { name: output['k8s.ns.name'] },
        pod: { name: output['k8s.pod.name'], uid: output['k8s.pod.uid'] },
        node: { name: output['k8s.node.name'] },
      },
      container: { id: output['container.id'], full_id: output['container.full_id'], name: 'ledger' },
      user: { name: 'root' },
    };
    const got = one({ ...rest, output_fields: nested });
    expect([got.identity, got.actor]).toEqual([one(falcoRecord()).identity, 'root']);
  });

  test('that nest without end are left alone', () => {
    let deep: JsonObject = { name: 'x' };
    for (let level = 0; level < 40; level += 1) deep = { k8s: deep };
    expect(one({ ...rest, output_fields: deep }).identity).toEqual(NO_IDENTITY);
  });
});

test('a process of the machine is in no container [F26]', () => {
  const host = { 'container.id': 'host', 'container.full_id': null, 'container.name': 'host' };
  expect(one(alert({}, host)).identity.containerName).toBeNull();
});

test.each<[JsonObject, string]>([
  [{ 'evt.failed': true }, 'failure'],
  [{ 'evt.failed': 'true' }, 'failure'],
  [{ 'evt.res': 'ENOENT' }, 'failure'],
  [{ 'evt.res': 'SUCCESS' }, 'success'],
  [{ 'evt.res': null }, 'unknown'],
])('a call with %j is %s [F27]', (output, outcome) => {
  expect(one(alert({}, output)).outcome).toBe(outcome);
});

describe('alerts about the audit log', () => {
  const audited = (output: JsonObject): Observation =>
    one({ ...falcoRecord(), source: 'k8s_audit', output_fields: output });
  const target = {
    'ka.target.resource': 'pods',
    'ka.target.namespace': 'payments',
    'ka.target.name': 'ledger-1',
  };

  test('name their target, the container of the request, and the account', () => {
    const got = audited({
      ...target,
      'ka.target.subresource': 'exec',
      'ka.verb': 'create',
      'ka.uri': '/api/v1/x',
      'ka.uri.param[container]': 'ledger',
      'ka.user.name': 'system:serviceaccount:payments:notify',
      'container.id': '5892b41bcf46',
    });
    expect(got.identity).toEqual({
      ...NO_IDENTITY,
      namespace: 'payments',
      podName: 'ledger-1',
      containerName: 'ledger',
    });
    expect(got.serviceAccount).toEqual({ namespace: 'payments', name: 'notify' });
    expect(got.detail).toBe('/api/v1/x');
  });

  test('reading a pod is not about it, writing it is', () => {
    expect(audited({ ...target, 'ka.verb': 'get' }).identity).toEqual(NO_IDENTITY);
    expect(audited({ ...target, 'ka.verb': 'delete' }).identity.podName).toBe('ledger-1');
    expect(audited(target).identity).toEqual(NO_IDENTITY);
  });

  test.each([
    ['403', 'failure'],
    [403, 'failure'],
    ['101', 'success'],
    ['<NA>', 'unknown'],
  ])('answered with %j are %s [F27]', (code, outcome) => {
    expect(audited({ ...target, 'ka.response.code': code }).outcome).toBe(outcome);
  });

  test('are known by their fields where an older Falco names no source', () => {
    const { source, ...old } = falcoRecord();
    const got = one({ ...old, output_fields: { ...target, 'ka.target.subresource': 'exec' } });
    expect([source, got.identity.podName]).toEqual(['syscall', 'ledger-1']);
  });

  test('have the namespace of the request where the rule puts out no other', () => {
    const got = audited({
      'ka.target.resource': 'pods',
      'ka.target.name': 'ledger-1',
      'ka.verb': 'delete',
      'ka.uri': '/api/v1/namespaces/payments/pods/ledger-1?x=/namespaces/other',
    });
    expect(got.identity).toMatchObject({ namespace: 'payments', podName: 'ledger-1' });
  });

  test('an account in another alert is a name of a user of the system, no service account', () => {
    expect(one(alert({}, { 'user.name': 'system:serviceaccount:a:b' })).serviceAccount).toBeNull();
  });
});

describe('[F26] fields of which there are too many, or that are too long, to be names of Falco', () => {
  const members = (count: number): JsonObject =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i]));

  test('are kept as they are, and make nothing larger', () => {
    const long = 'x'.repeat(5_000);
    const output = { k8s: { pod: { name: 'ledger-1' } }, [long]: members(3_000) };
    const { fields, identity } = one({ ...falcoRecord(), output_fields: output });
    expect(identity.podName).toBe('ledger-1');
    expect(fields['output_fields']).toMatchObject({ [long]: { m2999: 2_999 } });
    expect(JSON.stringify(fields).length).toBeLessThan(2 * JSON.stringify(output).length);
  });

  test('none of them is lost, nor one that stands behind them', () => {
    const { fields, identity } = one({
      ...falcoRecord(),
      output_fields: { many: members(3_000), k8s_pod_name: 'ledger-1', k8s: { ns: { name: 'payments' } } },
    });
    expect(identity).toMatchObject({ namespace: 'payments', podName: 'ledger-1' });
    expect(JSON.stringify(fields)).toContain(':2999');
  });
});

describe('trace ids [J16]', () => {
  const trace = (output: JsonObject): string | null => one(alert({}, output)).traceId;

  test('one that Falcosidekick made up is none', () => {
    expect(trace({ trace_id: fnv1a128('payments:ledger-1') })).toBeNull();
    expect(trace({ 'k8s.pod.name': null, trace_id: fnv1a128('5892b41bcf46') })).toBeNull();
    const host = { 'k8s.pod.name': null, 'container.id': 'host', trace_id: fnv1a128('host-1') };
    expect(trace(host)).toBeNull();
    expect(trace({ trace_id: fnv1a128('payments:other') })).toBe(fnv1a128('payments:other'));
  });

  test('other spellings, and what is none', () => {
    const id = '0AF7651916CD43DD8448EB211C80319C';
    expect(trace({ trace_id: undefined, 'trace.id': id })).toBe(id.toLowerCase());
    expect(trace({ trace_id: undefined, traceId: id })).toBe(id.toLowerCase());
    expect(trace({ trace_id: '', 'trace.id': id })).toBe(id.toLowerCase());
    expect(trace({ trace_id: '0'.repeat(32) })).toBeNull();
    expect(trace({ trace_id: 'none' })).toBeNull();
  });
});

test('refused: no rule, no priority, no object', () => {
  expect(reasons(alert({ rule: '' }))).toEqual(['wrong_shape']);
  expect(reasons({ rule: 'x', time: '2026-03-10T14:00:02Z' })).toEqual(['wrong_shape']);
  expect(reasons([falcoRecord()])).toEqual(['wrong_shape']);
  expect(reasons('text')).toEqual(['wrong_shape']);
});
