/** What the join keeps of a span: who, when, which trace, and the transaction ids it carries. */
import type { Instant } from './instant.ts';
import type { Provenance, StatedIdentity, Workload } from './identity.ts';

/** The identity that the spans of one resource share. */
export interface SpanIdentity extends StatedIdentity {
  serviceName: string | null;
  serviceNamespace: string | null;
  workload: Workload | null;
  /** `host.name`, an identity only where it equals a known pod name. */
  hostName: string | null;
  provenance: Provenance;
}

/** One transaction id found on a span, a span event, a link or the resource. */
export interface SpanTransactionId {
  /** The attribute that carried it, a key of data/attributes.yaml. */
  attribute: string;
  /** Trimmed; UUIDs in lower case. */
  value: string;
}

export interface SpanRecord {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  start: Instant;
  /** Never before `start`. */
  end: Instant;
  transactionIds: readonly SpanTransactionId[];
}

/** Spans of one resource, as decoders hand them over. */
export interface SpanBatch {
  identity: SpanIdentity;
  spans: SpanRecord[];
}
