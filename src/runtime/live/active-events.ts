/**
 * The events that can still change: open ones, and final ones until their late horizon has passed. Everything else about
 * them is a fact or a document; this is the working set, and it is bounded by the rate of events.
 */
import type { Interval } from '../../join/confidence.ts';
import type { CoveragePart } from '../../model/documents/parts.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { JoinedEvent, JoinedLink } from '../joined-view.ts';

export type Closing = 'open' | 'final' | 'final_unverified';

export interface ActiveEvent {
  event: SecurityEvent;
  /** As it was last evaluated. */
  joined: JoinedEvent;
  /** By payment: an event has one link at most to each. */
  links: Map<string, JoinedLink>;
  closing: Closing;
  /** What had been read when it closed; null while it is open. */
  coverage: CoveragePart | null;
  /** The incident that it was last published in; null: none. */
  incidentId: string | null;
  /** The one before, until it is known to be no more. */
  formerIncidentId: string | null;
  /** Under which span keys it is hot, and for which times of spans. */
  hot: Map<string, Interval>;
  /** What identities it matches and how; a change means that it must be evaluated again. */
  signature: string;
}

export class ActiveEvents {
  readonly #events = new Map<string, ActiveEvent>();
  readonly #byPayment = new Map<string, Set<string>>();

  get size(): number {
    return this.#events.size;
  }

  get(eventId: string): ActiveEvent | undefined {
    return this.#events.get(eventId);
  }

  /** Those of the ids that are active. */
  some(eventIds: Iterable<string>): ActiveEvent[] {
    return [...eventIds].flatMap((id) => this.#events.get(id) ?? []);
  }

  all(): Iterable<ActiveEvent> {
    return this.#events.values();
  }

  ids(): string[] {
    return [...this.#events.keys()];
  }

  /** By (start, id). */
  sorted(): ActiveEvent[] {
    return [...this.#events.values()].toSorted(
      (a, b) => a.event.start - b.event.start || (a.event.id < b.event.id ? -1 : 1),
    );
  }

  set(active: ActiveEvent): void {
    this.#events.set(active.event.id, active);
    for (const paymentId of active.links.keys()) this.#index(active.event.id, paymentId);
  }

  /**
   * Replaces the links of an event, all or those to some payments.
   * @returns those that were added or are not the same, and those taken
   */
  relink(
    active: ActiveEvent,
    links: readonly JoinedLink[],
    payments: ReadonlySet<string> | null,
  ): { changed: JoinedLink[]; taken: JoinedLink[] } {
    const known = active.links;
    const now = new Map(links.map((each) => [each.link.paymentId, each]));
    const changed = links.filter((each) => !isSame(known.get(each.link.paymentId), each));
    const taken = [...(payments ?? known.keys())].flatMap((id) => (now.has(id) ? [] : (known.get(id) ?? [])));
    for (const { link } of taken) {
      known.delete(link.paymentId);
      this.#unindex(active.event.id, link.paymentId);
    }
    for (const joined of changed) {
      known.set(joined.link.paymentId, joined);
      this.#index(active.event.id, joined.link.paymentId);
    }
    return { changed, taken };
  }

  remove(eventId: string): void {
    const active = this.#events.get(eventId);
    if (active === undefined) return;
    for (const paymentId of active.links.keys()) this.#unindex(eventId, paymentId);
    this.#events.delete(eventId);
  }

  /** Events that are linked to a payment. */
  linkedTo(paymentId: string): ReadonlySet<string> {
    return this.#byPayment.get(paymentId) ?? NONE;
  }

  #index(eventId: string, paymentId: string): void {
    const events = this.#byPayment.get(paymentId);
    if (events === undefined) this.#byPayment.set(paymentId, new Set([eventId]));
    else events.add(eventId);
  }

  #unindex(eventId: string, paymentId: string): void {
    const events = this.#byPayment.get(paymentId);
    events?.delete(eventId);
    if (events?.size === 0) this.#byPayment.delete(paymentId);
  }
}

function isSame(before: JoinedLink | undefined, now: JoinedLink): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now);
}

const NONE: ReadonlySet<string> = new Set();
