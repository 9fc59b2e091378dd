/**
 * Events into incidents: connected components (SPEC I1, I2).
 *
 * What: two events are connected when they share a bridging entity and their intervals are at most `gap` apart; an
 * incident is what is connected, over any number of steps. Per entity the events are walked by start: the next one
 * connects when it begins at most `gap` after everything so far has ended. That finds all components, because
 * whatever is near some earlier event is near the one that ended last. Why components and not clusters of a
 * score: the same events give the same incidents in any order, and adding one can only merge.
 *
 * Components above a cap are cut where clocks are round: at UTC midnights; parts that are still above it at full hours;
 * then at full minutes. An event belongs to the part in which it starts; each later part continues the one before.
 * Why round clocks: a cut that depended on the events would move when a late one arrives. How long a component is is
 * measured from start to start, because no cut makes a single long event shorter.
 * A single minute above the cap stays whole: there is nothing finer to cut at.
 *
 * Cost: O(k log k) for k (event, entity) pairs. Worked example: exec in pod A at 14:00, secret read by the same account
 * at 14:20, shell in pod B by that account at 14:45: one incident, though the first and the last are 45 min apart.
 * Source: DESIGN section 5; union-find after Tarjan 1975.
 */
import {
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  type Instant,
  type Micros,
} from '../model/instant.ts';
import { connectingKeys, type BridgedEvent } from './bridges.ts';

export interface GroupingLimits {
  /** Longest pause between connected events. */
  gap: Micros;
  /** Components longer than this, from first start to last start, are cut. */
  maxSpan: Micros;
  /** Components of more events are cut. */
  maxEvents: number;
  /** See bridges.ts. */
  hubDegree: number;
}

/** Events that belong together. */
export interface Component {
  /** By (start, id); the first one gives the incident its id. */
  eventIds: string[];
  start: Instant;
  end: Instant;
  /** First events of the earlier parts of the same component, latest first; empty where nothing was cut. */
  continues: string[];
}

/** The components, by (start, first id). The order of `events` does not matter; ids must differ. */
export function groupEvents(events: readonly BridgedEvent[], limits: GroupingLimits): Component[] {
  const sorted = events.toSorted(byStart);
  const keys = connectingKeys(sorted, limits.hubDegree);
  const parts = componentsOf(sorted, keys, limits.gap).flatMap((members) => inParts(members, limits));
  return parts.toSorted((a, b) => a.start - b.start || compare(a.eventIds[0] ?? '', b.eventIds[0] ?? ''));
}

function componentsOf(
  events: readonly BridgedEvent[],
  keys: readonly string[][],
  gap: Micros,
): BridgedEvent[][] {
  const roots = events.map((_, index) => index);
  /** Per entity, the event of those so far that ended last. */
  const latest = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    for (const entity of keys[index] ?? []) {
      const before = latest.get(entity);
      const beforeEnd = before === undefined ? undefined : events[before]?.end;
      if (before !== undefined && beforeEnd !== undefined && event.start - beforeEnd <= gap)
        unite(roots, before, index);
      if (beforeEnd === undefined || event.end > beforeEnd) latest.set(entity, index);
    }
  }
  const members = new Map<number, BridgedEvent[]>();
  for (const [index, event] of events.entries()) {
    const root = find(roots, index);
    const known = members.get(root);
    if (known === undefined) members.set(root, [event]);
    else known.push(event);
  }
  return [...members.values()];
}

function unite(roots: number[], a: number, b: number): void {
  roots[find(roots, b)] = find(roots, a);
}

function find(roots: number[], from: number): number {
  let at = from;
  while (roots[at] !== at) {
    const parent = roots[at] ?? at;
    roots[at] = roots[parent] ?? parent;
    at = roots[at] ?? at;
  }
  return at;
}

const CUTS: readonly Micros[] = [MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE];

function inParts(members: readonly BridgedEvent[], limits: GroupingLimits): Component[] {
  const earlier: string[] = [];
  return cut(members, limits, 0).map((part) => {
    const component = componentOf(part, earlier.toReversed());
    earlier.push(component.eventIds[0] ?? '');
    return component;
  });
}

/** @param events sorted by start */
function cut(
  events: readonly BridgedEvent[],
  limits: GroupingLimits,
  level: number,
): (readonly BridgedEvent[])[] {
  const unit = CUTS[level];
  const span = (events.at(-1)?.start ?? 0) - (events[0]?.start ?? 0);
  const withinCaps = span <= limits.maxSpan && events.length <= limits.maxEvents;
  if (withinCaps || unit === undefined) return [events];
  const parts = Map.groupBy(events, ({ start }) => Math.floor(start / unit));
  return [...parts.values()].flatMap((part) => cut(part, limits, level + 1));
}

function componentOf(events: readonly BridgedEvent[], continues: string[]): Component {
  return {
    eventIds: events.map(({ id }) => id),
    start: events[0]?.start ?? 0,
    end: events.reduce((latest, { end }) => Math.max(latest, end), 0),
    continues,
  };
}

function byStart(a: BridgedEvent, b: BridgedEvent): number {
  return a.start - b.start || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
