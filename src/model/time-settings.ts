/** The settings of time in the live engine (DESIGN 4.4), in microseconds. Options: config/options.ts. */
import type { Micros } from './instant.ts';

export interface TimeSettings {
  /** How far behind the latest item of a partition the next one may lie without being late. */
  outOfOrderness: Micros;
  /** How long after it happened a record reaches the log at the latest: what an idle partition is taken to be behind. */
  maxEventDelay: Micros;
  /** An item later than the wall clock by more goes to the skew side output. */
  maxSkew: Micros;
  /** How much longer than the arithmetic of spans demands an event stays open. */
  grace: Micros;
  /** A partition with lag and without progress for this long is stalled. */
  stalledAfter: Micros;
}
