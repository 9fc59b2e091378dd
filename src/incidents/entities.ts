/** The things that an incident is about, by the names that people know; for its document. */
import type { SecurityEvent } from '../model/security-event.ts';

/** An event with the pod and container that it turned out to mean (keys of the inventory); null: nobody knows. */
export interface PlacedEvent {
  event: SecurityEvent;
  pod: string | null;
  container: string | null;
}

/** Each list sorted, without repeats; documents show the first 100. */
export interface IncidentEntities {
  /** `namespace/name`, else the uid. */
  pods: string[];
  containers: string[];
  /** `namespace/name`. */
  serviceAccounts: string[];
  /** `kind namespace/name`. */
  resources: string[];
}

export function entitiesOf(events: readonly PlacedEvent[]): IncidentEntities {
  return {
    pods: sorted(podNames(events)),
    containers: sorted(events.map(({ event, container }) => container ?? event.identity.containerId)),
    serviceAccounts: sorted(
      events.map(({ event: { serviceAccount } }) =>
        serviceAccount === null ? null : `${serviceAccount.namespace}/${serviceAccount.name}`,
      ),
    ),
    resources: sorted(events.map(({ event }) => resourceName(event))),
  };
}

/** A pod that one event names and another knows by uid only is one pod: the name is shown. */
function podNames(events: readonly PlacedEvent[]): (string | null)[] {
  const names = new Map<string, string>();
  for (const { event, pod } of events) {
    const stated = statedPod(event);
    const known = pod === null ? undefined : names.get(pod);
    if (pod !== null && stated !== null && (known === undefined || stated < known)) names.set(pod, stated);
  }
  return events.map(({ event, pod }) => {
    if (pod === null) return statedPod(event) ?? event.identity.podUid;
    return names.get(pod) ?? withoutKind(pod);
  });
}

function statedPod({ identity: { namespace, podName } }: SecurityEvent): string | null {
  if (podName === null) return null;
  return namespace === null ? podName : `${namespace}/${podName}`;
}

/** Inventory keys are `u:uid` and `n:cluster/namespace/name`. */
function withoutKind(pod: string): string {
  return pod.startsWith('n:') ? pod.slice(2).split('/').slice(-2).join('/') : pod.replace(/^u:/, '');
}

function resourceName({ resource }: SecurityEvent): string | null {
  if (resource === null || resource.name === null) return null;
  const name = resource.namespace === null ? resource.name : `${resource.namespace}/${resource.name}`;
  return `${resource.resource} ${name}`;
}

function sorted(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))].toSorted();
}
