/** What came since the last settle, and how far the records go. */
import type { Instant } from '../../model/instant.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import { StaleEvents } from './stale-events.ts';

export class Pending {
  /** Events to fold again. */
  touched = new Set<string>();
  /** Events to evaluate again. */
  readonly stale = new StaleEvents();
  /** State events of payments that were not known. */
  newPayments: PaymentEvent[] = [];
  /** Whether any payment ever named a pod or container by itself. */
  paymentsNamePlaces = false;
  /** Latest end of any record. */
  latest: Instant | null = null;
  /** Latest end of a security record. */
  latestObservation: Instant | null = null;

  seeObservation(end: Instant): void {
    this.see(end);
    if (this.latestObservation === null || end > this.latestObservation) this.latestObservation = end;
  }

  see(at: Instant): void {
    if (this.latest === null || at > this.latest) this.latest = at;
  }
}
