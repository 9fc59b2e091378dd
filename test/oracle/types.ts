/** What the oracle takes and gives. Nothing here comes from the engine. */
import type { Plain } from './text.ts';

/** Raw records as users send them. */
export interface OracleInput {
  /** Kubernetes audit events, one stage each. */
  audit: Plain[];
  /** Falco alerts. */
  alerts: Plain[];
  /** Native security events. */
  events: Plain[];
  /** OTLP/JSON export requests. */
  spans: Plain[];
  /** Payment state events, own JSON. */
  payments: Plain[];
  /** The configured cluster of all inputs. */
  cluster: string | null;
}

/** A rule over merged audit records. */
export interface OracleRule {
  id: string;
  severity: number;
  techniques: string[];
  matches(record: Plain): boolean;
}

/** A method of the table of DESIGN 4.1; the table's order breaks ties. */
export const METHOD_ORDER = [
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

export type MethodName = (typeof METHOD_ORDER)[number];

/** Everything that configuration and data files say. Times are in microseconds. */
export interface OracleSettings {
  tenant: string;
  rules: OracleRule[];
  spanProvenance: 'platform' | 'self';
  paymentProvenance: 'platform' | 'self';
  /** Attributes that carry transaction ids. */
  attributes: Record<string, { type: string | null; order: boolean }>;
  /** Values that are no ids, compared in any case. */
  placeholders: string[];
  /** Rank of a state on a rail: of two states at one time the higher one is the later. */
  rank(rail: string, state: string): number;
  before: number;
  after: number;
  skew: number;
  bindingHorizon: number;
  lateHorizon: number;
  aliasHorizon: number;
  sessionCap: number;
  halfLife: number;
  maxPaymentsPerTrace: number;
  maxPodsPerEvent: number;
  orderFactor: number;
  selfReportedCap: number;
  escapeBase: number;
  methods: Record<MethodName, { base: number; decays: boolean; enabled: boolean }>;
}

export interface OracleEvent {
  id: string;
  start: number;
  end: number;
  count: number;
  originalIds: string[];
  ongoing: boolean;
}

export interface OraclePayment {
  id: string;
  time: number;
  state: string;
  rail: string;
  aliases: { type: string; value: string }[];
  supersededIds: string[];
}

export interface OracleLink {
  id: string;
  eventId: string;
  paymentId: string;
  method: MethodName;
  confidence: number;
  gapMs: number;
  provenance: 'platform' | 'self';
  methods: { method: MethodName; confidence: number }[];
  matched: { field: string; event: string; span: string };
  traceId: string | null;
  spanId: string | null;
}

export interface OracleResult {
  /** By (start, id). */
  events: OracleEvent[];
  /** By id. */
  payments: OraclePayment[];
  /** By (event id, payment id). */
  links: OracleLink[];
  /**
   * `ambiguous_container`: events whose container id is ambiguous; `ambiguous_cluster`: events whose pod name or account is in
   * two clusters; `ambiguous_pod`: events whose pod name identifies nobody; `ambiguous_alias`: (trace, value) pairs that bind
   * neither payment.
   */
  ambiguous: Record<
    'ambiguous_container' | 'ambiguous_cluster' | 'ambiguous_pod' | 'ambiguous_alias',
    number
  >;
  /** Traces bound to too many payments, sorted. */
  bulkTraces: string[];
  /** Events one of whose expansions was too large, sorted. */
  podsCapped: string[];
}

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The defaults of docs/SPEC.md; rules, attributes and ranks are the scenario's. */
export const DEFAULTS: Omit<OracleSettings, 'rules' | 'attributes' | 'placeholders' | 'rank'> = {
  tenant: 'default',
  spanProvenance: 'platform',
  paymentProvenance: 'platform',
  before: 60 * SECOND,
  after: 15 * MINUTE,
  skew: 2 * SECOND,
  bindingHorizon: 5 * MINUTE,
  lateHorizon: 24 * HOUR,
  aliasHorizon: 7 * 24 * HOUR,
  sessionCap: 8 * HOUR,
  halfLife: 30 * MINUTE,
  maxPaymentsPerTrace: 1000,
  maxPodsPerEvent: 200,
  orderFactor: 0.8,
  selfReportedCap: 0.6,
  escapeBase: 0.5,
  methods: {
    trace_exact: { base: 0.98, decays: false, enabled: true },
    container_overlap: { base: 0.9, decays: false, enabled: true },
    container_interval: { base: 0.7, decays: true, enabled: true },
    pod_interval: { base: 0.6, decays: true, enabled: true },
    payment_pod: { base: 0.6, decays: true, enabled: true },
    identity_interval: { base: 0.35, decays: true, enabled: true },
    network_interval: { base: 0.3, decays: true, enabled: false },
    workload_interval: { base: 0.25, decays: true, enabled: true },
    service_interval: { base: 0.2, decays: true, enabled: true },
    node_interval: { base: 0.05, decays: true, enabled: false },
  },
};
