/**
 * Which traces are bound to which payments (SPEC J13, J14): the second hop, learned while spans are read.
 *
 * What: per bound trace the payments, each named outright or carried by a span that started at some instant. Why it
 * comes before matching: nine spans in ten belong to traces without a payment, and need not be looked at again.
 *
 * Cost: a packed key per bound trace and a small object per binding. Worked example: trace T is bound to `pay_1` by a
 * span that carries its id at 14:00:05; a matching span at 14:03 uses it, one at 14:20 is beyond the horizon.
 */
import type { Instant, Micros } from '../model/instant.ts';
import { KeyTable, wordsOfHex } from './key-table.ts';

interface Binding {
  payment: number;
  /** Start of the span that carries the id; null where the payment's own record names the trace. */
  carriedAt: Instant | null;
  /** 1, or the factor of order-level ids. */
  factor: number;
}

/** What was seen of one bound trace. */
export interface BoundTrace {
  /** By content, so that a span delivered twice binds once. */
  bindings: Map<string, Binding>;
  spans: number;
  spansWithIdentity: number;
}

export class Bindings {
  readonly #table = new KeyTable();
  readonly #traces: BoundTrace[] = [];
  readonly #maxPayments: number;

  /** @param maxPayments a trace bound to more distinct payments than this is bulk and links none of them */
  constructor(maxPayments: number) {
    this.#maxPayments = maxPayments;
  }

  get traces(): readonly BoundTrace[] {
    return this.#traces;
  }

  /** The payment's own record names the trace. */
  name(traceId: string, payment: number): void {
    this.#add(traceId, { payment, carriedAt: null, factor: 1 });
  }

  /** A span of the trace, starting at `at`, carries an id that means the payment. */
  carry(traceId: string, payment: number, at: Instant, factor: number): void {
    this.#add(traceId, { payment, carriedAt: at, factor });
  }

  #add(traceId: string, binding: Binding): void {
    const ordinal = this.#table.insert(...wordsOfHex(traceId));
    const trace = (this.#traces[ordinal] ??= { bindings: new Map(), spans: 0, spansWithIdentity: 0 });
    trace.bindings.set(`${binding.payment}/${binding.carriedAt ?? 'named'}/${binding.factor}`, binding);
  }

  /** Ordinal of a bound trace, or -1; the four words of its id. */
  find(a: number, b: number, c: number, d: number): number {
    return this.#table.find(a, b, c, d);
  }

  findHex(traceId: string): number {
    return this.#table.find(...wordsOfHex(traceId));
  }

  isBulk(ordinal: number): boolean {
    const bindings = this.#traces[ordinal]?.bindings;
    if (bindings === undefined || bindings.size <= this.#maxPayments) return false;
    return this.paymentsOf(ordinal).size > this.#maxPayments;
  }

  /** All payments of a trace, whatever the horizon. */
  paymentsOf(ordinal: number): Set<number> {
    return new Set([...(this.#traces[ordinal]?.bindings.values() ?? [])].map((binding) => binding.payment));
  }

  /**
   * Payments that a span of the trace reaches, each with its best factor.
   * @param horizon null: no horizon, as when the event itself names the trace
   */
  reached(ordinal: number, start: Instant, end: Instant, horizon: Micros | null): Map<number, number> {
    const reached = new Map<number, number>();
    for (const { payment, carriedAt, factor } of this.#traces[ordinal]?.bindings.values() ?? []) {
      const near =
        carriedAt === null ||
        horizon === null ||
        (carriedAt >= start - horizon && carriedAt <= end + horizon);
      if (near && factor > (reached.get(payment) ?? 0)) reached.set(payment, factor);
    }
    return reached;
  }
}
