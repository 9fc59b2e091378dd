/**
 * What changed since the last settle: events folded again where their records are touched, evaluated again where facts that concern
 * them came, whole or by the traces that are new.
 *
 * Cost: by what was touched; where the inventory says more than before, a look at every active event. Worked example: 500
 * spans meet an event that has 4,000 links; one of their traces carries the id of a payment: that payment is weighed.
 */
import { windowOf } from '../../join/confidence.ts';
import type { Learned } from '../../join/learned.ts';
import { MICROS_PER_MINUTE } from '../../model/instant.ts';
import type { Payment } from '../../model/payment.ts';
import type { JoinedLink } from '../joined-view.ts';
import type { ActiveEvent, ActiveEvents } from './active-events.ts';
import { noChanges, type Changes } from './changes.ts';
import type { Closings } from './closings.ts';
import type { EngineOptions } from './engine-options.ts';
import type { EvaluatedTraces, Evaluator } from './evaluator.ts';
import type { EventBook } from './event-book.ts';
import { newActive } from './event-state.ts';
import type { Meetings } from './meetings.ts';
import type { PaymentBook } from './payment-book.ts';
import type { Pending } from './pending.ts';
import type { RetiredIncidents } from './retired-incidents.ts';
import type { Timekeeper } from './timekeeper.ts';

export interface WeighingParts {
  learned: Learned;
  actives: ActiveEvents;
  pending: Pending;
  events: EventBook;
  payments: PaymentBook;
  meetings: Meetings;
  evaluator: Evaluator;
  closing: Closings;
  retired: RetiredIncidents;
  time: Timekeeper;
  options: Pick<EngineOptions, 'mode' | 'settings'>;
}

export class Weighing {
  readonly #parts: WeighingParts;

  constructor(parts: WeighingParts) {
    this.#parts = parts;
  }

  /** @param checkpoint look also at what merely goes on */
  async changes(checkpoint: boolean): Promise<Changes> {
    const { actives, learned, meetings, options, pending } = this.#parts;
    for (const { event } of checkpoint ? actives.all() : [])
      if (event.ongoing && this.#mayProlong(event)) pending.touched.add(event.id);
    // What a window that is rebuilt beside this touches meanwhile is for the next settle.
    const { touched } = pending;
    pending.touched = new Set();
    const vanished = await this.#refold(touched);
    const { saysMore } = learned;
    const asked = saysMore ? [...actives.all()] : actives.some(touched);
    // What a payment's own place means is no part of an event's signature.
    if (saysMore && pending.paymentsNamePlaces)
      for (const { event, closing } of asked)
        if (closing === 'open' || options.mode === 'bounded') pending.stale.add(event.id);
    for (const eventId of await meetings.eventsChanged(asked)) pending.stale.add(eventId);
    const changes: Changes = { ...noChanges(), ...(await this.#changedPayments()), vanished };
    for (const { links } of vanished)
      for (const joined of links.values()) changes.withdrawn.push({ joined, reason: 'event_taken_back' });
    await this.#evaluate(changes);
    return changes;
  }

  /** Folds what was touched. Returns the events that are no more. */
  async #refold(touched: ReadonlySet<string>): Promise<ActiveEvent[]> {
    const { actives, closing, events, pending, time } = this.#parts;
    const vanished: ActiveEvent[] = [];
    const folded = await events.events(touched, pending.latest ?? 0);
    for (const [eventId, event] of folded) {
      const active = actives.get(eventId);
      if (event === null) {
        if (active !== undefined) vanished.push(active);
        actives.remove(eventId);
        time.forget(eventId);
      } else if (active === undefined) {
        actives.set(newActive(event));
        closing.watch(actives.get(eventId) ?? newActive(event));
      } else {
        const { end, ongoing } = active.event;
        active.event = event;
        // One that merely goes on is watched as one that does.
        if (event.ongoing !== ongoing || (event.end !== end && !ongoing)) closing.reopen(active);
      }
    }
    return vanished;
  }

  /** A session that goes on is as long as the records; live, it is weighed again once a minute, since that changes little. */
  #mayProlong({ end }: ActiveEvent['event']): boolean {
    const { options, pending } = this.#parts;
    return options.mode === 'bounded' || (pending.latest ?? 0) - end >= MICROS_PER_MINUTE;
  }

  /** The payments of new state events, and the events whose links they may change. */
  async #changedPayments(): Promise<Partial<Changes>> {
    const { actives, options, payments, pending } = this.#parts;
    const events = pending.newPayments;
    pending.newPayments = [];
    if (events.length === 0) return {};
    const known = await payments.named({ eventIds: events.map(({ id }) => id) });
    const renewed = await this.#renewed(known, new Set(events.map(({ id }) => id)));
    const placed = events.filter(({ podUid, podName, containerId }) => podUid ?? podName ?? containerId);
    for (const { event } of placed.length === 0 ? [] : actives.all()) {
      const { start, end } = windowOf(event, options.settings);
      if (placed.some(({ time }) => time >= start && time <= end)) pending.stale.add(event.id);
    }
    return renewed;
  }

  /**
   * Payments that became one, got another id or another time: their links move, and other ids on spans mean something else
   * now, or something at all: an order number that two shared, a trace that was bulk. Returns all of them, and ids that no payment has any more.
   */
  async #renewed(
    known: Changes['payments'],
    fresh: ReadonlySet<string>,
  ): Promise<Pick<Changes, 'payments' | 'formerPayments'>> {
    const { actives, evaluator, payments, pending, retired } = this.#parts;
    const gone = new Set<string>();
    const renewed: Payment[] = [];
    const heirs: Changes['payments'] = [];
    const former = payments.before(
      known.map(({ payment }) => payment),
      fresh,
    );
    const states = known.map((each, i) => ({ each, before: former[i] ?? [] }));
    const ids = states.flatMap(({ each, before }) => [each.payment.id, ...before.map(({ id }) => id)]);
    await retired.revive(new Set(ids));
    for (const { each, before } of states) {
      const { payment } = each;
      heirs.push(await payments.inherit(each, before));
      if (before.every(({ id, time }) => id === payment.id && time === payment.time)) continue;
      renewed.push(payment);
      for (const { id } of before) {
        for (const eventId of actives.linkedTo(id)) pending.stale.add(eventId);
        gone.add(id);
      }
    }
    for (const eventId of await evaluator.eventsOf(renewed)) pending.stale.add(eventId);
    // An own id may be the reference of a stranger.
    for (const { payment } of gone.size === 0 ? [] : await payments.named({ strong: [...gone] }))
      gone.delete(payment.id);
    return { payments: heirs, formerPayments: [...gone] };
  }

  async #evaluate(changes: Changes): Promise<void> {
    const { actives, evaluator, pending } = this.#parts;
    const { whole, traces } = pending.stale.take();
    const [held, byTrace] = apart(actives.some(traces.keys()));
    const met = new Set([...traces.values()].flatMap((each) => [...each]));
    const events = byTrace.map(({ event }) => event);
    // Every way to a trace that the event names itself is weighed together.
    const some = byTrace.some(({ event }) => event.traceId !== null && met.has(event.traceId));
    const found = some || met.size === 0 ? null : await evaluator.evaluateTraces(events, [...met]);
    const again = some || found?.withholds === true ? byTrace : [];
    if (found?.withholds === false) for (const active of byTrace) this.#relinkSome(active, found, changes);
    await this.#evaluateWhole([...actives.some(whole), ...held, ...again], changes);
  }

  #relinkSome(active: ActiveEvent, { payments, links }: EvaluatedTraces, changes: Changes): void {
    const concerned = this.#relink(active, links.get(active.event.id) ?? [], payments, changes);
    if (concerned.size > 0) changes.events.set(active.event.id, concerned);
  }

  /** Returns the payments whose links changed. */
  #relink(
    active: ActiveEvent,
    links: readonly JoinedLink[],
    payments: ReadonlySet<string> | null,
    changes: Changes,
  ): Set<string> {
    const { actives } = this.#parts;
    const { changed, taken } = actives.relink(active, links, payments);
    changes.linked.push(...changed);
    for (const joined of taken) changes.withdrawn.push({ joined, reason: 'no_way_holds' });
    return new Set([...changed, ...taken].map(({ link }) => link.paymentId));
  }

  async #evaluateWhole(stale: readonly ActiveEvent[], changes: Changes): Promise<void> {
    const { actives, evaluator } = this.#parts;
    for (const { joined, links } of await evaluator.evaluate(stale.map(({ event }) => event))) {
      const active = actives.get(joined.event.id);
      if (active === undefined) continue;
      active.joined = joined;
      this.#relink(active, links, null, changes);
      changes.events.set(joined.event.id, null);
    }
  }
}

/** Events from which payments are withheld, and the others: whether that is so still, only the whole event tells. */
function apart(events: readonly ActiveEvent[]): [held: ActiveEvent[], free: ActiveEvent[]] {
  const isHeld = ({ joined }: ActiveEvent): boolean => joined.withholds;
  return [events.filter(isHeld), events.filter((each) => !isHeld(each))];
}
