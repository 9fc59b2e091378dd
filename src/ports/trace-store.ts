/**
 * Hop 2 of the rendezvous (DESIGN 4.3) where several workers share it: ids that spans carry, under their trace, and traces
 * that met an event. Left: a trace met an event; right: a span carries an id. Both sides write first and, once that is
 * acknowledged, read the other side on the primary. (In one process the fact store is both sides.)
 *
 * Beside it the traces that events name themselves: an event writes the name and then reads the log of spans; a span is
 * in that log before its worker asks for names; so one of two concurrent sides sees the other.
 *
 * Writing twice is writing once. Ids and marks expire by the event watermark; a TTL is only a backstop.
 */
import type { Instant } from '../model/instant.ts';
import type { CarriedFact, TraceMeeting } from './fact-store.ts';

export interface TraceStore {
  /**
   * Writes ids and, after the acknowledgement, returns those of their traces that have met an event. Ids on spans that
   * started before what was expired are not kept, since nothing would ever drop them; their traces are asked for all the same.
   * @throws CounterfoilError CF_OVER_LIMIT when there is no room: none was taken; again after `expire`
   */
  putCarried(carried: readonly CarriedFact[]): Promise<ReadonlySet<string>>;
  /**
   * Marks traces as having met an event and, after the acknowledgement, returns the ids that they carry, once each.
   * A mark that nobody needs any more, by what was expired, is not kept. Ids are in no order.
   * @param until event time after which nobody needs the marks; a later one of the same trace counts
   * @throws CounterfoilError CF_OVER_LIMIT when there would be too many marks
   */
  putMet(traceIds: readonly string[], until: Instant): Promise<CarriedFact[]>;
  /**
   * Lets events wait for the traces that they name.
   * @throws CounterfoilError CF_OVER_LIMIT when there would be too many
   */
  putNamed(named: readonly TraceMeeting[]): Promise<void>;
  /**
   * Of these traces those that events name.
   * @param traceIds is asked only when events name any at all: of most flushes they are never listed
   */
  namedAmong(traceIds: () => readonly string[]): Promise<TraceMeeting[]>;
  /** Nobody waits for the traces of these events any more. */
  dropNamed(eventIds: readonly string[]): Promise<void>;
  /** Drops ids of spans that started before the instant, and marks that are needed until before `marks`. Never goes back. */
  expire(before: { carried: Instant; marks: Instant }): Promise<void>;
  /** Changes when content was lost (a flushed or replaced primary). */
  generation(): Promise<string>;
  /** As of the window store: takes up the present generation; until then all but `generation` reject with CF_WINDOW_LOST. */
  begin(): Promise<string>;
  close(): Promise<void>;
}
