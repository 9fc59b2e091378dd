/**
 * Which incidents are summed up now. An incident of a busy pod meets new payments at every moment, and each would mean to
 * sum up all of it again; so what changed waits, and is taken up oldest first, by as many links as a checkpoint has credit for.
 * One that counts for the first time does not wait.
 *
 * Why credit and not a time: the same records then give the same documents, however fast the machine is. An incident with
 * more links than the credit is summed up all the same, and the debt keeps it from being so again too soon. What does not wait
 * uses up the credit, and makes no debt.
 *
 * Cost: grouping looks at every active event. Worked example: 40 incidents of 2,000 links each change all the time: each
 * checkpoint sums up ten of them, so that each is at most four checkpoints old; one of 100,000 links alone, every fifth.
 */
import type { Component } from '../../incidents/group.ts';
import type { ActiveEvent, ActiveEvents } from './active-events.ts';
import type { Changes } from './changes.ts';

/** `new`: only incidents that count for the first time or lost an event; `some`: what the credit is enough for. */
export type Extent = 'new' | 'some' | 'all';

/** Some 4 microseconds each. */
const LINKS_PER_CHECKPOINT = 20_000;

/** A component, or all parts of one that was cut: a part names those before it. */
type Unit = Component[];

export class DueIncidents {
  readonly #actives: ActiveEvents;
  readonly #minP: number;
  /** Events that changed, oldest change first. */
  readonly #events = new Set<string>();
  /** Incidents that lost an event. */
  readonly #bereft = new Set<string>();
  /** Links that may still be summed up. */
  #credit = LINKS_PER_CHECKPOINT;

  /** @param minP the least confidence with which a link counts */
  constructor(actives: ActiveEvents, minP: number) {
    this.#actives = actives;
    this.#minP = minP;
  }

  isWaiting(eventId: string): boolean {
    return this.#events.has(eventId);
  }

  /** Notes what changed. Returns the events that count for the first time. */
  note({ events, payments, linked, vanished }: Changes): Set<string> {
    for (const eventId of events.keys()) this.#events.add(eventId);
    for (const { payment } of payments)
      for (const eventId of this.#actives.linkedTo(payment.id)) this.#events.add(eventId);
    for (const { event, incidentId } of vanished) {
      this.#events.delete(event.id);
      if (incidentId !== null) this.#bereft.add(incidentId);
    }
    const counting = linked.filter(({ link }) => link.confidence >= this.#minP);
    const fresh = counting.filter(({ link }) => this.#actives.get(link.eventId)?.incidentId === null);
    return new Set(fresh.map(({ link }) => link.eventId));
  }

  /** After a start: what waited is not known. */
  noteAll(): void {
    for (const eventId of this.#actives.ids()) this.#events.add(eventId);
  }

  /** @param fresh what `note` returned @param components asked for only where some may be due */
  due(extent: Extent, fresh: ReadonlySet<string>, components: () => readonly Component[]): Component[] {
    if (extent === 'new' && fresh.size === 0 && this.#bereft.size === 0) return [];
    const units = unitsOf(components());
    const mustBe = (event: ActiveEvent): boolean =>
      fresh.has(event.event.id) || this.#bereft.has(event.incidentId ?? '');
    const due = new Set(units.filter((unit) => this.#activesOf(unit).some(mustBe)));
    for (const unit of this.#torn(units)) due.add(unit);
    // What must be makes no debt: others would wait without end for one that gets a new event every second.
    for (const unit of due)
      this.#credit = Math.min(this.#credit, Math.max(0, this.#credit - this.#linksOf(unit)));
    if (extent === 'all') for (const unit of this.#inOrder(units)) due.add(unit);
    if (extent === 'some') this.#spend(this.#inOrder(units), due);
    // In their order: earlier parts of what was cut come first.
    return units.filter((unit) => due.has(unit)).flat();
  }

  /**
   * Those with events of one published incident that are no longer together: a session ended, a link fell, an account became a hub.
   * What changed may be in one part only, or in none; the events of all others would name an incident that is not theirs.
   */
  #torn(units: readonly Unit[]): Set<Unit> {
    const holders = new Map<string, Unit>();
    const torn = new Set<Unit>();
    for (const unit of units)
      for (const { incidentId } of this.#activesOf(unit)) {
        if (incidentId === null) continue;
        const holder = holders.get(incidentId) ?? unit;
        holders.set(incidentId, holder);
        if (holder !== unit) torn.add(holder).add(unit);
      }
    return torn;
  }

  #spend(units: Iterable<Unit>, due: Set<Unit>): void {
    this.#credit = Math.min(this.#credit + LINKS_PER_CHECKPOINT, LINKS_PER_CHECKPOINT);
    for (const unit of units) {
      if (this.#credit <= 0) return;
      if (due.has(unit)) continue;
      due.add(unit);
      this.#credit -= this.#linksOf(unit);
    }
  }

  /** These are published now. Returns the ids of incidents that lost an event. */
  done(components: readonly Component[]): Set<string> {
    for (const { eventIds } of components) for (const id of eventIds) this.#events.delete(id);
    const bereft = new Set(this.#bereft);
    this.#bereft.clear();
    return bereft;
  }

  /** Those that changed, oldest change first. */
  #inOrder(units: readonly Unit[]): Set<Unit> {
    const unitOf = new Map<string, Unit>();
    for (const unit of units)
      for (const { eventIds } of unit) for (const eventId of eventIds) unitOf.set(eventId, unit);
    const order = new Set<Unit>();
    for (const eventId of this.#events) {
      const unit = unitOf.get(eventId);
      if (unit !== undefined) order.add(unit);
    }
    return order;
  }

  #linksOf(unit: Unit): number {
    return this.#activesOf(unit).reduce((sum, { links }) => sum + links.size, 0);
  }

  #activesOf(unit: Unit): ActiveEvent[] {
    return unit.flatMap(({ eventIds }) => eventIds.flatMap((id) => this.#actives.get(id) ?? []));
  }
}

/** @param components where earlier parts of what was cut come first */
function unitsOf(components: readonly Component[]): Unit[] {
  const units = new Map<string, Unit>();
  for (const component of components) {
    const first = component.continues.at(-1) ?? component.eventIds[0] ?? '';
    units.set(first, [...(units.get(first) ?? []), component]);
  }
  return [...units.values()];
}
