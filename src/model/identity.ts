/**
 * What a record states about where it happened (DESIGN 4.2, reference/formats section 2). Stated, not resolved:
 * resolution needs the inventory and an instant, and lives in `join/inventory.ts`.
 */

/** Container id as the join compares it: lower-case hex, 12 to 64 digits, no runtime scheme. */
export type ContainerId = string;

/** Fields are null where the record does not state them; two absent values never match. */
export interface StatedIdentity {
  cluster: string | null;
  namespace: string | null;
  podName: string | null;
  podUid: string | null;
  containerId: ContainerId | null;
  containerName: string | null;
  node: string | null;
}

export interface ServiceAccount {
  namespace: string;
  name: string;
}

export type WorkloadKind = 'deployment' | 'statefulset' | 'daemonset' | 'cronjob' | 'job';

/** Outermost first: a pod of a CronJob also names its Job, and the CronJob is what people know. */
export const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  'deployment',
  'statefulset',
  'daemonset',
  'cronjob',
  'job',
];

export interface Workload {
  kind: WorkloadKind;
  name: string;
}

/** Who wrote an identity: the platform beside the workload, or the workload itself, which can lie. */
export type Provenance = 'platform' | 'self';

export const NO_IDENTITY: Readonly<StatedIdentity> = Object.freeze({
  cluster: null,
  namespace: null,
  podName: null,
  podUid: null,
  containerId: null,
  containerName: null,
  node: null,
});

const RUNTIME_SCHEME = /^[a-z][a-z0-9.+-]*:\/\//;
const HEX_ID = /^[0-9a-f]{12,64}$/;

/** What producers write where they know nothing. */
const ABSENT = new Set(['', '<NA>', 'N/A', '-', 'null', '<nil>']);

/** A text field with the ways of saying "nothing" made null. */
export function statedText(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return ABSENT.has(text) ? null : text;
}

/**
 * Container id without its runtime scheme (`containerd://`, `docker://`, `cri-o://`...), lower-cased.
 * @returns null for `host`, for what is shorter than 12 digits (too short to name one container) and for non-hex
 */
export function parseContainerId(value: unknown): ContainerId | null {
  const text = statedText(value);
  if (text === null) return null;
  const id = text.toLowerCase().replace(RUNTIME_SCHEME, '');
  return HEX_ID.test(id) ? id : null;
}

const AUDIT_SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/**
 * Service account from the user name of a request. Its short forms are none here: a person or a certificate may be
 * called `ns/name`, and would pass for the account.
 */
export function serviceAccountOfUser(user: string | null): ServiceAccount | null {
  const [, namespace, name] = AUDIT_SERVICE_ACCOUNT.exec(user ?? '') ?? [];
  return namespace === undefined || name === undefined ? null : { namespace, name };
}

/**
 * Service account from `system:serviceaccount:ns:name`, `ns/name` or, with a default namespace, `name`.
 * A look-alike such as `system:serviceaccounts:...` (a group) is none.
 */
export function parseServiceAccount(value: unknown, defaultNamespace: string | null): ServiceAccount | null {
  const text = statedText(value);
  if (text === null) return null;
  const full = serviceAccountOfUser(text);
  if (full !== null) return full;
  const parts = text.split('/');
  if (text.includes(':') || parts.length > 2) return null;
  const [first, second] = parts;
  if (second !== undefined) return first && second ? { namespace: first, name: second } : null;
  return first && defaultNamespace !== null ? { namespace: defaultNamespace, name: first } : null;
}

/** Whether the identity says which pod or container it was. */
export function namesWorkload(identity: StatedIdentity): boolean {
  return identity.podUid !== null || identity.containerId !== null || identity.podName !== null;
}
