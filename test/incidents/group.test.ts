import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bridgeKeys, type BridgedEvent } from '../../src/incidents/bridges.ts';
import { groupEvents, type Component, type GroupingLimits } from '../../src/incidents/group.ts';
import { bridged, minute, utc } from './builders.ts';
import { naiveGroups } from './naive-groups.ts';

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const LIMITS: GroupingLimits = { gap: 30 * MINUTE, maxSpan: 24 * HOUR, maxEvents: 5_000, hubDegree: 50 };

const ids = (components: Component[]): string[][] => components.map(({ eventIds }) => eventIds);
const groups = (events: BridgedEvent[], limits = LIMITS): string[][] => ids(groupEvents(events, limits));

const ROBOT = { namespace: 'ops', name: 'robot' };

function secret(name: string | null, resource = 'secrets'): BridgedEvent['resource'] {
  return { apiGroup: null, resource, subresource: null, namespace: 'payments', name };
}

describe('bridges [I1]', () => {
  it.each<[string, Partial<BridgedEvent>]>([
    ['a pod', { pod: 'u:1' }],
    ['a container', { container: 'c1' }],
    ['a service account', { serviceAccount: ROBOT }],
    ['a credential', { credentialId: 'k1' }],
    ['a secret', { resource: secret('db') }],
    ['a role', { resource: secret('admin', 'roles') }],
    [
      'a cluster role',
      { resource: { ...secret('admin', 'clusterroles'), namespace: null } as BridgedEvent['resource'] },
    ],
    ['a role binding', { resource: secret('b', 'rolebindings') }],
    ['a cluster role binding', { resource: secret('b', 'clusterrolebindings') }],
    ['a trace', { traces: ['t1'] }],
    ['a payment', { payments: ['p0', 'p1'] }],
  ])('%s connects two events', (_what, shared) => {
    expect(groups([bridged('a', minute(0), shared), bridged('b', minute(10), shared)])).toEqual([['a', 'b']]);
  });

  it.each<[string, Partial<BridgedEvent>, Partial<BridgedEvent>]>([
    ['nothing', {}, {}],
    [
      'the account default',
      { serviceAccount: { namespace: 'ops', name: 'default' } },
      { serviceAccount: { namespace: 'ops', name: 'default' } },
    ],
    [
      'an account of another namespace',
      { serviceAccount: ROBOT },
      { serviceAccount: { namespace: 'dev', name: 'robot' } },
    ],
    [
      'an account of another cluster',
      { serviceAccount: ROBOT, cluster: 'a' },
      { serviceAccount: ROBOT, cluster: 'b' },
    ],
    ['a secret without a name', { resource: secret(null) }, { resource: secret(null) }],
    ['a config map', { resource: secret('x', 'configmaps') }, { resource: secret('x', 'configmaps') }],
    ['a pod and a container of one name', { pod: 'x' }, { container: 'x' }],
    ['a cluster', { cluster: 'a' }, { cluster: 'a' }],
  ])('%s does not', (_what, a, b) => {
    expect(groups([bridged('a', minute(0), a), bridged('b', minute(10), b)])).toEqual([['a'], ['b']]);
  });

  it('name an entity once', () => {
    const event = bridged('a', minute(0), { pod: 'p', container: 'p', traces: ['p', 'p'], payments: ['p'] });
    expect(bridgeKeys(event)).toHaveLength(4);
  });
});

describe('the pause between events [I1]', () => {
  const pod = { pod: 'u:1' };
  it('is counted from the end of one to the start of the next, 30 minutes included', () => {
    const long = bridged('a', minute(0), { ...pod, end: minute(20) });
    expect(groups([long, bridged('b', minute(50), pod)])).toEqual([['a', 'b']]);
    expect(groups([long, bridged('b', minute(50) + 1, pod)])).toEqual([['a'], ['b']]);
  });

  it('counts from whatever ended last, not from what began last', () => {
    const session = bridged('a', minute(0), { ...pod, end: minute(120) });
    expect(groups([session, bridged('b', minute(5), pod), bridged('c', minute(140), pod)])).toEqual([
      ['a', 'b', 'c'],
    ]);
  });

  it('may be bridged by steps over other entities', () => {
    const events = [
      bridged('exec', minute(0), { pod: 'u:a', serviceAccount: ROBOT }),
      bridged('secret', minute(20), { serviceAccount: ROBOT }),
      bridged('shell', minute(45), { pod: 'u:b', serviceAccount: ROBOT }),
    ];
    expect(groups(events)).toEqual([['exec', 'secret', 'shell']]);
  });
});

describe('hubs [I1]', () => {
  const acts = (count: number, day = '2026-03-10'): BridgedEvent[] =>
    Array.from({ length: count }, (_, i) =>
      bridged(`e${day}${i}`, utc(`${day}T12:00:00Z`) + i, {
        pod: `u:${i}`,
        serviceAccount: ROBOT,
        payments: [`p${i % 2}`],
      }),
    );

  it('are entities of more than 50 pods on a day', () => {
    expect(groups(acts(50))).toHaveLength(1);
    const hub = groups(acts(51));
    // The account connects nothing any more; the two payments still do, and touch 26 and 25 pods.
    expect(hub).toHaveLength(2);
  });

  it('are so for that UTC day only', () => {
    const before = bridged('late', utc('2026-03-09T23:59:00Z'), { serviceAccount: ROBOT });
    const after = bridged('early', utc('2026-03-10T00:01:00Z'), { serviceAccount: ROBOT });
    const next = bridged('next', utc('2026-03-11T08:00:00Z'), { serviceAccount: ROBOT });
    const later = bridged('later', utc('2026-03-11T08:10:00Z'), { serviceAccount: ROBOT });
    const found = groups([before, after, next, later, ...acts(51)]);
    expect(found).toContainEqual(['late']);
    expect(found).toContainEqual(['early']);
    expect(found).toContainEqual(['next', 'later']);
  });

  it('are never pods or containers', () => {
    const event = (i: number): BridgedEvent =>
      bridged(`e${i}`, minute(0) + i, { container: 'c', pod: `u:${i}` });
    expect(groups(Array.from({ length: 60 }, (_, i) => event(i)))).toHaveLength(1);
  });
});

describe('caps [I2]', () => {
  const pod = { pod: 'u:1' };
  const every = (step: number, count: number, from: string): BridgedEvent[] =>
    Array.from({ length: count }, (_, i) =>
      bridged(`e${String(i).padStart(5, '0')}`, utc(from) + i * step * MINUTE, pod),
    );

  it('leave a component of exactly 24 hours whole, over midnight too', () => {
    expect(groups(every(30, 49, '2026-03-10T10:00:00Z'))).toHaveLength(1);
  });

  it('cut a longer one at midnights, each part continuing those before it', () => {
    const parts = groupEvents(every(30, 100, '2026-03-10T10:00:00Z'), LIMITS);
    expect(parts.map(({ eventIds }) => eventIds.length)).toEqual([28, 48, 24]);
    expect(parts.map(({ continues }) => continues)).toEqual([[], ['e00000'], ['e00028', 'e00000']]);
    expect(parts.map(({ start }) => start)).toEqual(
      ['2026-03-10T10:00:00Z', '2026-03-11T00:00:00Z', '2026-03-12T00:00:00Z'].map(utc),
    );
  });

  it('cut only the parts that are still above a cap at hours, and those at minutes', () => {
    const limits = { ...LIMITS, maxEvents: 10 };
    const busy = Array.from({ length: 12 }, (_, i) =>
      bridged(`m${i}`, utc('2026-03-10T23:10:00Z') + i * 20_000_000, pod),
    );
    const events = [
      ...every(30, 3, '2026-03-10T22:00:00Z'),
      ...busy,
      bridged('z', utc('2026-03-11T00:05:00Z'), pod),
    ];
    expect(groups(events, limits)).toEqual([
      ['e00000', 'e00001'],
      ['e00002'],
      ['m0', 'm1', 'm2'],
      ['m3', 'm4', 'm5'],
      ['m6', 'm7', 'm8'],
      ['m9', 'm10', 'm11'],
      ['z'],
    ]);
  });

  it('cannot cut one minute, or one long event', () => {
    const events = Array.from({ length: 7 }, (_, i) => bridged(`e${i}`, minute(0) + i, pod));
    expect(groups(events, { ...LIMITS, maxEvents: 5 })).toHaveLength(1);
    const long = bridged('a', minute(0), { ...pod, end: minute(60 * 48) });
    expect(groups([long, bridged('b', minute(30), pod)])).toHaveLength(1);
  });

  it('cut 5,001 events, not 5,000', () => {
    const burst = (count: number): BridgedEvent[] =>
      Array.from({ length: count }, (_, i) => bridged(`e${i}`, utc('2026-03-10T23:59:59Z') + i * 1_000, pod));
    expect(groups(burst(5_000))).toHaveLength(1);
    expect(groups(burst(5_001)).map((part) => part.length)).toEqual([1_000, 4_001]);
  });
});

describe('grouping', () => {
  const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 2 });
  const name = (prefix: string, count: number): fc.Arbitrary<string> =>
    fc.integer({ min: 0, max: count - 1 }).map((i) => `${prefix}${i}`);
  const event = fc.record({
    start: fc.integer({ min: -360, max: 1_080 }),
    length: fc.constantFrom(0, 0, 0, 5, 90),
    pod: maybe(name('u:', 6)),
    container: maybe(name('c', 9)),
    cluster: maybe(name('k', 2)),
    account: maybe(fc.constantFrom('default', 'robot', 'ledger')),
    credential: fc.option(name('key', 3), { freq: 2 }),
    resource: fc.option(fc.constantFrom('secrets', 'configmaps', 'roles'), { freq: 2 }),
    payments: fc.uniqueArray(name('p', 12), { maxLength: 2 }),
  });
  const many = fc.array(event, { maxLength: 40 }).map((rows) =>
    rows.map(({ start, length, account, credential, resource, ...rest }, i) =>
      bridged(`e${String(i).padStart(2, '0')}`, minute(start), {
        ...rest,
        end: minute(start + length),
        serviceAccount: account === null ? null : { namespace: 'ns', name: account },
        credentialId: credential,
        resource: resource === null ? null : secret('x', resource),
      }),
    ),
  );
  const UNCAPPED = { ...LIMITS, gap: 10 * MINUTE, maxSpan: 1_000 * HOUR, hubDegree: 2 };

  it('finds what looking at every pair finds [I1]', () => {
    fc.assert(
      fc.property(many, (events) => {
        const sorted = groups(events, UNCAPPED).map((group) => group.toSorted());
        expect(sorted.toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))).toEqual(
          naiveGroups(events, UNCAPPED.gap, UNCAPPED.hubDegree),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of arrival, and keeps every event once [I1] [I2]', () => {
    const capped = { ...UNCAPPED, hubDegree: 50, gap: 60 * MINUTE, maxSpan: 6 * HOUR, maxEvents: 8 };
    fc.assert(
      fc.property(many, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (events, chances) => {
        const dice = new Map(events.map(({ id }) => [id, chances.next().value as number]));
        const shuffled = events.toSorted((a, b) => (dice.get(a.id) ?? 0) - (dice.get(b.id) ?? 0));
        const found = groupEvents(events, capped);
        expect(groupEvents(shuffled, capped)).toEqual(found);
        expect(found.flatMap(({ eventIds }) => eventIds).toSorted()).toEqual(
          events.map(({ id }) => id).toSorted(),
        );
      }),
      { numRuns: 300 },
    );
  });
});
