import { describe, expect, test } from 'vitest';
import { decodeKubernetesAudit, isKubernetesAudit } from '../../../src/formats/security/kubernetes-audit.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, fixture, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { auditRecord } from '../sample-records.ts';

const decode = (value: unknown) => decodeKubernetesAudit(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);

/** What a person reads in the samples: action, object, who, when it came and when it was answered, about which pod. */
interface Expected {
  action: string;
  object: [apiGroup: string | null, namespace: string | null, name: string | null];
  actor: string;
  id: string;
  start: string;
  end: string;
  identity?: Partial<Observation['identity']>;
}

const MINIKUBE = 'minikube-user';
const REPLICASETS = 'system:serviceaccount:kube-system:replicaset-controller';
const SAMPLES: Readonly<Record<string, Expected>> = {
  create_clusterrolebinding: {
    action: 'create clusterrolebindings',
    object: ['rbac.authorization.k8s.io', null, 'some-reader-binding'],
    actor: MINIKUBE,
    id: 'e040d0ab-473c-442c-9707-88553173e962',
    start: '2018-10-26T13:25:18.279128Z',
    end: '2018-10-26T13:25:18.286399Z',
  },
  create_configmap: {
    action: 'create configmaps',
    object: [null, 'default', 'my-config'],
    actor: MINIKUBE,
    id: '155b887c-c27c-4fdb-9667-999f74512d0a',
    start: '2018-10-26T13:13:03.539180Z',
    end: '2018-10-26T13:13:03.544952Z',
  },
  create_deployment: {
    action: 'create deployments',
    object: ['extensions', 'default', 'nginx-deployment'],
    actor: MINIKUBE,
    id: 'c5be68f4-80b8-4159-adc4-76ddb195334e',
    start: '2018-10-26T13:07:36.905144Z',
    end: '2018-10-26T13:07:36.911442Z',
  },
  create_kube_system_secret: {
    action: 'create secrets',
    object: [null, 'kube-system', 'bootstrap-token-ne7bxu'],
    actor: 'admin',
    id: '263db4e4-f0bb-41b4-913d-c03815f49be5',
    start: '2020-03-24T18:53:49.023018Z',
    end: '2020-03-24T18:53:49.025530Z',
  },
  create_nginx_pod_privileged: {
    action: 'create pods',
    object: [null, 'default', 'nginx-deployment-5cdcc99dbf-rgw6z'],
    actor: REPLICASETS,
    id: 'a362d22b-db3c-4590-9505-23782f12925f',
    start: '2018-10-25T14:09:12.572676Z',
    end: '2018-10-25T14:09:12.581541Z',
    identity: {
      namespace: 'default',
      podName: 'nginx-deployment-5cdcc99dbf-rgw6z',
      podUid: '8c845395-d85f-11e8-88b6-080027728ac4',
    },
  },
  create_nginx_pod_unprivileged: {
    action: 'create pods',
    object: [null, 'default', 'nginx-deployment-78f5d695bd-nxqz5'],
    actor: REPLICASETS,
    id: '7c8b2603-6a87-4764-b166-49dd7fa46f4c',
    start: '2018-10-25T14:09:49.750328Z',
    end: '2018-10-25T14:09:49.761315Z',
    identity: {
      namespace: 'default',
      podName: 'nginx-deployment-78f5d695bd-nxqz5',
      podUid: 'a2ad81ba-d85f-11e8-88b6-080027728ac4',
    },
  },
  create_secret: {
    action: 'create secrets',
    object: [null, 'default', 'example-secret'],
    actor: MINIKUBE,
    id: '55a81824-ab56-46c5-8b02-96336f5e78d7',
    start: '2020-04-21T17:57:05.541358Z',
    end: '2020-04-21T17:57:05.548299Z',
  },
  create_service: {
    action: 'create services',
    object: [null, 'default', 'nginx'],
    actor: MINIKUBE,
    id: '75b22022-d079-44e5-90a7-25be235ab235',
    start: '2018-10-26T13:12:04.404107Z',
    end: '2018-10-26T13:12:04.420072Z',
  },
  create_serviceaccount: {
    action: 'create serviceaccounts',
    object: [null, 'default', 'myacct'],
    actor: MINIKUBE,
    id: 'db4a8c97-3bd2-4ee7-a0d9-b6e367a458e3',
    start: '2018-10-26T13:19:22.126375Z',
    end: '2018-10-26T13:19:22.135026Z',
  },
  delete_secret: {
    action: 'delete secrets',
    object: [null, 'default', 'example-secret'],
    actor: MINIKUBE,
    id: 'd1df3fa9-497f-49cf-bd48-60a651df8075',
    start: '2020-04-21T17:58:49.691845Z',
    end: '2020-04-21T17:58:49.696309Z',
  },
  exec_pod: {
    action: 'create pods/exec',
    object: [null, 'default', 'nginx-deployment-7998647bdf-phvq7'],
    actor: MINIKUBE,
    id: 'ca1ed9f4-7bf4-4c85-81a8-1b11253d1ba6',
    start: '2018-10-26T13:38:34.867116Z',
    end: '2018-10-26T13:38:34.902914Z',
    identity: {
      namespace: 'default',
      podName: 'nginx-deployment-7998647bdf-phvq7',
      containerName: 'nginx1',
    },
  },
  'some-user_creates_namespace_foo': {
    action: 'create namespaces',
    object: [null, null, 'foo'],
    actor: 'some-user',
    id: '841d3e6d-90d2-43df-8da4-684738bee3d5',
    start: '2018-10-25T13:58:49.730588Z',
    end: '2018-10-25T13:58:49.736141Z',
  },
};

describe('samples of the Falco project', () => {
  test.each(Object.entries(SAMPLES))('%s', (name, expected) => {
    const record = JSON.parse(fixture(`k8s-audit-falco/${name}.json`)) as JsonObject;
    expect(isKubernetesAudit(record)).toBe(true);
    const got = one(record);
    const [apiGroup, namespace, objectName] = expected.object;
    const [resource = '', subresource = null] = (expected.action.split(' ')[1] ?? '').split('/');
    expect(got).toMatchObject({
      source: 'kubernetes-audit',
      dataset: 'kubernetes.audit',
      kind: 'event',
      action: expected.action,
      actor: expected.actor,
      nativeId: expected.id,
      nativeTuple: [expected.id, expected.actor, expected.action, record['requestURI']],
      timeText: expected.start,
      start: micros(expected.start),
      end: micros(expected.end),
      resource: { apiGroup, resource, subresource, namespace, name: objectName },
      outcome: 'success',
      severity: null,
      rule: null,
      techniques: [],
      traceId: null,
      credentialId: null,
      detail: record['requestURI'],
    });
    expect(got.identity).toEqual({ ...NO_IDENTITY, ...expected.identity });
    expect(got.serviceAccount).toEqual(
      expected.actor === REPLICASETS ? { namespace: 'kube-system', name: 'replicaset-controller' } : null,
    );
    expect(got.stage).toEqual({
      auditId: expected.id,
      rank: name === 'exec_pod' ? 1 : 2,
      session: name === 'exec_pod',
    });
    expect(got.fields).toEqual(record);
  });

  test('a pod body teaches which account the pod runs as', () => {
    const got = one(JSON.parse(fixture('k8s-audit-falco/create_nginx_pod_privileged.json')));
    expect(got.sightings).toEqual([
      { at: got.start, identity: got.identity, serviceAccount: { namespace: 'default', name: 'default' } },
    ]);
  });
});

const request = (over: JsonObject): JsonObject => ({
  auditID: 'a-1',
  stage: 'ResponseComplete',
  verb: 'get',
  requestReceivedTimestamp: '2026-03-10T14:00:02.118999Z',
  ...over,
});

describe('lists', () => {
  const list = {
    kind: 'EventList',
    apiVersion: 'audit.k8s.io/v1',
    items: [request({}), 7, request({ auditID: 'a-2' })],
  };

  test('an EventList and an array give each event; what is none is refused by itself', () => {
    for (const value of [list, list.items]) {
      const { items, refused } = decode(value);
      expect(items.map(({ nativeId }) => nativeId)).toEqual(['a-1', 'a-2']);
      expect(refused.map(({ reason }) => reason)).toEqual(['wrong_shape']);
    }
    expect(decode({ ...list, items: [] })).toEqual({ items: [], ignored: {}, refused: [] });
  });

  test('one list is known, a list of lists is none', () => {
    expect(isKubernetesAudit(list)).toBe(true);
    expect(isKubernetesAudit({ kind: 'EventList', items: [] })).toBe(true);
    expect(isKubernetesAudit({ kind: 'EventList', items: [list] })).toBe(false);
    expect(isKubernetesAudit({ kind: 'PodList', items: [request({})] })).toBe(false);
  });

  test('looking at lists within lists without end does not end the process', () => {
    let nested: JsonObject = request({});
    for (let i = 0; i < 100_000; i += 1) nested = { kind: 'EventList', items: [nested] };
    expect(isKubernetesAudit(nested)).toBe(false);
  });

  test('too many events are refused as a whole', () => {
    expect(reasons({ kind: 'EventList', items: Array.from({ length: 50_001 }, () => 7) })).toEqual([
      'too_many_items',
    ]);
  });
});

describe('times and stages', () => {
  test('v1beta1 has other names for the time', () => {
    const bare = { requestReceivedTimestamp: undefined };
    const at = '2018-10-25T14:09:12Z';
    expect(one(request({ ...bare, timestamp: at })).start).toBe(Date.parse(at) * 1000);
    expect(one(request({ ...bare, metadata: { creationTimestamp: at } })).timeText).toBe(at);
  });

  test('no time, a time that is none, and a stage before the request', () => {
    expect(reasons(request({ requestReceivedTimestamp: null }))).toEqual(['missing_time']);
    expect(reasons(request({ requestReceivedTimestamp: 'yesterday' }))).toEqual(['bad_time']);
    expect(reasons(request({ requestReceivedTimestamp: 17 }))).toEqual(['bad_time']);
    const early = one(request({ stageTimestamp: '2026-03-10T14:00:01Z' }));
    expect(early.end).toBe(early.start);
  });

  test.each([
    ['RequestReceived', 0],
    ['ResponseStarted', 1],
    ['ResponseComplete', 2],
    ['Panic', 3],
  ])('%s has rank %i', (stage, rank) => {
    expect(one(request({ stage })).stage?.rank).toBe(rank);
  });

  test.each(['Other', 'constructor', '__proto__', 'toString', ''])('stage %j is refused', (stage) => {
    expect(reasons(request({ stage }))).toEqual(['wrong_shape']);
  });

  test.each([
    [undefined, 'unknown'],
    ['200', 'unknown'],
    [101, 'success'],
    [201, 'success'],
    [399, 'success'],
    [400, 'failure'],
    [403, 'failure'],
    [500, 'failure'],
  ])('code %j is %s', (code, outcome) => {
    expect(one(request({ responseStatus: { code } })).outcome).toBe(outcome);
  });

  test.each<[JsonObject, string]>([
    [{ responseStatus: { status: 'Failure', reason: 'Forbidden' } }, 'failure'],
    [{ responseStatus: undefined, annotations: { 'authorization.k8s.io/decision': 'forbid' } }, 'failure'],
    [{ responseStatus: undefined, annotations: { 'authorization.k8s.io/decision': 'allow' } }, 'unknown'],
    [{ responseStatus: { status: 'Success' } }, 'success'],
  ])('without a code, %j is %s', (over, outcome) => {
    expect(one(request(over)).outcome).toBe(outcome);
  });
});

describe('whom and what it is about', () => {
  const pods = (over: JsonObject): JsonObject => ({
    resource: 'pods',
    namespace: 'payments',
    name: 'ledger-1',
    ...over,
  });
  const caller = {
    username: 'system:serviceaccount:payments:notify',
    extra: {
      'authentication.kubernetes.io/pod-name': ['notify-1'],
      'authentication.kubernetes.io/pod-uid': ['u-1'],
    },
  };
  const ABOUT_CALLER = { ...NO_IDENTITY, namespace: 'payments', podName: 'notify-1', podUid: 'u-1' };
  const ABOUT_OBJECT = { ...NO_IDENTITY, namespace: 'payments', podName: 'ledger-1' };

  test.each([
    ...['exec', 'attach', 'portforward', 'proxy', 'log', 'ephemeralcontainers'].map(
      (sub) => ['get', sub] as const,
    ),
    ...['create', 'update', 'patch', 'delete'].map((verb) => [verb, undefined] as const),
  ])('%s pods/%s is about the pod', (verb, subresource) => {
    const got = one(request({ verb, objectRef: pods({ subresource }), user: caller }));
    expect(got.identity).toEqual(ABOUT_OBJECT);
    expect(got.sightings.map(({ identity }) => identity)).toEqual([ABOUT_CALLER]);
    expect(got.action).toBe(subresource === undefined ? `${verb} pods` : `${verb} pods/${subresource}`);
  });

  test.each([
    ['get', pods({})],
    ['list', pods({ name: undefined })],
    ['update', pods({ subresource: 'status' })],
    ['create', pods({ resource: 'secrets' })],
    ['create', pods({ resource: 'services', subresource: 'proxy' })],
  ])('%s %j is about the caller', (verb, objectRef) => {
    expect(one(request({ verb, objectRef, user: caller })).identity).toEqual(ABOUT_CALLER);
  });

  test('the caller, under the newer and the older prefix', () => {
    const got = one(auditRecord());
    expect(got.sightings[0]).toEqual({
      at: got.start,
      identity: {
        ...NO_IDENTITY,
        namespace: 'payments',
        podName: 'notify-1',
        podUid: 'u-notify',
        node: 'node-1',
      },
      serviceAccount: { namespace: 'payments', name: 'notify' },
    });
    expect(got.credentialId).toBe('JTI=1');
    const older = {
      username: caller.username,
      extra: { 'authentication.k8s.io/pod-name': ['notify-1'], 'authentication.k8s.io/pod-uid': ['u-1'] },
    };
    expect(one(request({ user: older })).identity).toEqual(ABOUT_CALLER);
  });

  test('a pod name without an account has no namespace; a uid alone is enough', () => {
    const user = (extra: JsonObject): JsonObject => ({ username: 'someone', extra });
    const named = one(request({ user: user({ 'authentication.kubernetes.io/pod-name': ['p'] }) }));
    expect(named.identity).toEqual({ ...NO_IDENTITY, podName: 'p' });
    const known = one(request({ user: user({ 'authentication.kubernetes.io/pod-uid': ['u'] }) }));
    expect(known.identity).toEqual({ ...NO_IDENTITY, podUid: 'u' });
  });

  test('impersonation does not change the actor', () => {
    const got = one(
      request({ user: caller, impersonatedUser: { username: 'system:serviceaccount:kube-system:root' } }),
    );
    expect(got.actor).toBe(caller.username);
    expect(got.serviceAccount).toEqual({ namespace: 'payments', name: 'notify' });
  });

  test.each([
    ['/api/v1/namespaces/p/pods/x/exec?command=sh&container=ledger&stdin=true', 'ledger'],
    ['/api/v1/namespaces/p/pods/x/log?container=ledger', 'ledger'],
    ['/api/v1/namespaces/p/pods/x/exec?container=led%67er#top', 'ledger'],
    ['/api/v1/namespaces/p/pods/x/exec?mycontainer=other', null],
    ['/api/v1/namespaces/p/pods/x/exec?container=', null],
    ['/api/v1/namespaces/p/pods/x/exec?container=a%', 'a%'],
    [undefined, null],
  ])('container of %j is %j', (requestURI, containerName) => {
    const got = one(request({ requestURI, verb: 'create', objectRef: pods({ subresource: 'exec' }) }));
    expect(got.identity.containerName).toBe(containerName);
  });

  test('a name that the server made stands in the response', () => {
    const got = one(
      request({
        verb: 'create',
        objectRef: { resource: 'pods', namespace: 'payments' },
        requestObject: { metadata: { generateName: 'job-' }, spec: { serviceAccountName: 'jobs' } },
        responseObject: { metadata: { name: 'job-x2x4q', uid: 'u-9' }, spec: { nodeName: 'node-1' } },
      }),
    );
    expect(got.resource?.name).toBe('job-x2x4q');
    expect(got.identity).toMatchObject({ podName: 'job-x2x4q', podUid: 'u-9', namespace: 'payments' });
    expect(got.sightings).toEqual([
      {
        at: got.start,
        identity: {
          ...NO_IDENTITY,
          namespace: 'payments',
          podName: 'job-x2x4q',
          podUid: 'u-9',
          node: 'node-1',
        },
        serviceAccount: { namespace: 'payments', name: 'jobs' },
      },
    ]);
  });
});

describe('secrets', () => {
  const body = (kind: string): JsonObject => ({
    kind,
    data: { password: 'aHVudGVyMg==' },
    stringData: { password: 'hunter2' },
    metadata: {
      name: 'db',
      namespace: 'payments',
      uid: 'u-s',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}',
      },
    },
  });
  const bodies = (kind: string) => ({ requestObject: body(kind), responseObject: body(kind) });

  test.each([
    ['the resource', { resource: 'secrets' }, 'Secret'],
    ['a list of them', { resource: 'secrets' }, 'SecretList'],
    ['the kind of the body alone', {}, 'Secret'],
    ['a token of an account', { resource: 'serviceaccounts', subresource: 'token' }, 'TokenRequest'],
    ['a token to be checked', { resource: 'tokenreviews' }, 'TokenReview'],
  ])('bodies are emptied: %s', (_, objectRef, kind) => {
    const got = one(request({ verb: 'create', objectRef, ...bodies(kind) }));
    expect(jsonOf(got)).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(got.fields['requestObject']).toEqual({
      kind,
      metadata: { name: 'db', namespace: 'payments', uid: 'u-s' },
    });
  });

  test('a body that is no object is emptied too; the record itself is not changed', () => {
    const record = request({
      objectRef: { resource: 'secrets' },
      requestObject: 'hunter2',
      responseObject: ['hunter2'],
    });
    const before = JSON.stringify(record);
    expect(jsonOf(one(record))).not.toContain('hunter2');
    expect(JSON.stringify(record)).toBe(before);
  });

  test('other bodies stay', () => {
    const got = one(request({ objectRef: { resource: 'configmaps' }, requestObject: { data: { a: 'b' } } }));
    expect(got.fields['requestObject']).toEqual({ data: { a: 'b' } });
  });
});

describe('card numbers', () => {
  test('an auditID that is one becomes a token, so that requests stay apart', () => {
    const ids = ['4111111111111111', '5555555555554444'].map((auditID) => one(request({ auditID })));
    expect(new Set(ids.map(({ nativeId }) => nativeId)).size).toBe(2);
    for (const { nativeId, nativeTuple, stage, fields } of ids) {
      expect(nativeId).toMatch(/^tok_/);
      expect([nativeTuple[0], stage?.auditId, fields['auditID']]).toEqual([nativeId, nativeId, nativeId]);
    }
  });
});
