/** A finished batch join as documents are made of it. */
import type { Redactor } from '../formats/redaction/redact.ts';
import type { BatchJoinResult } from '../join/batch-join.ts';
import type { Instant } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { Payment } from '../model/payment.ts';
import type { Recovery } from '../model/recovery.ts';
import type { WindowSums } from '../ports/fact-store.ts';
import {
  joinedEventOf,
  joinedLinkOf,
  type JoinedEvent,
  type JoinedLink,
  type JoinedView,
  type KnownPayment,
  type Visibility,
} from './joined-view.ts';
import { PaymentTimeline } from './payment-timeline.ts';
import { sumsOver, windowsOf } from './unseen.ts';

const NONE: readonly JoinedLink[] = [];

export class BatchView implements JoinedView {
  readonly events: readonly JoinedEvent[];
  /** By event start, then link id. */
  readonly links: readonly JoinedLink[];
  /** By payment id. */
  readonly payments: readonly KnownPayment[];
  readonly latest: Instant | null;
  readonly latestObservation: Instant | null;
  readonly #byEvent = new Map<string, JoinedLink[]>();
  readonly #byId: ReadonlyMap<string, KnownPayment>;
  readonly #linked = new Set<string>();
  readonly #withheld = new Set<string>();
  readonly #timeline: PaymentTimeline;
  readonly #settings: JoinSettings;

  constructor(
    joined: BatchJoinResult,
    options: { tenant: string; redactor: Redactor; settings: JoinSettings },
    recoveryOf: (payment: Payment) => Recovery,
  ) {
    this.#settings = options.settings;
    const visibility = visibilityOf(joined);
    this.payments = joined.table.payments.map((payment, ordinal) => ({
      payment,
      recovery: recoveryOf(payment),
      visibility: visibility[ordinal] ?? { traces: 0, spans: 0, spansWithIdentity: 0 },
    }));
    this.#byId = new Map(this.payments.map((known) => [known.payment.id, known]));
    this.#timeline = new PaymentTimeline(this.payments);
    this.latest = joined.latest;
    this.latestObservation = joined.latestObservation;
    this.events = joined.hotEvents.events.map((hot) => {
      const withheld = joined.withheld.get(hot.ordinal);
      const ids = withheld === undefined ? null : [...withheld].flatMap((each) => this.#idAt(each) ?? []);
      for (const id of ids ?? []) this.#withheld.add(id);
      const { pod, container } = hot.resolved;
      return joinedEventOf(hot, joined.neighbourhood.serviceNamesOf(pod, container), ids);
    });
    this.links = linksOf(joined, options);
    for (const each of this.links) {
      const { eventId, paymentId } = each.link;
      const links = this.#byEvent.get(eventId);
      if (links === undefined) this.#byEvent.set(eventId, [each]);
      else links.push(each);
      this.#linked.add(paymentId);
    }
  }

  get hasEvents(): boolean {
    return this.events.length > 0;
  }

  #idAt(ordinal: number): string | undefined {
    return this.payments[ordinal]?.payment.id;
  }

  linksOf(eventId: string): readonly JoinedLink[] {
    return this.#byEvent.get(eventId) ?? NONE;
  }

  isLinked(paymentId: string): boolean {
    return this.#linked.has(paymentId);
  }

  isWithheld(paymentId: string): boolean {
    return this.#withheld.has(paymentId);
  }

  payment(id: string): KnownPayment | undefined {
    return this.#byId.get(id);
  }

  windowSums(events: readonly JoinedEvent[], services: readonly string[]): WindowSums {
    return sumsOver(this.#timeline, windowsOf(events, this.#settings), services);
  }
}

function linksOf(joined: BatchJoinResult, options: { tenant: string; redactor: Redactor }): JoinedLink[] {
  const entries = [...joined.ways.all()].map((best) => {
    const event = joined.hotEvents.events[best.event]?.event;
    const payment = joined.table.payments[best.payment];
    if (event === undefined || payment === undefined) throw new Error('a link has an event and a payment');
    return { start: event.start, joined: joinedLinkOf(options, event.id, payment.id, best) };
  });
  entries.sort((a, b) => a.start - b.start || (a.joined.link.id < b.joined.link.id ? -1 : 1));
  return entries.map((entry) => entry.joined);
}

/** Sums over the traces bound to each payment, by payment ordinal. */
function visibilityOf(joined: BatchJoinResult): Visibility[] {
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
