/**
 * What the data at hand can link, and what it cannot (DESIGN 4.6): read once, counted, and explained.
 *
 * Payments are read first, because ids on spans are looked up in them; spans before the security inputs, so that it is known of which
 * pods there are any. Cost: a pass over the inputs; payments and names of pods are held in memory.
 */
import type { TransactionAttribute } from '../../formats/otlp/transaction-attributes.ts';
import { buildPayments, PaymentTable, type StateRank } from '../../join/payments.ts';
import type { RecoverabilityTable } from '../../impact/recoverability.ts';
import type { Accounting } from '../../model/accounting.ts';
import type { StatedIdentity } from '../../model/identity.ts';
import { formatInstant } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { Observation, SecuritySource } from '../../model/observation.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { SpanBatch } from '../../model/span-record.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import type { CompiledRules } from '../../rules/compile.ts';
import { matchesOf } from '../../rules/evaluate.ts';
import type { CorrelateInputs } from '../correlate-options.ts';
import { countAmbiguous } from '../count-ambiguous.ts';
import type { Decoders } from '../decoders.ts';
import { ingest, Ledger, type Progress } from '../ingest.ts';
import { stateGapOf } from '../state-gap.ts';
import { findingsOf } from './findings.ts';
import type { PaymentShares, Readiness, SecurityShares } from './report.ts';
import { SpanShares } from './span-shares.ts';

export interface ReadinessOptions {
  decoders: Decoders;
  rules: CompiledRules;
  redactor: Redactor;
  recoverability: Pick<RecoverabilityTable, 'rank' | 'gapOf'>;
  attribute: (name: string) => TransactionAttribute | undefined;
  /** Of records that name none; null: it is not configured. */
  cluster: string | null;
  settings: Pick<JoinSettings, 'aliasHorizon' | 'before' | 'after' | 'skew' | 'sessionCap'>;
  onProgress: (progress: Progress) => void;
}

export interface ReadinessResult {
  readiness: Readiness;
  accounting: Accounting;
  refusals: Refusal[];
  refusalCount: number;
}

const MAX_CLUSTERS = 100;
/** Of the stages of a request: a session goes on from it. */
const STARTED = 1;
/** Pairs of rail and state that are named. */
const MAX_UNMAPPED = 100;

export async function readinessOf(
  inputs: CorrelateInputs,
  options: ReadinessOptions,
): Promise<ReadinessResult> {
  const reader = new ReadinessReader(options);
  return await reader.read(inputs);
}

class ReadinessReader {
  readonly #options: ReadinessOptions;
  readonly #ledger = new Ledger();
  readonly #spans = new SpanShares();
  readonly #security = new Map<SecuritySource, SecurityShares>();
  readonly #clusters = new Set<string>();
  readonly #unresolved = new Map<string, number>();
  readonly #named = new Set<number>();
  readonly #unmapped = new Map<string, PaymentShares['unmapped'][number]>();
  #payments = new PaymentTable([], 0);
  #records = 0;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  async read(inputs: CorrelateInputs): Promise<ReadinessResult> {
    await this.#readPayments(inputs);
    await this.#readSpans(inputs);
    for (const input of ['audit', 'alerts', 'events'] as const) await this.#readSecurity(inputs, input);
    const { accounting, refusals, refusalCount } = this.#ledger;
    return { readiness: this.#readiness(), accounting, refusals, refusalCount };
  }

  async #readPayments({ payments: sources }: CorrelateInputs): Promise<void> {
    const events: PaymentEvent[] = [];
    const { decoders, redactor, onProgress, recoverability, settings } = this.#options;
    const rank: StateRank = (rail, state) => recoverability.rank(rail, state);
    const accept = (event: PaymentEvent): boolean => {
      events.push(event);
      this.#noteState(event);
      this.#noteCluster(event.cluster);
      return false;
    };
    await ingest(sources, {
      input: 'payments',
      ledger: this.#ledger,
      decode: decoders.payments,
      accept,
      redactor,
      onProgress,
    });
    this.#records = events.length;
    this.#payments = new PaymentTable(buildPayments(events, rank), settings.aliasHorizon);
    countAmbiguous(this.#payments.payments, this.#ledger.account('payments'));
    for (const [ordinal, { traceIds }] of this.#payments.payments.entries())
      if (traceIds.length > 0) this.#named.add(ordinal);
  }

  #noteState(event: PaymentEvent): void {
    const { rail, state } = event;
    const gap = stateGapOf(event, this.#options.recoverability);
    if (gap === null) return;
    const key = `${rail}\0${state}`;
    const known = this.#unmapped.get(key);
    if (known !== undefined) known.records += 1;
    else if (this.#unmapped.size < MAX_UNMAPPED) this.#unmapped.set(key, { rail, state, gap, records: 1 });
  }

  async #readSpans({ spans: sources }: CorrelateInputs): Promise<void> {
    const { decoders, redactor, onProgress } = this.#options;
    const accept = ({ identity: stated, spans }: SpanBatch): boolean => {
      const identity = this.#withCluster(stated);
      this.#noteCluster(identity.cluster);
      this.#spans.add({ identity, spans }, (attribute, value, at) =>
        this.#namesPayment(attribute, value, at),
      );
      return false;
    };
    await ingest(sources, {
      input: 'spans',
      ledger: this.#ledger,
      decode: decoders.spans,
      accept,
      size: ({ spans }) => spans.length,
      redactor,
      onProgress,
    });
  }

  async #readSecurity(inputs: CorrelateInputs, input: 'audit' | 'alerts' | 'events'): Promise<void> {
    const { decoders, redactor, onProgress } = this.#options;
    await ingest(inputs[input], {
      input,
      ledger: this.#ledger,
      decode: decoders[input],
      accept: (observation) => {
        this.#takeObservation(observation);
        return false;
      },
      redactor,
      onProgress,
    });
  }

  #takeObservation(observation: Observation): void {
    const { source, serviceAccount } = observation;
    const identity = this.#withCluster(observation.identity);
    const shares = this.#sharesOf(source);
    shares.records += 1;
    this.#noteCluster(identity.cluster);
    if (matchesOf(observation, this.#options.rules).length === 0) return;
    shares.alerts += 1;
    const { podUid, podName, containerId } = identity;
    const hasPod = podUid !== null || podName !== null;
    if (!hasPod && containerId === null && serviceAccount === null) return;
    shares.with_identity += 1;
    if (!hasPod && containerId !== null) shares.with_container_only += 1;
    if (this.#spans.saw(identity)) shares.seen_in_spans += 1;
    if (this.#spans.sawInOtherCluster(identity)) shares.in_other_cluster += 1;
    this.#noteTime(shares, observation);
  }

  /** With all the time that an event looks for spans in, and that of a session without an end. */
  #noteTime(shares: SecurityShares, { start, end, stage }: Observation): void {
    const { before, after, skew, sessionCap } = this.#options.settings;
    const isOngoing = stage?.session === true && stage.rank === STARTED;
    const until = isOngoing ? Math.max(end, start + sessionCap) : end;
    if (this.#spans.wereBetween(start - before - skew, until + after + skew)) shares.in_time_of_spans += 1;
    const text = formatInstant(start);
    if (shares.first === null || text < shares.first) shares.first = text;
    if (shares.last === null || text > shares.last) shares.last = text;
  }

  #sharesOf(source: SecuritySource): SecurityShares {
    let shares = this.#security.get(source);
    if (shares === undefined) {
      shares = {
        source,
        records: 0,
        alerts: 0,
        with_identity: 0,
        with_container_only: 0,
        seen_in_spans: 0,
        in_other_cluster: 0,
        in_time_of_spans: 0,
        first: null,
        last: null,
      };
      this.#security.set(source, shares);
    }
    return shares;
  }

  #namesPayment(attribute: string, value: string, at: number): boolean {
    const type = this.#options.attribute(attribute)?.type ?? null;
    const { payment } = this.#payments.resolve(value, type, at);
    if (payment === null) this.#unresolved.set(attribute, (this.#unresolved.get(attribute) ?? 0) + 1);
    else this.#named.add(payment);
    return payment !== null;
  }

  #withCluster<I extends StatedIdentity>(identity: I): I {
    return identity.cluster === null ? { ...identity, cluster: this.#options.cluster } : identity;
  }

  #noteCluster(cluster: string | null): void {
    if (cluster !== null && this.#clusters.size < MAX_CLUSTERS) this.#clusters.add(cluster);
  }

  #readiness(): Readiness {
    const { payments } = this.#payments;
    const counted: Omit<Readiness, 'findings'> = {
      schema: 'readiness/1',
      spans: this.#spans.total,
      spans_time: this.#spans.time(),
      services: this.#spans.services(),
      security: [...this.#security.values()],
      payments: {
        records: this.#records,
        payments: payments.length,
        named: this.#named.size,
        unmapped: [...this.#unmapped.values()].toSorted((a, b) => b.records - a.records),
      },
      unresolved: [...this.#unresolved]
        .map(([attribute, spans]) => ({ attribute, spans }))
        .toSorted((a, b) => b.spans - a.spans || (a.attribute < b.attribute ? -1 : 1)),
      clusters: [...this.#clusters].toSorted(),
      is_whole: this.#spans.isWhole,
    };
    return { ...counted, findings: findingsOf({ ...counted, findings: [] }) };
  }
}
