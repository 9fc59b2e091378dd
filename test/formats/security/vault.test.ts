import { describe, expect, test } from 'vitest';
import { decodeVault } from '../../../src/formats/security/vault.ts';
import { requestIdOf } from '../../../src/join/audit-stages.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { vaultRecord } from '../sensor-records.ts';

const decode = (value: unknown) => decodeVault(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const record = (over: JsonObject = {}, request: JsonObject = {}): JsonObject => {
  const whole = vaultRecord();
  return { ...whole, request: { ...(whole['request'] as JsonObject), ...request }, ...over };
};
const ACCESSOR = `hmac-sha256:${'ab'.repeat(32)}`;

test('a response says who asked for what', () => {
  expect(one(vaultRecord())).toMatchObject({
    kind: 'event',
    dataset: 'vault.audit',
    action: 'read kv',
    outcome: 'success',
    severity: null,
    start: micros('2026-03-10T14:00:02.118999Z'),
    nativeId: '7f0b2a7e-5d0b-4a08-9c1a-000000000001',
    identity: NO_IDENTITY,
    serviceAccount: { namespace: 'payments', name: 'ledger' },
    credentialId: ACCESSOR,
    actor: 'kubernetes-payments-ledger',
    detail: 'secret/data/pay',
    message: null,
  });
});

describe('the two lines of a request are one fact [F9]', () => {
  test('as stages: the response replaces the request', () => {
    const [response, request] = [one(record()), one(record({ type: 'request', response: undefined }))];
    expect([request.stage?.rank, response.stage?.rank]).toEqual([0, 2]);
    expect([request.stage, response.stage].map((stage) => stage?.session)).toEqual([false, false]);
    if (request.stage === null || response.stage === null) throw new Error('no stage');
    expect(requestIdOf(request, request.stage)).toBe(requestIdOf(response, response.stage));
    expect(request.nativeTuple).toEqual(response.nativeTuple);
    expect([request.outcome, response.outcome]).toEqual(['unknown', 'success']);
  });

  test('a request that only repeats an id is another', () => {
    const [a, b] = [one(record()), one(record({}, { path: 'secret/data/other' }))];
    if (a.stage === null || b.stage === null) throw new Error('no stage');
    expect(requestIdOf(a, a.stage)).not.toBe(requestIdOf(b, b.stage));
  });

  test('a login is its response, which alone knows who it was', () => {
    const path = { path: 'auth/kubernetes/login' };
    expect(decode(record({ type: 'request', auth: {} }, path))).toEqual({
      items: [],
      ignored: { login_request: 1 },
      refused: [],
    });
    const given = { accessor: `hmac-sha256:${'ef'.repeat(32)}`, display_name: 'kubernetes-pay' };
    const login = one(
      record({ auth: {}, response: { auth: { ...given, client_token: 'hvs.hunter2' } } }, path),
    );
    expect(login).toMatchObject({ stage: null, actor: 'kubernetes-pay', credentialId: given.accessor });
    expect(jsonOf(login)).not.toContain('hunter2');
  });
});

test('what is no HMAC among values and tokens is not kept', () => {
  const text = jsonOf(decode(vaultRecord()));
  expect(text).not.toContain('hunter2');
  expect(text).toContain(ACCESSOR);
  expect(text).toContain('"version":3');
});

test('errors and namespaces', () => {
  const denied = record({ error: 'permission denied' }, { namespace: { id: 'n1', path: 'bank/' } });
  expect(one(denied)).toMatchObject({
    outcome: 'failure',
    message: 'permission denied',
    detail: 'bank/secret/data/pay',
  });
});

test('a request that policies did not allow failed, whether or not its answer is seen [F27]', () => {
  const auth = { accessor: ACCESSOR, policy_results: { allowed: false } };
  expect(one(record({ type: 'request', error: undefined, auth })).outcome).toBe('failure');
  const allowed = { accessor: ACCESSOR, policy_results: { allowed: true } };
  expect(one(record({ type: 'request', error: undefined, auth: allowed })).outcome).toBe('unknown');
});

test('refused: no operation, no time', () => {
  const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);
  expect(reasons(record({}, { operation: '' }))).toEqual(['wrong_shape']);
  expect(reasons(record({ type: 'both' }))).toEqual(['wrong_shape']);
  expect(reasons(record({ time: null }))).toEqual(['missing_time']);
});
