/** What can still be done about a payment: a chain of actions, each until its deadline (DESIGN section 5). */
import type { Instant } from './instant.ts';

/** stoppable: we alone decide; recallable: another party must agree; final: nothing is left. */
export type RecoveryClass = 'stoppable' | 'recallable' | 'final';

export interface RecoveryStep {
  class: RecoveryClass;
  /** Id of the action, for instance `cancel`; null where nothing can be done. */
  action: string | null;
  /** Deadline, exclusive; null where there is none. */
  until: Instant | null;
  /** Mode of the recovery rate, 0..1. */
  recovery: number;
}

/** What may be done with a payment from its state on, earliest deadline first. */
export interface Recovery {
  /** Money that is still out: 0 once it was refunded, cancelled or rejected. */
  remainingMinor: bigint;
  /** A step holds until its `until`, then the next; only the last one has `until` null. */
  chain: RecoveryStep[];
  flags: ('ambiguous_reference' | 'unknown_rail' | 'unknown_state' | 'state_inferred')[];
}
