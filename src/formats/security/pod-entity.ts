/**
 * Which requests are about a pod as such (DESIGN 4.1 "Audit entities"): the pod is then the event's entity; in every
 * other request it is the caller's.
 */

const ABOUT_POD: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'portforward',
  'proxy',
  'log',
  'ephemeralcontainers',
]);
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);

export function isAboutPod(
  resource: string | null,
  subresource: string | null,
  verb: string | null,
): boolean {
  if (resource !== 'pods') return false;
  return subresource === null ? WRITES.has(verb ?? '') : ABOUT_POD.has(subresource);
}

/** Container name of an exec, attach or log request, from `container=` of its URI. */
export function containerOfUri(uri: string | null): string | null {
  const value = uri === null ? undefined : /[?&]container=([^&#]+)/.exec(uri)?.[1];
  if (value === undefined) return null;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
