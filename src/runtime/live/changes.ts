/** What happened since documents were last published. */
import type { JoinedLink, KnownPayment } from '../joined-view.ts';
import type { ActiveEvent } from './active-events.ts';

export interface Changes {
  /** Active events that changed: whole (null), or their links to some payments only. */
  events: Map<string, ReadonlySet<string> | null>;
  /** Payments with new state events. */
  payments: KnownPayment[];
  /** Ids under which these were published before, and no payment is now. */
  formerPayments: string[];
  /** Links that are new or weigh otherwise. */
  linked: JoinedLink[];
  /** Links that do not hold any more, with the reason. */
  withdrawn: { joined: JoinedLink; reason: string }[];
  /** Events that are no more: later stages took their matches back. */
  vanished: readonly ActiveEvent[];
}

export function noChanges(): Changes {
  return { events: new Map(), payments: [], formerPayments: [], linked: [], withdrawn: [], vanished: [] };
}
