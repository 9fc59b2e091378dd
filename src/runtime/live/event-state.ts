/** An active event as a fact: what a start needs to go on with it. */
import type { Interval } from '../../join/confidence.ts';
import type { Json } from '../../model/json.ts';
import type { EventStateFact, StoredEvent } from '../../ports/fact-store.ts';
import type { ActiveEvent } from './active-events.ts';

type StoredState = Omit<ActiveEvent, 'links' | 'hot'> & { hot: [string, Interval][] };

export function stateOf(active: ActiveEvent): EventStateFact {
  const { links: _, hot, ...rest } = active;
  const state: StoredState = { ...rest, hot: [...hot] };
  return { eventId: rest.event.id, incidentId: rest.incidentId, state: state as unknown as Json };
}

export function activeOf({ state, links }: StoredEvent): ActiveEvent {
  const { hot, ...rest } = state as unknown as StoredState;
  return { ...rest, hot: new Map(hot), links: new Map(links.map((each) => [each.link.paymentId, each])) };
}

/** One that was never evaluated. */
export function newActive(event: ActiveEvent['event']): ActiveEvent {
  const nobody = { pod: null, container: null, ambiguous: [], podsCapped: false };
  return {
    event,
    joined: { event, ...nobody, withholds: false, withheld: [], services: [] },
    links: new Map(),
    closing: 'open',
    coverage: null,
    incidentId: null,
    formerIncidentId: null,
    hot: new Map(),
    signature: '',
  };
}
