// Goal: which incidents are summed up now: oldest change first, by a credit of links, and none of them waits for ever.
import { expect, it } from 'vitest';
import type { Component } from '../../../src/incidents/group.ts';
import { ActiveEvents } from '../../../src/runtime/live/active-events.ts';
import { noChanges } from '../../../src/runtime/live/changes.ts';
import { DueIncidents } from '../../../src/runtime/live/due-incidents.ts';
import { newActive } from '../../../src/runtime/live/event-state.ts';
import type { JoinedLink } from '../../../src/runtime/joined-view.ts';
import type { SecurityEvent } from '../../../src/model/security-event.ts';

/** Active events, each with some links; an event is all that is asked for here: its id. */
function activesOf(links: Record<string, number>): ActiveEvents {
  const actives = new ActiveEvents();
  for (const [id, count] of Object.entries(links)) {
    const active = newActive({ id } as SecurityEvent);
    for (let i = 0; i < count; i += 1) active.links.set(`pay_${i}`, {} as JoinedLink);
    actives.set(active);
  }
  return actives;
}

const alone = (id: string): Component => ({ eventIds: [id], start: 0, end: 0, continues: [] });

it('an incident that gets a new event at every checkpoint does not keep the others waiting', () => {
  const actives = activesOf({ busy: 100_000, other: 1 });
  const due = new DueIncidents(actives, 0.1);
  const components = [alone('busy'), alone('other')];
  for (let checkpoint = 0; checkpoint < 50; checkpoint += 1) {
    const now = due.due('some', new Set(['busy']), () => components);
    due.done(now);
  }
  due.note({ ...noChanges(), events: new Map([['other', null]]) });
  expect(due.due('some', new Set(), () => components)).toEqual([alone('other')]);
});

it('one with more links than the credit is summed up, and then has to wait', () => {
  const due = new DueIncidents(activesOf({ large: 60_000, other: 1 }), 0.1);
  const components = [alone('large'), alone('other')];
  const taken: string[][] = [];
  for (let checkpoint = 0; checkpoint < 5; checkpoint += 1) {
    due.note({ ...noChanges(), events: new Map([['large', null]]) });
    const now = due.due('some', new Set(), () => components);
    due.done(now);
    taken.push(now.flatMap(({ eventIds }) => eventIds));
  }
  expect(taken).toEqual([['large'], [], [], ['large'], []]);
});

it('the parts of an incident that fell apart are all summed up, also those in which nothing changed', () => {
  const actives = activesOf({ first: 1, second: 1, stranger: 1 });
  for (const [id, incidentId] of Object.entries({ first: 'inc_1', second: 'inc_1', stranger: 'inc_2' }))
    Object.assign(actives.get(id) ?? {}, { incidentId });
  const due = new DueIncidents(actives, 0.1);
  due.note({ ...noChanges(), events: new Map([['first', null]]) });
  const components = [alone('first'), alone('second'), alone('stranger')];
  expect(due.due('some', new Set(), () => components)).toEqual([alone('first'), alone('second')]);
});
