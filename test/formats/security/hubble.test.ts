import { describe, expect, test } from 'vitest';
import { decodeHubble, isHubble } from '../../../src/formats/security/hubble.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { hubbleRecord } from '../sensor-records.ts';

const decode = (value: unknown) => decodeHubble(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const flow = (over: JsonObject = {}): JsonObject => {
  const record = hubbleRecord();
  return { ...record, flow: { ...(record['flow'] as JsonObject), ...over } };
};
const NOTIFY = { ...NO_IDENTITY, cluster: 'prod-eu', namespace: 'payments', podName: 'notify-1' };
const LEDGER = { ...NOTIFY, podName: 'ledger-1' };

describe('which end a flow is about [F8]', () => {
  test('the source of one that leaves; the other end is told to the inventory', () => {
    expect(one(hubbleRecord())).toMatchObject({
      kind: 'event',
      rule: null,
      severity: null,
      action: 'dropped egress',
      outcome: 'failure',
      identity: { ...NOTIFY, node: 'node-1' },
      sightings: [{ at: micros('2026-03-10T14:00:02.118999Z'), identity: LEDGER, serviceAccount: null }],
      detail: 'TCP payments/notify-1 -> payments/ledger-1:5432 POLICY_DENIED',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      nativeId: '0f6b3b3c-6f2e-4f0e-9b0a-0d1a2b3c4d5e',
    });
  });

  test('the destination of one that arrives, on whose node Cilium saw it', () => {
    const got = one(flow({ traffic_direction: 'INGRESS' }));
    expect(got.identity).toEqual({ ...LEDGER, node: 'node-1' });
    expect(got.sightings.map(({ identity }) => identity)).toEqual([NOTIFY]);
  });

  test('without a direction the source, unless only the destination is a pod', () => {
    const unknown = { traffic_direction: undefined };
    expect(one(flow(unknown)).identity.podName).toBe('notify-1');
    expect(one(flow({ ...unknown, source: {} })).identity.podName).toBe('ledger-1');
    expect(one(flow(unknown)).action).toBe('dropped');
  });

  test('an end that is the host or the world is nobody, and no sighting', () => {
    const world = { labels: ['reserved:world'] };
    const got = one(flow({ traffic_direction: 'INGRESS', source: world }));
    expect(got.sightings).toEqual([]);
    expect(got.detail).toBe('TCP reserved:world -> payments/ledger-1:5432 POLICY_DENIED');
    expect(one(flow({ source: world })).identity).toEqual({
      ...NO_IDENTITY,
      cluster: 'prod-eu',
      node: 'node-1',
    });
  });
});

test.each([
  ['FORWARDED', 'success'],
  ['REDIRECTED', 'success'],
  ['TRANSLATED', 'success'],
  ['AUDIT', 'success'],
  ['DROPPED', 'failure'],
  ['ERROR', 'failure'],
  ['TRACED', 'unknown'],
  ['constructor', 'unknown'],
])('verdict %s is %s', (verdict, outcome) => {
  expect(one(flow({ verdict })).outcome).toBe(outcome);
});

test.each<[JsonObject, string]>([
  [{ type: 'REQUEST', dns: { query: 'evil.example.', qtypes: ['TXT'] } }, 'DNS evil.example.'],
  [
    { type: 'REQUEST', http: { method: 'POST', url: 'http://ledger/v1/transfers?token=x', code: 0 } },
    'POST http://ledger/v1/transfers',
  ],
  [{ type: 'REQUEST', kafka: { api_key: 'produce', topic: 'orders' } }, 'Kafka orders'],
])('what was asked for, %j, is in the detail', (l7, asked) => {
  const { detail } = one(flow({ l7 }));
  expect(detail).toBe(`TCP payments/notify-1 -> payments/ledger-1:5432 ${asked} POLICY_DENIED`);
});

test('a packet that is sent again is the same, whatever its port', () => {
  const again = flow({ l4: { TCP: { source_port: 41111, destination_port: 5432 } } });
  expect(one(again).detail).toBe(one(hubbleRecord()).detail);
  const reply = flow({ is_reply: true, l4: { TCP: { source_port: 443, destination_port: 40000 } } });
  expect(one(reply).detail).toBe('TCP payments/notify-1:443 -> payments/ledger-1 POLICY_DENIED');
});

test('a cluster that nobody named has no name', () => {
  const ends = { source: { pod_name: 'a', namespace: 'b', cluster_name: 'default' } };
  expect(one({ ...flow(ends), node_name: 'default/node-1' }).identity).toMatchObject({
    cluster: null,
    node: 'node-1',
  });
  expect(one({ ...hubbleRecord(), node_name: 'node-1' }).identity.node).toBe('node-1');
});

test('a bare flow is the same', () => {
  const { flow: bare } = hubbleRecord();
  expect(isHubble(bare)).toBe(true);
  const { identity, ...got } = one(bare);
  expect(got).toMatchObject({ action: 'dropped egress', nativeId: one(hubbleRecord()).nativeId });
  expect(identity).toEqual(NOTIFY);
});

test.each(['agent_event', 'debug_event', 'lost_events', 'node_status'])('%s is counted', (kind) => {
  const record = { [kind]: { a: 1 }, node_name: 'n', time: '2026-03-10T14:00:02Z' };
  expect(isHubble(record)).toBe(true);
  expect(decode(record)).toEqual({ items: [], ignored: { [kind]: 1 }, refused: [] });
});

test('values of headers are not kept', () => {
  expect(jsonOf(decode(hubbleRecord()))).not.toContain('hunter2');
});

test('refused: no flow, no time', () => {
  const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);
  expect(reasons({ a: 1 })).toEqual(['wrong_shape']);
  expect(reasons({ flow: { verdict: 'DROPPED' } })).toEqual(['missing_time']);
});
