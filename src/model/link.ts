/** A link: this event met this payment, by this method, with this confidence (DESIGN 4.1). */
import type { Instant, Micros } from './instant.ts';
import type { Provenance } from './identity.ts';

/** In the order of the table of DESIGN 4.1, which breaks ties. */
export const METHODS = [
  'trace_exact',
  'container_overlap',
  'container_interval',
  'pod_interval',
  'payment_pod',
  'identity_interval',
  'network_interval',
  'workload_interval',
  'service_interval',
  'node_interval',
] as const;

export type Method = (typeof METHODS)[number];

export interface LinkSpan {
  id: string;
  start: Instant;
  end: Instant;
}

/** The two values that matched, as each side stated them. */
export interface MatchedValues {
  field: string;
  event: string;
  span: string;
}

export interface Link {
  id: string;
  tenant: string;
  eventId: string;
  paymentId: string;
  method: Method;
  /** 0..1, rounded to 1e-6. */
  confidence: number;
  /** Signed, see DESIGN 4.1 rule 5. */
  gap: Micros;
  provenance: Provenance;
  /** The other methods that hold, each with its best confidence. */
  methods: { method: Method; confidence: number }[];
  matched: MatchedValues;
  traceId: string | null;
  span: LinkSpan | null;
}
