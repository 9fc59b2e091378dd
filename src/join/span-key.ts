/**
 * Under which key a span waits in the window (DESIGN 4.3); in which bucket: model/span-bucket.ts.
 *
 * What: exactly one key a span, the most telling thing that its resource states; an event is hot under every key that
 * the inventory gives for it. Why one: spans are many and events few, so the few pay for the spread. Why it loses
 * nothing: an event's keys are those of all identities that it can match (join/hot-keys.ts), whatever else they state.
 *
 * Cost: one text per distinct identity. Worked example: a span that states pod `payments/ledger-0` and its uid waits
 * under `n:prod-eu/payments/ledger-0`; one that states the uid alone under `u:9f1c…`.
 * Source: DESIGN 4.3, reference/streaming section 3.
 */
import type { SpanIdentity } from '../model/span-record.ts';

/** Digits of a container id that every source prints. */
const CONTAINER_DIGITS = 12;

/** Null where the resource states nothing that any method could use. */
export function spanKeyOf(identity: SpanIdentity): string | null {
  const { cluster, namespace, podName, podUid, containerId, serviceName, serviceNamespace, hostName, node } =
    identity;
  const where = cluster ?? '';
  if (namespace !== null && podName !== null) return `n:${where}/${namespace}/${podName}`;
  if (podUid !== null) return `u:${podUid}`;
  if (containerId !== null) return `c:${containerId.slice(0, CONTAINER_DIGITS)}`;
  if (serviceName !== null) return `s:${where}/${serviceNamespace ?? ''}/${serviceName}`;
  if (hostName !== null) return `h:${hostName}`;
  return node === null ? null : `k:${where}/${node}`;
}
