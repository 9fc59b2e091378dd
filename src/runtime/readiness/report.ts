/** What `readiness` says: what was counted, and what was found in it. */
import type { SecuritySource } from '../../model/observation.ts';
import type { ServiceShares } from './span-shares.ts';

export interface Finding {
  /** One word for machines. */
  id: string;
  /** `blocks`: there can be no link. `weakens`: some are missing, or less sure. */
  weight: 'blocks' | 'weakens';
  /** Services, or sources of alerts, that it is about; the largest first. */
  about: string[];
  what: string;
  /** What to set, where. */
  fix: string;
}

export interface SecurityShares {
  source: SecuritySource;
  records: number;
  /** That a rule or the sensor itself takes for an alert. */
  alerts: number;
  /** Of the alerts, those that name a pod, a container or a service account. */
  with_identity: number;
  with_container_only: number;
  /** Of those with an identity, those whose pod or container has a span. */
  seen_in_spans: number;
  /** Of those with an identity, those whose pod has spans of another cluster only. */
  in_other_cluster: number;
  /** Of those with an identity, those at whose time there are spans, whoever of. */
  in_time_of_spans: number;
  /** Of those with an identity, the first and the last; null: there are none. */
  first: string | null;
  last: string | null;
}

export interface PaymentShares {
  records: number;
  payments: number;
  /** By a span, or by naming a trace itself. */
  named: number;
  /** Records in a state, or of a rail, of which no table of deadlines says anything, by rail and state; the most first. */
  unmapped: { rail: string; state: string; gap: 'unknown_rail' | 'unknown_state'; records: number }[];
}

export interface Readiness {
  schema: 'readiness/1';
  spans: ServiceShares;
  /** When the first began, and the last ended; null: there are none. */
  spans_time: { first: string; last: string } | null;
  services: ServiceShares[];
  security: SecurityShares[];
  payments: PaymentShares;
  /** Attributes whose ids name no payment, the most first. */
  unresolved: { attribute: string; spans: number }[];
  clusters: string[];
  /** False: there were more pods than are remembered. */
  is_whole: boolean;
  findings: Finding[];
}
