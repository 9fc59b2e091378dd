/** What a lane has joined, as documents are made of it. */
import type { HotEvent } from '../join/hot-events.ts';
import { compareMethods, type BestWay } from '../join/best-way.ts';
import type { Redactor } from '../formats/redaction/redact.ts';
import { linkId } from '../model/ids.ts';
import type { Instant } from '../model/instant.ts';
import type { Link } from '../model/link.ts';
import type { Payment } from '../model/payment.ts';
import type { Recovery } from '../model/recovery.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { WindowSums } from '../ports/fact-store.ts';

/** An event with what it turned out to mean. */
export interface JoinedEvent {
  event: SecurityEvent;
  pod: string | null;
  container: string | null;
  ambiguous: readonly string[];
  podsCapped: boolean;
  /** Something kept payments from being linked: bulk traces, too many pods. */
  withholds: boolean;
  /** Payments so withheld, as far as they are payments still. */
  withheld: readonly string[];
  /** Bare names of the services seen in its pod or container. */
  services: readonly string[];
}

export interface JoinedLink {
  link: Link;
  /** The service on whose span they met; null: none. */
  service: string | null;
}

/** What is known of the traces of one payment. */
export interface Visibility {
  traces: number;
  spans: number;
  spansWithIdentity: number;
}

export interface KnownPayment {
  payment: Payment;
  recovery: Recovery;
  visibility: Visibility;
}

export interface JoinedView {
  /** By (start, id). */
  events: readonly JoinedEvent[];
  /** Whether any security event was seen, shown here or not. */
  hasEvents: boolean;
  /** Live links of an event. */
  linksOf(eventId: string): readonly JoinedLink[];
  isLinked(paymentId: string): boolean;
  /** Whether it met an event among so many others that they were not linked. */
  isWithheld(paymentId: string): boolean;
  payment(id: string): KnownPayment | undefined;
  /**
   * Sums over the payments of the events' windows; null while nobody can know them.
   * @param services see `passingServices`
   */
  windowSums(events: readonly JoinedEvent[], services: readonly string[]): WindowSums | null;
  /** Latest observation end or span end; null when there was neither. */
  latest: Instant | null;
  /** Latest end of a security record; null: there was none. */
  latestObservation: Instant | null;
}

export function joinedEventOf(
  hot: HotEvent,
  services: ReadonlySet<string>,
  withheld: readonly string[] | null,
): JoinedEvent {
  return {
    event: hot.event,
    pod: hot.resolved.pod,
    container: hot.resolved.container,
    ambiguous: hot.resolved.ambiguous,
    podsCapped: hot.podsCapped,
    withholds: withheld !== null,
    withheld: withheld ?? [],
    services: [...services],
  };
}

/** @param options whose link it is, and what hides card numbers */
export function joinedLinkOf(
  { tenant, redactor }: { tenant: string; redactor: Redactor },
  eventId: string,
  paymentId: string,
  { way, methods }: BestWay,
): JoinedLink {
  const others = [...methods].filter(([method]) => method !== way.method);
  others.sort(([a, x], [b, y]) => y - x || compareMethods(a, b));
  const link = {
    id: linkId(tenant, eventId, paymentId),
    tenant,
    eventId,
    paymentId,
    method: way.method,
    confidence: way.confidence,
    gap: way.gap,
    provenance: way.provenance,
    methods: others.map(([method, confidence]) => ({ method, confidence })),
    matched: way.matched(),
    traceId: way.traceId,
    span:
      way.spanId === null ? null : { id: shownSpanId(way.spanId, redactor), start: way.start, end: way.end },
  };
  return { link, service: way.service };
}

/** One span id in 40,000 reads as a card number, and could be one: shown are then sixteen digits of its token. */
function shownSpanId(spanId: string, redactor: Redactor): string {
  const safe = redactor.idValue(spanId);
  return safe === spanId ? spanId : safe.slice('tok_'.length, 'tok_'.length + spanId.length);
}
