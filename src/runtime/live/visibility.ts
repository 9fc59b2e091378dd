/**
 * What was seen of the traces of payments, counted over a range of the log (DESIGN 4.6): the ground of the negative
 * answer and of the upper bound.
 *
 * Two passes: the ids that spans carry bind traces to payments; then the spans of those traces are counted, each once. Why
 * over the log and not as spans come: the span that names the payment is often the last of its trace to arrive, and a
 * settlement file may name the trace days later.
 *
 * Cost: a look-up per span of the range, about 10 ns; memory by bound trace. Worked example: one minute of payments at
 * 20,000 spans/s reads 12 minutes of log, 14 M spans, in about half a second.
 */
import { Bindings } from '../../join/bindings.ts';
import type { Interval } from '../../join/confidence.ts';
import { KeyTable } from '../../join/key-table.ts';
import type { Learned } from '../../join/learned.ts';
import type { PaymentTable } from '../../join/payments.ts';
import type { SpanRows } from '../../join/span-chunk.ts';
import type { VisibilityFact } from '../../ports/fact-store.ts';
import { carriedFactsOf } from './carried.ts';
import type { Frame } from './frame.ts';
import type { FrameSource } from './frame-source.ts';

/** Stands for an identity that was not told of yet. */
const UNKNOWN = 0xffffffff;

export interface VisibilityOptions {
  maxPaymentsPerTrace: number;
  attribute: (name: string) => { type: string | null; order: boolean } | undefined;
}

export class VisibilityCounter {
  readonly #log: FrameSource;
  readonly #learned: Learned;
  readonly #options: VisibilityOptions;

  constructor(log: FrameSource, learned: Learned, options: VisibilityOptions) {
    this.#log = log;
    this.#learned = learned;
    this.#options = options;
  }

  /** @param table the payments to count for; ids that mean others are passed over */
  async count(table: PaymentTable, range: Interval): Promise<VisibilityFact[]> {
    const bindings = new Bindings(this.#options.maxPaymentsPerTrace);
    for (const [ordinal, payment] of table.payments.entries())
      for (const traceId of payment.traceIds) bindings.name(traceId, ordinal);
    await this.#scan(range, (frame) => {
      for (const { traceId, at, attribute, value } of carriedFactsOf(frame)) {
        const type = this.#options.attribute(attribute)?.type ?? null;
        const { payment } = table.resolve(value, type, at);
        if (payment !== null) bindings.carry(traceId, payment, at, 1);
      }
    });
    const seen = new KeyTable();
    await this.#scan(range, ({ spans }) => {
      if (spans !== null) this.#countRows(spans, bindings, seen);
    });
    return factsOf(table, bindings);
  }

  #countRows(rows: SpanRows, bindings: Bindings, seen: KeyTable): void {
    const { identities } = this.#learned.knowledge();
    const ordinals = rows.dictionary.map((id) => this.#learned.ordinalOf(id));
    const { trace, span } = rows;
    for (let at = 0; at < rows.length; at += 1) {
      const word = at * 4;
      const bound = bindings.find(
        trace[word] ?? 0,
        trace[word + 1] ?? 0,
        trace[word + 2] ?? 0,
        trace[word + 3] ?? 0,
      );
      if (bound < 0) continue;
      const ordinal = ordinals[rows.identity[at] ?? 0] ?? null;
      const known = seen.size;
      seen.insert(bound, span[at * 2] ?? 0, span[at * 2 + 1] ?? 0, ordinal ?? UNKNOWN);
      const counts = bindings.traces[bound];
      if (seen.size === known || counts === undefined) continue;
      counts.spans += 1;
      if (ordinal !== null && (identities.resolve(ordinal, rows.start[at] ?? 0)?.statesWhere ?? false))
        counts.spansWithIdentity += 1;
    }
  }

  async #scan({ start, end }: Interval, visit: (frame: Frame) => void): Promise<void> {
    for await (const frames of this.#log.scan({ from: start, to: end }))
      for (const { frame } of frames) visit(frame);
  }
}

/** Sums over the traces bound to each payment. */
function factsOf(table: PaymentTable, bindings: Bindings): VisibilityFact[] {
  const counts = table.payments.map(({ id }) => ({
    paymentId: id,
    traces: 0,
    spans: 0,
    spansWithIdentity: 0,
  }));
  for (const [ordinal, trace] of bindings.traces.entries()) {
    for (const payment of bindings.paymentsOf(ordinal)) {
      const known = counts[payment];
      if (known === undefined) continue;
      known.traces += 1;
      known.spans += trace.spans;
      known.spansWithIdentity += trace.spansWithIdentity;
    }
  }
  return counts;
}
