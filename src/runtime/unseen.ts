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
import { windowOf } from '../join/confidence.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { JoinedEvent, JoinedView, KnownPayment } from './joined-view.ts';

export interface Unseen {
  /** Payments that count in `upper` and not in `lower`. */
  payments: KnownPayment[];
  /** Null when no payment lies in the windows. */
  bindingRatio: number | null;
}

export class UnseenPayments {
  readonly #view: JoinedView;
  readonly #settings: JoinSettings;
  readonly #services: readonly string[];

  /** @param services the services of payments that name none */
  constructor(view: JoinedView, settings: JoinSettings, services: readonly string[]) {
    this.#view = view;
    this.#settings = settings;
    this.#services = services;
  }

  /** @param linked payments that these events are linked to with enough confidence, which count in `lower` */
  of(events: readonly JoinedEvent[], linked: ReadonlySet<string>, weak: ReadonlySet<string>): Unseen {
    const inWindow = this.#inWindows(events);
    const services = new Set(events.flatMap((joined) => joined.services));
    const named = [...weak, ...events.flatMap(({ withheld }) => withheld)];
    const unseen = new Set(named.flatMap((id) => this.#view.payment(id) ?? []));
    let bound = 0;
    for (const known of inWindow) {
      if (known.visibility.spans > 0) bound += 1;
      if (known.visibility.spansWithIdentity === 0 && this.#couldPass(known, services)) unseen.add(known);
    }
    return {
      payments: [...unseen].filter(({ payment }) => !linked.has(payment.id)),
      bindingRatio: inWindow.size === 0 ? null : bound / inWindow.size,
    };
  }

  #couldPass({ payment }: KnownPayment, services: ReadonlySet<string>): boolean {
    const handledBy = payment.service === null ? this.#services : [payment.service];
    return handledBy.length === 0 || handledBy.some((service) => services.has(service));
  }

  #inWindows(events: readonly JoinedEvent[]): Set<KnownPayment> {
    const payments = new Set<KnownPayment>();
    for (const { event } of events) {
      const { start, end } = windowOf(event, this.#settings);
      for (const known of this.#view.paymentsBetween(start, end)) payments.add(known);
    }
    return payments;
  }
}
