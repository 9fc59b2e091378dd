/**
 * An observation: one record of a security input, normalised and redacted. Observations are many; they feed the
 * rules and the inventory and are never indexed. An observation that a rule matches, or a sensor's alert, makes a
 * security event (DESIGN 4.1).
 */
import type { Instant } from './instant.ts';
import type { Json } from './json.ts';
import type { ServiceAccount, StatedIdentity } from './identity.ts';
import type { Place } from './place.ts';
import type { Sighting } from './sighting.ts';

/** Names of the security formats; also the names of the intake endpoints and of `normalize --format`. */
export const SECURITY_SOURCES = [
  'kubernetes-audit',
  'falco',
  'tetragon',
  'hubble',
  'istio',
  'vault',
  'spire',
  'gatekeeper',
  'kyverno',
  'argocd',
  'trivy',
  'events',
] as const;

export type SecuritySource = (typeof SECURITY_SOURCES)[number];

/** ECS event.kind: a sensor's alert, or something that merely happened. */
export type ObservationKind = 'alert' | 'event';

export type Outcome = 'success' | 'failure' | 'unknown';

/** The Kubernetes object that a request was about. Secrets and roles bridge incidents; none of them joins. */
export interface ResourceRef {
  apiGroup: string | null;
  resource: string;
  subresource: string | null;
  namespace: string | null;
  name: string | null;
}

/** Stages of one audited request; a later stage replaces an earlier one (rank) and may prolong the request. */
export interface AuditStage {
  auditId: string;
  /** RequestReceived 0, ResponseStarted 1, ResponseComplete 2, Panic 3. */
  rank: number;
  /** exec, attach or port-forward that has started; ongoing unless a later stage is seen. */
  session: boolean;
}

export interface Observation {
  source: SecuritySource;
  /** ECS event.dataset, for instance `kubernetes.audit`. */
  dataset: string;
  kind: ObservationKind;
  start: Instant;
  /** Equal to `start` for an instant. */
  end: Instant;
  /** The time as the source wrote it. */
  timeText: string;
  /** The id that the source gave (auditID, Falco uuid, own id); null where it gave none. */
  nativeId: string | null;
  /** What tells this record from any other of its source: the native id, or the record's canonical JSON. */
  nativeTuple: Json[];
  stage: AuditStage | null;
  identity: StatedIdentity;
  /** The caller's, joining only when no pod is known; it bridges incidents in any case. */
  serviceAccount: ServiceAccount | null;
  /** Opaque id of the credential used, where the source names it. */
  credentialId: string | null;
  actor: string | null;
  resource: ResourceRef | null;
  /** ECS event.action: `create pods/exec`, or the sensor's rule. */
  action: string;
  outcome: Outcome;
  /** The rule that a sensor names; null where our rules decide. */
  rule: { id: string; name: string } | null;
  /** 0..100; null until a rule gives it. */
  severity: number | null;
  techniques: string[];
  traceId: string | null;
  /** Command line or request URI, redacted: what makes two uses of one rule differ. */
  detail: string | null;
  message: string | null;
  /** The whole record, redacted: what rules look at, by dotted path. */
  fields: { [key: string]: Json };
  /** What this record teaches the inventory beyond its own identity (caller's pod, pod bodies). */
  sightings: Sighting[];
  place: Place;
}
