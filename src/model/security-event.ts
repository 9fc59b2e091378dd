/** A security event: the fact that is joined, indexed and grouped into incidents. Folded from observations. */
import type { Facet } from './facet.ts';
import type { Instant } from './instant.ts';
import type { Observation, ResourceRef, Outcome, SecuritySource } from './observation.ts';
import type { ServiceAccount, StatedIdentity } from './identity.ts';

export interface SecurityEvent {
  /** `ev_...`, see join/fold.ts. */
  id: string;
  tenant: string;
  source: SecuritySource;
  dataset: string;
  rule: { id: string; name: string };
  /** 0..100. */
  severity: number;
  techniques: string[];
  start: Instant;
  end: Instant;
  /** Distinct native records folded into this event. */
  count: number;
  countCapped: boolean;
  /** The smallest native ids by (time, id), at most 100. */
  originalIds: string[];
  /** An exec, attach or port-forward whose end was not seen. */
  ongoing: boolean;
  identity: StatedIdentity;
  serviceAccount: ServiceAccount | null;
  credentialId: string | null;
  actor: string | null;
  resource: ResourceRef | null;
  action: string;
  outcome: Outcome;
  traceId: string | null;
  detail: string | null;
  message: string | null;
}

/** The most native ids that an event keeps for people to look up. */
export const MAX_ORIGINAL_IDS = 100;
/** The most distinct native records that an event counts. */
export const MAX_FOLD_COUNT = 10_000;

/** One (observation, rule) pair before folding. */
export interface RuleMatch {
  observation: Observation;
  rule: { id: string; name: string };
  severity: number;
  techniques: string[];
  /** What its record is to the correlation rules over its rule; where there are any. */
  facets?: readonly Facet[];
  /** Of a correlation rule: the group that it was found in. */
  group?: string;
}
