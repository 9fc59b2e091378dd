/**
 * Records into facts: what a frame says is stored, its spans meet events, and what that touches is noted for the next settle
 * (DESIGN 4.3). Nothing is evaluated here, so applying a record twice is applying it once.
 */
import type { Learned } from '../../join/learned.ts';
import { meet } from '../../join/rendezvous.ts';
import type { SpanRows } from '../../join/span-chunk.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import type { CompiledRules } from '../../rules/compile.ts';
import { matchesOf } from '../../rules/evaluate.ts';
import { carriedFactsOf } from './carried.ts';
import type { EventBook } from './event-book.ts';
import type { Frame } from './frame.ts';
import type { LiveCorrelation } from './live-correlation.ts';
import type { Meetings } from './meetings.ts';
import type { Pending } from './pending.ts';
import type { SpanNotes } from './span-notes.ts';
import type { Timekeeper } from './timekeeper.ts';

export interface ApplierParts {
  facts: FactStore;
  learned: Learned;
  events: EventBook;
  meetings: Meetings;
  time: Timekeeper;
  pending: Pending;
  rules: CompiledRules;
  /** Null: there are no correlation rules. */
  correlation: LiveCorrelation | null;
  /** Is told of each match that somebody has said to be harmless, by the id of its rule. */
  onSuppressed?: ((ruleId: string) => void) | undefined;
}

export class Applier {
  readonly #parts: ApplierParts;

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** Stores what a frame says, lets its spans meet events, and notes what that touches. */
  async apply(frame: Frame, position: LogPosition): Promise<void> {
    const { correlation, events, learned, pending, rules, onSuppressed } = this.#parts;
    for (const observation of frame.observations) {
      pending.seeObservation(observation.end);
      learned.learnObservation(observation);
      const matches = matchesOf(observation, rules, onSuppressed);
      correlation?.note(observation, matches);
      events.note(
        observation,
        correlation === null ? matches : matches.filter(({ rule }) => correlation.speaks(rule.id)),
      );
    }
    for (const eventId of await events.store()) pending.touched.add(eventId);
    await correlation?.store();
    if (frame.payments.length > 0) await this.#applyPayments(frame.payments);
    if (frame.spans !== null) await this.#applySpans(frame, position);
  }

  /** Hop 3, right side: payments are stored, then those who want them are looked for. */
  async #applyPayments(events: readonly PaymentEvent[]): Promise<void> {
    const { facts, learned, meetings, pending } = this.#parts;
    for (const event of events) {
      learned.learnPayment(event);
      // Known ones too: after a crash they come again, and this is stored with the position only.
      pending.paymentsNamePlaces ||= (event.podUid ?? event.podName ?? event.containerId) !== null;
    }
    const fresh: PaymentEvent[] = [];
    const waiting = await meet({
      write: async () => void fresh.push(...(await facts.addPaymentEvents(events))),
      readOther: async () => {
        const carried = await facts.carrying([...new Set(fresh.flatMap(namesOf))]);
        const traces = [
          ...carried.map(({ traceId }) => traceId),
          ...fresh.flatMap(({ traceId }) => traceId ?? []),
        ];
        const distinct = [...new Set(traces)];
        return [...(await facts.eventsOfTraces(distinct)), ...meetings.naming(distinct)];
      },
    });
    for (const meeting of waiting) pending.stale.met(meeting);
    pending.newPayments.push(...fresh);
  }

  /** What a span worker tells: it has let its spans meet events, and looked for ids on the traces that did. */
  async applyNotes({ latest, talked, identities, witnesses, carried }: SpanNotes): Promise<void> {
    const { facts, learned, meetings, pending, time } = this.#parts;
    if (latest !== null) pending.see(latest);
    learned.hear(identities);
    for (const [key, last, count] of talked) time.talk.observe(key, last, count);
    if (carried.length > 0) await facts.addCarried(carried);
    for (const meeting of await meetings.heard(witnesses)) pending.stale.met(meeting);
    const met = [...new Set(carried.map(({ traceId }) => traceId))];
    for (const meeting of met.length === 0 ? [] : await facts.eventsOfTraces(met)) pending.stale.met(meeting);
  }

  async #applySpans(frame: Frame, position: LogPosition): Promise<void> {
    const { spans } = frame;
    if (spans === null) return;
    const { facts, learned, meetings, pending } = this.#parts;
    learned.seeSpans(spans, frame.identities);
    this.#observeSpans(spans);
    const carried = carriedFactsOf(frame);
    if (carried.length > 0) {
      // Hop 2, right side: ids are stored, then events that met their traces are looked for.
      const met = await meet({
        write: () => facts.addCarried(carried),
        readOther: () => facts.eventsOfTraces([...new Set(carried.map(({ traceId }) => traceId))]),
      });
      for (const meeting of met) pending.stale.met(meeting);
    }
    for (const meeting of await meetings.spansCame(spans, position)) pending.stale.met(meeting);
  }

  #observeSpans(rows: SpanRows): void {
    const { learned, pending, time } = this.#parts;
    const keys = rows.dictionary.map((id) => learned.spanKeyOfId(id));
    for (let at = 0; at < rows.length; at += 1) {
      const end = rows.end[at] ?? 0;
      const key = keys[rows.identity[at] ?? 0] ?? null;
      pending.see(end);
      if (key !== null) time.talk.observe(key, end);
    }
  }
}

/** Every text by which a span can name the payment. */
function namesOf({ ownId, aliases }: PaymentEvent): string[] {
  return [...(ownId === null ? [] : [ownId]), ...aliases.map(({ value }) => value)];
}
