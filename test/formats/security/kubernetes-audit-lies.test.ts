// Goal: what a client writes into a request teaches nothing about pods that the server did not accept or answer, and
// one request cannot pass for another.
import { describe, expect, test } from 'vitest';
import { decodeFalco } from '../../../src/formats/security/falco.ts';
import { decodeKubernetesAudit } from '../../../src/formats/security/kubernetes-audit.ts';
import { Fold } from '../../../src/join/fold.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, fixture, only, PLACE, type JsonObject } from '../format-context.ts';
import { falcoRecord } from '../sample-records.ts';

const one = (value: unknown): Observation => only(decodeKubernetesAudit(value, PLACE, CONTEXT).items);

const CREATE = '/api/v1/namespaces/payments/pods';
const lie = {
  metadata: { name: 'ledger-1', namespace: 'payments', uid: 'u-forged' },
  spec: { serviceAccountName: 'admin' },
};
const truth = { metadata: { ...lie.metadata, uid: 'u-real' }, spec: lie.spec };
const request = (over: JsonObject): JsonObject => ({
  auditID: 'a-1',
  stage: 'ResponseComplete',
  verb: 'create',
  user: { username: 'eve' },
  objectRef: { resource: 'pods', namespace: 'payments', name: 'ledger-1', uid: 'u-forged' },
  requestURI: CREATE,
  requestReceivedTimestamp: '2026-03-10T14:00:02.118999Z',
  responseStatus: { code: 201 },
  requestObject: lie,
  ...over,
});

describe('what a body teaches', () => {
  test.each([
    ['a conflict with the pod that has the name', { responseStatus: { code: 409 } }],
    ['a refusal', { responseStatus: { code: 403 } }],
    ['a panic of the server', { stage: 'Panic', responseStatus: { code: 500 } }],
    ['a dry run', { requestURI: `${CREATE}?dryRun=All`, responseObject: truth }],
    [
      'a dry run among other things',
      { requestURI: `${CREATE}?fieldManager=x&dryRun=All`, responseObject: truth },
    ],
  ])('nothing: %s', (_, over) => {
    expect(one(request(over)).sightings).toEqual([]);
  });

  test('the account and the name of an accepted request, and the uid of the answer only', () => {
    const [asked] = one(request({})).sightings;
    expect(asked?.identity).toMatchObject({ podName: 'ledger-1', podUid: null });
    expect(asked?.serviceAccount).toEqual({ namespace: 'payments', name: 'admin' });
    const [answered] = one(request({ responseObject: truth })).sightings;
    expect(answered?.identity.podUid).toBe('u-real');
  });
});

describe('the uid of objectRef, a copy of what the client sent', () => {
  test('the API server really copies it: this sample names one uid and answers with another', () => {
    const sample = JSON.parse(fixture('k8s-audit-falco/create_configmap.json')) as Record<string, JsonObject>;
    const uids = [
      sample['objectRef'],
      sample['requestObject']?.['metadata'],
      sample['responseObject']?.['metadata'],
    ];
    const [stated, sent, given] = uids.map((holder) => (holder as JsonObject)['uid']);
    expect(stated).toBe(sent);
    expect(stated).not.toBe(given);
  });

  test('is not believed in a create, nor in what was refused', () => {
    expect(one(request({})).identity.podUid).toBeNull();
    expect(one(request({ responseObject: truth })).identity.podUid).toBe('u-real');
    expect(one(request({ verb: 'update', responseStatus: { code: 409 } })).identity.podUid).toBeNull();
  });

  test('is believed once an update was accepted, and where no body could carry it', () => {
    const objectRef = { resource: 'pods', namespace: 'payments', name: 'ledger-1', uid: 'u-real' };
    expect(one(request({ verb: 'update', objectRef, requestObject: truth })).identity.podUid).toBe('u-real');
    const exec = { objectRef: { ...objectRef, subresource: 'exec' }, requestObject: undefined };
    expect(one(request({ ...exec, responseStatus: { code: 101 } })).identity.podUid).toBe('u-real');
  });
});

test('two requests under one auditID, which a client may choose, are two events even without folding', () => {
  const exec = (name: string): Observation =>
    one(
      request({
        objectRef: { resource: 'pods', subresource: 'exec', namespace: 'payments', name },
        requestURI: `${CREATE}/${name}/exec?command=sh`,
        requestObject: undefined,
      }),
    );
  const fold = new Fold('default', false);
  const rule = { id: 'exec', name: 'exec' };
  for (const name of ['harmless', 'ledger-1']) {
    fold.add({ observation: exec(name), rule, severity: 70, techniques: [] }, false);
  }
  expect(
    fold
      .events()
      .map(({ identity }) => identity.podName)
      .toSorted((a, b) => String(a).localeCompare(String(b))),
  ).toEqual(['harmless', 'ledger-1']);
});

test.each(['payments/notify', 'notify', 'system:serviceaccounts:payments'])(
  'a person or certificate named %s is no service account: the API server names those in full',
  (username) => {
    expect(one(request({ user: { username } })).serviceAccount).toBeNull();
    const fields = { 'ka.user.name': username, 'ka.target.resource': 'secrets' };
    const alert = { ...falcoRecord(), source: 'k8s_audit', output_fields: fields };
    expect(only(decodeFalco(alert, PLACE, CONTEXT).items).serviceAccount).toBeNull();
  },
);

test('a request cannot hide behind padding: what the API server takes is read', () => {
  const env = Array.from({ length: 20_000 }, (_, i) => ({ name: `A${i}`, value: '' }));
  const annotations = { pad: 'x'.repeat(1_500_000) };
  const requestObject = {
    metadata: { ...lie.metadata, annotations },
    spec: { containers: [{ name: 'c', env }] },
  };
  expect(JSON.stringify(requestObject).length).toBeLessThan(3 * 2 ** 20);
  expect(one(request({ requestObject })).action).toBe('create pods');
});
