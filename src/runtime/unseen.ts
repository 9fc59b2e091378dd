/**
 * What may have passed unseen (DESIGN 4.6): the payments that make up the difference between `lower` and `upper`.
 *
 * What: a payment that was handled in an event's window, and that no span with an identity was ever seen of, could
 * have gone through the container without our knowing. If its service is known and is not one of the event's, it
 * could not. To these come payments that bulk traces or too many pods kept from being linked, and weak links.
 *
 * How: the view sums over all payments of the windows; the few that are linked, weak or withheld are known one by one, and
 * are taken out or put in.
 *
 * Cost: one sum over the windows. Worked example: window 13:58 to 14:15, 40 payments in
 * it, 38 bound to spans, 30 of them linked; of the two unbound, one names service `fraud`, which the events never
 * touched: `upper` is larger than `lower` by the other one. The binding ratio is 38 / 40.
 */
import { windowOf, type Interval } from '../join/confidence.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { WindowSums } from '../ports/fact-store.ts';
import type { JoinedEvent, JoinedView, KnownPayment } from './joined-view.ts';
import type { PaymentTimeline } from './payment-timeline.ts';

export interface Unseen {
  /** Minor units that count in `upper` and not in `lower`, by currency; none that is nothing. */
  remaining: Map<string, bigint>;
  /** Null when no payment lies in the windows, or nobody knows. */
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
    const services = passingServices(events, this.#services);
    const sums = this.#view.windowSums(events, services);
    const remaining = new Map(sums?.unseen);
    const add = ({ payment, recovery }: KnownPayment, sign: bigint): void => {
      const { remainingMinor } = recovery;
      if (remainingMinor <= 0n) return;
      remaining.set(payment.currency, (remaining.get(payment.currency) ?? 0n) + sign * remainingMinor);
    };
    const windows = windowsOf(events, this.#settings);
    const summed = (known: KnownPayment): boolean => sums !== null && isUnseen(known, windows, services);
    for (const known of this.#known(linked)) if (summed(known)) add(known, -1n);
    const named = new Set([...weak, ...events.flatMap(({ withheld }) => withheld)]);
    for (const known of this.#known(named))
      if (!linked.has(known.payment.id) && !summed(known)) add(known, 1n);
    for (const [currency, minor] of remaining) if (minor === 0n) remaining.delete(currency);
    return {
      remaining,
      bindingRatio: sums === null || sums.payments === 0 ? null : sums.bound / sums.payments,
    };
  }

  #known(ids: ReadonlySet<string>): KnownPayment[] {
    return [...ids].flatMap((id) => this.#view.payment(id) ?? []);
  }
}

/** Names of the services by which a payment of the windows can have been handled unseen; `''`: it names none. */
export function passingServices(events: readonly JoinedEvent[], unnamed: readonly string[]): string[] {
  const services = [...new Set(events.flatMap((joined) => joined.services))].toSorted();
  const mayBeUnnamed = unnamed.length === 0 || unnamed.some((service) => services.includes(service));
  return mayBeUnnamed ? ['', ...services] : services;
}

/** The windows of the events, those that meet made one. */
export function windowsOf(events: readonly JoinedEvent[], settings: JoinSettings): Interval[] {
  const windows = events.map(({ event }) => windowOf(event, settings)).toSorted((a, b) => a.start - b.start);
  const merged: Interval[] = [];
  for (const { start, end } of windows) {
    const last = merged.at(-1);
    if (last === undefined || start > last.end) merged.push({ start, end });
    else last.end = Math.max(last.end, end);
  }
  return merged;
}

/** Whether a payment lies in the windows, could have passed there, and no span with an identity was seen of it. */
export function isUnseen(
  { payment, visibility }: KnownPayment,
  windows: readonly Interval[],
  services: readonly string[],
): boolean {
  const inWindow = windows.some(({ start, end }) => payment.time >= start && payment.time <= end);
  return inWindow && visibility.spansWithIdentity === 0 && services.includes(payment.service ?? '');
}

/** The sums over the payments of the events' windows, by looking at each. */
export function sumsOver(
  timeline: PaymentTimeline,
  windows: readonly Interval[],
  services: readonly string[],
): WindowSums {
  const unseen = new Map<string, bigint>();
  let [payments, bound] = [0, 0];
  for (const window of windows) {
    for (const known of timeline.between(window.start, window.end)) {
      const { remainingMinor } = known.recovery;
      const { currency } = known.payment;
      payments += 1;
      if (known.visibility.spans > 0) bound += 1;
      if (remainingMinor > 0n && isUnseen(known, [window], services))
        unseen.set(currency, (unseen.get(currency) ?? 0n) + remainingMinor);
    }
  }
  return { payments, bound, unseen };
}
