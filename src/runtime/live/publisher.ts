/**
 * From what changed to documents: only those that say something new are written, each with the next revision.
 *
 * A change of an event can change its links, its incident, other incidents that it joins or leaves, and the documents of
 * every payment it was or is linked to; a change of a payment changes its links and the money of its incidents. All
 * of it is written in the transaction that stores the facts, so a reader never sees half a change.
 *
 * Which incidents are summed up when, due-incidents.ts says.
 *
 * Cost: by what changed. Worked example: a settlement file moves 300 payments of one incident: 300 payments, 300 links and one
 * incident are written, in one commit.
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
import type { JoinedLink } from '../joined-view.ts';
import { passingServices, windowsOf } from '../unseen.ts';
import type { ActiveEvent, ActiveEvents, Closing } from './active-events.ts';
import type { Changes } from './changes.ts';
import { DueIncidents, type Extent } from './due-incidents.ts';
import { LiveView } from './live-view.ts';
import type { PaymentBook } from './payment-book.ts';
import { revised, revisedLink } from './revisions.ts';
import { leastCoverage } from './shown-coverage.ts';

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

/** What is new to show besides what the changes themselves say. */
interface Shown {
  incidents: readonly Incident[];
  moved: ReadonlyMap<string, ReadonlySet<string> | null>;
  /** Events whose documents may say something new. */
  shown: ReadonlySet<string>;
}

export class Publisher {
  readonly #index: IncidentIndex;
  readonly #facts: FactStore;
  readonly #actives: ActiveEvents;
  readonly #payments: PaymentBook;
  readonly #options: Omit<AssemblyOptions, 'asOf'>;
  readonly #due: DueIncidents;
  #written: string[] = [];

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
    this.#due = new DueIncidents(actives, options.minP);
  }

  /** After a start: looks at every incident once. */
  start(): void {
    this.#due.noteAll();
  }

  /** Whether the documents of an event do not say all of it yet. */
  isBehind(eventId: string): boolean {
    return this.#due.isWaiting(eventId);
  }

  /** Incidents that were written since this was last asked. */
  takeWritten(): string[] {
    return this.#written.splice(0);
  }

  /** @returns events whose state changed */
  async publish(changes: Changes, times: Times, extent: Extent): Promise<Set<string>> {
    const fresh = this.#due.note(changes);
    const view = new LiveView(this.#actives, times, (ids) => this.#hasRetiredLinks(ids));
    view.load(changes.payments);
    await this.#sumUp(changes);
    const assembly = new Assembly(view, { ...this.#options, asOf: times.latest ?? 0 });
    const components = this.#due.due(extent, fresh, () => assembly.components());
    await this.#loadFor(components, changes, view);
    const incidents = assembly.incidents(components);
    const moved = new Map(changes.events);
    for (const eventId of this.#move(components, incidents)) moved.set(eventId, null);
    const whole = new Set([...moved].flatMap(([eventId, payments]) => (payments === null ? [eventId] : [])));
    const shown = components.flatMap(({ eventIds }) => eventIds.filter((id) => this.#due.isWaiting(id)));
    const written = await this.#documents(
      assembly,
      view,
      { incidents, moved, shown: new Set([...whole, ...shown]) },
      changes,
    );
    written.removed.incidents = this.#formerIncidents(components, incidents);
    await this.#index.write(this.#options.tenant, written);
    this.#written.push(...written.incidents.map(({ incident }) => incident.id));
    return whole;
  }

  async #sumUp({ payments, formerPayments }: Changes): Promise<void> {
    if (payments.length === 0) return;
    const sums = payments.map(
      ({ payment: { id, time, service, currency }, recovery: { remainingMinor } }) => {
        return { paymentId: id, time, service, currency, remainingMinor };
      },
    );
    await this.#facts.savePaymentSums(sums);
    await this.#facts.removePaymentSums(formerPayments);
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
      const all = payments ?? active?.links.keys() ?? [];
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
      eventIds.flatMap((eventId) => [...(this.#actives.get(eventId)?.links.values() ?? [])]),
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

  async #documents(
    assembly: Assembly,
    view: LiveView,
    { incidents, moved, shown }: Shown,
    changes: Changes,
  ): Promise<Written> {
    const written: Written = {
      events: [],
      links: [],
      payments: [],
      incidents: [],
      removed: {
        events: changes.vanished.map(({ event }) => event.id),
        payments: changes.formerPayments,
        incidents: [],
      },
    };
    const { tenant } = this.#options;
    const touched = new Map(changes.payments.map((known) => [known.payment.id, known]));
    for (const eventId of shown) await this.#event(assembly, eventId, written);
    for (const [eventId, payments] of moved)
      for (const id of await this.#eventLinks(assembly, eventId, payments, written)) {
        const known = view.payment(id);
        if (known !== undefined) touched.set(known.payment.id, known);
      }
    for (const { payment } of changes.payments)
      for (const eventId of this.#actives.linkedTo(payment.id))
        if (!isIn(moved, eventId, payment.id)) await this.#links(assembly, eventId, [payment.id], written);
    for (const { joined, reason } of changes.withdrawn) {
      await this.#withdraw(joined, reason, written);
      const known = view.payment(joined.link.paymentId);
      if (known !== undefined) touched.set(known.payment.id, known);
    }
    for (const known of touched.values()) {
      await view.lookUpRetired(known.payment);
      const stored = await this.#index.payment(tenant, known.payment.id);
      keep(
        written.payments,
        revised(stored, (progress) => assembly.payment(known, progress), { state: 'open' }),
      );
    }
    for (const incident of incidents) {
      const actives = incident.eventIds.flatMap((id) => this.#actives.get(id) ?? []);
      const state = closingOf(actives);
      const coverage = state === 'open' ? null : leastCoverage(actives);
      const stored = await this.#index.incident(tenant, incident.id);
      const former = stored?.incident.id === incident.id ? stored : null;
      keep(
        written.incidents,
        revised(former, (progress) => assembly.incident(incident, progress), { state, coverage }),
      );
    }
    return written;
  }

  async #event(assembly: Assembly, eventId: string, written: Written): Promise<void> {
    const active = this.#actives.get(eventId);
    if (active === undefined) return;
    const stored = await this.#index.event(this.#options.tenant, eventId);
    const { joined, incidentId, closing: state, coverage } = active;
    keep(
      written.events,
      revised(stored, (progress) => assembly.event(joined, incidentId, progress), { state, coverage }),
    );
  }

  /** Returns the payments whose documents may say something new. */
  async #eventLinks(
    assembly: Assembly,
    eventId: string,
    payments: ReadonlySet<string> | null,
    written: Written,
  ): Promise<Set<string>> {
    const active = this.#actives.get(eventId);
    if (active === undefined) return new Set();
    const linked = [...(payments ?? active.links.keys())];
    await this.#links(assembly, eventId, linked, written);
    return new Set([...linked, ...active.joined.withheld]);
  }

  async #links(
    assembly: Assembly,
    eventId: string,
    paymentIds: readonly string[],
    written: Written,
  ): Promise<void> {
    const active = this.#actives.get(eventId);
    for (const paymentId of paymentIds) {
      const joined = active?.links.get(paymentId);
      if (active === undefined || joined === undefined) continue;
      const stored = await this.#index.link(this.#options.tenant, joined.link.id);
      const state = active.closing === 'open' ? 'provisional' : active.closing;
      const { incidentId } = active;
      const coverage = active.coverage?.ratio ?? 1;
      keep(
        written.links,
        revisedLink(stored, (revision) => assembly.link(joined, incidentId, { revision, state, coverage })),
      );
    }
  }

  async #withdraw({ link }: JoinedLink, reason: string, written: Written): Promise<void> {
    const stored = await this.#index.link(this.#options.tenant, link.id);
    if (stored === null || stored.link.status === 'withdrawn') return;
    const { incident: _, ...rest } = stored;
    const meta = { ...stored.meta, revision: stored.meta.revision + 1 };
    written.links.push({ ...rest, link: { ...stored.link, status: 'withdrawn', reason }, meta });
  }

  /** Incidents that were published and are no more: they became part of another, or lost their last link. */
  #formerIncidents(components: readonly Component[], incidents: readonly Incident[]): string[] {
    const now = new Set(incidents.map(({ id }) => id));
    const former = this.#due.done(components);
    for (const active of components.flatMap(({ eventIds }) =>
      eventIds.flatMap((id) => this.#actives.get(id) ?? []),
    )) {
      if (active.formerIncidentId !== null) former.add(active.formerIncidentId);
      active.formerIncidentId = null;
    }
    return [...former].filter((id) => !now.has(id));
  }

  async #hasRetiredLinks(paymentIds: readonly string[]): Promise<boolean> {
    for (const id of paymentIds) {
      const page = { limit: 100, cursor: null };
      const { items } = await this.#index.linksOfPayment(this.#options.tenant, id, page);
      if (
        items.some(({ link, event }) => link.status === 'live' && this.#actives.get(event.id) === undefined)
      )
        return true;
    }
    return false;
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
