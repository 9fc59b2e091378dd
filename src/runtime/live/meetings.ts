/**
 * Hop 1 of the rendezvous: events and spans meet, whichever came first (DESIGN 4.3). Writing and reading are one call of
 * the window store, because a remote one answers both in one round trip.
 *
 * Spans: written to the window, then the hot lists of their keys are read; rows in an event's times become witnesses.
 * Events: written to the hot lists of their keys, then the window is read; where the window no longer reaches back to the
 * event's beginning, the log is read instead (the retro lane, DESIGN 4.5). Either way the same rows of the same record
 * give the same witness, so meeting twice is meeting once.
 *
 * An event that names a trace itself waits for every span of that trace, whatever they state; those that came before
 * it are found in the log.
 *
 * Cost: for spans that nothing is hot for, the write alone. Worked example: an exec at 14:00 is written under three keys
 * and reads 40 chunks, 900 rows of which lie between 13:58:58 and 14:15:02; later spans of the pod are met as they come.
 */
import { windowOf, type Interval } from '../../join/confidence.ts';
import { HotEvents } from '../../join/hot-events.ts';
import { hotKeysOf } from '../../join/hot-keys.ts';
import type { Learned } from '../../join/learned.ts';
import { traceIdAt } from '../../join/packed-spans.ts';
import type { SpanRows } from '../../join/span-chunk.ts';
import { splitSpans } from '../../join/split-spans.ts';
import type { Instant, Micros } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { FactStore, TraceMeeting, WitnessFact } from '../../ports/fact-store.ts';
import type { TraceStore } from '../../ports/trace-store.ts';
import type { WindowStore } from '../../ports/window-store.ts';
import type { ActiveEvent, ActiveEvents } from './active-events.ts';
import type { LookBack, Sought } from './look-back.ts';
import { timesOf, witnessByTrace, witnessOf } from './witness.ts';

/** Events whose traces are marked together. */
const MARKED_AT_ONCE = 100;

export class Meetings {
  /** Whether the window holds what it says; after a start it does not until it was rebuilt. */
  windowIsWhole = true;
  /** Transaction ids on spans that started before this may have been dropped. */
  carriedFrom: Instant = -Infinity;
  readonly #windows: WindowStore;
  readonly #facts: FactStore;
  readonly #learned: Learned;
  readonly #lookBack: LookBack;
  readonly #settings: JoinSettings;
  readonly #traceReach: Micros;
  /** Where workers share the join; null: the fact store has all ids. */
  readonly #traces: TraceStore | null;
  /** Traces that events name -> those events. */
  readonly #hotTraces = new Map<string, Set<string>>();
  /** Events that came while the window was not whole. */
  #deferred = new Set<string>();

  /**
   * @param traceReach how far from an event the log is read for spans of a trace that it names
   * @param traces where workers share the join: ids and traces meet there
   */
  constructor(
    windows: WindowStore,
    facts: FactStore,
    learned: Learned,
    lookBack: LookBack,
    settings: JoinSettings,
    traceReach: Micros,
    traces: TraceStore | null = null,
  ) {
    this.#windows = windows;
    this.#facts = facts;
    this.#learned = learned;
    this.#lookBack = lookBack;
    this.#settings = settings;
    this.#traceReach = traceReach;
    this.#traces = traces;
  }

  /** Spans came. Returns which of their traces have met which events anew. */
  async spansCame(rows: SpanRows, position: LogPosition): Promise<TraceMeeting[]> {
    const chunks = splitSpans(rows, position, (id) => this.#learned.spanKeyOfId(id));
    const hot = await this.#windows.putSpans(chunks);
    const witnesses = chunks.flatMap((chunk) =>
      (hot.get(chunk.spanKey) ?? []).flatMap(({ eventId, from, to }) =>
        witnessOf(chunk, eventId, { start: from, end: to }),
      ),
    );
    if (this.#hotTraces.size > 0) witnesses.push(...this.#witnessesByTrace(rows, position));
    const fresh = await this.#add(witnesses);
    return fresh.flatMap(({ eventId, traceIds }) => traceIds.map((traceId) => ({ eventId, traceId })));
  }

  /** Hop 2, left side: traces that met an event are stored; ids on them that were dropped already are looked for. */
  async #add(witnesses: readonly WitnessFact[]): Promise<WitnessFact[]> {
    if (witnesses.length === 0) return [];
    const fresh = await this.#facts.addWitnesses(witnesses);
    await this.#mark(fresh);
    await this.#findDropped(fresh);
    return fresh;
  }

  async #findDropped(witnesses: readonly WitnessFact[]): Promise<void> {
    const { bindingHorizon } = this.#settings;
    const traces = new Set<string>();
    const span: Interval = { start: Infinity, end: -Infinity };
    for (const { packed, traceIds } of witnesses) {
      const { start, end } = timesOf(packed);
      if (start - bindingHorizon >= this.carriedFrom) continue;
      for (const traceId of traceIds) traces.add(traceId);
      span.start = Math.min(span.start, start);
      span.end = Math.max(span.end, end);
    }
    await this.#lookBack.findCarried(traces, span);
  }

  /** What a worker found when it let spans meet events. Returns which traces have met which events anew. */
  async heard(witnesses: readonly WitnessFact[]): Promise<TraceMeeting[]> {
    const fresh = await this.#add(witnesses);
    return fresh.flatMap(({ eventId, traceIds }) => traceIds.map((traceId) => ({ eventId, traceId })));
  }

  /** Says to all workers that traces met an event, and stores the ids that they carry. */
  async #mark(witnesses: readonly WitnessFact[]): Promise<void> {
    if (this.#traces === null || witnesses.length === 0) return;
    const latest = witnesses.reduce((most, { packed }) => Math.max(most, timesOf(packed).end), -Infinity);
    const traceIds = new Set(witnesses.flatMap((witness) => witness.traceIds));
    const carried = await this.#traces.putMet([...traceIds], latest + markedFor(this.#settings));
    if (carried.length > 0) await this.#facts.addCarried(carried);
  }

  /** The window holds again what it says. Returns the events that must read it now. */
  windowRebuilt(): ReadonlySet<string> {
    const deferred = this.#deferred;
    this.#deferred = new Set();
    this.windowIsWhole = true;
    return deferred;
  }

  /** Puts spans back into the window after a start; their witnesses are facts already. */
  async putBack(rows: SpanRows, position: LogPosition): Promise<void> {
    await this.#windows.putSpans(splitSpans(rows, position, (id) => this.#learned.spanKeyOfId(id)));
  }

  /** Events are new, changed or mean more than before. Returns those that must be evaluated. */
  async eventsChanged(changed: readonly ActiveEvent[]): Promise<Set<string>> {
    const evaluate = new Set<string>();
    if (changed.length === 0) return evaluate;
    const { inventory, neighbourhood } = this.#learned.knowledge();
    const events = changed.map(({ event }) => event);
    const keys = hotKeysOf(new HotEvents(events, inventory, neighbourhood, this.#settings), this.#learned);
    const sought: Sought[] = [];
    for (const active of changed) {
      const answer = keys.get(active.event.id);
      if (answer === undefined) continue;
      await this.#name(active.event);
      if (answer.signature !== active.signature) evaluate.add(active.event.id);
      active.signature = answer.signature;
      sought.push(...(await this.#heat(active, answer.keys, evaluate)));
    }
    const found = await this.#lookBack.find(sought);
    if (found.length > 0) await this.#mark(await this.#facts.addWitnesses(found));
    for (const { eventId } of found) evaluate.add(eventId);
    return evaluate;
  }

  /** Writes an event under its new keys and reads their windows. Returns what only the log can still tell. */
  async #heat(active: ActiveEvent, keys: ReadonlySet<string>, evaluate: Set<string>): Promise<Sought[]> {
    const { event } = active;
    const interval = hotInterval(event, this.#settings);
    const sought = this.#heatTrace(event);
    const cold = [...keys].filter((key) => !covers(active.hot.get(key), interval));
    if (cold.length === 0) return sought;
    const wide = cold.reduce((sum, key) => union(sum, active.hot.get(key)), interval);
    const entry = { eventId: event.id, from: wide.start, to: wide.end };
    // Before the reading: the window may become whole while that goes on.
    const { windowIsWhole } = this;
    // It meets what comes from now on; what came before, when the window is whole again and the keys still cold.
    if (!windowIsWhole) this.#deferred.add(event.id);
    const chunks = await this.#windows.putEvent(cold, entry);
    const witnesses = chunks.flatMap((chunk) => witnessOf(chunk, event.id, wide));
    await this.#add(witnesses);
    if (witnesses.length > 0) evaluate.add(event.id);
    if (!windowIsWhole) return sought;
    for (const key of cold) active.hot.set(key, wide);
    // Asked after the reading: what expired meanwhile is looked for in the log.
    if ((await this.#windows.completeFrom()) > wide.start)
      sought.push({ eventId: event.id, spanKeys: new Set(cold), interval: wide });
    return sought;
  }

  /** Tells all workers of the trace that an event names; before the log is read for it. */
  async #name({ id, traceId, end }: SecurityEvent): Promise<void> {
    if (this.#traces === null || traceId === null || (this.#hotTraces.get(traceId)?.has(id) ?? false)) return;
    await this.#traces.putNamed([{ eventId: id, traceId }]);
    const carried = await this.#traces.putMet([traceId], end + markedFor(this.#settings));
    if (carried.length > 0) await this.#facts.addCarried(carried);
  }

  /** Lets an event wait for the trace that it names. Returns what is sought of it, the first time. */
  #heatTrace({ id, traceId, start, end }: SecurityEvent): Sought[] {
    if (traceId === null) return [];
    const waiting = this.#hotTraces.get(traceId);
    if (waiting?.has(id) ?? false) return [];
    this.#hotTraces.set(traceId, (waiting ?? new Set()).add(id));
    const reach = this.#traceReach;
    return [{ eventId: id, traceId, interval: { start: start - reach, end: end + reach } }];
  }

  /**
   * The end of a bounded run: finds what of the traces that events name lies further off than was looked, spans and ids.
   * @returns those events
   */
  async findWholeTraces(): Promise<Set<string>> {
    if (this.#traceReach === Infinity) return new Set();
    const interval = { start: -Infinity, end: Infinity };
    const sought = [...this.#hotTraces].flatMap(([traceId, eventIds]) =>
      [...eventIds].map((eventId): Sought => ({ eventId, traceId, interval })),
    );
    const found = await this.#lookBack.find(sought);
    if (found.length > 0) await this.#facts.addWitnesses(found);
    return new Set(sought.map(({ eventId }) => eventId));
  }

  /** Events that name one of the traces themselves: they are linked through it even where none of its spans was seen. */
  naming(traceIds: readonly string[]): TraceMeeting[] {
    return traceIds.flatMap((traceId) =>
      [...(this.#hotTraces.get(traceId) ?? [])].map((eventId) => ({ eventId, traceId })),
    );
  }

  *#witnessesByTrace(rows: SpanRows, position: LogPosition): Iterable<WitnessFact> {
    const byTrace = new Map<string, number[]>();
    for (let at = 0; at < rows.length; at += 1) {
      const traceId = traceIdAt(rows, at);
      if (this.#hotTraces.has(traceId)) byTrace.set(traceId, [...(byTrace.get(traceId) ?? []), at]);
    }
    for (const [traceId, picked] of byTrace)
      for (const eventId of this.#hotTraces.get(traceId) ?? [])
        yield* witnessByTrace(rows, position, eventId, new Set(picked));
  }

  /** Takes events off the hot lists: their late horizon has passed. */
  async forget(events: readonly SecurityEvent[]): Promise<void> {
    await this.#windows.dropEvents(events.map(({ id }) => id));
    await this.#traces?.dropNamed(events.map(({ id }) => id));
    for (const { id, traceId } of events) {
      const waiting = traceId === null ? undefined : this.#hotTraces.get(traceId);
      waiting?.delete(id);
      if (traceId !== null && waiting?.size === 0) this.#hotTraces.delete(traceId);
    }
  }

  /** After a start with a window that others keep, and that has kept everything. */
  remember(actives: ActiveEvents): void {
    for (const { event } of actives.all()) this.#heatTrace(event);
  }

  /**
   * The window and traces that all share begin anew: what was in them is gone. Events are put back, and read the log of spans for what the
   * window no longer has, when they are next asked for their keys; all of them must be.
   * @param from what ended before it is looked for in the log from now on; nothing that was lost may have ended later
   */
  async beginAnew(actives: ActiveEvents, from: Instant): Promise<void> {
    for (const active of actives.all()) active.hot.clear();
    this.#hotTraces.clear();
    await this.#windows.expire(from);
    this.carriedFrom = Math.max(this.carriedFrom, from);
    const ids = actives.ids();
    for (let at = 0; at < ids.length; at += MARKED_AT_ONCE)
      await this.#mark(await this.#facts.witnessesOf(ids.slice(at, at + MARKED_AT_ONCE)));
  }

  /** After a start: the hot lists are not stored. */
  async reheat(actives: ActiveEvents): Promise<void> {
    for (const { event, hot } of actives.all()) {
      this.#heatTrace(event);
      for (const [key, { start, end }] of hot)
        await this.#windows.putEvent([key], { eventId: event.id, from: start, to: end });
    }
  }
}

/** How long after its spans a trace is marked: as long as a fact can make a revision of the event that it met. */
export function markedFor({
  after,
  skew,
  bindingHorizon,
  maxSpan,
  lateHorizon,
  sessionCap,
}: JoinSettings): Micros {
  return 2 * (after + skew + bindingHorizon + 2 * maxSpan) + sessionCap + lateHorizon;
}

/** Times of spans that may match: an unfinished session may go on as long as sessions are believed to. */
function hotInterval(event: SecurityEvent, settings: JoinSettings): Interval {
  const end = event.ongoing ? Math.max(event.end, event.start + settings.sessionCap) : event.end;
  return windowOf({ start: event.start, end }, settings);
}

function covers(known: Interval | undefined, wanted: Interval): boolean {
  return known !== undefined && known.start <= wanted.start && known.end >= wanted.end;
}

function union(a: Interval, b: Interval | undefined): Interval {
  return b === undefined ? a : { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
