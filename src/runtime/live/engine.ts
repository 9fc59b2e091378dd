/**
 * The live engine: records of the log in, facts and documents out (DESIGN 4.3, 4.4, 7).
 *
 * `apply` takes records: facts are stored, spans meet events, and what that touches is noted. `settle` evaluates what was
 * touched, publishes what changed, and commits facts, documents and the position in one step. Nothing here depends on how
 * records were cut into batches, nor on whether one comes twice: that is what makes a crash at any point harmless.
 *
 * The position is moved only at a *checkpoint*, when also the wider ranges of identities are stored (a row for every pod
 * that is alive, too many for every commit); after a crash the records since then are applied again.
 *
 * Cost: spans that meet nothing are split, written to the window and forgotten; everything else is by what changed.
 * Worked example: an alert is applied, settles: one event is folded, hot under three keys, meets 900 spans, is linked to
 * 12 payments; one event, 12 links, 12 payments and an incident are written.
 */
import { windowOf } from '../../join/confidence.ts';
import { Learned } from '../../join/learned.ts';
import type { ReadPosition } from '../../join/partition-progress.ts';
import { meet } from '../../join/rendezvous.ts';
import type { SpanRows } from '../../join/span-chunk.ts';
import type { Accounting } from '../../model/accounting.ts';
import type { Json } from '../../model/ids.ts';
import { MICROS_PER_MINUTE, type Instant, type Micros } from '../../model/instant.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { LogPosition, LogRecord } from '../../ports/event-log.ts';
import type { EngineProgress } from '../../ports/fact-store.ts';
import { matchesOf } from '../../rules/evaluate.ts';
import { AccountBook } from './account-book.ts';
import { Admission } from './admission.ts';
import { Closings } from './closings.ts';
import { ActiveEvents, type ActiveEvent } from './active-events.ts';
import { carriedFactsOf } from './carried.ts';
import { noChanges, type Changes } from './changes.ts';
import type { Extent } from './due-incidents.ts';
import { EventBook } from './event-book.ts';
import { Evaluator, type EvaluatedTraces } from './evaluator.ts';
import type { EnginePorts, EngineOptions } from './engine-options.ts';
import { activeOf, stateOf } from './event-state.ts';
import { decodeFrame, type Frame } from './frame.ts';
import { LookBack } from './look-back.ts';
import { Meetings } from './meetings.ts';
import { PaymentBook } from './payment-book.ts';
import { Publisher } from './publisher.ts';
import { SeenPayments } from './seen-payments.ts';
import { StaleEvents } from './stale-events.ts';
import { Timekeeper, type TimekeeperSnapshot } from './timekeeper.ts';
import type { JoinedLink } from '../joined-view.ts';
import { VisibilityCounter } from './visibility.ts';

/** What of time is stored beside the position. */
interface StoredTime {
  latest: Instant | null;
  latestObservation: Instant | null;
  ended: string[];
  clock: TimekeeperSnapshot;
  seenUntil: Instant | null;
  carriedFrom: Instant | null;
  paymentsNamePlaces: boolean;
}

export class Engine {
  readonly #ports: EnginePorts;
  readonly #options: EngineOptions;
  readonly #learned: Learned;
  readonly #actives = new ActiveEvents();
  readonly #accounts = new AccountBook();
  readonly #time: Timekeeper;
  readonly #admission: Admission;
  readonly #closing: Closings;
  readonly #seen: SeenPayments;
  readonly #events: EventBook;
  readonly #payments: PaymentBook;
  readonly #meetings: Meetings;
  readonly #evaluator: Evaluator;
  readonly #publisher: Publisher;
  readonly #positions = new Map<number, number>();
  readonly #ended = new Set<string>();
  /** Events to fold again, and events to evaluate again. */
  #touched = new Set<string>();
  readonly #stale = new StaleEvents();
  #newPayments: PaymentEvent[] = [];
  #paymentsNamePlaces = false;
  #latest: Instant | null = null;
  #latestObservation: Instant | null = null;
  /** As of the last checkpoint. */
  #progress: EngineProgress;

  constructor(ports: EnginePorts, options: EngineOptions) {
    this.#ports = ports;
    this.#options = options;
    const { facts, windows, log, index } = ports;
    const { settings, cluster, tenant } = options;
    const isApplied = (position: LogPosition): boolean => this.isApplied(position);
    const rank = (rail: string, state: string): number => options.recoverability.rank(rail, state);
    const attribute = options.attribute;
    this.#learned = new Learned(cluster, settings.lateHorizon);
    const lookBack = new LookBack(log, facts, this.#learned, settings, isApplied);
    this.#meetings = new Meetings(windows, facts, this.#learned, lookBack, settings, options.traceReach);
    const { fold, paymentsProvenance, redactor } = options;
    this.#events = new EventBook(facts, { tenant, cluster, fold, sessionCap: settings.sessionCap });
    this.#evaluator = new Evaluator(facts, this.#learned, {
      tenant,
      redactor,
      cluster,
      paymentsProvenance,
      settings,
      rank,
      attribute,
    });
    this.#payments = new PaymentBook(facts, options.recoverability);
    this.#publisher = new Publisher(index, facts, this.#actives, this.#payments, options);
    const { maxPaymentsPerTrace } = settings;
    this.#time = new Timekeeper(options.mode, settings, options.time, options.windowFollows);
    this.#admission = new Admission(this.#time);
    this.#closing = new Closings(this.#actives, this.#time, this.#learned, options);
    const counter = new VisibilityCounter(log, this.#learned, { maxPaymentsPerTrace, attribute, isApplied });
    const { aliasHorizon } = settings;
    this.#seen = new SeenPayments(this.#payments, facts, counter, this.#time.reach, { rank, aliasHorizon });
    this.#progress = this.#progressNow();
  }

  /** Watermarks and the rest of time, for metrics and readiness. */
  get time(): Timekeeper {
    return this.#time;
  }

  get activeEvents(): number {
    return this.#actives.size;
  }

  /** What was read, by input, at this instant. */
  get accounting(): Accounting {
    return this.#accounts.accounting;
  }

  /** Whether the effects of a record are in. */
  isApplied({ partition, offset }: LogPosition): boolean {
    return offset < this.nextOffset(partition);
  }

  /** Where to read on. */
  nextOffset(partition: number): number {
    return this.#positions.get(partition) ?? 0;
  }

  /** Takes up what an earlier run committed. Read on from `nextOffset`. */
  async start(): Promise<void> {
    const { facts } = this.#ports;
    const progress = await facts.progress();
    this.#learned.restore(await facts.inventory());
    for (const state of await facts.eventStates()) this.#actives.set(activeOf(state));
    if (progress !== null) this.#resume(progress);
    for (const active of this.#actives.all()) this.#closing.watch(active);
    await this.#meetings.reheat(this.#actives);
    for (const id of this.#actives.ids()) this.#touched.add(id);
    this.#publisher.start();
  }

  #resume(progress: EngineProgress): void {
    this.#progress = progress;
    this.#meetings.windowIsWhole = false;
    for (const [partition, offset] of Object.entries(progress.positions))
      this.#positions.set(Number(partition), offset);
    this.#accounts.restore(progress.accounting);
    const stored = progress.time as unknown as StoredTime;
    const { latest, latestObservation, ended, clock, seenUntil, carriedFrom } = stored;
    this.#paymentsNamePlaces = stored.paymentsNamePlaces;
    this.#latest = latest;
    this.#latestObservation = latestObservation;
    for (const input of ended) this.#ended.add(input);
    this.#time.restore(clock);
    this.#seen.until = seenUntil ?? -Infinity;
    this.#meetings.carriedFrom = carriedFrom ?? -Infinity;
  }

  /**
   * Puts the spans of the log that the window should hold back into it. New records may be applied meanwhile; an event
   * that comes before it is done meets new spans at once, and those that came before when it is done.
   * @param lookBack how far from the latest record; as far as events can reach where it is not given
   */
  async rebuildWindow(lookBack?: Micros): Promise<void> {
    const needed = this.#time.spansNeededFrom;
    const known = lookBack === undefined && Number.isFinite(needed);
    const from = known ? needed : (this.#latest ?? 0) - (lookBack ?? this.#time.lookBack);
    // What lies before it is looked for in the log.
    await this.#ports.windows.expire(from);
    for await (const records of this.#ports.log.scan({ from, to: Infinity })) {
      for (const record of records) {
        const { spans } = this.isApplied(record) ? decodeFrame(record.value) : { spans: null };
        if (spans !== null) await this.#meetings.putBack(spans, record);
      }
    }
    for (const eventId of this.#meetings.windowRebuilt()) this.#touched.add(eventId);
  }

  /** Applies records in the order of the log; the caller settles when it likes. */
  async apply(records: readonly LogRecord[], now: Instant): Promise<void> {
    for (const record of records) {
      if (this.isApplied(record)) continue;
      const admitted = this.#admission.admit(decodeFrame(record.value), record, now);
      await this.#applyFrame(admitted.frame, record);
      this.#accounts.applied(admitted.frame, admitted);
      this.#time.acknowledge(admitted.frame.input);
      this.#positions.set(record.partition, record.offset + 1);
    }
  }

  /** Where the reader of the log stands; after every read, one that found nothing above all. */
  report(at: ReadPosition, now: Instant): void {
    this.#time.report(at, now);
  }

  async #applyFrame(frame: Frame, position: LogPosition): Promise<void> {
    for (const observation of frame.observations) {
      this.#see(observation.end);
      this.#latestObservation = Math.max(this.#latestObservation ?? observation.end, observation.end);
      this.#learned.learnObservation(observation);
      this.#events.note(observation, matchesOf(observation, this.#options.rules));
    }
    for (const eventId of await this.#events.store()) this.#touched.add(eventId);
    if (frame.payments.length > 0) await this.#applyPayments(frame.payments);
    if (frame.spans !== null) await this.#applySpans(frame, position);
    if (frame.ends) {
      this.#ended.add(frame.input);
      this.#time.finish(frame.input);
    }
  }

  #see(at: Instant): void {
    if (this.#latest === null || at > this.#latest) this.#latest = at;
  }

  /** Hop 3, right side: payments are stored, then those who want them are looked for. */
  async #applyPayments(events: readonly PaymentEvent[]): Promise<void> {
    const { facts } = this.#ports;
    for (const event of events) this.#learned.learnPayment(event);
    const fresh: PaymentEvent[] = [];
    const waiting = await meet({
      write: async () => void fresh.push(...(await facts.addPaymentEvents(events))),
      readOther: async () => {
        const carried = await facts.carrying([...new Set(fresh.flatMap(namesOf))]);
        const traces = [
          ...carried.map(({ traceId }) => traceId),
          ...fresh.flatMap(({ traceId }) => traceId ?? []),
        ];
        return await facts.eventsOfTraces([...new Set(traces)]);
      },
    });
    for (const meeting of waiting) this.#stale.met(meeting);
    this.#newPayments.push(...fresh);
  }

  async #applySpans(frame: Frame, position: LogPosition): Promise<void> {
    const { spans } = frame;
    if (spans === null) return;
    const { facts } = this.#ports;
    this.#learned.seeSpans(spans, frame.identities);
    this.#observeSpans(spans);
    const carried = carriedFactsOf(frame);
    if (carried.length > 0) {
      // Hop 2, right side: ids are stored, then events that met their traces are looked for.
      const met = await meet({
        write: () => facts.addCarried(carried),
        readOther: () => facts.eventsOfTraces([...new Set(carried.map(({ traceId }) => traceId))]),
      });
      for (const meeting of met) this.#stale.met(meeting);
    }
    for (const meeting of await this.#meetings.spansCame(spans, position)) this.#stale.met(meeting);
  }

  #observeSpans(rows: SpanRows): void {
    const keys = rows.dictionary.map((id) => this.#learned.spanKeyOfId(id));
    for (let at = 0; at < rows.length; at += 1) {
      const end = rows.end[at] ?? 0;
      const key = keys[rows.identity[at] ?? 0] ?? null;
      this.#see(end);
      if (key !== null) this.#time.talk.observe(key, end);
    }
  }

  /** Whether in bounded mode every input that was announced has ended. */
  hasEnded(inputs: readonly string[]): boolean {
    return inputs.every((input) => this.#ended.has(input));
  }

  /**
   * Evaluates what was touched, closes what is due, publishes what changed, and commits.
   * @param checkpoint whether the position is moved too
   */
  async settle(checkpoint: boolean, now: Instant): Promise<void> {
    const changes = await this.#change(checkpoint);
    const closed = checkpoint ? this.#closing.due(now) : [];
    for (const eventId of closed) changes.events.set(eventId, null);
    if (this.#options.mode === 'live') {
      const seen = await this.#seen.advance(this.#time.spanWatermark, closed.length > 0);
      changes.payments.push(...seen);
    }
    await this.#commit(changes, checkpoint, checkpoint ? 'some' : 'new');
  }

  /** Takes off the windows and lists what nothing can ask for any more. */
  async #expire(checkpoint: boolean): Promise<void> {
    const { windows, facts } = this.#ports;
    const { spansNeededFrom, spanWatermark, reach } = this.#time;
    if (Number.isFinite(spansNeededFrom)) {
      await windows.expire(spansNeededFrom);
      const carriedFrom = Math.min(spansNeededFrom, spanWatermark) - reach;
      // With the position, so that a start knows what was dropped.
      if (checkpoint && carriedFrom > this.#meetings.carriedFrom) {
        await facts.expireCarried(carriedFrom);
        this.#meetings.carriedFrom = carriedFrom;
      }
    }
    // A bounded run remembers every event to its end: what comes late there is no later than the rest.
    const retired =
      this.#options.mode === 'live' ? this.#closing.retire((id) => this.#publisher.isBehind(id)) : [];
    if (retired.length === 0) return;
    await this.#meetings.forget(retired.map(({ event }) => event));
    await facts.retireEvents(retired.map(({ event }) => event.id));
  }

  /** The end of a bounded run: nothing can come later, so everything is looked at once more, and is final. */
  async finish(): Promise<void> {
    if (!this.#meetings.windowIsWhole) await this.rebuildWindow();
    for (const id of await this.#meetings.findWholeTraces()) this.#stale.add(id);
    this.#learned.unseal();
    for (const id of this.#actives.ids()) this.#touched.add(id);
    await this.#commit(await this.#change(true), false, 'new');
    await this.#seen.countAll(this.#time.spanWatermark);
    this.#closing.closeAll();
    this.#payments.forget();
    const events = new Map(this.#actives.ids().map((id) => [id, null]));
    await this.#commit({ ...noChanges(), events }, true, 'all');
    for await (const payments of this.#payments.all())
      await this.#commit({ ...noChanges(), payments }, false, 'new');
    await this.#commit(noChanges(), true, 'all');
  }

  /** @param checkpoint look also at what merely goes on */
  async #change(checkpoint: boolean): Promise<Changes> {
    const vanished = await this.#refold(checkpoint);
    const { saysMore } = this.#learned;
    const asked = saysMore ? [...this.#actives.all()] : this.#activesOf(this.#touched);
    // What a payment's own place means is no part of an event's signature.
    if (saysMore && this.#paymentsNamePlaces)
      for (const { event, closing } of asked)
        if (closing === 'open' || this.#options.mode === 'bounded') this.#stale.add(event.id);
    for (const eventId of await this.#meetings.eventsChanged(asked)) this.#stale.add(eventId);
    const payments = await this.#changedPayments();
    const changes: Changes = { ...noChanges(), payments, vanished };
    for (const { links } of vanished)
      for (const joined of links.values()) changes.withdrawn.push({ joined, reason: 'event_taken_back' });
    this.#touched = new Set();
    await this.#evaluate(changes);
    return changes;
  }

  #activesOf(eventIds: Iterable<string>): ActiveEvent[] {
    return [...eventIds].flatMap((id) => this.#actives.get(id) ?? []);
  }

  /** Folds what was touched, and at a checkpoint what goes on. Returns the events that are no more. */
  async #refold(checkpoint: boolean): Promise<ActiveEvent[]> {
    for (const { event } of checkpoint ? this.#actives.all() : [])
      if (event.ongoing && this.#mayProlong(event)) this.#touched.add(event.id);
    const vanished: ActiveEvent[] = [];
    const folded = await this.#events.events(this.#touched, this.#latest ?? 0);
    for (const [eventId, event] of folded) {
      const active = this.#actives.get(eventId);
      if (event === null) {
        if (active !== undefined) vanished.push(active);
        this.#actives.remove(eventId);
        this.#time.forget(eventId);
      } else if (active === undefined) {
        this.#actives.set(newActive(event));
        this.#closing.watch(this.#actives.get(eventId) ?? newActive(event));
      } else {
        const prolonged = event.end !== active.event.end && !event.ongoing;
        active.event = event;
        if (prolonged) this.#closing.reopen(active);
      }
    }
    return vanished;
  }

  /** A session that goes on is as long as the records; live, it is weighed again once a minute, since that changes little. */
  #mayProlong({ end }: ActiveEvent['event']): boolean {
    const { mode } = this.#options;
    return mode === 'bounded' || (this.#latest ?? 0) - end >= MICROS_PER_MINUTE;
  }

  /** The payments of new state events, and the events whose links they may change. */
  async #changedPayments(): Promise<Changes['payments']> {
    const events = this.#newPayments;
    this.#newPayments = [];
    if (events.length === 0) return [];
    const known = await this.#payments.named({ eventIds: events.map(({ id }) => id) });
    for (const { payment } of known) {
      // Its links move to another id, or an order number may mean it no longer.
      const { id, supersededIds, time } = payment;
      const renewed = events.some((event) => event.time === time) ? [id, ...supersededIds] : supersededIds;
      for (const each of renewed)
        for (const eventId of this.#actives.linkedTo(each)) this.#stale.add(eventId);
    }
    const placed = events.filter(({ podUid, podName, containerId }) => podUid ?? podName ?? containerId);
    this.#paymentsNamePlaces ||= placed.length > 0;
    for (const { event } of placed.length === 0 ? [] : this.#actives.all()) {
      const { start, end } = windowOf(event, this.#options.settings);
      if (placed.some(({ time }) => time >= start && time <= end)) this.#stale.add(event.id);
    }
    return known;
  }

  async #evaluate(changes: Changes): Promise<void> {
    const { whole, traces } = this.#stale.take();
    const byTrace = this.#activesOf(traces.keys());
    const met = new Set([...traces.values()].flatMap((each) => [...each]));
    const events = byTrace.map(({ event }) => event);
    // Every way to a trace that the event names itself is weighed together.
    const some = byTrace.some(({ event }) => event.traceId !== null && met.has(event.traceId));
    const found = some || met.size === 0 ? null : await this.#evaluator.evaluateTraces(events, [...met]);
    const again = some || found?.withholds === true ? byTrace : [];
    if (found?.withholds === false) for (const active of byTrace) this.#relinkSome(active, found, changes);
    await this.#evaluateWhole([...this.#activesOf(whole), ...again], changes);
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
    const { changed, taken } = this.#actives.relink(active, links, payments);
    changes.linked.push(...changed);
    for (const joined of taken) changes.withdrawn.push({ joined, reason: 'no_way_holds' });
    return new Set([...changed, ...taken].map(({ link }) => link.paymentId));
  }

  async #evaluateWhole(stale: readonly ActiveEvent[], changes: Changes): Promise<void> {
    for (const { joined, links } of await this.#evaluator.evaluate(stale.map(({ event }) => event))) {
      const active = this.#actives.get(joined.event.id);
      if (active === undefined) continue;
      active.joined = joined;
      this.#relink(active, links, null, changes);
      changes.events.set(joined.event.id, null);
    }
  }

  async #commit(changes: Changes, checkpoint: boolean, extent: Extent): Promise<void> {
    const { facts, log } = this.#ports;
    const learned = this.#learned.takeNew();
    await this.#saveLearned(learned);
    const times = { latest: this.#latest, latestObservation: this.#latestObservation };
    const moved = await this.#publisher.publish(changes, times, extent);
    await facts.saveEventStates(this.#activesOf(moved).map(stateOf));
    await facts.removeEventLinks(changes.withdrawn.map(({ joined }) => joined));
    await facts.saveEventLinks(changes.linked);
    if (changes.vanished.length > 0) {
      await this.#meetings.forget(changes.vanished.map(({ event }) => event));
      await facts.retireEvents(changes.vanished.map(({ event }) => event.id));
    }
    await facts.addDeadLetters(this.#accounts.takeDeadLetters(this.#latest ?? 0));
    await this.#expire(checkpoint);
    if (checkpoint) {
      await this.#saveLearned(this.#learned.takeGrown());
      this.#progress = this.#progressNow();
    }
    await facts.commit(this.#progress);
    if (checkpoint)
      for (const [partition, offset] of this.#positions) await log.commit({ partition, offset });
  }

  async #saveLearned({ identities, statements, accounts }: ReturnType<Learned['takeNew']>): Promise<void> {
    const { facts } = this.#ports;
    if (identities.length > 0) await facts.addIdentities(identities);
    if (statements.length > 0) await facts.addStatements(statements);
    if (accounts.length > 0) await facts.addAccounts(accounts);
  }

  #progressNow(): EngineProgress {
    return {
      positions: Object.fromEntries(this.#positions),
      accounting: structuredClone(this.#accounts.accounting),
      time: this.#storedTime() as unknown as Json,
    };
  }

  #storedTime(): StoredTime {
    const { until } = this.#seen;
    const { carriedFrom } = this.#meetings;
    return {
      latest: this.#latest,
      latestObservation: this.#latestObservation,
      ended: [...this.#ended],
      clock: this.#time.snapshot(),
      seenUntil: finite(until),
      carriedFrom: finite(carriedFrom),
      paymentsNamePlaces: this.#paymentsNamePlaces,
    };
  }
}

/** JSON has no infinity. */
function finite(at: Instant): Instant | null {
  return Number.isFinite(at) ? at : null;
}

/** Every text by which a span can name the payment. */
function namesOf({ ownId, aliases }: PaymentEvent): string[] {
  return [...(ownId === null ? [] : [ownId]), ...aliases.map(({ value }) => value)];
}

function newActive(event: ActiveEvent['event']): ActiveEvent {
  const nobody = { pod: null, container: null, ambiguous: [], podsCapped: false };
  return {
    event,
    joined: { event, ...nobody, withholds: false, withheld: [], services: [] },
    links: new Map(),
    closing: 'open',
    lateFacts: 0,
    coverage: 1,
    incidentId: null,
    formerIncidentId: null,
    hot: new Map(),
    signature: '',
    partial: false,
  };
}
