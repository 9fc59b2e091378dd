/**
 * Under which key a span waits in the window, and in which bucket (DESIGN 4.3).
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
import type { Instant } from '../model/instant.ts';
import { MICROS_PER_SECOND } from '../model/instant.ts';

/** Digits of a container id that every source prints. */
const CONTAINER_DIGITS = 12;

const BUCKET_MICROS = 10 * MICROS_PER_SECOND;

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

/** Bucket of a span by its end. */
export function bucketOf(end: Instant): number {
  return Math.floor(end / BUCKET_MICROS);
}

/** First instant after a bucket. */
export function bucketEnd(bucket: number): Instant {
  return (bucket + 1) * BUCKET_MICROS;
}
