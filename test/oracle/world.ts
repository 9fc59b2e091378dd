/** What records state, before anything is resolved. */
import type { Plain } from './text.ts';

/** Where a record says it was, and when. */
export interface Statement {
  at: number;
  /** As stated, else the configured one (J5, first sentence). */
  cluster: string | null;
  namespace: string | null;
  podName: string | null;
  podUid: string | null;
  containerId: string | null;
  containerName: string | null;
  node: string | null;
}

export interface Account {
  cluster: string | null;
  namespace: string;
  name: string;
}

/** A statement about a pod, and the account that the record proves it to run as. */
export interface Proof {
  statement: Statement;
  account: Account | null;
}

export interface Observation {
  source: 'kubernetes-audit' | 'falco' | 'events';
  start: number;
  end: number;
  nativeId: string | null;
  /** Canonical JSON of the native tuple. */
  nativeTuple: string;
  statement: Statement;
  /** The cluster that the record itself names. */
  statedCluster: string | null;
  account: Account | null;
  actor: string | null;
  detail: string | null;
  /** apiGroup, resource, subresource, namespace, name. */
  resource: (string | null)[];
  traceId: string | null;
  /** What else an audit record proves: the caller's pod, the pod in a body. */
  proofs: Proof[];
  /** A session that has started and not completed. */
  ongoing: boolean;
  /** The sensor's own rule; null for audit. */
  rule: { id: string; techniques: string[] } | null;
  /** The record, merged for audit: what rules look at. */
  record: Plain;
}

export interface Span {
  traceId: string;
  spanId: string;
  start: number;
  end: number;
  statement: Statement;
  hostName: string | null;
  serviceNamespace: string | null;
  serviceName: string | null;
  /** The outermost kind stated. */
  workload: { kind: string; name: string } | null;
  ids: { value: string; type: string | null; order: boolean }[];
}

export interface PaymentRecord {
  /** `pe_...` */
  id: string;
  ownId: string | null;
  aliases: { type: string; value: string }[];
  time: number;
  state: string;
  rail: string;
  traceId: string | null;
  service: string | null;
  statement: Statement;
}

export interface World {
  observations: Observation[];
  spans: Span[];
  payments: PaymentRecord[];
}

/** Of a user name, which has one form only: people may be called `ns/name`. */
export function accountOfUser(user: string | null): Omit<Account, 'cluster'> | null {
  return user !== null && user.startsWith('system:serviceaccount:') ? serviceAccount(user, null) : null;
}

/** `name`, `ns/name` or `system:serviceaccount:ns:name`. */
export function serviceAccount(
  value: string | null,
  namespace: string | null,
): Omit<Account, 'cluster'> | null {
  const [, auditNamespace, auditName] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(value ?? '') ?? [];
  if (auditNamespace !== undefined && auditName !== undefined)
    return { namespace: auditNamespace, name: auditName };
  if (value === null || value.includes(':')) return null;
  const parts = value.split('/');
  if (parts.length === 2) return { namespace: parts[0] ?? '', name: parts[1] ?? '' };
  return parts.length === 1 && namespace !== null ? { namespace, name: value } : null;
}
