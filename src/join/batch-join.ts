/**
 * The join as a batch (DESIGN 4.5): two bounded passes, no window store, no lateness; end of input = final.
 *
 * What: first everything is learned: payments (whole), observations (rule matches only), and spans, of which four
 * things are kept: the distinct identity, the ids that bind the trace to a payment, 44 packed bytes, and nothing
 * else. Then names are resolved, and the packed spans are read once more: a span of a trace that is bound to no
 * payment is dismissed by one look-up; of the others, each meets the few events that its identity touches.
 *
 * Why two passes: a span may name the payment after the span that was in the container, and what a name means is
 * known only when all sightings are. Why packed: the second pass must not decode again, and a million span objects
 * would be most of a gigabyte.
 *
 * Cost: 44 B per span (in memory, then in a file), about 0.1 us per span of the second pass; memory otherwise by
 * events, payments, bound traces and links. Worked example: examples/stolen-token.
 */
import type { Instant } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { Observation } from '../model/observation.ts';
import type { PaymentEvent } from '../model/payment.ts';
import type { RuleMatch } from '../model/security-event.ts';
import type { SpanBatch } from '../model/span-record.ts';
import type { Provenance, StatedIdentity } from '../model/identity.ts';
import type { SpanLog } from '../ports/span-log.ts';
import { AuditStages } from './audit-stages.ts';
import { Bindings } from './bindings.ts';
import { evaluate, placeOfPayment, type Evaluation } from './evaluate.ts';
import { Fold } from './fold.ts';
import { Inventory } from './inventory.ts';
import { sealKnowledge, type VisitStarts } from './knowledge.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { SpanPacker, columnsOf, type SpanColumns } from './packed-spans.ts';
import { PaymentTable, buildPayments, type StateRank } from './payments.ts';
import { SpanIdentities } from './span-identities.ts';

export interface BatchJoinOptions {
  tenant: string;
  /** Configured cluster of the inputs; null: none. */
  cluster: string | null;
  paymentsProvenance: Provenance;
  settings: JoinSettings;
  fold: boolean;
  rank: StateRank;
  /** What a span attribute that carries a transaction id stands for. */
  attribute: (name: string) => { type: string | null; order: boolean } | undefined;
  /** What correlation rules make of all matches; where there are any. */
  correlate?: (settled: readonly SettledMatch[]) => readonly SettledMatch[];
  log: SpanLog;
}

/** A match as it is when all stages of its request are known. */
export interface SettledMatch {
  match: RuleMatch;
  ongoing: boolean;
}

export interface BatchJoinResult extends Evaluation {
  table: PaymentTable;
  bindings: Bindings;
  neighbourhood: Neighbourhood;
  /** Latest observation end or span end of the input; null when there was neither. */
  latest: Instant | null;
  /** Latest observation end; null when there was no security record. */
  latestObservation: Instant | null;
  /** Ids on spans that named no payment, or two, by reason. */
  unresolvedIds: Record<string, number>;
}

export class BatchJoin {
  readonly #options: BatchJoinOptions;
  readonly #inventory: Inventory;
  readonly #identities: SpanIdentities;
  readonly #packer: SpanPacker;
  readonly #bindings: Bindings;
  readonly #stages = new AuditStages();
  readonly #matches: RuleMatch[] = [];
  readonly #paymentEvents: PaymentEvent[] = [];
  #table: PaymentTable | null = null;
  #latest: Instant | null = null;
  #latestObservation: Instant | null = null;
  readonly #unresolvedIds: Record<string, number> = {};

  constructor(options: BatchJoinOptions) {
    this.#options = options;
    this.#inventory = new Inventory(options.settings.lateHorizon);
    this.#identities = new SpanIdentities(this.#inventory);
    this.#packer = new SpanPacker(options.log);
    this.#bindings = new Bindings(options.settings.maxPaymentsPerTrace);
  }

  /** All payment events come first: ids on spans are resolved as the spans are read. */
  addPaymentEvent(event: PaymentEvent): void {
    if (this.#table !== null) throw new Error('payments must be added before spans');
    this.#paymentEvents.push(event);
    const identity = placeOfPayment(event, this.#options.cluster);
    if (identity !== null) this.#inventory.learn(identity, event.time, null);
  }

  /** Every observation, with what the rules say of it. */
  addObservation(observation: Observation, matches: readonly RuleMatch[]): void {
    this.#see(observation.end);
    this.#latestObservation = Math.max(this.#latestObservation ?? observation.end, observation.end);
    const { start, serviceAccount } = observation;
    const identity = this.#withCluster(observation.identity);
    this.#inventory.learn(identity, start, null);
    if (serviceAccount !== null) this.#inventory.learnAccount(identity.cluster, serviceAccount);
    for (const sighting of observation.sightings) {
      this.#inventory.learn(this.#withCluster(sighting.identity), sighting.at, sighting.serviceAccount);
    }
    // The raw record was for the rules; what waits for the end of the input must be small.
    const slim = matches.map((match) => ({
      ...match,
      observation: { ...observation, fields: {}, sightings: [] },
    }));
    if (observation.stage === null) this.#matches.push(...slim);
    else this.#stages.add(observation, observation.stage, slim);
  }

  addSpans({ identity, spans }: SpanBatch): void {
    const table = (this.#table ??= this.#buildTable());
    const ordinal = this.#identities.intern(identity);
    for (const span of spans) {
      this.#identities.sight(ordinal, span.start);
      this.#see(span.end);
      this.#packer.add(span, ordinal);
      for (const { attribute, value } of span.transactionIds) {
        const { type, order } = this.#options.attribute(attribute) ?? { type: null, order: false };
        const outcome = table.resolve(value, type, span.start);
        if (outcome.payment === null) {
          this.#unresolvedIds[outcome.why] = (this.#unresolvedIds[outcome.why] ?? 0) + 1;
        } else {
          const factor = order ? this.#options.settings.orderFactor : 1;
          this.#bindings.carry(span.traceId, outcome.payment, span.start, factor);
        }
      }
    }
  }

  /** The second pass. Call once. */
  finish(): BatchJoinResult {
    const { settings, log, cluster, paymentsProvenance } = this.#options;
    const table = (this.#table ??= this.#buildTable());
    const bindings = this.#bindings;
    this.#packer.flush();
    const starts: VisitStarts = (ordinals, visit) => this.#visitStarts(ordinals, visit);
    const knowledge = sealKnowledge(this.#inventory, this.#identities, starts);
    const events = this.#foldEvents();
    const chunks = columnsOfAll(log.chunks());
    return {
      ...evaluate({ knowledge, events, table, bindings, chunks, cluster, paymentsProvenance, settings }),
      table,
      bindings,
      neighbourhood: knowledge.neighbourhood,
      latest: this.#latest,
      latestObservation: this.#latestObservation,
      unresolvedIds: this.#unresolvedIds,
    };
  }

  #see(at: Instant): void {
    if (this.#latest === null || at > this.#latest) this.#latest = at;
  }

  #buildTable(): PaymentTable {
    const payments = buildPayments(this.#paymentEvents, this.#options.rank);
    const table = new PaymentTable(payments, this.#options.settings.aliasHorizon);
    for (const [ordinal, payment] of payments.entries()) {
      for (const traceId of payment.traceIds) this.#bindings.name(traceId, ordinal);
    }
    return table;
  }

  #visitStarts(ordinals: ReadonlySet<number>, visit: (ordinal: number, at: Instant) => void): void {
    for (const { length, identity, start } of columnsOfAll(this.#options.log.chunks())) {
      for (let at = 0; at < length; at += 1) {
        const ordinal = identity[at] ?? 0;
        if (ordinals.has(ordinal)) visit(ordinal, start[at] ?? 0);
      }
    }
  }

  #foldEvents(): ReturnType<Fold['events']> {
    const fold = new Fold(this.#options.tenant, this.#options.fold);
    const settled: SettledMatch[] = [
      ...this.#matches.map((match) => ({ match, ongoing: false })),
      ...this.#stages.settle(this.#latest ?? 0, this.#options.settings.sessionCap),
    ];
    const found = this.#options.correlate?.(settled) ?? settled;
    for (const { match, ongoing } of found) fold.add(match, ongoing);
    // Ids are of what records state; what the configuration adds comes after.
    return fold.events().map((event) => ({ ...event, identity: this.#withCluster(event.identity) }));
  }

  #withCluster(identity: StatedIdentity): StatedIdentity {
    return identity.cluster === null ? { ...identity, cluster: this.#options.cluster } : identity;
  }
}

function* columnsOfAll(chunks: Iterable<Uint8Array>): Iterable<SpanColumns> {
  for (const chunk of chunks) yield columnsOf(chunk);
}
