/** The settings of the join (DESIGN 4.1), in the units that the code computes with. Options: config/options.ts. */
import type { Micros } from './instant.ts';
import type { Method } from './link.ts';

export interface MethodSettings {
  /** Base confidence, 0..1. */
  base: number;
  /** Whether confidence halves with every half-life of |gap|. */
  decays: boolean;
  enabled: boolean;
}

export interface JoinSettings {
  before: Micros;
  after: Micros;
  skew: Micros;
  bindingHorizon: Micros;
  /** Spans longer than this still match, and are counted. */
  maxSpan: Micros;
  lateHorizon: Micros;
  /** How long an exec without an end is taken to be ongoing. */
  sessionCap: Micros;
  /** An alias that names two payments within this time of the span binds neither. */
  aliasHorizon: Micros;
  maxPaymentsPerTrace: number;
  maxPodsPerEvent: number;
  halfLife: Micros;
  /** Factor on a binding by an order-level id. */
  orderFactor: number;
  /** Cap on a link whose identity the workload itself reported after the event began. */
  selfReportedCap: number;
  /** Base of node_interval when the event is a confirmed escape (ATT&CK T1611). */
  escapeBase: number;
  methods: Record<Method, MethodSettings>;
}
