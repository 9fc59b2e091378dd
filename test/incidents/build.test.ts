import { describe, expect, it } from 'vitest';
import { buildIncidents, type IncidentMoney, type IncidentSource } from '../../src/incidents/build.ts';
import { entitiesOf } from '../../src/incidents/entities.ts';
import type { Component } from '../../src/incidents/group.ts';
import { incidentTitle } from '../../src/incidents/title.ts';
import { NO_IDENTITY } from '../../src/model/identity.ts';
import { incidentId } from '../../src/model/ids.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { Link } from '../../src/model/link.ts';
import { link, minute, securityEvent } from './builders.ts';

const MONEY: IncidentMoney = { exposures: [], clock: [], bindingRatio: 2 / 3 };

const EVENTS = [
  securityEvent({ id: 'ev_a', severity: 40, techniques: ['T1611', 'T1059'] }),
  securityEvent({ id: 'ev_b', severity: 90, techniques: ['T1059'], start: minute(5) }),
  securityEvent({ id: 'ev_c', start: minute(9) }),
];

function component(eventIds: string[], continues: string[] = []): Component {
  return { eventIds, start: minute(0), end: minute(9), continues };
}

function incidents(components: Component[], links: Link[], over: Partial<IncidentSource> = {}): Incident[] {
  return buildIncidents(components, {
    tenant: 'default',
    minP: 0.1,
    eventOf: (id) => EVENTS.find((event) => event.id === id),
    linksOf: (id) => links.filter(({ eventId }) => eventId === id),
    moneyOf: () => MONEY,
    ...over,
  });
}

describe('an incident', () => {
  it('needs a link of at least min_p [I3]', () => {
    expect(incidents([component(['ev_a'])], [])).toEqual([]);
    expect(incidents([component(['ev_a'])], [link('ev_a', 'p', 0.099999)])).toEqual([]);
    expect(incidents([component(['ev_a'])], [link('ev_a', 'p', 0.1)])).toHaveLength(1);
  });

  it('says what counts, and what is too weak to', () => {
    const links = [
      link('ev_a', 'p2', 0.9),
      link('ev_a', 'p1', 0.3),
      link('ev_b', 'p2', 0.05),
      link('ev_b', 'p3', 0.05),
      link('ev_c', 'p4', 0.9),
    ];
    const seen: unknown[] = [];
    const [incident, ...others] = incidents([component(['ev_a', 'ev_b'])], links, {
      moneyOf: (events, linked, weak) => {
        seen.push([events.map(({ id }) => id), [...linked].toSorted(), [...weak]]);
        return MONEY;
      },
    });
    expect(others).toEqual([]);
    expect(seen).toEqual([[['ev_a', 'ev_b'], ['p1', 'p2'], ['p3']]]);
    expect(incident).toEqual({
      id: incidentId('default', 'ev_a'),
      tenant: 'default',
      eventIds: ['ev_a', 'ev_b'],
      start: minute(0),
      end: minute(9),
      title: 'Terminal shell in container; 2 payments linked',
      severity: 90,
      techniques: ['T1059', 'T1611'],
      linkIds: ['lk_ev_a_p1', 'lk_ev_a_p2'],
      weakLinkIds: ['lk_ev_b_p2', 'lk_ev_b_p3'],
      paymentIds: ['p1', 'p2'],
      weakPaymentIds: ['p3'],
      exposures: [],
      clock: [],
      bindingRatio: 0.666667,
      continues: null,
    });
  });

  it('continues the nearest earlier part that is an incident', () => {
    const parts = [component(['ev_a']), component(['ev_b'], ['ev_a']), component(['ev_c'], ['ev_b', 'ev_a'])];
    const found = incidents(parts, [link('ev_a', 'p', 0.9), link('ev_c', 'p', 0.9)]);
    expect(found.map(({ continues }) => continues)).toEqual([null, incidentId('default', 'ev_a')]);
    const alone = incidents(parts, [link('ev_c', 'p', 0.9)]);
    expect(alone.map(({ continues }) => continues)).toEqual([null]);
  });
});

describe('the title', () => {
  const at = (over: Partial<typeof NO_IDENTITY>): ReturnType<typeof securityEvent> =>
    securityEvent({ identity: { ...NO_IDENTITY, ...over }, rule: { id: 'r', name: 'Command run in a pod' } });

  it.each([
    [
      { namespace: 'payments', podName: 'ledger-7d9f', podUid: 'u' },
      'Command run in a pod: payments/ledger-7d9f; 1 payment linked',
    ],
    [{ podUid: '1-2' }, 'Command run in a pod: pod 1-2; 1 payment linked'],
    [{ containerId: 'a'.repeat(64) }, 'Command run in a pod: container aaaaaaaaaaaa; 1 payment linked'],
    [{ node: 'n1' }, 'Command run in a pod: node n1; 1 payment linked'],
    [{ namespace: 'payments' }, 'Command run in a pod: namespace payments; 1 payment linked'],
    [{}, 'Command run in a pod; 1 payment linked'],
  ])('names the place %j', (identity, title) => expect(incidentTitle([at(identity)], 1)).toBe(title));

  it('shows the gravest rule first, then the earliest, and counts the others', () => {
    const rule = (id: string, severity: number, minutes: number): ReturnType<typeof securityEvent> =>
      securityEvent({ id, severity, start: minute(minutes), rule: { id, name: `Rule ${id}` } });
    const events = [rule('a', 50, 0), rule('b', 90, 5), rule('c', 90, 3), rule('c', 10, 1)];
    expect(incidentTitle(events, 14)).toBe('Rule c and 2 more rules; 14 payments linked');
    expect(incidentTitle(events.toReversed(), 14)).toBe('Rule c and 2 more rules; 14 payments linked');
    expect(incidentTitle(events.slice(0, 2), 0)).toBe('Rule b and 1 more rule; 0 payments linked');
  });

  it('names accounts and resources where no pod is known', () => {
    const account = securityEvent({ serviceAccount: { namespace: 'ops', name: 'robot' } });
    expect(incidentTitle([account], 0)).toContain(': account ops/robot;');
    const resource = {
      apiGroup: '',
      resource: 'secrets',
      subresource: null,
      namespace: 'payments',
      name: 'db',
    };
    expect(incidentTitle([{ ...account, resource }], 0)).toContain(': secrets payments/db;');
  });

  it('is one line of bounded length, whatever the names are', () => {
    const nasty = at({ podName: `x\u001b[31m\n\u202e${'🏦'.repeat(500)}` });
    const title = incidentTitle([{ ...nasty, rule: { id: 'r', name: 'a\r\nb'.repeat(100) } }], 1);
    expect(title).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(Array.from(title).length).toBeLessThan(200);
    expect(title.isWellFormed()).toBe(true);
  });
});

describe('entities', () => {
  it('are the names that people know, each once', () => {
    const named = securityEvent({
      identity: { ...NO_IDENTITY, namespace: 'payments', podName: 'ledger', podUid: 'U' },
    });
    const byUid = securityEvent({ identity: { ...NO_IDENTITY, podUid: 'U', containerId: 'abcabcabcabc' } });
    const account = { namespace: 'ops', name: 'robot' };
    const resource = {
      apiGroup: '',
      resource: 'secrets',
      subresource: null,
      namespace: 'payments',
      name: 'db',
    };
    expect(
      entitiesOf([
        { event: byUid, pod: 'u:U', container: 'abcabcabcabc123' },
        { event: { ...named, serviceAccount: account, resource }, pod: 'u:U', container: null },
        { event: securityEvent(), pod: 'n:eu/prod/payments/api', container: null },
        { event: securityEvent(), pod: 'u:V', container: null },
        { event: securityEvent(), pod: null, container: null },
        { event: { ...byUid, identity: { ...byUid.identity, podUid: 'W' } }, pod: null, container: null },
      ]),
    ).toEqual({
      pods: ['V', 'W', 'payments/api', 'payments/ledger'],
      containers: ['abcabcabcabc', 'abcabcabcabc123'],
      serviceAccounts: ['ops/robot'],
      resources: ['secrets payments/db'],
    });
  });
});
