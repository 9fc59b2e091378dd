/**
 * Evaluates events again from their facts: the witnesses that windows and log gave, the ids that their traces carry, the
 * payments that those can mean. The same definition as the batch lane (join/evaluate.ts), over the part that concerns
 * these events; because each part is complete, so is the answer.
 *
 * Where only some traces are new, only they are weighed (`evaluateTraces`): an event of a busy pod meets new spans every
 * moment, few of which lead to a payment.
 *
 * Cost: by witnesses of the events or traces asked for, never by what else is known. Worked example: an exec met 4,000 spans of 900
 * traces, 120 of which carry an id: 120 payments are read, 120 links weighed, about 20 ms.
 */
import type { Redactor } from '../../formats/redaction/redact.ts';
import { Bindings } from '../../join/bindings.ts';
import { windowOf } from '../../join/confidence.ts';
import { evaluate, type Evaluation } from '../../join/evaluate.ts';
import type { Learned } from '../../join/learned.ts';
import type { SpanColumns } from '../../join/packed-spans.ts';
import { PaymentTable, buildPayments, type StateRank } from '../../join/payments.ts';
import { renumbered, unpackSpans } from '../../join/span-chunk.ts';
import type { Provenance } from '../../model/identity.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { Payment, PaymentEvent } from '../../model/payment.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { CarriedFact, FactStore, WitnessFact } from '../../ports/fact-store.ts';
import { joinedEventOf, joinedLinkOf, type JoinedEvent, type JoinedLink } from '../joined-view.ts';

export interface EvaluatorOptions {
  tenant: string;
  redactor: Redactor;
  cluster: string | null;
  paymentsProvenance: Provenance;
  settings: JoinSettings;
  rank: StateRank;
  attribute: (name: string) => { type: string | null; order: boolean } | undefined;
}

export interface EvaluatedEvent {
  joined: JoinedEvent;
  links: JoinedLink[];
}

export interface EvaluatedTraces {
  /** Ids of the payments that ids on the traces can mean, former ids too. */
  payments: ReadonlySet<string>;
  /** All links to these, by event. */
  links: ReadonlyMap<string, readonly JoinedLink[]>;
  /** Payments were kept from being linked: which, only the whole event tells. */
  withholds: boolean;
}

export class Evaluator {
  readonly #facts: FactStore;
  readonly #learned: Learned;
  readonly #options: EvaluatorOptions;

  constructor(facts: FactStore, learned: Learned, options: EvaluatorOptions) {
    this.#facts = facts;
    this.#learned = learned;
    this.#options = options;
  }

  /** Events as all their witnesses make them. */
  async evaluate(events: readonly SecurityEvent[]): Promise<EvaluatedEvent[]> {
    if (events.length === 0) return [];
    const witnesses = await this.#facts.witnessesOf(events.map(({ id }) => id));
    const traces = tracesOf(witnesses, events);
    const carried = await this.#facts.carriedOf(traces);
    const placed = await this.#placed(events);
    const table = await this.#paymentsFor(traces, carried, placed);
    const joined = this.#join(events, table, carried, witnesses);
    const { neighbourhood } = this.#learned.knowledge();
    return joined.hotEvents.events.map((hot) => {
      const { pod, container } = hot.resolved;
      const held = joined.withheld.get(hot.ordinal);
      const ids = held === undefined ? null : [...held].flatMap((each) => table.payments[each]?.id ?? []);
      return {
        joined: joinedEventOf(hot, neighbourhood.serviceNamesOf(pod, container), ids),
        links: joined.links.get(hot.event.id) ?? [],
      };
    });
  }

  /**
   * What some traces change of events that met them, where nothing else has changed. Only the payments that ids on these
   * traces can mean are looked at, with all other traces of theirs: their links are complete, and those of others are as they were.
   * @returns null where there are none
   */
  async evaluateTraces(
    events: readonly SecurityEvent[],
    traceIds: readonly string[],
  ): Promise<EvaluatedTraces | null> {
    const found = await this.#facts.carriedOf(traceIds);
    // Also those that an id could mean and does not, or not any more: an order number that two payments share.
    const { payments: concerned } = await this.#paymentsFor(traceIds, found, []);
    if (concerned.length === 0) return null;
    const traces = await this.#tracesOfPayments(concerned, traceIds);
    const carried = await this.#facts.carriedOf(traces);
    const table = await this.#paymentsFor(traces, carried, []);
    const ids = new Set(events.map(({ id }) => id));
    const witnesses = await this.#facts.witnessesOfTraces(traces);
    const ours = witnesses.filter(({ eventId }) => ids.has(eventId));
    const { links, withheld } = this.#join(events, table, carried, ours);
    const payments = new Set(concerned.flatMap(({ id, supersededIds }) => [id, ...supersededIds]));
    const wanted = [...links].map(([eventId, all]) => {
      return [eventId, all.filter(({ link }) => payments.has(link.paymentId))] as const;
    });
    return { payments, links: new Map(wanted), withholds: withheld.size > 0 };
  }

  /** Events that met a trace that can lead to one of the payments. */
  async eventsOf(payments: readonly Payment[]): Promise<Set<string>> {
    if (payments.length === 0) return new Set();
    const met = await this.#facts.eventsOfTraces(await this.#tracesOfPayments(payments, []));
    return new Set(met.map(({ eventId }) => eventId));
  }

  /** All traces that can lead to the payments, and those given. */
  async #tracesOfPayments(payments: readonly Payment[], traceIds: readonly string[]): Promise<string[]> {
    const names = payments.flatMap(({ id, supersededIds, aliases }) => [
      id,
      ...supersededIds,
      ...aliases.map(({ value }) => value),
    ]);
    const carrying = await this.#facts.carrying([...new Set(names)]);
    const named = payments.flatMap((payment) => payment.traceIds);
    return [...new Set([...traceIds, ...named, ...carrying.map(({ traceId }) => traceId)])];
  }

  #join(
    events: readonly SecurityEvent[],
    table: PaymentTable,
    carried: readonly CarriedFact[],
    witnesses: readonly WitnessFact[],
  ): Pick<Evaluation, 'hotEvents' | 'withheld'> & { links: Map<string, JoinedLink[]> } {
    const { cluster, paymentsProvenance, settings } = this.#options;
    const { hotEvents, ways, withheld } = evaluate({
      knowledge: this.#learned.knowledge(),
      events,
      table,
      bindings: this.#bind(table, carried),
      chunks: this.#columnsOf(witnesses),
      cluster,
      paymentsProvenance,
      settings,
    });
    const links = new Map<string, JoinedLink[]>();
    for (const best of ways.all()) {
      const event = hotEvents.events[best.event]?.event;
      const payment = table.payments[best.payment];
      if (event === undefined || payment === undefined) continue;
      const joined = joinedLinkOf(this.#options, event.id, payment.id, best);
      const known = links.get(event.id);
      if (known === undefined) links.set(event.id, [joined]);
      else known.push(joined);
    }
    return { hotEvents, withheld, links };
  }

  /** State events that name a pod or container at a time in the window of one of the events. */
  async #placed(events: readonly SecurityEvent[]): Promise<PaymentEvent[]> {
    const placed: PaymentEvent[] = [];
    for (const event of events) {
      const { start, end } = windowOf(event, this.#options.settings);
      placed.push(...(await this.#facts.placedPaymentsBetween(start, end)));
    }
    return placed;
  }

  /** Every payment that the ids, the traces or the states given can mean, whole. */
  async #paymentsFor(
    traceIds: readonly string[],
    carried: readonly CarriedFact[],
    placed: readonly PaymentEvent[],
  ): Promise<PaymentTable> {
    const values = [...new Set(carried.map(({ value }) => value))];
    const eventIds = placed.map(({ id }) => id);
    const found = await this.#facts.paymentGroups({ values, traceIds, eventIds });
    return new PaymentTable(buildPayments(found, this.#options.rank), this.#options.settings.aliasHorizon);
  }

  #bind(table: PaymentTable, carried: readonly CarriedFact[]): Bindings {
    const { settings, attribute } = this.#options;
    const bindings = new Bindings(settings.maxPaymentsPerTrace);
    for (const [ordinal, payment] of table.payments.entries())
      for (const traceId of payment.traceIds) bindings.name(traceId, ordinal);
    for (const { traceId, at, attribute: name, value } of carried) {
      const { type, order } = attribute(name) ?? { type: null, order: false };
      const { payment } = table.resolve(value, type, at);
      if (payment !== null) bindings.carry(traceId, payment, at, order ? settings.orderFactor : 1);
    }
    return bindings;
  }

  *#columnsOf(witnesses: readonly WitnessFact[]): Iterable<SpanColumns> {
    for (const { packed } of witnesses)
      yield renumbered(unpackSpans(packed), (identityId) => this.#learned.ordinalOf(identityId));
  }
}

function tracesOf(witnesses: readonly WitnessFact[], events: readonly SecurityEvent[]): string[] {
  const traces = new Set(witnesses.flatMap(({ traceIds }) => traceIds));
  for (const { traceId } of events) if (traceId !== null) traces.add(traceId);
  return [...traces];
}
