/**
 * From many ways to one link (SPEC J17): the best way of each (event, payment), and the other methods beside it.
 *
 * Why a total order down to trace and span id: two spans can be equally good, and the link must not depend on which
 * was read first.
 *
 * Cost: one entry per link, one number per method that held. Worked example: a payment whose checkout span overlaps
 * the shell in its container (0.9) and whose ledger span ran a minute later in another pod of the workload (0.24) is
 * linked by container_overlap, with workload_interval listed.
 */
import type { Instant, Micros } from '../model/instant.ts';
import { METHODS, type MatchedValues, type Method } from '../model/link.ts';
import type { Provenance } from '../model/identity.ts';

/** One reason for a link. */
export interface Way {
  method: Method;
  /** Rounded to 1e-6. */
  confidence: number;
  gap: Micros;
  provenance: Provenance;
  /** Null for payment_pod, where no trace is involved. */
  traceId: string | null;
  spanId: string | null;
  /** Start of the span; of the payment's event for payment_pod; 0 for trace_exact. */
  start: Instant;
  end: Instant;
  /** Service of the span; null where there is none. */
  service: string | null;
  /** Computed for the winner only. */
  matched: () => MatchedValues;
}

const RANK = Object.fromEntries(METHODS.map((method, rank) => [method, rank])) as Record<Method, number>;

/** Negative when `a` is the better way. */
export function compareWays(a: Way, b: Way): number {
  return (
    b.confidence - a.confidence ||
    Math.abs(a.gap) - Math.abs(b.gap) ||
    RANK[a.method] - RANK[b.method] ||
    a.start - b.start ||
    compareText(a.traceId ?? '', b.traceId ?? '') ||
    compareText(a.spanId ?? '', b.spanId ?? '') ||
    // Two records can claim one span id; the values that differ decide, never the order of arrival.
    a.end - b.end ||
    compareText(JSON.stringify(a.matched()), JSON.stringify(b.matched()))
  );
}

/** Earlier in the table of DESIGN 4.1 first. */
export function compareMethods(a: Method, b: Method): number {
  return RANK[a] - RANK[b];
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** What is known of one (event, payment). */
export interface BestWay {
  event: number;
  payment: number;
  way: Way;
  /** Best confidence of each method that held. */
  methods: Map<Method, number>;
}

export class BestWays {
  readonly #best = new Map<number, Map<number, BestWay>>();

  offer(event: number, payment: number, way: Way): void {
    const byPayment = this.#best.get(event) ?? new Map<number, BestWay>();
    this.#best.set(event, byPayment);
    const known = byPayment.get(payment);
    if (known === undefined) {
      byPayment.set(payment, { event, payment, way, methods: new Map([[way.method, way.confidence]]) });
      return;
    }
    if (compareWays(way, known.way) < 0) known.way = way;
    known.methods.set(way.method, Math.max(known.methods.get(way.method) ?? 0, way.confidence));
  }

  *all(): Iterable<BestWay> {
    for (const byPayment of this.#best.values()) yield* byPayment.values();
  }

  /** Whether the event was linked to this payment. */
  has(event: number, payment: number): boolean {
    return this.#best.get(event)?.has(payment) ?? false;
  }

  countOf(event: number): number {
    return this.#best.get(event)?.size ?? 0;
  }
}
