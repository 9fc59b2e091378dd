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
import { Learned } from '../../join/learned.ts';
import type { ReadPosition } from '../../ports/read-position.ts';
import type { Accounting, InputName } from '../../model/accounting.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { Instant, Micros } from '../../model/instant.ts';
import type { LogPosition, LogRecord } from '../../ports/event-log.ts';
import type { EngineProgress } from '../../ports/fact-store.ts';
import { AccountBook } from './account-book.ts';
import { Admission } from './admission.ts';
import { AppliedFrames } from './applied-frames.ts';
import { Applier } from './applier.ts';
import { Closings } from './closings.ts';
import { ActiveEvents } from './active-events.ts';
import { noChanges, type Changes } from './changes.ts';
import type { Extent } from './due-incidents.ts';
import { EventBook } from './event-book.ts';
import { Evaluator } from './evaluator.ts';
import type { EnginePorts, EngineOptions } from './engine-options.ts';
import { activeOf, stateOf } from './event-state.ts';
import { decodeFrame, type Frame } from './frame.ts';
import { LiveCorrelation } from './live-correlation.ts';
import { LookBack } from './look-back.ts';
import { Meetings } from './meetings.ts';
import { sourceOf } from './origin.ts';
import { PaymentBook } from './payment-book.ts';
import { Pending } from './pending.ts';
import { Publisher } from './publisher.ts';
import { RetiredIncidents } from './retired-incidents.ts';
import { SeenPayments } from './seen-payments.ts';
import type { SharedJoin } from './shared-join.ts';
import { Timekeeper, type TimekeeperSnapshot } from './timekeeper.ts';
import { VisibilityCounter } from './visibility.ts';
import { Weighing } from './weighing.ts';

/** What of time is stored beside the position. */
interface StoredTime {
  latest: Instant | null;
  latestObservation: Instant | null;
  ended: string[];
  clock: TimekeeperSnapshot;
  seenUntil: Instant | null;
  carriedFrom: Instant | null;
  paymentsNamePlaces: boolean;
  /** Offsets up to which records of topics are counted, by source; absent: none are read. */
  counted?: Record<string, number>;
  /** Of the window that workers share, as it was; absent: there was none. */
  generation?: string;
}

/** Later than anything, and an instant still. */
const FAR: Instant = Number.MAX_SAFE_INTEGER;

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
  readonly #payments: PaymentBook;
  readonly #meetings: Meetings;
  readonly #applied: AppliedFrames;
  readonly #applier: Applier;
  readonly #onSetAside: EngineOptions['onSetAside'];
  /** Null: there are no correlation rules. */
  readonly #correlation: LiveCorrelation | null;
  readonly #weighing: Weighing;
  readonly #publisher: Publisher;
  readonly #positions = new Map<number, number>();
  readonly #ended = new Set<string>();
  readonly #pending = new Pending();
  /** Of what workers share. */
  #generation = '';
  /** Of what workers share something was lost before this engine began. */
  #windowWasLost = false;
  /** What workers share was lost, and this is not committed yet. */
  #beganAnew = false;
  /** As of the last checkpoint. */
  #progress: EngineProgress;

  constructor(ports: EnginePorts, options: EngineOptions) {
    this.#ports = ports;
    this.#options = options;
    const { facts, windows, log, index, shared } = ports;
    const { settings, cluster, tenant } = options;
    const isApplied = (position: LogPosition): boolean => this.isApplied(position);
    const rank = (rail: string, state: string): number => options.recoverability.rank(rail, state);
    const attribute = options.attribute;
    this.#learned = new Learned(cluster, settings.lateHorizon);
    this.#applied = new AppliedFrames(log, facts, isApplied);
    const spans = shared?.spans ?? this.#applied;
    const lookBack = new LookBack(spans, facts, settings);
    const traces = shared?.traces ?? null;
    const reach = options.traceReach;
    this.#meetings = new Meetings(windows, facts, this.#learned, lookBack, settings, reach, traces);
    const { fold, paymentsProvenance, redactor } = options;
    const events = new EventBook(facts, { tenant, cluster, fold, sessionCap: settings.sessionCap });
    const evaluator = new Evaluator(facts, this.#learned, {
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
    this.#time = new Timekeeper(options.mode, settings, options.time, options);
    this.#admission = new Admission(this.#time, tenant);
    this.#closing = new Closings(this.#actives, this.#time, this.#learned, options);
    const counter = new VisibilityCounter(spans, this.#learned, { maxPaymentsPerTrace, attribute });
    const { aliasHorizon } = settings;
    this.#seen = new SeenPayments(this.#payments, facts, counter, this.#time.reach, { rank, aliasHorizon });
    const parts = {
      facts,
      learned: this.#learned,
      actives: this.#actives,
      pending: this.#pending,
      events,
      meetings: this.#meetings,
      payments: this.#payments,
      evaluator,
      closing: this.#closing,
      time: this.#time,
    };
    const { rules, onSetAside, onSuppressed } = options;
    this.#onSetAside = onSetAside;
    // Nothing is too late in a bounded run.
    const lateHorizon = options.mode === 'bounded' ? FAR : settings.lateHorizon;
    this.#correlation =
      rules.correlations.length === 0
        ? null
        : new LiveCorrelation(facts, rules, { tenant, fold, lateHorizon, bounds: options.correlation });
    this.#applier = new Applier({ ...parts, rules, correlation: this.#correlation, onSuppressed });
    const retired = new RetiredIncidents({ ...parts, index }, tenant);
    this.#weighing = new Weighing({ ...parts, retired, options });
    this.#progress = this.#progressNow();
  }

  /** Watermarks and the rest of time, for metrics and readiness. */
  get time(): Timekeeper {
    return this.#time;
  }

  /** Matches that correlation rules did not take or let go early since the start, by reason. */
  get correlationLosses(): Readonly<Record<string, number>> {
    return this.#correlation?.losses ?? {};
  }

  /** Matches that correlation rules keep. */
  get correlationMembers(): number {
    return this.#correlation?.size ?? 0;
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
  async start(now: Instant = 0): Promise<void> {
    const { facts } = this.#ports;
    const progress = await facts.progress();
    this.#learned.restore(await facts.inventory());
    for (const state of await facts.eventStates()) this.#actives.set(activeOf(state));
    if (progress !== null) this.#resume(progress);
    await this.#correlation?.start();
    for (const active of this.#actives.all()) this.#closing.watch(active);
    if (this.#ports.shared === undefined) await this.#meetings.reheat(this.#actives);
    else await this.#takeUpShared(this.#ports.shared, progress, now);
    for (const id of this.#actives.ids()) this.#pending.touched.add(id);
    this.#publisher.start();
  }

  /** Partitions that are new since hold the watermark until they are read; a window that is not the one from before has lost what it had. */
  async #takeUpShared(shared: SharedJoin, progress: EngineProgress | null, now: Instant): Promise<void> {
    const { windows } = this.#ports;
    this.#time.listSources(await shared.sources());
    const stored = (progress?.time as StoredTime | undefined)?.generation ?? null;
    this.#generation = `${await windows.begin()} ${await shared.traces.begin()}`;
    if (stored === this.#generation) return this.#meetings.remember(this.#actives);
    // A bounded run begins with servers that are as fresh as it is.
    const isFirst = stored === null && this.#options.mode === 'bounded';
    this.#windowWasLost = !isFirst;
    if (!isFirst) await this.#meetings.beginAnew(this.#actives, this.#anewFrom(now));
    this.#beganAnew = true;
    // Ids may have come while nobody knew which traces had met an event.
    for (const id of this.#actives.ids()) this.#pending.stale.add(id);
    this.#progress = this.#progressNow();
  }

  /** Nothing that workers have written ended later. In a bounded run nobody knows, and the log is read for everything. */
  #anewFrom(now: Instant): Instant {
    return this.#options.mode === 'live' ? this.#time.latestLetIn(now) : FAR;
  }

  /** @throws CounterfoilError CF_WINDOW_LOST when what workers share is not what it was: the engine must be started again */
  async #mustBeWhole(): Promise<void> {
    const { shared, windows } = this.#ports;
    if (shared === undefined) return;
    const generation = `${await windows.generation()} ${await shared.traces.generation()}`;
    if (generation !== this.#generation)
      throw new CounterfoilError(
        'CF_WINDOW_LOST',
        'The window that the workers share was lost; events are put back.',
      );
  }

  #resume(progress: EngineProgress): void {
    this.#progress = progress;
    // A window that workers share is as they have written it.
    this.#meetings.windowIsWhole = this.#ports.shared !== undefined;
    for (const [partition, offset] of Object.entries(progress.positions))
      this.#positions.set(Number(partition), offset);
    const stored = progress.time as unknown as StoredTime;
    this.#accounts.restore(progress.accounting, stored.counted ?? {});
    const { latest, latestObservation, ended, clock, seenUntil, carriedFrom } = stored;
    this.#pending.paymentsNamePlaces = stored.paymentsNamePlaces;
    this.#pending.latest = latest;
    this.#pending.latestObservation = latestObservation;
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
    // What workers share is as it was, unless it was lost; then the log has spans that were put through again.
    if (this.#ports.shared !== undefined && !this.#windowWasLost) return;
    const needed = this.#time.spansNeededFrom;
    const known = lookBack === undefined && Number.isFinite(needed);
    const from = known ? needed : (this.#pending.latest ?? 0) - (lookBack ?? this.#time.lookBack);
    // What lies before it is looked for in the log.
    await this.#ports.windows.expire(from);
    for await (const frames of this.#applied.scan({ from, to: Infinity }))
      for (const { frame, position } of frames)
        if (frame.spans !== null) await this.#meetings.putBack(frame.spans, position);
    for (const eventId of this.#meetings.windowRebuilt()) this.#pending.touched.add(eventId);
  }

  /** Applies records in the order of the log; the caller settles when it likes. */
  async apply(records: readonly LogRecord[], now: Instant): Promise<void> {
    for (const record of records) {
      if (this.isApplied(record)) continue;
      const admitted = this.#admission.admit(decodeFrame(record.value), record, now);
      const { frame, setAside } = admitted;
      if (setAside !== null) await this.#ports.facts.addSetAside(setAside);
      await this.#applier.apply(frame, record);
      await this.#hear(frame);
      if (this.#accounts.applied(frame, admitted))
        for (const { reason, count } of admitted.refused) this.#onSetAside?.(frame.input, reason, count);
      this.#positions.set(record.partition, record.offset + 1);
    }
  }

  /** What a frame says of how far its input is. */
  async #hear({ input, origin, notes, ends }: Frame): Promise<void> {
    const source = origin === null ? null : sourceOf(origin);
    if (notes !== null && source !== null) {
      await this.#applier.applyNotes(notes);
      this.#time.hear(source, notes);
    }
    if (ends) this.#time.finish(input, source);
    if (ends && source === null) this.#ended.add(input);
    this.#time.acknowledge(input, source);
    const idle = origin?.idle ?? null;
    if (idle !== null && source !== null) this.#time.reportSource(input, source, idle.at, idle.asked);
  }

  /** Where the reader of the log stands; after every read, one that found nothing above all. */
  report(at: ReadPosition, now: Instant): void {
    // Of topics, their workers say it.
    if (this.#ports.shared === undefined) this.#time.report(at, now);
  }

  /** Whether in bounded mode every input that was announced has ended. */
  hasEnded(inputs: readonly InputName[]): boolean {
    return inputs.every((input) => this.#ended.has(input) || this.#time.isFinished(input));
  }

  /**
   * Evaluates what was touched, closes what is due, publishes what changed, and commits.
   * @param checkpoint whether the position is moved too
   */
  async settle(checkpoint: boolean, now: Instant): Promise<void> {
    if (checkpoint) await this.#mustBeWhole();
    await this.#correlate(this.#time.eventWatermark);
    const changes = await this.#weighing.changes(checkpoint);
    const closed = checkpoint ? this.#closing.due(now) : [];
    for (const eventId of closed) changes.events.set(eventId, null);
    if (this.#options.mode === 'live') {
      const seen = await this.#seen.advance(this.#time.spanWatermark, closed.length > 0);
      changes.payments.push(...seen);
    }
    await this.#commit(changes, checkpoint, checkpoint ? 'some' : 'new');
    if (closed.length > 0) this.#options.onClosed?.(closed);
  }

  /** Notes the events that correlation rules make of what came. */
  async #correlate(watermark: Instant): Promise<void> {
    for (const id of (await this.#correlation?.settle(watermark)) ?? []) this.#pending.touched.add(id);
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
        await this.#ports.shared?.traces.expire({ carried: carriedFrom, marks: spanWatermark });
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
    await this.#mustBeWhole();
    if (!this.#meetings.windowIsWhole) await this.rebuildWindow();
    for (const id of await this.#meetings.findWholeTraces()) this.#pending.stale.add(id);
    this.#learned.unseal();
    await this.#correlate(Infinity);
    for (const id of this.#actives.ids()) this.#pending.touched.add(id);
    await this.#commit(await this.#weighing.changes(true), false, 'new');
    await this.#seen.countAll(this.#time.spanWatermark);
    this.#closing.closeAll();
    this.#payments.forget();
    const events = new Map(this.#actives.ids().map((id) => [id, null]));
    await this.#commit({ ...noChanges(), events }, true, 'all');
    for await (const payments of this.#payments.all())
      await this.#commit({ ...noChanges(), payments }, false, 'new');
    await this.#commit(noChanges(), true, 'all');
  }

  async #commit(changes: Changes, checkpoint: boolean, extent: Extent): Promise<void> {
    const { facts, log } = this.#ports;
    const learned = this.#learned.takeNew();
    await this.#saveLearned(learned);
    const times = { latest: this.#pending.latest, latestObservation: this.#pending.latestObservation };
    const moved = await this.#publisher.publish(changes, times, extent);
    // What was put back is known with the generation that it was put back under, or it would be put back nowhere after a crash.
    const states = this.#beganAnew ? [...this.#actives.all()] : this.#actives.some(moved);
    await facts.saveEventStates(states.map(stateOf));
    await facts.removeEventLinks(changes.withdrawn.map(({ joined }) => joined));
    await facts.saveEventLinks(changes.linked);
    if (changes.vanished.length > 0) {
      await this.#meetings.forget(changes.vanished.map(({ event }) => event));
      await facts.removeEvents(changes.vanished.map(({ event }) => event.id));
    }
    await facts.addDeadLetters(this.#accounts.takeDeadLetters(this.#pending.latest ?? 0));
    await facts.markRedriven(this.#accounts.takeRedriven());
    await this.#expire(checkpoint);
    if (checkpoint) {
      await this.#saveLearned(this.#learned.takeGrown());
      for (const partition of this.#positions.keys())
        await facts.dropSetAside({ partition, offset: await log.begin(partition) });
      this.#progress = this.#progressNow();
    }
    await facts.commit(this.#progress);
    this.#beganAnew = false;
    const incidents = this.#publisher.takeWritten();
    if (incidents.length > 0) this.#options.onIncidents?.(incidents);
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
      latest: this.#pending.latest,
      latestObservation: this.#pending.latestObservation,
      ended: [...this.#ended],
      clock: this.#time.snapshot(),
      seenUntil: finite(until),
      carriedFrom: finite(carriedFrom),
      paymentsNamePlaces: this.#pending.paymentsNamePlaces,
      ...(this.#ports.shared === undefined
        ? {}
        : { counted: this.#accounts.counted, generation: this.#generation }),
    };
  }
}

/** JSON has no infinity. */
function finite(at: Instant): Instant | null {
  return Number.isFinite(at) ? at : null;
}
