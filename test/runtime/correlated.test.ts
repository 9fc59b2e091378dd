// Goal: correlation rules in the batch lane: which events they make, of which records, and which they take the place of.
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../src/rules/compile.ts';
import { settingsOf } from '../oracle/scenario.ts';
import { engineOptions, runEngine } from '../guarantees/engine.ts';
import { falcoRecord } from '../formats/sample-records.ts';

const SETTINGS = settingsOf({
  spanProvenance: 'platform',
  maxPaymentsPerTrace: 1000,
  maxPodsPerEvent: 200,
  nodeInterval: false,
});
const NONE = { audit: [], alerts: [], events: [], spans: [], payments: [] };

const READ = `title: Secret read
name: read
level: low
tags: [attack.t1552]
logsource: {product: kubernetes, service: audit}
detection: {s: {objectRef.resource: secrets}, condition: s}
`;

const many = (more = ''): string => `title: Many secrets
name: many
level: high
${more}correlation:
  type: value_count
  rules: [read]
  group-by: [user.username]
  timespan: 10m
  condition: {field: objectRef.name, gte: 3}
`;

function read(user: string, secret: string, minute: number, second = 0): object {
  const time = `2026-03-10T14:${String(minute).padStart(2, '0')}:${String(second).padStart(2, '0')}.000000Z`;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `${user}-${secret}-${minute}-${second}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/pay/secrets/${secret}`,
    verb: 'get',
    user: { username: user },
    objectRef: { resource: 'secrets', namespace: 'pay', name: secret, apiVersion: 'v1' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: time,
    stageTimestamp: time,
  };
}

async function eventsOf(rules: string[], audit: object[], alerts: object[] = []) {
  const options = {
    ...engineOptions({ ...NONE, cluster: null }, SETTINGS),
    rules: loadRules([{ file: 'r.yml', text: rules.join('---\n') }]),
  };
  const result = await runEngine({ ...NONE, audit: [audit], alerts: [alerts] }, options);
  return {
    events: result.events.map(({ rule, event, user }) => ({
      rule: rule.id,
      severity: event.severity,
      start: event.start.slice(11, 16),
      count: event.count,
      user: user?.name ?? null,
    })),
    uncorrelated: result.uncorrelated,
    ids: result.events.map(({ event }) => event.id),
  };
}

const ALICE = [
  read('alice', 's1', 0),
  read('alice', 's2', 0, 30),
  read('alice', 's3', 4),
  read('bob', 's1', 1),
];
const FOUND = [
  { rule: 'sigma:many', severity: 75, start: '14:00', count: 2, user: 'alice' },
  { rule: 'sigma:many', severity: 75, start: '14:04', count: 1, user: 'alice' },
];

describe('a correlation rule in `correlate`', () => {
  test('makes an event for each entity and minute of its members, and its rules make none [G7]', async () => {
    expect((await eventsOf([READ, many()], ALICE)).events).toEqual(FOUND);
    expect((await eventsOf([READ], ALICE)).events).toHaveLength(4);
  });

  test('lets them make theirs where it says generate [G7]', async () => {
    const { events } = await eventsOf([READ, many('generate: true\n')], ALICE);
    expect(events.filter(({ rule }) => rule === 'sigma:many')).toEqual(FOUND);
    expect(events.filter(({ rule }) => rule === 'sigma:read')).toHaveLength(4);
  });

  test('finds the same, under the same ids, in any order, and however often a record comes [G5]', async () => {
    const forth = await eventsOf([READ, many()], ALICE);
    const back = await eventsOf([READ, many()], [...ALICE, ...ALICE].toReversed());
    expect(back).toEqual(forth);
  });

  test('finds nothing where the condition is not met, and says which matches had no group', async () => {
    const [first] = ALICE;
    const nobody = { ...first, auditID: 'n', user: {} };
    const { events, uncorrelated } = await eventsOf([READ, many()], [...ALICE.slice(0, 2), nobody]);
    expect(events).toEqual([]);
    expect(uncorrelated).toEqual({ no_group: 1 });
  });

  test("leaves a sensor's own alerts alone", async () => {
    const { events } = await eventsOf([READ, many()], [], [falcoRecord()]);
    expect(events).toHaveLength(1);
  });

  test('looks at the last stage of a request only', async () => {
    const early = { ...ALICE[2], stage: 'ResponseStarted' };
    const { events } = await eventsOf([READ, many()], [...ALICE, early]);
    expect(events).toEqual(FOUND);
  });
});
