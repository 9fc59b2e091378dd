/** A question about yesterday: which payments passed a pod or container in a time. */
import type { Instant } from './instant.ts';

export type AskedPod = { namespace: string; name: string } | { uid: string };

export interface RetroQuestion {
  /** Null: any pod of the container. */
  pod: AskedPod | null;
  containerId: string | null;
  from: Instant;
  to: Instant;
}

/** What the retro lane is asked: about a pod or container in a time, or about an event once more. */
export type RetroAsked = { eventId: string } | RetroQuestion;

/** The pod that `namespace/name` or a uid names; null: neither. */
export function askedPodOf(text: string): AskedPod | null {
  const [namespace, name, more] = text.split('/');
  if (name === undefined && namespace) return { uid: namespace };
  return !namespace || !name || more !== undefined ? null : { namespace, name };
}

/** Whether a text can be a container id, whole or its beginning. */
export function isContainerId(text: string): boolean {
  return /^[0-9a-f]{12,64}$/.test(text);
}
