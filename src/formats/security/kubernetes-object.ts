/** What reports say of the object that they are about: its kind, where requests would name its resource. */
import { NO_IDENTITY, type StatedIdentity } from '../../model/identity.ts';
import type { ResourceRef } from '../../model/observation.ts';

export interface ObjectName {
  apiGroup: string | null;
  kind: string | null;
  namespace: string | null;
  name: string | null;
  uid: string | null;
}

/** The object as a resource; null where its kind is not stated. */
export function resourceOfObject({ apiGroup, kind, namespace, name }: ObjectName): ResourceRef | null {
  if (kind === null) return null;
  return { apiGroup, resource: resourceOfKind(kind), subresource: null, namespace, name };
}

/** The object as a place: a pod is one, and of anything else only the namespace is known. */
export function placeOfObject({ kind, namespace, name, uid }: ObjectName): StatedIdentity {
  if (kind !== 'Pod') return { ...NO_IDENTITY, namespace };
  return { ...NO_IDENTITY, namespace, podName: name, podUid: uid };
}

/**
 * The resource of a kind, by the rule that Kubernetes' own clients guess with.
 * Worked example: NetworkPolicy -> networkpolicies, Ingress -> ingresses, Pod -> pods.
 * Source: apimachinery, meta.UnsafeGuessKindToResource.
 */
function resourceOfKind(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower === 'endpoints') return lower;
  if (lower.endsWith('s')) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** The group of an apiVersion; null for the core group, as audit events leave it out. */
export function groupOf(apiVersion: string | null): string | null {
  const slash = apiVersion?.indexOf('/') ?? -1;
  return slash > 0 ? (apiVersion?.slice(0, slash) ?? null) : null;
}
