/** An incident: what people handle. A function of its events, their links, and the payments behind them. */
import type { Instant } from './instant.ts';

/** Money of one currency at `as_of`: linked = stoppable + recallable + final. */
export interface Exposure {
  currency: string;
  linkedMinor: bigint;
  stoppableMinor: bigint;
  recallableMinor: bigint;
  finalMinor: bigint;
  /** Linked and what may have passed unseen (DESIGN 4.6). */
  upperMinor: bigint;
  payments: number;
}

/** One step down of the falling staircase: what is lost to us if nothing is done by then. */
export interface ClockRow {
  deadline: Instant;
  currency: string;
  amountMinor: bigint;
  payments: number;
  actions: string[];
}

export interface Incident {
  /** `inc_` of its earliest event. */
  id: string;
  tenant: string;
  /** By (start, id). */
  eventIds: string[];
  start: Instant;
  end: Instant;
  /** What a person reads first, see incidents/title.ts. */
  title: string;
  severity: number;
  techniques: string[];
  /** Links of confidence >= min_p: their payments are the ones that count. */
  linkIds: string[];
  /** Links below it: listed, in no sum. */
  weakLinkIds: string[];
  paymentIds: string[];
  /** Payments with no link but weak ones. */
  weakPaymentIds: string[];
  exposures: Exposure[];
  clock: ClockRow[];
  /** Payments of the events' windows bound to a span, over those in the windows; null if there are none. */
  bindingRatio: number | null;
  /** The incident that this one was cut from at a cap. */
  continues: string | null;
}
