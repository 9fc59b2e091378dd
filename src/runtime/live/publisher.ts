/**
 * From what changed to documents: only those that say something new are written, each with the next revision.
 *
 * A change of an event can change its links, its incident, other incidents that it joins or leaves, and the documents of
 * every payment it was or is linked to; a change of a payment changes its links and the money of its incidents. All
 * of it is written in the transaction that stores the facts, so a reader never sees half a change.
 *
 * Cost: grouping looks at every active event; everything else is by what changed. Worked example: a settlement file
 * moves 300 payments of one incident: 300 payments, 300 links and one incident are written, in one commit.
 */
import type { Component } from '../../incidents/group.ts';
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';
import type { Incident } from '../../model/incident.ts';
import type { Instant } from '../../model/instant.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import { Assembly, type AssemblyOptions } from '../assembly.ts';
import type { JoinedLink, KnownPayment } from '../joined-view.ts';
import { passingServices, windowsOf } from '../unseen.ts';
import type { ActiveEvent, ActiveEvents, Closing } from './active-events.ts';
import { LiveView } from './live-view.ts';
import type { PaymentBook } from './payment-book.ts';
import { revised, revisedLink } from './revisions.ts';

/** What happened since documents were last published. */
export interface Changes {
  /** Active events that were evaluated, closed or became part of something else. */
  events: Set<string>;
  /** Payments with new state events. */
  payments: KnownPayment[];
  /** Links that do not hold any more, with the reason. */
  withdrawn: { joined: JoinedLink; reason: string }[];
  /** Events that are no more: later stages took their matches back. */
  vanished: readonly ActiveEvent[];
}

/** How far the records go. */
export interface Times {
  latest: Instant | null;
  latestObservation: Instant | null;
}

interface Written {
  events: EventDocument[];
  links: LinkDocument[];
  payments: PaymentDocument[];
  incidents: IncidentDocument[];
  removed: { events: string[]; payments: string[]; incidents: string[] };
}

export class Publisher {
  readonly #index: IncidentIndex;
  readonly #facts: FactStore;
  readonly #actives: ActiveEvents;
  readonly #payments: PaymentBook;
  readonly #options: Omit<AssemblyOptions, 'asOf'>;

  constructor(
    index: IncidentIndex,
    facts: FactStore,
    actives: ActiveEvents,
    payments: PaymentBook,
    options: Omit<AssemblyOptions, 'asOf'>,
  ) {
    this.#index = index;
    this.#facts = facts;
    this.#actives = actives;
    this.#payments = payments;
    this.#options = options;
  }

  /** @returns events whose incident changed, whose state must be stored */
  async publish(changes: Changes, times: Times): Promise<Set<string>> {
    const view = new LiveView(this.#actives, times, (id) => this.#hasRetiredLinks(id));
    view.load(changes.payments);
    await this.#sumUp(changes.payments);
    const assembly = new Assembly(view, { ...this.#options, asOf: times.latest ?? 0 });
    const components = concerned(assembly.components(), changes, this.#actives);
    await this.#loadFor(components, changes, view);
    const incidents = assembly.incidents(components);
    const moved = this.#move(components, incidents);
    for (const eventId of changes.events) moved.add(eventId);
    const written = this.#documents(assembly, view, incidents, moved, changes);
    written.removed.incidents = this.#formerIncidents(components, incidents, changes.vanished);
    this.#index.write(this.#options.tenant, written);
    return moved;
  }

  async #sumUp(payments: readonly KnownPayment[]): Promise<void> {
    if (payments.length === 0) return;
    const sums = payments.map(
      ({ payment: { id, time, service, currency }, recovery: { remainingMinor } }) => {
        return { paymentId: id, time, service, currency, remainingMinor };
      },
    );
    await this.#facts.savePaymentSums(sums);
    await this.#facts.removePaymentSums(payments.flatMap(({ payment }) => payment.supersededIds));
  }

  /**
   * Payments that the documents of these components show. Those that may have passed unseen are looked at once an
   * incident is final: before, what was seen of them is not counted yet, and all of them would seem unseen.
   */
  async #loadFor(components: readonly Component[], changes: Changes, view: LiveView): Promise<void> {
    const strong = new Set<string>();
    for (const { link } of [...this.#linksOf(components), ...changes.withdrawn.map(({ joined }) => joined)])
      if (view.payment(link.paymentId) === undefined) strong.add(link.paymentId);
    for (const { eventIds } of components)
      for (const eventId of eventIds)
        for (const id of this.#actives.get(eventId)?.joined.withheld ?? []) strong.add(id);
    if (strong.size > 0) view.load(await this.#payments.named({ strong: [...strong] }));
    for (const { eventIds } of components) {
      const actives = eventIds.flatMap((id) => this.#actives.get(id) ?? []);
      if (closingOf(actives) === 'open') continue;
      const events = actives.map(({ joined }) => joined);
      const { settings, services } = this.#options;
      const windows = windowsOf(events, settings);
      const sums = await this.#facts.windowSums(windows, passingServices(events, services));
      view.loadSums(eventIds[0] ?? '', sums);
    }
  }

  #linksOf(components: readonly Component[]): JoinedLink[] {
    return components.flatMap(({ eventIds }) =>
      eventIds.flatMap((eventId) => this.#actives.get(eventId)?.links ?? []),
    );
  }

  /** Notes which incident each event is in. Returns those for which that is new. */
  #move(components: readonly Component[], incidents: readonly Incident[]): Set<string> {
    const incidentOf = new Map(incidents.flatMap(({ id, eventIds }) => eventIds.map((each) => [each, id])));
    const moved = new Set<string>();
    for (const eventId of components.flatMap(({ eventIds }) => eventIds)) {
      const active = this.#actives.get(eventId);
      const incidentId = incidentOf.get(eventId) ?? null;
      if (active === undefined || active.incidentId === incidentId) continue;
      active.formerIncidentId = active.incidentId;
      active.incidentId = incidentId;
      moved.add(eventId);
    }
    return moved;
  }

  #documents(
    assembly: Assembly,
    view: LiveView,
    incidents: readonly Incident[],
    moved: ReadonlySet<string>,
    changes: Changes,
  ): Written {
    const written: Written = {
      events: [],
      links: [],
      payments: [],
      incidents: [],
      removed: { events: changes.vanished.map(({ event }) => event.id), payments: [], incidents: [] },
    };
    const { tenant } = this.#options;
    const touched = new Map(changes.payments.map((known) => [known.payment.id, known]));
    for (const eventId of moved) this.#event(assembly, eventId, view, touched, written);
    for (const { payment } of changes.payments)
      for (const eventId of this.#actives.linkedTo(payment.id))
        if (!moved.has(eventId)) this.#links(assembly, eventId, (each) => each === payment.id, written);
    for (const { joined, reason } of changes.withdrawn) {
      this.#withdraw(joined, reason, written);
      const known = view.payment(joined.link.paymentId);
      if (known !== undefined) touched.set(known.payment.id, known);
    }
    for (const known of touched.values()) {
      const { id, supersededIds } = known.payment;
      const stored = this.#index.payment(tenant, id);
      keep(
        written.payments,
        revised(stored, (progress) => assembly.payment(known, progress), 'open'),
      );
      written.removed.payments.push(...supersededIds);
    }
    for (const incident of incidents) {
      const closing = closingOf(incident.eventIds.flatMap((id) => this.#actives.get(id) ?? []));
      const stored = this.#index.incident(tenant, incident.id);
      const former = stored?.incident.id === incident.id ? stored : null;
      keep(
        written.incidents,
        revised(former, (progress) => assembly.incident(incident, progress), closing),
      );
    }
    return written;
  }

  #event(
    assembly: Assembly,
    eventId: string,
    view: LiveView,
    touched: Map<string, KnownPayment>,
    written: Written,
  ): void {
    const active = this.#actives.get(eventId);
    if (active === undefined) return;
    const stored = this.#index.event(this.#options.tenant, eventId);
    const { joined, incidentId, closing } = active;
    keep(
      written.events,
      revised(stored, (progress) => assembly.event(joined, incidentId, progress), closing),
    );
    this.#links(assembly, eventId, () => true, written);
    for (const id of [...active.links.map(({ link }) => link.paymentId), ...joined.withheld]) {
      const known = view.payment(id);
      if (known !== undefined) touched.set(known.payment.id, known);
    }
  }

  #links(
    assembly: Assembly,
    eventId: string,
    wanted: (paymentId: string) => boolean,
    written: Written,
  ): void {
    const active = this.#actives.get(eventId);
    for (const joined of active?.links ?? []) {
      if (active === undefined || !wanted(joined.link.paymentId)) continue;
      const stored = this.#index.link(this.#options.tenant, joined.link.id);
      const state = active.closing === 'open' ? 'provisional' : active.closing;
      const { coverage, incidentId } = active;
      keep(
        written.links,
        revisedLink(stored, (revision) => assembly.link(joined, incidentId, { revision, state, coverage })),
      );
    }
  }

  #withdraw({ link }: JoinedLink, reason: string, written: Written): void {
    const stored = this.#index.link(this.#options.tenant, link.id);
    if (stored === null || stored.link.status === 'withdrawn') return;
    const { incident: _, ...rest } = stored;
    const meta = { ...stored.meta, revision: stored.meta.revision + 1 };
    written.links.push({ ...rest, link: { ...stored.link, status: 'withdrawn', reason }, meta });
  }

  /** Incidents that were published and are no more: they became part of another, or lost their last link. */
  #formerIncidents(
    components: readonly Component[],
    incidents: readonly Incident[],
    vanished: readonly ActiveEvent[],
  ): string[] {
    const now = new Set(incidents.map(({ id }) => id));
    const former = new Set<string>();
    const events = components.flatMap(({ eventIds }) =>
      eventIds.flatMap((id) => this.#actives.get(id) ?? []),
    );
    for (const { formerIncidentId } of events) if (formerIncidentId !== null) former.add(formerIncidentId);
    for (const { incidentId } of vanished) if (incidentId !== null) former.add(incidentId);
    for (const active of events) active.formerIncidentId = null;
    return [...former].filter((id) => !now.has(id));
  }

  #hasRetiredLinks(paymentId: string): boolean {
    const { items } = this.#index.linksOfPayment(this.#options.tenant, paymentId, {
      limit: 100,
      cursor: null,
    });
    return items.some(
      ({ link, event }) => link.status === 'live' && this.#actives.get(event.id) === undefined,
    );
  }
}

/** The components that a change can have changed, and all parts of what was cut with them. */
function concerned(
  components: readonly Component[],
  changes: Changes,
  actives: ActiveEvents,
): readonly Component[] {
  const events = new Set(changes.events);
  for (const { payment } of changes.payments)
    for (const eventId of actives.linkedTo(payment.id)) events.add(eventId);
  const vanished = new Set(changes.vanished.flatMap(({ incidentId }) => incidentId ?? []));
  const isConcerned = ({ eventIds }: Component): boolean =>
    eventIds.some((id) => events.has(id) || vanished.has(actives.get(id)?.incidentId ?? ''));
  const cut = components.filter(({ continues }) => continues.length > 0);
  const parts = new Set(cut.flatMap(({ eventIds, continues }) => [...continues, eventIds[0] ?? '']));
  return components.filter((each) => parts.has(each.eventIds[0] ?? '') || isConcerned(each));
}

function closingOf(events: readonly ActiveEvent[]): Closing {
  if (events.some(({ closing }) => closing === 'open')) return 'open';
  return events.some(({ closing }) => closing === 'final_unverified') ? 'final_unverified' : 'final';
}

function keep<T>(documents: T[], document: T | null): void {
  if (document !== null) documents.push(document);
}
