/**
 * The second pass of the batch join: packed spans, event traces and payment records against the events (DESIGN 4.1).
 *
 * Cost per span: one look-up of its trace; for spans of bound traces, the short candidate list of its identity and an
 * interval check each. Worked example: of 1 M spans 100 k belong to bound traces, of those 5 k have an identity that
 * an event touches, and 2 k lie in a window: 2 k ways are weighed.
 */
import type { Instant } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { Provenance, StatedIdentity } from '../model/identity.ts';
import type { Method } from '../model/link.ts';
import type { Bindings } from './bindings.ts';
import { CandidateList } from './candidate-list.ts';
import { confidenceOf, gapOf, meets, type Interval } from './confidence.ts';
import { directMethod, type Candidate, type HotEvent, type HotEvents } from './hot-events.ts';
import { KeyTable } from './key-table.ts';
import { matchedByPlace, matchedBySpan } from './matched-values.ts';
import { spanIdAt, traceIdAt, type SpanColumns } from './packed-spans.ts';
import type { ResolvedSpan, SpanIdentities } from './span-identities.ts';
import { BestWays, compareWays, type Way } from './best-way.ts';

export interface Matches {
  ways: BestWays;
  /** Event -> payments that bulk traces or too many pods kept from being linked (DESIGN 4.6, `upper`). */
  withheld: ReadonlyMap<number, ReadonlySet<number>>;
  /** Spans of bound traces that were delivered more than once. */
  duplicateSpans: number;
  /** Spans longer than `join.max_span` that matched an event. */
  longSpans: number;
}

/** A span of a bound trace, with the payments that it reaches. */
interface ReachingSpan {
  traceId: string;
  spanId: string;
  interval: Interval;
  span: ResolvedSpan;
  /** Payment -> best factor. */
  reached: ReadonlyMap<number, number>;
  bulk: boolean;
}

interface Where {
  identity: StatedIdentity;
  pod: string | null;
  container: string | null;
  containerName: string | null;
}

export class Matcher {
  readonly #hotEvents: HotEvents;
  readonly #bindings: Bindings;
  readonly #identities: SpanIdentities;
  readonly #settings: JoinSettings;
  readonly #ways = new BestWays();
  readonly #withheld = new Map<number, Set<number>>();
  /** (trace, span id) of bound traces: a span delivered twice must not count twice. */
  readonly #seen = new KeyTable();
  #duplicateSpans = 0;
  #longSpans = 0;
  /** By identity; where its pod changes with time, by identity, pod and container. */
  readonly #candidates = new Map<number | string, CandidateList>();
  /** Bound trace -> events that name it, with the nearest gap so far. */
  readonly #exact = new Map<number, { hot: HotEvent; gap: number | null }[]>();

  constructor(hotEvents: HotEvents, bindings: Bindings, identities: SpanIdentities, settings: JoinSettings) {
    this.#hotEvents = hotEvents;
    this.#bindings = bindings;
    this.#identities = identities;
    this.#settings = settings;
    for (const hot of hotEvents.events) {
      const trace = hot.event.traceId === null ? -1 : bindings.findHex(hot.event.traceId);
      if (trace >= 0) this.#exact.set(trace, [...(this.#exact.get(trace) ?? []), { hot, gap: null }]);
    }
  }

  matchSpans(columns: SpanColumns): void {
    const { trace } = columns;
    for (let at = 0; at < columns.length; at += 1) {
      const word = at * 4;
      const bound = this.#bindings.find(
        trace[word] ?? 0,
        trace[word + 1] ?? 0,
        trace[word + 2] ?? 0,
        trace[word + 3] ?? 0,
      );
      if (bound >= 0) this.#matchSpan(columns, at, bound);
    }
  }

  #matchSpan(columns: SpanColumns, at: number, bound: number): void {
    const ordinal = columns.identity[at] ?? 0;
    const interval = { start: columns.start[at] ?? 0, end: columns.end[at] ?? 0 };
    const span = this.#identities.resolve(ordinal, interval.start);
    if (span === null) return;
    this.#countSpan(columns, at, bound, ordinal, span);
    for (const exact of this.#exact.get(bound) ?? []) {
      const gap = gapOf(exact.hot.event, interval);
      if (exact.gap === null || nearer(gap, exact.gap)) exact.gap = gap;
    }
    const byEvent = new Map<HotEvent, Candidate[]>();
    for (const candidate of this.#candidatesOf(ordinal, span).inWindow(interval)) {
      const others = byEvent.get(candidate.hot);
      if (others === undefined) byEvent.set(candidate.hot, [candidate]);
      else others.push(candidate);
    }
    if (byEvent.size === 0) return;
    if (interval.end - interval.start > this.#settings.maxSpan) this.#longSpans += 1;
    const { bindingHorizon } = this.#settings;
    const reached = this.#bindings.reached(bound, interval.start, interval.end, bindingHorizon);
    const ids = { traceId: traceIdAt(columns, at), spanId: spanIdAt(columns, at) };
    const reaching = { ...ids, interval, span, reached, bulk: this.#bindings.isBulk(bound) };
    for (const [hot, candidates] of byEvent) this.#weigh(hot, candidates, reaching);
  }

  #countSpan(columns: SpanColumns, at: number, bound: number, identity: number, span: ResolvedSpan): void {
    const known = this.#seen.size;
    this.#seen.insert(bound, columns.span[at * 2] ?? 0, columns.span[at * 2 + 1] ?? 0, identity);
    const trace = this.#bindings.traces[bound];
    if (this.#seen.size === known) this.#duplicateSpans += 1;
    else if (trace !== undefined) {
      trace.spans += 1;
      if (span.statesWhere) trace.spansWithIdentity += 1;
    }
  }

  #candidatesOf(ordinal: number, span: ResolvedSpan): CandidateList {
    const key = this.#identities.isTimed(ordinal)
      ? `${ordinal}\0${span.pod ?? ''}\0${span.container ?? ''}`
      : ordinal;
    let candidates = this.#candidates.get(key);
    if (candidates === undefined) {
      candidates = new CandidateList(this.#hotEvents.candidatesOf(span));
      this.#candidates.set(key, candidates);
    }
    return candidates;
  }

  /** One span against one event that it is in the window of: its strongest way to each payment it reaches. */
  #weigh(hot: HotEvent, candidates: readonly Candidate[], reaching: ReachingSpan): void {
    const usable = candidates.filter((candidate) => !candidate.withheld);
    if (reaching.bulk || usable.length === 0) {
      for (const payment of reaching.reached.keys()) this.#withhold(hot, payment);
      return;
    }
    for (const [payment, factor] of reaching.reached) {
      const ways = usable.flatMap((candidate) => this.#wayOf(candidate, factor, reaching) ?? []);
      const [best] = ways.toSorted(compareWays);
      if (best !== undefined) this.#ways.offer(hot.ordinal, payment, best);
    }
  }

  /** Null where the method is switched off. */
  #wayOf(
    { hot, method: found, base: foundBase }: Candidate,
    factor: number,
    reaching: ReachingSpan,
  ): Way | null {
    const { traceId, spanId, interval, span } = reaching;
    const gap = gapOf(hot.event, interval);
    const method = methodAtGap(found, gap);
    const settings = this.#settings.methods[method];
    if (!settings.enabled) return null;
    const base = found === method ? foundBase : settings.base;
    const capped = span.provenance === 'self' && interval.end >= hot.event.start;
    return {
      method,
      confidence: confidenceOf(base, method, gap, factor, capped, this.#settings),
      gap,
      provenance: span.provenance,
      traceId,
      spanId,
      ...interval,
      service: span.identity.serviceName,
      matched: () => matchedBySpan(method, hot, span),
    };
  }

  /** Events that name a bound trace themselves (SPEC J16); after all spans. */
  matchTraces(): void {
    const { base, enabled } = this.#settings.methods.trace_exact;
    if (!enabled) return;
    for (const [bound, entries] of this.#exact) {
      const reached = this.#bindings.reached(bound, 0, 0, null);
      const bulk = this.#bindings.isBulk(bound);
      for (const { hot, gap } of entries) {
        const traceId = hot.event.traceId ?? '';
        const matched = (): ReturnType<Way['matched']> => ({
          field: 'trace.id',
          event: traceId,
          span: traceId,
        });
        for (const [payment, factor] of reached) {
          if (bulk) {
            this.#withhold(hot, payment);
            continue;
          }
          const confidence = confidenceOf(base, 'trace_exact', gap ?? 0, factor, false, this.#settings);
          const way = {
            method: 'trace_exact' as const,
            confidence,
            gap: gap ?? 0,
            start: 0,
            end: 0,
            service: null,
            matched,
          };
          this.#ways.offer(hot.ordinal, payment, { ...way, provenance: 'platform', traceId, spanId: null });
        }
      }
    }
  }

  /** A payment's own record names a pod or container at an instant (SPEC J11). */
  matchPayment(payment: number, where: Where, at: Instant, provenance: Provenance): void {
    const { base, enabled } = this.#settings.methods.payment_pod;
    if (!enabled) return;
    const interval = { start: at, end: at };
    for (const hot of this.#hotEvents.at(where)) {
      if (!meets(hot.window, interval) || directMethod(hot, where) === null) continue;
      const gap = gapOf(hot.event, interval);
      const capped = provenance === 'self' && at >= hot.event.start;
      const confidence = confidenceOf(base, 'payment_pod', gap, 1, capped, this.#settings);
      const matched = (): ReturnType<Way['matched']> => matchedByPlace('payment_pod', hot, where);
      const way = {
        method: 'payment_pod' as const,
        confidence,
        gap,
        provenance,
        traceId: null,
        spanId: null,
      };
      this.#ways.offer(hot.ordinal, payment, { ...way, ...interval, service: null, matched });
    }
  }

  #withhold(hot: HotEvent, payment: number): void {
    const payments = this.#withheld.get(hot.ordinal) ?? new Set<number>();
    this.#withheld.set(hot.ordinal, payments.add(payment));
  }

  result(): Matches {
    return {
      ways: this.#ways,
      withheld: this.#withheld,
      duplicateSpans: this.#duplicateSpans,
      longSpans: this.#longSpans,
    };
  }
}

/** A shared container is an overlap when the span and the event meet. */
function methodAtGap(method: Method, gap: number): Method {
  return method === 'container_interval' && gap === 0 ? 'container_overlap' : method;
}

/** The smaller |gap|; of equal ones the negative. */
function nearer(gap: number, known: number): boolean {
  return Math.abs(gap) < Math.abs(known) || (Math.abs(gap) === Math.abs(known) && gap < known);
}
