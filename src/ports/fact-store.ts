/**
 * Facts that outlive the window (DESIGN 2), and how far the engine has come. Embedded: SQLite, in the file of the
 * index; production: the topics `counterfoil.links` and `counterfoil.inventory` with Redis.
 *
 * Facts only add, and adding one twice is adding it once: the log is read again after a crash. What is added since the
 * last commit is seen by the readers of this port at once, and becomes durable with `commit`, together with the
 * documents and the position in the log that it came from. Whoever crashes before that starts from the last commit; so
 * what is known already was also evaluated already, and need not be again.
 *
 * Methods take many at a time: a remote store answers them in one round trip.
 */
import type { Accounting } from '../model/accounting.ts';
import type { Json } from '../model/json.ts';
import type { Instant } from '../model/instant.ts';
import type { Link } from '../model/link.ts';
import type { PaymentEvent } from '../model/payment.ts';
import type { RuleMatch } from '../model/security-event.ts';
import type { LogPosition } from './event-log.ts';
import type { InventoryStore } from './inventory.ts';

/** One (observation, rule) pair, slim: without the raw record. */
export interface MatchFact {
  eventId: string;
  /** SHA-256 of what the match says, wherever and how often it was delivered. */
  recordId: string;
  /** The audited request it is a stage of; null for all else. */
  requestId: string | null;
  match: RuleMatch;
}

/** A match that correlation rules look at, slim, with what they want to know of its record; until they let it go. */
export interface CorrelatedFact {
  /** SHA-256 of what the match says. */
  recordId: string;
  /** The audited request it is a stage of; null for all else. */
  requestId: string | null;
  match: RuleMatch;
}

/** What is known of the stages of one audited request (SPEC F3); merging keeps the greatest. */
export interface RequestFact {
  requestId: string;
  rank: number;
  /** Time of the latest stage of that rank. */
  time: Instant;
  lastEnd: Instant;
}

/** A span that carries an id which may name a payment. */
export interface CarriedFact {
  traceId: string;
  /** Start of the span. */
  at: Instant;
  attribute: string;
  value: string;
}

/** Spans that may have met an event, packed (join/span-chunk.ts); `chunkId` makes a redelivery the same fact. */
export interface WitnessFact {
  eventId: string;
  chunkId: string;
  traceIds: readonly string[];
  packed: Uint8Array;
}

/** A trace that met an event. */
export interface TraceMeeting {
  traceId: string;
  eventId: string;
}

/** An event as it was last evaluated, and what else the documents need of it. */
export interface EventStateFact {
  eventId: string;
  /** The incident that it is in; null: none. */
  incidentId: string | null;
  state: Json;
}

/** A link as it was last weighed. */
export interface EventLinkFact {
  link: Link;
  /** The service on whose span they met; null: none. */
  service: string | null;
}

export interface StoredEvent extends EventStateFact {
  links: readonly EventLinkFact[];
}

/** What was seen of the traces of one payment. */
export interface VisibilityFact {
  paymentId: string;
  traces: number;
  spans: number;
  spansWithIdentity: number;
}

/** A payment as the sums over a window need it; goes with its document. */
export interface PaymentSumFact {
  paymentId: string;
  time: Instant;
  service: string | null;
  currency: string;
  remainingMinor: bigint;
}

/** Sums over all payments of some windows (DESIGN 4.6). */
export interface WindowSums {
  payments: number;
  /** Those of them of whose traces any span was seen. */
  bound: number;
  /** Minor units left of those of which no span with an identity was seen, by currency; none that is nothing. */
  unseen: ReadonlyMap<string, bigint>;
}

export interface DeadLetter {
  /** By content and place, so that a redelivery is the same letter. */
  id: string;
  input: string;
  at: Instant;
  reason: string;
  text: string;
  place: string;
  /** Redacted. */
  excerpt: string | null;
  /** Of items set aside as skewed: they are those of the record with a time later than this; null for all else. */
  laterThan: Instant | null;
  /** When it was put through again, for the last time; null: never. */
  redrivenAt: Instant | null;
}

/** That a dead letter was put through again. */
export interface Redriven {
  letterId: string;
  at: Instant;
}

/** Of one record of the log, spans that were set aside when it was applied: those that ended outside of these bounds. */
export interface SetAsideFact {
  partition: number;
  offset: number;
  /** Too late; null: none was. */
  earlierThan: Instant | null;
  /** From the future; null: none was. */
  laterThan: Instant | null;
}

/** Where the engine goes on after a start. */
export interface EngineProgress {
  /** Next offset to read, by partition. */
  positions: Readonly<Record<string, number>>;
  accounting: Accounting;
  /** Watermarks and the rest of the engine's state of time, as its parts write it. */
  time: Json;
}

export interface FactStore extends InventoryStore {
  addMatches(matches: readonly MatchFact[]): Promise<void>;
  matchesOf(eventIds: readonly string[]): Promise<MatchFact[]>;
  /** Takes back matches of correlation rules. */
  removeMatches(matches: readonly Pick<MatchFact, 'eventId' | 'recordId'>[]): Promise<void>;
  addCorrelated(facts: readonly CorrelatedFact[]): Promise<void>;
  correlated(): Promise<CorrelatedFact[]>;
  dropCorrelated(recordIds: readonly string[]): Promise<void>;
  eventsOfRequests(requestIds: readonly string[]): Promise<string[]>;
  noteRequests(requests: readonly RequestFact[]): Promise<void>;
  requests(requestIds: readonly string[]): Promise<RequestFact[]>;

  /** Returns those that were not known. */
  addPaymentEvents(events: readonly PaymentEvent[]): Promise<PaymentEvent[]>;
  /**
   * All events of the payments that these events belong to: those that share an own id, UETR or PSP reference with
   * one of them, transitively.
   */
  paymentGroups(names: PaymentNames): Promise<PaymentEvent[]>;
  /** Payments (whole groups) with an event whose time is in the range, by event time; at most `limit` events. */
  paymentsBetween(from: Instant, to: Instant, limit: number): Promise<PaymentEvent[]>;
  /** Events of payments that name a pod or container, with their time in the range. */
  placedPaymentsBetween(from: Instant, to: Instant): Promise<PaymentEvent[]>;

  addCarried(carried: readonly CarriedFact[]): Promise<void>;
  carriedOf(traceIds: readonly string[]): Promise<CarriedFact[]>;
  carrying(values: readonly string[]): Promise<CarriedFact[]>;
  /** Drops carried ids older than the instant, but for traces that met an event. */
  expireCarried(before: Instant): Promise<void>;

  /** Returns those that were not known. */
  addWitnesses(witnesses: readonly WitnessFact[]): Promise<WitnessFact[]>;
  witnessesOf(eventIds: readonly string[]): Promise<WitnessFact[]>;
  /** The witnesses, of any event, in which there is a span of one of these traces. */
  witnessesOfTraces(traceIds: readonly string[]): Promise<WitnessFact[]>;
  /** Which of the traces met which events. */
  eventsOfTraces(traceIds: readonly string[]): Promise<TraceMeeting[]>;

  saveEventStates(states: readonly EventStateFact[]): Promise<void>;
  /** Adds or replaces links. */
  saveEventLinks(links: readonly EventLinkFact[]): Promise<void>;
  removeEventLinks(links: readonly EventLinkFact[]): Promise<void>;
  /** The events that have a state, with their links. */
  eventStates(): Promise<StoredEvent[]>;
  /** Takes events out of what `eventStates` gives: they have passed their late horizon. Saved again, they are back. */
  retireEvents(eventIds: readonly string[]): Promise<void>;
  /** Of these events those that were retired, and with them all of their incidents. */
  retiredEvents(eventIds: readonly string[]): Promise<StoredEvent[]>;
  /** Forgets events that are none any more. */
  removeEvents(eventIds: readonly string[]): Promise<void>;

  saveVisibility(visibility: readonly VisibilityFact[]): Promise<void>;
  visibilityOf(paymentIds: readonly string[]): Promise<VisibilityFact[]>;
  savePaymentSums(sums: readonly PaymentSumFact[]): Promise<void>;
  /** Payments that became part of others. */
  removePaymentSums(paymentIds: readonly string[]): Promise<void>;
  /**
   * @param windows that do not meet; bounds included
   * @param services only payments handled by one of these can have passed unseen; `''`: those that name no service
   */
  windowSums(
    windows: readonly { start: Instant; end: Instant }[],
    services: readonly string[],
  ): Promise<WindowSums>;

  /** Adds those that are not there yet. */
  addSetAside(fact: SetAsideFact): Promise<void>;
  /** Of records of a partition, both offsets included. */
  setAside(partition: number, from: number, to: number): Promise<SetAsideFact[]>;
  /** The log no longer keeps what lies before. */
  dropSetAside(before: LogPosition): Promise<void>;

  addDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
  /** Marks those of them that are still there. */
  markRedriven(redriven: readonly Redriven[]): Promise<void>;
  progress(): Promise<EngineProgress | null>;

  /** Makes everything added since the last commit durable in one step, documents of the index beside it included. */
  commit(progress: EngineProgress): Promise<void>;
  /** Forgets what was added since the last commit. */
  rollback(): Promise<void>;
}

/** What payments are looked up by. */
export interface PaymentNames {
  /** Values that may be an own id or a strong reference. */
  strong?: readonly string[];
  /** Values of any alias, strong ones too. */
  values?: readonly string[];
  /** Traces that a payment's own record names. */
  traceIds?: readonly string[];
  /** Payment event ids. */
  eventIds?: readonly string[];
}
