/**
 * Which events are connected, by looking at every pair and walking the graph: written from the rules, with nothing
 * sorted and nothing clever, to hold the real grouping against.
 */
import type { BridgedEvent } from '../../src/incidents/bridges.ts';

const DAY = 86_400_000_000;
const RIGHTS = ['secrets', 'roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];

type Entity = [kind: string, name: string];

function entities(event: BridgedEvent): Entity[] {
  const found: Entity[] = [];
  if (event.pod !== null) found.push(['pod', event.pod]);
  if (event.container !== null) found.push(['container', event.container]);
  const account = event.serviceAccount;
  if (account !== null && account.name !== 'default') {
    found.push(['account', JSON.stringify([event.cluster, account.namespace, account.name])]);
  }
  if (event.credentialId !== null) found.push(['credential', event.credentialId]);
  const { resource } = event;
  if (resource !== null && resource.name !== null && RIGHTS.includes(resource.resource)) {
    found.push([
      'resource',
      JSON.stringify([event.cluster, resource.resource, resource.namespace, resource.name]),
    ]);
  }
  for (const trace of event.traces) found.push(['trace', trace]);
  for (const payment of event.payments) found.push(['payment', payment]);
  return found;
}

const same = (a: Entity, b: Entity): boolean => a[0] === b[0] && a[1] === b[1];
const dayOf = (event: BridgedEvent): number => Math.floor(event.start / DAY);

function isHub(entity: Entity, day: number, events: readonly BridgedEvent[], hubDegree: number): boolean {
  if (entity[0] === 'pod' || entity[0] === 'container') return false;
  const touching = events.filter(
    (event) => dayOf(event) === day && entities(event).some((mine) => same(mine, entity)),
  );
  return new Set(touching.flatMap(({ pod }) => pod ?? [])).size > hubDegree;
}

/** Sets of event ids, each sorted, in order of their first id. */
export function naiveGroups(events: readonly BridgedEvent[], gap: number, hubDegree: number): string[][] {
  const bridges = events.map((event) =>
    entities(event).filter((entity) => !isHub(entity, dayOf(event), events, hubDegree)),
  );
  const near = (a: BridgedEvent, b: BridgedEvent): boolean =>
    a.start - b.end <= gap && b.start - a.end <= gap;
  const connected = events.map((a, i) =>
    events.map(
      (b, j) => near(a, b) && (bridges[i] ?? []).some((x) => (bridges[j] ?? []).some((y) => same(x, y))),
    ),
  );
  const seen = new Set<number>();
  const groups: string[][] = [];
  for (const first of events.keys()) {
    if (seen.has(first)) continue;
    const group = [first];
    seen.add(first);
    for (const at of group) {
      for (const next of events.keys()) {
        if (connected[at]?.[next] === true && !seen.has(next)) {
          seen.add(next);
          group.push(next);
        }
      }
    }
    groups.push(group.map((at) => events[at]?.id ?? '').toSorted());
  }
  return groups.toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}
