/** The clock of another machine as it was read from here: before it was asked, what it said, and after its answer had come. */
import type { Instant } from '../model/instant.ts';

export interface ClockReading {
  /** Whose clock it is. */
  of: string;
  asked: Instant;
  said: Instant;
  answered: Instant;
}
