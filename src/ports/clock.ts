/** Wall clock and elapsed time. Processing time appears only in metrics, progress and idle detection. */
import type { Instant } from '../model/instant.ts';

export interface Clock {
  /** Wall clock. */
  now(): Instant;
  /** Monotonic milliseconds, for durations. */
  elapsedMs(): number;
}
