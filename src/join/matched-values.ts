/** The two values behind a way, as each side stated them: what an analyst checks first (`link.matched`). */
import type { StatedIdentity } from '../model/identity.ts';
import type { MatchedValues, Method } from '../model/link.ts';
import type { HotEvent } from './hot-events.ts';
import type { ResolvedSpan } from './span-identities.ts';

interface Side {
  identity: StatedIdentity;
  pod: string | null;
  container: string | null;
}

/** For a way by the place of a span. */
export function matchedBySpan(method: Method, hot: HotEvent, span: ResolvedSpan): MatchedValues {
  const { event } = hot;
  switch (method) {
    case 'identity_interval': {
      const account = event.serviceAccount;
      const name = account === null ? '' : `${account.namespace}/${account.name}`;
      return { field: 'kubernetes.service_account', event: name, span: plainPod(span.pod) };
    }
    case 'workload_interval': {
      const workload = span.identity.workload;
      const name = workload === null ? '' : `${workload.kind}/${workload.name}`;
      return { field: 'kubernetes.workload', event: name, span: name };
    }
    case 'service_interval': {
      const name = span.identity.serviceName ?? '';
      return { field: 'service.name', event: name, span: name };
    }
    case 'node_interval': {
      const node = span.identity.node ?? '';
      return { field: 'kubernetes.node.name', event: event.identity.node ?? '', span: node };
    }
    default:
      return matchedByPlace(method, hot, span);
  }
}

/** For a way by container or pod, whichever kind of record is on the other side. */
export function matchedByPlace(method: Method, hot: HotEvent, other: Side): MatchedValues {
  const event: Side = { identity: hot.event.identity, ...hot.resolved };
  const sameContainer = event.container !== null && event.container === other.container;
  if (sameContainer && event.identity.containerId !== null && other.identity.containerId !== null) {
    return { field: 'container.id', event: event.identity.containerId, span: other.identity.containerId };
  }
  const name = event.identity.containerName;
  if (method.startsWith('container_') && name !== null && name === other.identity.containerName) {
    return { field: 'container.name', event: name, span: name };
  }
  return matchedByPod(event, other);
}

function matchedByPod(event: Side, other: Side): MatchedValues {
  const [a, b] = [event.identity, other.identity];
  if (a.podUid !== null && b.podUid !== null) {
    return { field: 'kubernetes.pod.uid', event: a.podUid, span: b.podUid };
  }
  const [ours, theirs] = [statedName(a), statedName(b)];
  if (ours !== null && theirs !== null) return { field: 'kubernetes.pod.name', event: ours, span: theirs };
  return {
    field: 'kubernetes.pod.uid',
    event: a.podUid ?? plainPod(event.pod),
    span: b.podUid ?? plainPod(other.pod),
  };
}

/** `ns/name`; a name without its namespace names nobody. */
function statedName({ namespace, podName }: StatedIdentity): string | null {
  return namespace === null || podName === null ? null : `${namespace}/${podName}`;
}

/** A resolved pod as people know it: its uid, or `ns/name` where nobody ever gave one. */
export function plainPod(pod: string | null): string {
  if (pod === null) return '';
  return pod.startsWith('n:') ? pod.slice(pod.indexOf('/') + 1) : pod.slice(2);
}
