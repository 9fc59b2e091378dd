import { describe, expect, test } from 'vitest';
import { fnv1a128 } from '../../../src/formats/security/falcosidekick-trace-id.ts';
import { decodeNativeEvent, isNativeEvent } from '../../../src/formats/security/native-event.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { nativeRecord } from '../sample-records.ts';

const decode = (value: unknown) => decodeNativeEvent(value, PLACE, CONTEXT);
const one = (over: JsonObject = {}): Observation => only(decode({ ...nativeRecord(), ...over }).items);
const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);

test('a full event', () => {
  const got = one();
  expect(isNativeEvent(nativeRecord())).toBe(true);
  expect(got).toMatchObject({
    source: 'events',
    dataset: 'counterfoil.event',
    kind: 'alert',
    start: micros('2026-03-10T14:00:02.118999Z'),
    end: micros('2026-03-10T14:00:02.118999Z'),
    timeText: '2026-03-10T14:00:02.118999Z',
    nativeId: 'n-1',
    nativeTuple: ['n-1'],
    action: 'Shell',
    rule: { id: 'events:Shell', name: 'Shell' },
    severity: 70,
    outcome: 'unknown',
    techniques: ['T1059'],
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    serviceAccount: { namespace: 'payments', name: 'ledger' },
    message: 'A shell',
  });
  expect(got.identity).toEqual({
    cluster: 'prod-eu',
    namespace: 'payments',
    podName: 'ledger-1',
    podUid: 'u-ledger',
    containerId: '5892b41bcf46',
    containerName: 'ledger',
    node: 'node-2',
  });
  expect(got.fields).toEqual(nativeRecord());
});

test('the least that there may be', () => {
  const got = only(decode({ rule: 'r', time: '2026-03-10T15:00:02+01:00' }).items);
  expect(got).toMatchObject({
    severity: 50,
    nativeId: null,
    serviceAccount: null,
    techniques: [],
    message: null,
  });
  expect(got.start).toBe(micros('2026-03-10T14:00:02.000000Z'));
  expect(got.identity).toEqual(NO_IDENTITY);
});

test.each([
  [-5, 0],
  [0, 0],
  [69.5, 70],
  [100, 100],
  [1000, 100],
  ['70', 50],
  [null, 50],
  [Infinity, 50],
])('severity %j is %i', (severity, expected) => {
  expect(one({ severity }).severity).toBe(expected);
});

test.each([
  ['ledger', { namespace: 'payments', name: 'ledger' }],
  ['other/ledger', { namespace: 'other', name: 'ledger' }],
  ['system:serviceaccount:other:ledger', { namespace: 'other', name: 'ledger' }],
  ['system:serviceaccounts:other', null],
  ['a/b/c', null],
  ['/b', null],
  ['', null],
])('service_account %j is %j', (service_account, expected) => {
  expect(one({ service_account }).serviceAccount).toEqual(expected);
});

test('techniques in any spelling, each once, nothing else', () => {
  const techniques = ['t1611', 'attack.t1059.004', 'T1611', 'attack.execution', 7, 'T16'];
  expect(one({ techniques }).techniques).toEqual(['T1059.004', 'T1611']);
  expect(one({ techniques: 'T1611' }).techniques).toEqual([]);
});

describe('what is the same event', () => {
  test('without an id: the record, whatever the order of its fields', () => {
    const { id, ...record } = nativeRecord();
    expect(id).toBe('n-1');
    const [first, second] = [record, Object.fromEntries(Object.entries(record).toReversed())].map((value) =>
      only(decode(value).items),
    );
    expect(first?.nativeId).toBeNull();
    expect(first?.nativeTuple).toEqual(second?.nativeTuple);
    expect(only(decode({ ...record, own: 'other' }).items).nativeTuple).not.toEqual(first?.nativeTuple);
  });

  test('a whole number is an id, one that has lost digits is none', () => {
    expect(one({ id: 42 })).toMatchObject({ nativeId: '42', nativeTuple: ['42'] });
    expect(one({ id: 2 ** 60 }).nativeId).toBeNull();
    expect(one({ id: 4111111111111111 }).nativeId).toBe(one({ id: '4111 1111 1111 1111' }).nativeId);
  });

  test('an id that is a card number becomes a token, so that events stay apart', () => {
    const ids = ['4111111111111111', '5555555555554444', 'x 4111111111111111'].map(
      (id) => one({ id }).nativeId,
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^tok_/);
  });

  test('a record with a number beyond what JSON can hold has one, too', () => {
    const record = JSON.parse('{"rule":"r","time":"2026-03-10T14:00:02Z","n":1e999}') as unknown;
    expect(only(decode(record).items).nativeTuple).toHaveLength(1);
  });
});

test('a trace id that a forwarder made up is none', () => {
  expect(one({ trace_id: fnv1a128('payments:ledger-1') }).traceId).toBeNull();
});

test('refused', () => {
  const time = '2026-03-10T14:00:02Z';
  expect(reasons({ time })).toEqual(['wrong_shape']);
  expect(reasons({ rule: 7, time })).toEqual(['wrong_shape']);
  expect(reasons({ rule: 'r' })).toEqual(['missing_time']);
  expect(reasons({ rule: 'r', time: '2026-03-10T14:00:02' })).toEqual(['bad_time']);
  expect(reasons({ rule: 'r', time: 1773151202 })).toEqual(['bad_time']);
  expect(reasons([nativeRecord()])).toEqual(['wrong_shape']);
  expect(reasons(null)).toEqual(['wrong_shape']);
});

test('an id that lost its digits as a number is none: other events would pass for repeats', () => {
  const id = JSON.parse('4000000000000000006') as number;
  const got = one({ id });
  expect(got.nativeId).toBeNull();
  expect(got.nativeTuple).toEqual([expect.stringContaining('"rule":"Shell"')]);
});
