/**
 * The retro lane for single events (DESIGN 4.5): what the span window no longer holds is found in the log.
 *
 * Two passes over the range: first the rows that may have met the events, then the transaction ids that spans of those
 * traces carry, since a span may name the payment in another record than the one that was in the container.
 *
 * Only records that were applied are read: later ones meet the event when they come. Limits: the log's retention; an
 * event older than that keeps what it has.
 *
 * Cost: a scan of the log for all events at once; records outside the range are not decoded. Worked example: an alert is
 * delivered an hour late; the log of 17 minutes around it, 17 M spans at 1,000 a ms, is read in some seconds.
 */
import type { Interval } from '../../join/confidence.ts';
import { spanKeyOf } from '../../join/span-key.ts';
import { traceIdAt } from '../../join/packed-spans.ts';
import type { SpanRows } from '../../join/span-chunk.ts';
import { splitSpans } from '../../join/split-spans.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { CarriedFact, FactStore, WitnessFact } from '../../ports/fact-store.ts';
import { carriedFactsOf } from './carried.ts';
import type { Frame } from './frame.ts';
import type { FrameSource } from './frame-source.ts';
import { timesOf, witnessByTrace, witnessOf } from './witness.ts';

/** What an event still looks for in an interval: spans under some keys, or spans of a trace. */
export type Sought = { eventId: string; interval: Interval } & (
  | { spanKeys: ReadonlySet<string> }
  | { traceId: string }
);

export class LookBack {
  readonly #log: FrameSource;
  readonly #facts: FactStore;
  readonly #settings: JoinSettings;

  constructor(log: FrameSource, facts: FactStore, settings: JoinSettings) {
    this.#log = log;
    this.#facts = facts;
    this.#settings = settings;
  }

  /** Witnesses for what is sought; ids that their traces carry are stored on the way. */
  async find(sought: readonly Sought[]): Promise<WitnessFact[]> {
    if (sought.length === 0) return [];
    const range = unionOf(sought.map(({ interval }) => interval));
    const byKey = keysOf(sought);
    const byTrace = tracesOf(sought);
    const found: WitnessFact[] = [];
    await this.#scan(range, (frame, position) => {
      if (frame.spans === null) return;
      // By what the frame itself says of who they are: it may not have been heard of them yet.
      const keys = keysById(frame);
      for (const chunk of splitSpans(frame.spans, position, (id) => keyIn(byKey, keys.get(id) ?? null)))
        for (const { eventId, interval } of byKey.get(chunk.spanKey) ?? [])
          found.push(...witnessOf(chunk, eventId, interval));
      for (const [traceId, picked] of rowsOfTraces(frame.spans, byTrace))
        for (const eventId of byTrace.get(traceId) ?? [])
          found.push(...witnessByTrace(frame.spans, position, eventId, picked));
    });
    const traces = new Set([...found.flatMap(({ traceIds }) => traceIds), ...byTrace.keys()]);
    // Near the spans, which may have begun long before the event's window, or ended long after.
    await this.findCarried(traces, unionOf([range, ...found.map(({ packed }) => timesOf(packed))]));
    return found;
  }

  /** Stores the ids that spans of these traces carry near the interval. */
  async findCarried(traces: ReadonlySet<string>, { start, end }: Interval): Promise<void> {
    if (traces.size === 0) return;
    const reach = this.#settings.bindingHorizon + this.#settings.maxSpan;
    const carried: CarriedFact[] = [];
    await this.#scan({ start: start - reach, end: end + reach }, (frame) => {
      for (const fact of carriedFactsOf(frame)) if (traces.has(fact.traceId)) carried.push(fact);
    });
    if (carried.length > 0) await this.#facts.addCarried(carried);
  }

  async #scan({ start, end }: Interval, visit: (frame: Frame, position: LogPosition) => void): Promise<void> {
    for await (const frames of this.#log.scan({ from: start, to: end }))
      for (const { frame, position } of frames) visit(frame, position);
  }
}

function unionOf(intervals: readonly Interval[]): Interval {
  return {
    start: intervals.reduce((least, { start }) => Math.min(least, start), Infinity),
    end: intervals.reduce((most, { end }) => Math.max(most, end), -Infinity),
  };
}

function keysOf(sought: readonly Sought[]): Map<string, { eventId: string; interval: Interval }[]> {
  const byKey = new Map<string, { eventId: string; interval: Interval }[]>();
  for (const each of sought) {
    if (!('spanKeys' in each)) continue;
    for (const key of each.spanKeys) {
      const entries = byKey.get(key);
      if (entries === undefined) byKey.set(key, [each]);
      else entries.push(each);
    }
  }
  return byKey;
}

function tracesOf(sought: readonly Sought[]): Map<string, string[]> {
  const byTrace = new Map<string, string[]>();
  for (const each of sought)
    if ('traceId' in each) byTrace.set(each.traceId, [...(byTrace.get(each.traceId) ?? []), each.eventId]);
  return byTrace;
}

function keysById({ spans, identities }: Frame): Map<string, string | null> {
  const ids = spans?.dictionary ?? [];
  return new Map(identities.flatMap((identity, at) => [[ids[at] ?? '', spanKeyOf(identity)] as const]));
}

/** The key where something is sought under it; rows of other keys are not worth copying. */
function keyIn(byKey: ReadonlyMap<string, unknown>, spanKey: string | null): string | null {
  return spanKey !== null && byKey.has(spanKey) ? spanKey : null;
}

/** Each row is looked at once, however many traces are sought. */
function rowsOfTraces(spans: SpanRows, traces: ReadonlyMap<string, unknown>): Map<string, Set<number>> {
  const rows = new Map<string, Set<number>>();
  if (traces.size === 0) return rows;
  for (let at = 0; at < spans.length; at += 1) {
    const traceId = traceIdAt(spans, at);
    if (!traces.has(traceId)) continue;
    const picked = rows.get(traceId);
    if (picked === undefined) rows.set(traceId, new Set([at]));
    else picked.add(at);
  }
  return rows;
}
