/**
 * What is known of traces, in one process: two maps of facts and a set of marks (ports/trace-store.ts is the contract).
 *
 * Every call takes effect in one step, so that the order "write, then read the other side" holds by itself. Expiry looks at
 * everything: a step for each id and mark, which is little for what one process can hold.
 */
import { randomUUID } from 'node:crypto';
import { CounterfoilError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import type { CarriedFact, TraceMeeting } from '../../ports/fact-store.ts';
import type { TraceStore } from '../../ports/trace-store.ts';

export interface TraceStoreSettings {
  /** Ids that traces carry; default one million. */
  maxCarried?: number;
  /** Traces that met an event, and traces that events name; default one million each. */
  maxMarks?: number;
}

const MAX_CARRIED = 1_000_000;
const MAX_MARKS = 1_000_000;

/** Opens an empty store. */
export function createTraceStore(settings: TraceStoreSettings = {}): TraceStore {
  return new EmbeddedTraces(settings);
}

class EmbeddedTraces implements TraceStore {
  readonly #maxCarried: number;
  readonly #maxMarks: number;
  readonly #generation = randomUUID();
  /** By trace, then by content. */
  readonly #carried = new Map<string, Map<string, CarriedFact>>();
  #ids = 0;
  /** Until when the mark of a trace is needed. */
  readonly #met = new Map<string, Instant>();
  /** Events by the trace that they name. */
  readonly #named = new Map<string, Set<string>>();
  #names = 0;
  #carriedFloor = -Infinity;
  #marksFloor = -Infinity;
  #closed = false;

  constructor(settings: TraceStoreSettings) {
    this.#maxCarried = settings.maxCarried ?? MAX_CARRIED;
    this.#maxMarks = settings.maxMarks ?? MAX_MARKS;
  }

  async putCarried(carried: readonly CarriedFact[]): Promise<ReadonlySet<string>> {
    this.#checkOpen();
    if (carried.length > 0 && this.#ids + carried.length > this.#maxCarried)
      throw full(`${this.#maxCarried} ids of traces`);
    for (const fact of carried) if (fact.at >= this.#carriedFloor) this.#add(fact);
    return new Set(carried.map(({ traceId }) => traceId).filter((traceId) => this.#met.has(traceId)));
  }

  async putMet(traceIds: readonly string[], until: Instant): Promise<CarriedFact[]> {
    this.#checkOpen();
    if (until >= this.#marksFloor) {
      if (this.#met.size + traceIds.length > this.#maxMarks)
        throw full(`${this.#maxMarks} traces that met events`);
      for (const id of traceIds) this.#met.set(id, Math.max(until, this.#met.get(id) ?? -Infinity));
    }
    return [...new Set(traceIds)].flatMap((id) => [...(this.#carried.get(id)?.values() ?? [])]);
  }

  async putNamed(named: readonly TraceMeeting[]): Promise<void> {
    this.#checkOpen();
    if (this.#names + named.length > this.#maxMarks) throw full(`${this.#maxMarks} traces that events name`);
    for (const { traceId, eventId } of named) {
      const events = this.#named.get(traceId) ?? new Set();
      if (!events.has(eventId)) this.#names += 1;
      this.#named.set(traceId, events.add(eventId));
    }
  }

  async namedAmong(traceIds: () => readonly string[]): Promise<TraceMeeting[]> {
    this.#checkOpen();
    if (this.#named.size === 0) return [];
    return [...new Set(traceIds())].flatMap((traceId) =>
      [...(this.#named.get(traceId) ?? [])].map((eventId) => ({ traceId, eventId })),
    );
  }

  async dropNamed(eventIds: readonly string[]): Promise<void> {
    this.#checkOpen();
    for (const [traceId, events] of this.#named) {
      for (const eventId of eventIds) if (events.delete(eventId)) this.#names -= 1;
      if (events.size === 0) this.#named.delete(traceId);
    }
  }

  async expire({ carried, marks }: { carried: Instant; marks: Instant }): Promise<void> {
    this.#checkOpen();
    this.#carriedFloor = Math.max(this.#carriedFloor, carried);
    this.#marksFloor = Math.max(this.#marksFloor, marks);
    for (const [traceId, facts] of this.#carried) {
      for (const [text, { at }] of facts) if (at < this.#carriedFloor && facts.delete(text)) this.#ids -= 1;
      if (facts.size === 0) this.#carried.delete(traceId);
    }
    for (const [traceId, until] of this.#met) if (until < this.#marksFloor) this.#met.delete(traceId);
  }

  async generation(): Promise<string> {
    this.#checkOpen();
    return this.#generation;
  }

  async begin(): Promise<string> {
    return await this.generation();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #add(fact: CarriedFact): void {
    const { traceId, at, attribute, value } = fact;
    const facts = this.#carried.get(traceId) ?? new Map<string, CarriedFact>();
    const text = JSON.stringify([at, attribute, value]);
    if (!facts.has(text)) this.#ids += 1;
    this.#carried.set(traceId, facts.set(text, { traceId, at, attribute, value }));
  }

  #checkOpen(): void {
    if (this.#closed) throw new CounterfoilError('CF_INTERNAL', 'The store is closed');
  }
}

function full(what: string): CounterfoilError {
  return new CounterfoilError(
    'CF_OVER_LIMIT',
    `There are ${what}: wait until older ones expire, or shorten the look-back`,
  );
}
