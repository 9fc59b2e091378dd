/** The working set of the live lane as documents are made of it; payments are loaded as they are needed. */
import type { Instant } from '../../model/instant.ts';
import { isIdentifying, type Payment } from '../../model/payment.ts';
import type { JoinedEvent, JoinedLink, JoinedView, KnownPayment } from '../joined-view.ts';
import type { WindowSums } from '../../ports/fact-store.ts';
import type { ActiveEvents } from './active-events.ts';

export class LiveView implements JoinedView {
  readonly events: readonly JoinedEvent[];
  readonly latest: Instant | null;
  readonly latestObservation: Instant | null;
  readonly #withheld: ReadonlySet<string>;
  readonly #actives: ActiveEvents;
  readonly #hasRetiredLinks: (paymentIds: readonly string[]) => Promise<boolean>;
  readonly #linkedOnce = new Set<string>();
  readonly #payments = new Map<string, KnownPayment>();
  readonly #sums = new Map<string, WindowSums>();

  /** @param hasRetiredLinks whether a payment, by any of its ids, has live links to events that are not active any more */
  constructor(
    actives: ActiveEvents,
    times: { latest: Instant | null; latestObservation: Instant | null },
    hasRetiredLinks: (paymentIds: readonly string[]) => Promise<boolean>,
  ) {
    this.#actives = actives;
    this.events = actives.sorted().map(({ joined }) => joined);
    this.latest = times.latest;
    this.latestObservation = times.latestObservation;
    this.#withheld = new Set(this.events.flatMap(({ withheld }) => withheld));
    this.#hasRetiredLinks = hasRetiredLinks;
  }

  get hasEvents(): boolean {
    return this.events.length > 0;
  }

  linksOf(eventId: string): readonly JoinedLink[] {
    return [...(this.#actives.get(eventId)?.links.values() ?? [])];
  }

  /** Links to retired events count once `lookUpRetired` has looked for them. */
  isLinked(paymentId: string): boolean {
    return this.#actives.linkedTo(paymentId).size > 0 || this.#linkedOnce.has(paymentId);
  }

  /** Looks for links to retired events, where no active one is linked to the payment. */
  async lookUpRetired({ id, supersededIds, aliases }: Payment): Promise<void> {
    if (this.isLinked(id)) return;
    // Links of retired events are not moved: they name the payment as it was then.
    const strong = aliases.filter(isIdentifying);
    const ids = [id, ...supersededIds, ...strong.map(({ value }) => value)];
    if (await this.#hasRetiredLinks(ids)) this.#linkedOnce.add(id);
  }

  isWithheld(paymentId: string): boolean {
    return this.#withheld.has(paymentId);
  }

  /** @throws nothing; undefined for a payment that was not loaded */
  payment(id: string): KnownPayment | undefined {
    return this.#payments.get(id);
  }

  windowSums([first]: readonly JoinedEvent[]): WindowSums | null {
    return this.#sums.get(first?.event.id ?? '') ?? null;
  }

  /** Makes payments known by their ids. */
  load(payments: readonly KnownPayment[]): void {
    for (const known of payments) this.#payments.set(known.payment.id, known);
  }

  /** Makes the sums of an incident known, by its first event. */
  loadSums(eventId: string, sums: WindowSums): void {
    this.#sums.set(eventId, sums);
  }
}
