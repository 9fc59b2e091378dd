/**
 * The retro lane (DESIGN 4.5): the batch join for one event over a range of the log, with what was learned since as facts.
 *
 * Two passes over the log, no window store. First the rows that may have met the event (rows.ts), then the transaction ids
 * that spans of those traces carry (payments.ts); the definition of the join is the same function that the other lanes
 * end in (join/evaluate.ts). The second range is that of the rows found, widened by the binding horizon, so that a span
 * of any length is followed to its payment.
 *
 * Why not through BatchJoin: that learns who ran where from its input, and must see all of it. Here the inventory is a
 * fact, learned from months of records, and a range of the log would know less.
 *
 * Only records that the engine has applied are looked at: the identities of later ones are not stored yet. They are
 * counted, as is all else that could not be seen.
 *
 * Cost: reading the range twice, about 1 GB/s from the page cache and a frame's decoding; memory by rows kept.
 * Worked example: pod ledger-1, 14:00-18:00: 13:58:58-18:15:02 is scanned, 9,120 rows of 2,011 traces are kept;
 * 13:53:50-18:20:40 is scanned for their ids, 1,930; 1,702 payments are read, 1,644 are linked.
 */
import { recoveryOf } from '../../impact/recovery.ts';
import type { RecoverabilityTable } from '../../impact/recoverability.ts';
import { Bindings } from '../../join/bindings.ts';
import { windowOf, type Interval } from '../../join/confidence.ts';
import { evaluate } from '../../join/evaluate.ts';
import { Learned } from '../../join/learned.ts';
import type { PaymentTable } from '../../join/payments.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import type { Provenance } from '../../model/identity.ts';
import type { Instant, Micros } from '../../model/instant.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { EngineProgress, FactStore } from '../../ports/fact-store.ts';
import type { SpanLog } from '../../ports/span-log.ts';
import { joinedEventOf, joinedLinkOf, type JoinedLink, type KnownPayment } from '../joined-view.ts';
import { carriedFactsOf } from '../live/carried.ts';
import type { Frame } from '../live/frame.ts';
import type { FrameSource } from '../live/frame-source.ts';
import { PaymentBook } from '../live/payment-book.ts';
import { bindTraces, CarriedIds, paymentsFor } from './payments.ts';
import { RetroRows } from './rows.ts';
import { RetroView } from './view.ts';

export interface RetroPorts {
  /** Spans by time: those of the engine's own log that were applied (logged-spans.ts), or those of topics. */
  spans: RetroSpans;
  facts: FactStore;
  openSpanLog: () => SpanLog;
}

export interface RetroSpans extends FrameSource {
  /** Records in the range of the last scan that were not looked at, because what they state is no fact yet. */
  readonly notApplied: number;
}

export interface RetroOptions {
  tenant: string;
  /** Cluster of records that name none; null: none configured. */
  cluster: string | null;
  paymentsProvenance: Provenance;
  settings: JoinSettings;
  recoverability: RecoverabilityTable;
  redactor: Redactor;
  attribute: (name: string) => { type: string | null; order: boolean } | undefined;
  /** How far from an event the log is read for spans of a trace that it names. */
  traceReach: Micros;
  /** Whether the payments that may have passed unseen are loaded too, as incidents need them. */
  withUnseen: boolean;
}

/** What was looked at. */
export interface RetroCounts {
  window: Interval;
  /** Spans in the window, and those that may have met the event. */
  spans: number;
  candidates: number;
  traces: number;
  carried: number;
  payments: number;
  /** Records in the range that the engine has not applied yet, and that were not looked at. */
  notApplied: number;
  /** Ids on spans that named no payment, or two, by reason. */
  unresolved: Record<string, number>;
}

export interface RetroJoined {
  view: RetroView;
  counts: RetroCounts;
}

/** The range of the log that the first pass reads for an event. */
export function rangeOf(
  event: SecurityEvent,
  { settings, traceReach }: Pick<RetroOptions, 'settings' | 'traceReach'>,
): Interval {
  const { start, end } = windowOf(event, settings);
  if (event.traceId === null) return { start, end };
  return { start: Math.min(start, event.start - traceReach), end: Math.max(end, event.end + traceReach) };
}

/** Joins one event. The span log is closed whatever happens. */
export async function retro(
  event: SecurityEvent,
  ports: RetroPorts,
  options: RetroOptions,
): Promise<RetroJoined> {
  for await (const joined of retroOfEach([event], ports, options)) return joined;
  throw new Error('one event was asked about');
}

/** Joins events one after the other, with what is known now: for several, that is read once. */
export async function* retroOfEach(
  events: Iterable<SecurityEvent>,
  ports: RetroPorts,
  options: RetroOptions,
): AsyncGenerator<RetroJoined> {
  const progress = await ports.facts.progress();
  const learned = new Learned(options.cluster, options.settings.lateHorizon);
  learned.restore(await ports.facts.inventory());
  for (const event of events) {
    const spanLog = ports.openSpanLog();
    try {
      yield await new RetroJoin(event, ports, options, learned, progress).run(spanLog);
    } finally {
      spanLog.close();
    }
  }
}

class RetroJoin {
  readonly #event: SecurityEvent;
  readonly #ports: RetroPorts;
  readonly #options: RetroOptions;
  readonly #learned: Learned;
  readonly #progress: EngineProgress | null;
  /** Records with identities that are no facts yet. */
  #unknown = 0;

  constructor(
    event: SecurityEvent,
    ports: RetroPorts,
    options: RetroOptions,
    learned: Learned,
    progress: EngineProgress | null,
  ) {
    this.#event = event;
    this.#ports = ports;
    this.#options = options;
    this.#learned = learned;
    this.#progress = progress;
  }

  async run(spanLog: SpanLog): Promise<RetroJoined> {
    const { settings, recoverability, attribute } = this.#options;
    const rows = await this.#findRows(spanLog);
    const notApplied = this.#ports.spans.notApplied + this.#unknown;
    const carried = await this.#findCarried(rows);
    const { facts } = this.#ports;
    const window = windowOf(this.#event, settings);
    const rank = (rail: string, state: string): number => recoverability.rank(rail, state);
    const asked = { traceIds: rows.traceIds, carried, window };
    const table = await paymentsFor(facts, asked, rank, settings);
    const bindings = new Bindings(settings.maxPaymentsPerTrace);
    const unresolved = bindTraces(bindings, table, carried, attribute, settings.orderFactor);
    return {
      view: await this.#join(rows, table, bindings),
      counts: {
        window,
        spans: rows.seen,
        candidates: rows.kept,
        traces: rows.traceIds.length,
        carried: carried.length,
        payments: table.payments.length,
        notApplied,
        unresolved,
      },
    };
  }

  async #findRows(spanLog: SpanLog): Promise<RetroRows> {
    const rows = new RetroRows(this.#event, this.#learned.knowledge(), this.#options.settings, spanLog);
    await this.#scan(rangeOf(this.#event, this.#options), ({ spans }) => {
      if (spans === null) return;
      const ordinals = spans.dictionary.flatMap((id) => this.#learned.ordinalOf(id) ?? []);
      // What a worker has not told of yet: who that is, the facts do not know.
      if (ordinals.length < spans.dictionary.length) this.#unknown += 1;
      else rows.add(spans, ordinals);
    });
    return rows;
  }

  async #findCarried(rows: RetroRows): Promise<ReturnType<CarriedIds['all']>> {
    const found = new CarriedIds();
    if (rows.traceIds.length === 0) return [];
    const { bindingHorizon } = this.#options.settings;
    const { start, end } = rows.reach;
    const near = { start: start - bindingHorizon, end: end + bindingHorizon };
    const named = this.#event.traceId === null ? near : rangeOf(this.#event, this.#options);
    const range = { start: Math.min(near.start, named.start), end: Math.max(near.end, named.end) };
    await this.#scan(range, (frame) => {
      const { spans } = frame;
      if (spans === null || !frame.carried.some(({ row }) => rows.holdsTraceOf(spans, row))) return;
      for (const [i, fact] of carriedFactsOf(frame).entries())
        if (rows.holdsTraceOf(spans, frame.carried[i]?.row ?? 0)) found.add(fact);
    });
    await found.addStored(this.#ports.facts, rows.traceIds);
    return found.all();
  }

  async #scan({ start, end }: Interval, visit: (frame: Frame) => void): Promise<void> {
    for await (const frames of this.#ports.spans.scan({ from: start, to: end }))
      for (const { frame } of frames) visit(frame);
  }

  async #join(rows: RetroRows, table: PaymentTable, bindings: Bindings): Promise<RetroView> {
    const { cluster, paymentsProvenance, settings } = this.#options;
    const knowledge = this.#learned.knowledge();
    const shared = { cluster, paymentsProvenance, settings, table, bindings, knowledge };
    const joined = evaluate({ ...shared, events: [this.#event], chunks: rows.chunks() });
    const [hot] = joined.hotEvents.events;
    if (hot === undefined) throw new Error('one event was asked about');
    const links: JoinedLink[] = [];
    for (const best of joined.ways.all()) {
      const payment = table.payments[best.payment];
      if (payment !== undefined) links.push(joinedLinkOf(this.#options, this.#event.id, payment.id, best));
    }
    const held = [...(joined.withheld.get(0) ?? [])];
    const withheld = held.flatMap((each) => table.payments[each]?.id ?? []);
    const { pod, container } = hot.resolved;
    const services = knowledge.neighbourhood.serviceNamesOf(pod, container);
    const event = joinedEventOf(hot, services, held.length === 0 ? null : withheld);
    const sorted = links.toSorted((a, b) => (a.link.id < b.link.id ? -1 : 1));
    const wanted = new Set([...links.map(({ link }) => link.paymentId), ...withheld]);
    return new RetroView(
      event,
      sorted,
      await this.#known(table, wanted),
      timesOf(this.#progress),
      this.#options.withUnseen ? settings : null,
    );
  }

  /** Payments as documents need them; each once, however it was found. */
  async #known(table: PaymentTable, wanted: ReadonlySet<string>): Promise<KnownPayment[]> {
    const { recoverability, settings, withUnseen } = this.#options;
    const { facts } = this.#ports;
    const payments = table.payments.filter(({ id }) => wanted.has(id));
    const seen = await facts.visibilityOf(payments.map(({ id }) => id));
    const visibility = new Map(seen.map(({ paymentId, ...counts }) => [paymentId, counts]));
    const known = payments.map((payment) => ({
      payment,
      recovery: recoveryOf(payment, recoverability),
      visibility: visibility.get(payment.id) ?? { traces: 0, spans: 0, spansWithIdentity: 0 },
    }));
    if (!withUnseen) return known;
    const { start, end } = windowOf(this.#event, settings);
    return [...known, ...(await new PaymentBook(facts, recoverability).between(start, end))];
  }
}

/** Latest times that the engine has stored with its position. */
function timesOf(progress: EngineProgress | null): {
  latest: Instant | null;
  latestObservation: Instant | null;
} {
  const { latest = null, latestObservation = null } = (progress?.time ?? {}) as {
    latest?: Instant | null;
    latestObservation?: Instant | null;
  };
  return { latest, latestObservation };
}
