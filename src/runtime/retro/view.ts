/** What the retro lane has joined, as documents are made of it: one event, its links, the payments that were read. */
import type { Instant } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { WindowSums } from '../../ports/fact-store.ts';
import type { JoinedEvent, JoinedLink, JoinedView, KnownPayment } from '../joined-view.ts';
import { PaymentTimeline } from '../payment-timeline.ts';
import { sumsOver, windowsOf } from '../unseen.ts';

export class RetroView implements JoinedView {
  readonly events: readonly JoinedEvent[];
  readonly hasEvents = true;
  readonly links: readonly JoinedLink[];
  readonly latest: Instant | null;
  readonly latestObservation: Instant | null;
  readonly #linked: ReadonlySet<string>;
  readonly #withheld: ReadonlySet<string>;
  readonly #payments: ReadonlyMap<string, KnownPayment>;
  readonly #timeline: PaymentTimeline;
  readonly #settings: JoinSettings | null;

  /**
   * @param links by link id
   * @param unseen settings of the join where all payments of the window were read; null: only those that are linked
   */
  constructor(
    event: JoinedEvent,
    links: readonly JoinedLink[],
    payments: readonly KnownPayment[],
    times: { latest: Instant | null; latestObservation: Instant | null },
    unseen: JoinSettings | null,
  ) {
    this.#settings = unseen;
    this.events = [event];
    this.links = links;
    this.latest = times.latest;
    this.latestObservation = times.latestObservation;
    this.#linked = new Set(links.map(({ link }) => link.paymentId));
    this.#withheld = new Set(event.withheld);
    this.#payments = new Map(payments.map((known) => [known.payment.id, known]));
    this.#timeline = new PaymentTimeline([...this.#payments.values()]);
  }

  linksOf(eventId: string): readonly JoinedLink[] {
    return this.events.some(({ event }) => event.id === eventId) ? this.links : [];
  }

  isLinked(paymentId: string): boolean {
    return this.#linked.has(paymentId);
  }

  isWithheld(paymentId: string): boolean {
    return this.#withheld.has(paymentId);
  }

  payment(id: string): KnownPayment | undefined {
    return this.#payments.get(id);
  }

  windowSums(events: readonly JoinedEvent[], services: readonly string[]): WindowSums | null {
    if (this.#settings === null) return null;
    return sumsOver(this.#timeline, windowsOf(events, this.#settings), services);
  }
}
