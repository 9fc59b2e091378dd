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
  /** Active events that changed: whole (null), or their links to some payments only. */
  events: Map<string, ReadonlySet<string> | null>;
  /** Payments with new state events. */
  payments: KnownPayment[];
  /** Links that are new or weigh otherwise. */
  linked: JoinedLink[];
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
  /** What incidents have not been looked at for: events, and incidents that lost one. */
  readonly #waiting = { events: new Set<string>(), vanished: new Set<string>() };

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

  /** After a start: incidents may have been waiting. */
  awaitAll(): void {
    for (const eventId of this.#actives.ids()) this.#waiting.events.add(eventId);
  }

  /**
   * @param everything write incidents too. Between checkpoints only those of events that had none are: an incident of a busy
   *   pod gets new payments at every settle, and each would mean to sum up all of it again
   * @returns events whose state changed
   */
  async publish(changes: Changes, times: Times, everything: boolean): Promise<Set<string>> {
    this.#note(changes);
    const view = new LiveView(this.#actives, times, (id) => this.#hasRetiredLinks(id));
    view.load(changes.payments);
    await this.#sumUp(changes.payments);
    const assembly = new Assembly(view, { ...this.#options, asOf: times.latest ?? 0 });
    const components = this.#areDue(changes, everything) ? this.#concerned(assembly.components()) : [];
    await this.#loadFor(components, changes, view);
    const incidents = assembly.incidents(components);
    const moved = new Map(changes.events);
    for (const eventId of this.#move(components, incidents)) moved.set(eventId, null);
    const written = this.#documents(assembly, view, incidents, moved, changes);
    written.removed.incidents = this.#formerIncidents(components, incidents);
    this.#index.write(this.#options.tenant, written);
    return new Set([...moved].flatMap(([eventId, payments]) => (payments === null ? [eventId] : [])));
  }

  #note(changes: Changes): void {
    for (const eventId of changes.events.keys()) this.#waiting.events.add(eventId);
    for (const { payment } of changes.payments)
      for (const eventId of this.#actives.linkedTo(payment.id)) this.#waiting.events.add(eventId);
    for (const { incidentId } of changes.vanished)
      if (incidentId !== null) this.#waiting.vanished.add(incidentId);
  }

  #areDue({ events, vanished }: Changes, everything: boolean): boolean {
    const isNew = (eventId: string): boolean => {
      const active = this.#actives.get(eventId);
      return active !== undefined && active.incidentId === null && active.links.length > 0;
    };
    return everything || vanished.length > 0 || [...events.keys()].some(isNew);
  }

  /** The components that what waits can have changed, and all parts of what was cut with them. */
  #concerned(components: readonly Component[]): readonly Component[] {
    const { events, vanished } = this.#waiting;
    const isConcerned = ({ eventIds }: Component): boolean =>
      eventIds.some((id) => events.has(id) || vanished.has(this.#actives.get(id)?.incidentId ?? ''));
    const cut = components.filter(({ continues }) => continues.length > 0);
    const parts = new Set(cut.flatMap(({ eventIds, continues }) => [...continues, eventIds[0] ?? '']));
    return components.filter((each) => parts.has(each.eventIds[0] ?? '') || isConcerned(each));
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
    const wanted = new Set(this.#linksOf(components).map(({ link }) => link.paymentId));
    for (const { joined } of changes.withdrawn) wanted.add(joined.link.paymentId);
    for (const [eventId, payments] of changes.events) {
      const active = this.#actives.get(eventId);
      const all = payments ?? active?.links.map(({ link }) => link.paymentId) ?? [];
      for (const id of [...all, ...(active?.joined.withheld ?? [])]) wanted.add(id);
    }
    for (const { eventIds } of components)
      for (const eventId of eventIds)
        for (const id of this.#actives.get(eventId)?.joined.withheld ?? []) wanted.add(id);
    const missing = [...wanted].filter((id) => view.payment(id) === undefined);
    view.load(await this.#payments.withIds(missing));
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
    moved: ReadonlyMap<string, ReadonlySet<string> | null>,
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
    for (const [eventId, payments] of moved) this.#event(assembly, eventId, payments, view, touched, written);
    for (const { payment } of changes.payments)
      for (const eventId of this.#actives.linkedTo(payment.id))
        if (!isIn(moved, eventId, payment.id))
          this.#links(assembly, eventId, (each) => each === payment.id, written);
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
    payments: ReadonlySet<string> | null,
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
    this.#links(assembly, eventId, (id) => payments?.has(id) ?? true, written);
    const linked = payments ?? active.links.map(({ link }) => link.paymentId);
    for (const id of [...linked, ...joined.withheld]) {
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
  #formerIncidents(components: readonly Component[], incidents: readonly Incident[]): string[] {
    if (components.length === 0 && this.#waiting.vanished.size === 0) return [];
    const now = new Set(incidents.map(({ id }) => id));
    const former = new Set(this.#waiting.vanished);
    const events = components.flatMap(({ eventIds }) =>
      eventIds.flatMap((id) => this.#actives.get(id) ?? []),
    );
    for (const { formerIncidentId } of events) if (formerIncidentId !== null) former.add(formerIncidentId);
    for (const active of events) {
      active.formerIncidentId = null;
      this.#waiting.events.delete(active.event.id);
    }
    this.#waiting.vanished.clear();
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

/** Whether the links of the event to the payment are among what changed. */
function isIn(
  changed: ReadonlyMap<string, ReadonlySet<string> | null>,
  eventId: string,
  paymentId: string,
): boolean {
  const payments = changed.get(eventId);
  return payments === null || payments?.has(paymentId) === true;
}

function closingOf(events: readonly ActiveEvent[]): Closing {
  if (events.some(({ closing }) => closing === 'open')) return 'open';
  return events.some(({ closing }) => closing === 'final_unverified') ? 'final_unverified' : 'final';
}

function keep<T>(documents: T[], document: T | null): void {
  if (document !== null) documents.push(document);
}
