/**
 * What may have passed unseen (DESIGN 4.6): the payments that make up the difference between `lower` and `upper`.
 *
 * What: a payment that was handled in an event's window, and that no span with an identity was ever seen of, could
 * have gone through the container without our knowing. If its service is known and is not one of the event's, it
 * could not. To these come payments that bulk traces or too many pods kept from being linked, and weak links.
 *
 * Cost: payments of the window, found in a list sorted by time. Worked example: window 13:58 to 14:15, 40 payments in
 * it, 38 bound to spans, 30 of them linked; of the two unbound, one names service `fraud`, which the events never
 * touched: `upper` is larger than `lower` by the other one. The binding ratio is 38 / 40.
 */
import type { BatchJoinResult } from '../join/batch-join.ts';
import { windowOf, type Interval } from '../join/confidence.ts';
import type { HotEvent } from '../join/hot-events.ts';
import type { JoinSettings } from '../model/join-settings.ts';

export interface Unseen {
  /** Ordinals of payments that count in `upper` and not in `lower`. */
  payments: number[];
  /** Null when no payment lies in the windows. */
  bindingRatio: number | null;
}

/** What is known of the traces of one payment. */
export interface Visibility {
  traces: number;
  spans: number;
  spansWithIdentity: number;
}

/** Sums over the traces bound to each payment, by payment ordinal. */
export function visibilityOf(joined: BatchJoinResult): Visibility[] {
  const visibility = joined.table.payments.map(() => ({ traces: 0, spans: 0, spansWithIdentity: 0 }));
  for (const [ordinal, trace] of joined.bindings.traces.entries()) {
    for (const payment of joined.bindings.paymentsOf(ordinal)) {
      const known = visibility[payment];
      if (known === undefined) continue;
      known.traces += 1;
      known.spans += trace.spans;
      known.spansWithIdentity += trace.spansWithIdentity;
    }
  }
  return visibility;
}

export class UnseenPayments {
  readonly #joined: BatchJoinResult;
  readonly #visibility: readonly Visibility[];
  readonly #settings: JoinSettings;
  readonly #services: readonly string[];
  /** Payment ordinals by payment time. */
  readonly #byTime: number[];

  constructor(
    joined: BatchJoinResult,
    visibility: readonly Visibility[],
    settings: JoinSettings,
    services: readonly string[],
  ) {
    this.#joined = joined;
    this.#visibility = visibility;
    this.#settings = settings;
    this.#services = services;
    this.#byTime = [...joined.table.payments.keys()].toSorted((a, b) => this.#timeOf(a) - this.#timeOf(b));
  }

  #timeOf(payment: number): number {
    return this.#joined.table.payments[payment]?.time ?? 0;
  }

  /** @param linked payments that these events are linked to with enough confidence, which count in `lower` */
  of(events: readonly HotEvent[], linked: ReadonlySet<number>, weak: ReadonlySet<number>): Unseen {
    const inWindow = this.#inWindows(events.map((hot) => windowOf(hot.event, this.#settings)));
    const services = this.#servicesOf(events);
    const unseen = new Set<number>(weak);
    for (const hot of events)
      for (const payment of this.#joined.withheld.get(hot.ordinal) ?? []) unseen.add(payment);
    let bound = 0;
    for (const payment of inWindow) {
      const known = this.#visibility[payment];
      if ((known?.spans ?? 0) > 0) bound += 1;
      if ((known?.spansWithIdentity ?? 0) === 0 && this.#couldPass(payment, services)) unseen.add(payment);
    }
    return {
      payments: [...unseen].filter((payment) => !linked.has(payment)),
      bindingRatio: inWindow.size === 0 ? null : bound / inWindow.size,
    };
  }

  #servicesOf(events: readonly HotEvent[]): Set<string> {
    const { neighbourhood } = this.#joined;
    return new Set(
      events.flatMap(({ resolved }) => [...neighbourhood.serviceNamesOf(resolved.pod, resolved.container)]),
    );
  }

  #couldPass(payment: number, services: ReadonlySet<string>): boolean {
    const own = this.#joined.table.payments[payment]?.service ?? null;
    const handledBy = own === null ? this.#services : [own];
    return handledBy.length === 0 || handledBy.some((service) => services.has(service));
  }

  #inWindows(windows: readonly Interval[]): Set<number> {
    const payments = new Set<number>();
    for (const { start, end } of windows) {
      for (let at = this.#firstAt(start); at < this.#byTime.length; at += 1) {
        const payment = this.#byTime[at] ?? 0;
        if (this.#timeOf(payment) > end) break;
        payments.add(payment);
      }
    }
    return payments;
  }

  #firstAt(start: number): number {
    let low = 0;
    let high = this.#byTime.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timeOf(this.#byTime[middle] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
