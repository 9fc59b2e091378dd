/**
 * The entities that connect events into incidents (SPEC I1).
 *
 * What: an event names pods, containers, accounts, credentials, secrets and roles, traces and payments; each is a key,
 * and events that share one may be one incident. Why these and no others: a node, a namespace or an image is shared by
 * strangers, and so is the account `default`. Why hubs are left out: a deployment robot's account touches every
 * pod, and would make one incident of a whole day.
 *
 * Cost: one set entry per (entity, day, pod) until the set passes `hubDegree`.
 * Worked example: account `ops/robot` acts on 51 pods on a day: its key is dropped from the events that started on that
 * UTC day; their pods, containers and payments still connect them.
 * Source: DESIGN section 5; reference/impact section 4.1.
 */
import { MICROS_PER_DAY, type Instant } from '../model/instant.ts';
import type { ServiceAccount } from '../model/identity.ts';
import type { ResourceRef } from '../model/observation.ts';

/** An event as grouping sees it. */
export interface BridgedEvent {
  id: string;
  start: Instant;
  end: Instant;
  /** Resolved keys, null where nobody knows. */
  pod: string | null;
  container: string | null;
  cluster: string | null;
  serviceAccount: ServiceAccount | null;
  credentialId: string | null;
  resource: ResourceRef | null;
  /** Traces and payments that the event is linked to with a confidence of at least 0.5. */
  traces: readonly string[];
  payments: readonly string[];
}

/** From here on a link connects the events of its trace and payment. */
export const BRIDGING_CONFIDENCE = 0.5;

/** Objects that stand for rights: who reads or changes the same one is about the same thing. */
const BRIDGING_RESOURCES = new Set([
  'secrets',
  'roles',
  'clusterroles',
  'rolebindings',
  'clusterrolebindings',
]);

/** Containers and pods are places, never hubs. */
const PLACES = ['pod', 'container'] as const;

/** One key per entity; absent parts are empty, and no part can contain the separator. */
function key(kind: string, ...parts: (string | null)[]): string {
  return [kind, ...parts.map((part) => part ?? '')].join('\0');
}

/** All keys of an event, hubs or not, without repeats. */
export function bridgeKeys(event: BridgedEvent): string[] {
  const { pod, container, cluster, serviceAccount, credentialId, resource } = event;
  const keys = new Set<string>();
  if (pod !== null) keys.add(key('pod', pod));
  if (container !== null) keys.add(key('container', container));
  if (serviceAccount !== null && serviceAccount.name !== 'default') {
    keys.add(key('account', cluster, serviceAccount.namespace, serviceAccount.name));
  }
  if (credentialId !== null) keys.add(key('credential', credentialId));
  if (resource !== null && resource.name !== null && BRIDGING_RESOURCES.has(resource.resource)) {
    keys.add(key('resource', cluster, resource.resource, resource.namespace, resource.name));
  }
  for (const trace of event.traces) keys.add(key('trace', trace));
  for (const payment of event.payments) keys.add(key('payment', payment));
  return [...keys];
}

/**
 * The keys by which each event connects, in the order of the events: all but hubs of the UTC day on which it started.
 * @param hubDegree an entity whose events concern more distinct pods than this on one UTC day is a hub that day
 */
export function connectingKeys(events: readonly BridgedEvent[], hubDegree: number): string[][] {
  const keys = events.map(bridgeKeys);
  const podsOf = new Map<string, Set<string>>();
  for (const [index, event] of events.entries()) {
    if (event.pod === null) continue;
    for (const entity of keys[index] ?? []) {
      if (isPlace(entity)) continue;
      const onDay = dayKey(entity, event.start);
      const pods = podsOf.get(onDay) ?? new Set<string>();
      podsOf.set(onDay, pods);
      if (pods.size <= hubDegree) pods.add(event.pod);
    }
  }
  const isHub = (entity: string, at: Instant): boolean =>
    !isPlace(entity) && (podsOf.get(dayKey(entity, at))?.size ?? 0) > hubDegree;
  return events.map(({ start }, index) => (keys[index] ?? []).filter((entity) => !isHub(entity, start)));
}

function dayKey(entity: string, at: Instant): string {
  return `${Math.floor(at / MICROS_PER_DAY)}\0${entity}`;
}

function isPlace(entity: string): boolean {
  return PLACES.some((place) => entity.startsWith(`${place}\0`));
}
