/**
 * The events that can still change: open ones, and final ones until their late horizon has passed. Everything else about
 * them is a fact or a document; this is the working set, and it is bounded by the rate of events.
 */
import type { Interval } from '../../join/confidence.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { JoinedEvent, JoinedLink } from '../joined-view.ts';

export type Closing = 'open' | 'final' | 'final_unverified';

export interface ActiveEvent {
  event: SecurityEvent;
  /** As it was last evaluated. */
  joined: JoinedEvent;
  links: readonly JoinedLink[];
  closing: Closing;
  /** Facts that came after it was final and within the late horizon. */
  lateFacts: number;
  /** Share of the partitions of spans that were usable when it closed. */
  coverage: number;
  /** The incident that it was last published in; null: none. */
  incidentId: string | null;
  /** The one before, until it is known to be no more. */
  formerIncidentId: string | null;
  /** Under which span keys it is hot, and for which times of spans. */
  hot: Map<string, Interval>;
  /** What identities it matches and how; a change means that it must be evaluated again. */
  signature: string;
  /** Its window began before what the span window still held, and the log was not read for it yet. */
  partial: boolean;
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
    this.#index(active.event.id, active.links);
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
    const isReplaced = ({ link }: JoinedLink): boolean => payments?.has(link.paymentId) ?? true;
    const former = new Map(active.links.filter(isReplaced).map((each) => [each.link.id, each]));
    const changed = links.filter((each) => {
      const before = former.get(each.link.id);
      former.delete(each.link.id);
      return before === undefined || JSON.stringify(before) !== JSON.stringify(each);
    });
    const taken = [...former.values()];
    if (changed.length === 0 && taken.length === 0) return { changed, taken };
    const others = active.links.filter((each) => !isReplaced(each));
    this.#unindex(active.event.id, active.links);
    active.links = [...others, ...links].toSorted((a, b) => (a.link.id < b.link.id ? -1 : 1));
    this.#index(active.event.id, active.links);
    return { changed, taken };
  }

  remove(eventId: string): void {
    const active = this.#events.get(eventId);
    if (active === undefined) return;
    this.#unindex(eventId, active.links);
    this.#events.delete(eventId);
  }

  /** Events that are linked to a payment. */
  linkedTo(paymentId: string): ReadonlySet<string> {
    return this.#byPayment.get(paymentId) ?? NONE;
  }

  #index(eventId: string, links: readonly JoinedLink[]): void {
    for (const { link } of links) {
      const events = this.#byPayment.get(link.paymentId);
      if (events === undefined) this.#byPayment.set(link.paymentId, new Set([eventId]));
      else events.add(eventId);
    }
  }

  #unindex(eventId: string, links: readonly JoinedLink[]): void {
    for (const { link } of links) {
      const events = this.#byPayment.get(link.paymentId);
      events?.delete(eventId);
      if (events?.size === 0) this.#byPayment.delete(link.paymentId);
    }
  }
}

const NONE: ReadonlySet<string> = new Set();
