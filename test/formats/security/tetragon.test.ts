import { describe, expect, test } from 'vitest';
import { decodeTetragon, isTetragon } from '../../../src/formats/security/tetragon.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { tetragonRecord } from '../sensor-records.ts';

const decode = (value: unknown) => decodeTetragon(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const kprobe = (event: JsonObject = {}, process: JsonObject = {}, type = 'process_kprobe'): JsonObject => {
  const { process_kprobe: whole, ...rest } = tetragonRecord();
  const own = whole as JsonObject;
  return {
    ...rest,
    [type]: { ...own, ...event, process: { ...(own['process'] as JsonObject), ...process } },
  };
};

test('an event of a policy is an alert of its rule [F7]', () => {
  expect(one(tetragonRecord())).toMatchObject({
    kind: 'alert',
    dataset: 'tetragon.process_kprobe',
    action: 'file-monitoring',
    rule: { id: 'tetragon:file-monitoring', name: 'file-monitoring' },
    severity: 50,
    outcome: 'unknown',
    techniques: ['T1098'],
    actor: 'uid:0',
    start: micros('2026-03-10T14:00:02.118999Z'),
    detail: '/usr/bin/vi /etc/passwd -> /etc/passwd',
    message: 'A file of accounts was written',
    nativeId: 'bWluaWt1YmU6MTox',
    identity: {
      cluster: 'prod-eu',
      namespace: 'payments',
      podName: 'ledger-1',
      podUid: 'u-ledger',
      containerId: '5892b41bcf46'.padEnd(64, 'a'),
      containerName: 'ledger',
      node: 'node-2',
    },
  });
});

test.each<[JsonObject[], string]>([
  [[{ int_arg: 1 }, { string_arg: 'x' }], 'vi -> x'],
  [[{ sock_arg: { daddr: '10.0.0.2', dport: 5432 } }], 'vi -> 10.0.0.2:5432'],
  [[{ path_arg: { path: '/tmp/a' } }], 'vi -> /tmp/a'],
  [[{ sockaddr_arg: { family: 'AF_INET', addr: '10.0.0.3', port: 443 } }], 'vi -> 10.0.0.3:443'],
  [[{ sockaddrun_arg: { family: 'AF_UNIX', path: '/run/docker.sock' } }], 'vi -> /run/docker.sock'],
  [[{ module_arg: { name: 'rootkit', tainted: [] } }], 'vi -> rootkit'],
  [[], 'vi'],
])('of arguments %j the detail is %j', (args, detail) => {
  expect(one(kprobe({ args }, { binary: 'vi', arguments: '' })).detail).toBe(detail);
});

test.each(['process_tracepoint', 'process_uprobe', 'process_usdt', 'process_lsm'])('so is %s', (type) => {
  expect(one(kprobe({}, {}, type))).toMatchObject({ kind: 'alert', action: 'file-monitoring' });
});

test('what a policy stopped is graver, and failed', () => {
  for (const action of ['SIGKILL', 'OVERRIDE', 'NOTIFYENFORCER'])
    expect(one(kprobe({ action: `KPROBE_ACTION_${action}` }))).toMatchObject({
      severity: 73,
      outcome: 'failure',
    });
});

test.each(['process_exec', 'process_exit', 'process_loader', 'process_connect'])(
  '%s is no alert, even if it names a policy; nor is a probe without one',
  (type) => {
    expect(one(kprobe({}, {}, type))).toMatchObject({
      kind: 'event',
      rule: null,
      severity: null,
      action: type,
    });
    expect(one(kprobe({ policy_name: '' }))).toMatchObject({ kind: 'event', action: 'process_kprobe' });
  },
);

test.each<[JsonObject, string | null]>([
  [{ auid: 4294967295, uid: 1000 }, 'uid:1000'],
  [{ auid: '4294967295', uid: '1000' }, 'uid:1000'],
  [{ auid: 1001, uid: 0 }, 'auid:1001'],
  [{ user: { name: 'ada' }, auid: 1001 }, 'ada'],
  [{ auid: undefined, uid: undefined }, null],
])('of %j the actor is %j', (process, actor) => {
  expect(one(kprobe({}, process)).actor).toBe(actor);
});

test('a container is known by the digits of `docker` where the pod is missing', () => {
  const got = one(kprobe({}, { pod: undefined }));
  expect(got.identity).toMatchObject({ podName: null, containerId: '5892b41bcf46'.padEnd(31, 'a') });
});

describe('what is not kept', () => {
  test('content and environment', () => {
    const text = jsonOf(decode(tetragonRecord()));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('aHVudGVyMg');
    expect(text).toContain('/etc/passwd');
  });
});

test('health is counted, filtered events are known, others refused', () => {
  const throttled = { process_throttle: { type: 'THROTTLE_START' }, time: '2026-03-10T14:00:02Z' };
  expect(decode(throttled)).toEqual({ items: [], ignored: { sensor_health: 1 }, refused: [] });
  expect(isTetragon({ process_exec: {} })).toBe(true);
  expect(isTetragon({ process_exec: 'x' })).toBe(false);
  expect(decode({ process_exec: {} }).refused.map(({ reason }) => reason)).toEqual(['missing_time']);
  expect(decode({ process_exec: {}, time: 'now' }).refused.map(({ reason }) => reason)).toEqual(['bad_time']);
  expect(decode({ a: 1 }).refused.map(({ reason }) => reason)).toEqual(['wrong_shape']);
});
