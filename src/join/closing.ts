/**
 * When an event is final, and what a fact means that comes after it (SPEC T9 to T12).
 *
 * What: an event closes when the span watermark, the least over all span inputs, has passed every span that could still
 * concern it. Why this long: a matching span begins at the latest `after + skew` after the event's end and lasts
 * `max_span`; the span that carries the payment's id begins at the latest `binding_horizon` after that one's end and lasts
 * `max_span` too; the watermark is one of span *ends*. `grace` on top buys fewer revisions. Longer spans still match, as
 * late ones. Why strictly: a watermark W says that nothing *before* W is to come; a span ending at W may be.
 *
 *     closes at = end + after + skew + binding_horizon + 2 x max_span + grace
 *     expires at = closes at + late_horizon
 *
 * Worked example (defaults): an event that ends at 14:00:00 closes once the watermark is past 14:22:32 (15 min + 2 s + 5 min
 * + 2 min + 30 s). A span that comes later makes a revision, until the watermark is past 14:22:32 of the next day.
 *
 * Nothing here is kept over a restart: both times follow from the event, so the queue is filled again from the events
 * that are not expired. An event that is still ongoing is put in with the end of its cap, and put again with its true end.
 * Cost: that of join/deadline-heap.ts, for events that are open or were closed within the late horizon.
 * Source: DESIGN 4.4; reference/streaming 1, lessons (a) and (d).
 */
import { CounterfoilError } from '../model/errors.ts';
import type { Instant, Micros } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { TimeSettings } from '../model/time-settings.ts';
import { windowOf, type Interval } from './confidence.ts';
import { DeadlineHeap } from './deadline-heap.ts';

/** Where a fact meets an event: still `open`; closed, so a `revision`; or past the late horizon, for the retro lane. */
export type Lateness = 'open' | 'revision' | 'beyond_horizon';

/** Open and not yet expired events together. */
const MAX_EVENTS = 1_000_000;

/** The event closes when the span watermark lies strictly after this. */
export function closesAt(end: Instant, join: JoinSettings, time: TimeSettings): Instant {
  return end + join.after + join.skew + join.bindingHorizon + 2 * join.maxSpan + time.grace;
}

/** No fact makes a revision once the span watermark lies strictly after this. */
export function expiresAt(end: Instant, join: JoinSettings, time: TimeSettings): Instant {
  return closesAt(end, join, time) + join.lateHorizon;
}

/** How long spans are kept for events that are still to come: an event reaches its log within `max_event_delay`. */
export function lookBackOf(join: JoinSettings, time: TimeSettings): Micros {
  return join.before + join.skew + time.maxEventDelay;
}

/**
 * Whether spans of the event's window are gone from the window store: its links are `partial` until the retro lane has
 * read the log for it.
 * @param completeFrom oldest instant from which on the window store holds every span; -Infinity: all
 */
export function isOlderThanLookBack(event: Interval, completeFrom: Instant, join: JoinSettings): boolean {
  return windowOf(event, join).start < completeFrom;
}

/**
 * What a fact is for an event when it comes.
 * @param end of the event
 * @param watermark least over all span inputs
 */
export function latenessOf(
  end: Instant,
  watermark: Instant,
  join: JoinSettings,
  time: TimeSettings,
): Lateness {
  if (watermark <= closesAt(end, join, time)) return 'open';
  return watermark <= expiresAt(end, join, time) ? 'revision' : 'beyond_horizon';
}

/** Events on their way from open to closed to expired; driven by the span watermark alone. */
export class ClosingQueue {
  readonly #join: JoinSettings;
  readonly #time: TimeSettings;
  readonly #maxEvents: number;
  readonly #open = new DeadlineHeap();
  readonly #closed = new DeadlineHeap();

  constructor(join: JoinSettings, time: TimeSettings, maxEvents = MAX_EVENTS) {
    this.#join = join;
    this.#time = time;
    this.#maxEvents = maxEvents;
  }

  /** Events that have not closed. */
  get open(): number {
    return this.#open.size;
  }

  /** Events that have closed and not expired. */
  get closed(): number {
    return this.#closed.size;
  }

  /**
   * Adds an event, or gives it another end: one that had closed is open again, and due at once where the watermark is
   * past its new time as well.
   * @param closed it had closed in an earlier life: it is not due again, and expires in its time
   * @throws CounterfoilError CF_OVER_LIMIT at the limit of events: take no more until some have expired
   */
  put(id: string, end: Instant, closed = false): void {
    if (!this.has(id) && this.#open.size + this.#closed.size >= this.#maxEvents) {
      throw new CounterfoilError(
        'CF_OVER_LIMIT',
        `${this.#maxEvents} events are open or within their late horizon`,
      );
    }
    this.#closed.delete(id);
    if (closed) this.#closed.set(id, expiresAt(end, this.#join, this.#time));
    else this.#open.set(id, closesAt(end, this.#join, this.#time));
  }

  has(id: string): boolean {
    return this.#open.has(id) || this.#closed.has(id);
  }

  /** Forgets an event, open or closed; false where it was not there. */
  remove(id: string): boolean {
    return this.#open.delete(id) || this.#closed.delete(id);
  }

  /** Ids of the events that close now, each once, by the instant at which they close, then by id. */
  due(watermark: Instant): string[] {
    return this.#open.takeBefore(watermark).map(({ id, at }) => {
      this.#closed.set(id, at + this.#join.lateHorizon);
      return id;
    });
  }

  /** Ids of the closed events whose late horizon is past: they may leave every hot list. In the same order. */
  expired(watermark: Instant): string[] {
    return this.#closed.takeBefore(watermark).map(({ id }) => id);
  }
}
