/**
 * From the joined facts to documents: links, events, payments, incidents and their money. Pure: everything comes from
 * the result of the join and the options, in an order that does not depend on the input's.
 */
import type { Redactor } from '../formats/redact.ts';
import { clockOf, exposuresOf } from '../impact/exposure.ts';
import { recoveryOf } from '../impact/recovery.ts';
import { reportExposure } from '../impact/report-exposure.ts';
import { buildIncidents, type IncidentMoney } from '../incidents/build.ts';
import { BRIDGING_CONFIDENCE, type BridgedEvent } from '../incidents/bridges.ts';
import { entitiesOf } from '../incidents/entities.ts';
import { groupEvents } from '../incidents/group.ts';
import type { BatchJoinResult } from '../join/batch-join.ts';
import type { HotEvent } from '../join/hot-events.ts';
import { compareMethods, type BestWay } from '../join/best-way.ts';
import { toEventDocument } from '../model/documents/to-event.ts';
import { toIncidentDocument } from '../model/documents/to-incident.ts';
import { toLinkDocument } from '../model/documents/to-link.ts';
import { toPaymentDocument } from '../model/documents/to-payment.ts';
import type { EventDocument } from '../model/documents/event.ts';
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import { linkId } from '../model/ids.ts';
import type { Incident } from '../model/incident.ts';
import type { Instant } from '../model/instant.ts';
import type { Link } from '../model/link.ts';
import type { Payment } from '../model/payment.ts';
import type { Recovery } from '../model/recovery.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { CorrelateOptions } from './correlate.ts';
import { LazyList } from './lazy-list.ts';
import { paymentAnswer } from './payment-answer.ts';
import { UnseenPayments, visibilityOf, type Visibility } from './unseen.ts';

export interface AssembledDocuments {
  links: LazyList<LinkDocument>;
  events: EventDocument[];
  payments: LazyList<PaymentDocument>;
  incidents: IncidentDocument[];
  unlinked: Record<string, number>;
  asOf: Instant;
}

/** A batch is complete: nothing can come later. */
const FINAL = { revision: 1, state: 'final' as const };

export function assemble(joined: BatchJoinResult, options: CorrelateOptions): AssembledDocuments {
  return new Assembly(joined, options).documents();
}

interface Entry {
  link: Link;
  best: BestWay;
}

class Assembly {
  readonly #joined: BatchJoinResult;
  readonly #options: CorrelateOptions;
  readonly #payments: readonly Payment[];
  readonly #recoveries: Recovery[];
  readonly #visibility: Visibility[];
  readonly #unseen: UnseenPayments;
  readonly #entries: Entry[];
  readonly #byEvent = new Map<string, Entry[]>();
  readonly #linkedPayments = new Set<number>();
  /** Payments that met an event among too many others. */
  readonly #withheld = new Set<number>();
  readonly #ordinals: Map<string, number>;
  readonly #hot: Map<string, HotEvent>;
  readonly #asOf: Instant;

  constructor(joined: BatchJoinResult, options: CorrelateOptions) {
    this.#joined = joined;
    this.#options = options;
    this.#payments = joined.table.payments;
    this.#recoveries = this.#payments.map((payment) => recoveryOf(payment, options.recoverability));
    this.#visibility = visibilityOf(joined);
    this.#unseen = new UnseenPayments(joined, this.#visibility, options.settings, options.services);
    this.#ordinals = new Map(this.#payments.map((payment, ordinal) => [payment.id, ordinal]));
    this.#hot = new Map(joined.hotEvents.events.map((hot) => [hot.event.id, hot]));
    for (const payments of joined.withheld.values())
      for (const payment of payments) this.#withheld.add(payment);
    this.#asOf = options.asOf ?? joined.latest ?? this.#payments.at(-1)?.time ?? 0;
    this.#entries = this.#makeLinks();
    for (const entry of this.#entries) {
      const { eventId } = entry.link;
      const entries = this.#byEvent.get(eventId);
      if (entries === undefined) this.#byEvent.set(eventId, [entry]);
      else entries.push(entry);
      this.#linkedPayments.add(entry.best.payment);
    }
  }

  documents(): AssembledDocuments {
    const incidents = this.#incidents();
    const incidentOf = new Map(
      incidents.flatMap(({ id, eventIds }) => eventIds.map((eventId) => [eventId, id])),
    );
    const unlinked: Record<string, number> = { ...this.#joined.unresolvedIds };
    const events = this.#joined.hotEvents.events.map((hot) => {
      const document = this.#eventDocument(hot, incidentOf.get(hot.event.id) ?? null);
      const reason = document.links.unlinked_reason;
      if (reason !== undefined) unlinked[reason] = (unlinked[reason] ?? 0) + 1;
      return document;
    });
    return {
      links: new LazyList(this.#entries.length, (index) => {
        const entry = this.#entries[index];
        if (entry === undefined) throw new RangeError('there is no such link');
        return this.#linkDocument(entry, incidentOf.get(entry.link.eventId) ?? null);
      }),
      events,
      payments: new LazyList(this.#payments.length, (ordinal) => {
        const payment = this.#payments[ordinal];
        if (payment === undefined) throw new RangeError('there is no such payment');
        return this.#paymentDocument(payment, ordinal);
      }),
      incidents: incidents.map((incident) => this.#incidentDocument(incident)),
      unlinked,
      asOf: this.#asOf,
    };
  }

  /** By event start, then link id. */
  #makeLinks(): Entry[] {
    const entries = [...this.#joined.ways.all()].map((best) => {
      const event = this.#joined.hotEvents.events[best.event]?.event;
      const payment = this.#payments[best.payment];
      if (event === undefined || payment === undefined) throw new Error('a link has an event and a payment');
      return { start: event.start, entry: { best, link: linkOf(this.#options, event.id, payment.id, best) } };
    });
    entries.sort((a, b) => a.start - b.start || (a.entry.link.id < b.entry.link.id ? -1 : 1));
    return entries.map(({ entry }) => entry);
  }

  #linkDocument({ link, best }: Entry, incidentId: string | null): LinkDocument {
    const hot = this.#joined.hotEvents.events[best.event];
    const payment = this.#payments[best.payment];
    const recovery = this.#recoveries[best.payment];
    if (hot === undefined || payment === undefined || recovery === undefined)
      throw new Error('a link has both sides');
    const meta = { ...FINAL, coverage: 1 };
    const { event } = hot;
    const context = { event, payment, recovery, identity: null, service: best.way.service, incidentId, meta };
    return toLinkDocument(link, { ...context, status: 'live' });
  }

  #eventDocument(hot: HotEvent, incidentId: string | null): EventDocument {
    const total = this.#joined.ways.countOf(hot.ordinal);
    const flags: string[] = [...new Set<string>(hot.resolved.ambiguous)];
    if (hot.podsCapped) flags.push('pods_capped');
    if (this.#joined.withheld.has(hot.ordinal)) flags.push('payments_withheld');
    const links = { total, unlinkedReason: total > 0 ? null : unlinkedReason(hot), flags };
    return toEventDocument(hot.event, { identity: null, links, incidentId, progress: FINAL });
  }

  #paymentDocument(payment: Payment, ordinal: number): PaymentDocument {
    const visibility = this.#visibility[ordinal] ?? { traces: 0, spans: 0, spansWithIdentity: 0 };
    const recovery = this.#recoveries[ordinal];
    if (recovery === undefined) throw new Error('every payment has its recovery');
    const looked = {
      security: this.#joined.latestObservation,
      latest: this.#joined.latest,
      events: this.#joined.hotEvents.events.length,
      withheld: this.#withheld,
    };
    const met = { ordinal, linked: this.#linkedPayments.has(ordinal), visibility };
    const { answer, known } = paymentAnswer(payment, met, looked);
    return toPaymentDocument(payment, { recovery, answer, known, progress: FINAL });
  }

  #incidents(): Incident[] {
    const { tenant, minP, grouping } = this.#options;
    const components = groupEvents(
      this.#joined.hotEvents.events.map((hot) => this.#bridged(hot)),
      grouping,
    );
    return buildIncidents(components, {
      tenant,
      minP,
      eventOf: (eventId) => this.#hot.get(eventId)?.event,
      linksOf: (eventId) => (this.#byEvent.get(eventId) ?? []).map(({ link }) => link),
      moneyOf: (events, linked, weak) => this.#moneyOf(events, linked, weak),
    });
  }

  #bridged(hot: HotEvent): BridgedEvent {
    const { event, resolved } = hot;
    const strong = (this.#byEvent.get(event.id) ?? []).filter(
      ({ link }) => link.confidence >= BRIDGING_CONFIDENCE,
    );
    return {
      id: event.id,
      start: event.start,
      end: event.end,
      pod: resolved.pod,
      container: resolved.container,
      cluster: event.identity.cluster,
      serviceAccount: event.serviceAccount,
      credentialId: event.credentialId,
      resource: event.resource,
      traces: strong.flatMap(({ link }) => link.traceId ?? []),
      payments: strong.map(({ link }) => link.paymentId),
    };
  }

  #moneyOf(
    events: readonly SecurityEvent[],
    linked: ReadonlySet<string>,
    weak: ReadonlySet<string>,
  ): IncidentMoney {
    const hots = events.flatMap(({ id }) => this.#hot.get(id) ?? []);
    const ordinals = (ids: ReadonlySet<string>): Set<number> =>
      new Set([...ids].flatMap((id) => this.#ordinals.get(id) ?? []));
    const counted = ordinals(linked);
    const { payments, bindingRatio } = this.#unseen.of(hots, counted, ordinals(weak));
    const items = [...counted].flatMap((ordinal) => {
      const payment = this.#payments[ordinal];
      const recovery = this.#recoveries[ordinal];
      return payment === undefined || recovery === undefined ? [] : [{ payment, recovery }];
    });
    const extras = this.#remainingByCurrency(payments);
    return {
      exposures: exposuresOf(items, extras, this.#asOf),
      clock: clockOf(items, this.#asOf),
      bindingRatio,
    };
  }

  #remainingByCurrency(payments: readonly number[]): Map<string, bigint> {
    const sums = new Map<string, bigint>();
    for (const ordinal of payments) {
      const currency = this.#payments[ordinal]?.currency;
      const remaining = this.#recoveries[ordinal]?.remainingMinor ?? 0n;
      if (currency !== undefined && remaining > 0n)
        sums.set(currency, (sums.get(currency) ?? 0n) + remaining);
    }
    return sums;
  }

  #incidentDocument(incident: Incident): IncidentDocument {
    const { report } = this.#options;
    const outcome =
      report === null ? null : reportExposure(incident.exposures, report.currency, report.rates);
    const events = incident.eventIds.flatMap((id) => {
      const hot = this.#hot.get(id);
      return hot === undefined
        ? []
        : [{ event: hot.event, pod: hot.resolved.pod, container: hot.resolved.container }];
    });
    return toIncidentDocument(incident, {
      entities: entitiesOf(events),
      report: outcome?.report ?? null,
      asOf: this.#asOf,
      completeUntil: this.#joined.latest,
      progress: FINAL,
    });
  }
}

function linkOf(
  { tenant, redactor }: CorrelateOptions,
  eventId: string,
  paymentId: string,
  { way, methods }: BestWay,
): Link {
  const others = [...methods].filter(([method]) => method !== way.method);
  others.sort(([a, x], [b, y]) => y - x || compareMethods(a, b));
  return {
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
}

/** One span id in 40,000 reads as a card number, and could be one: shown are then sixteen digits of its token. */
function shownSpanId(spanId: string, redactor: Redactor): string {
  const safe = redactor.idValue(spanId);
  return safe === spanId ? spanId : safe.slice('tok_'.length, 'tok_'.length + spanId.length);
}

/** Why an event met nothing, as far as its identity tells. */
function unlinkedReason({ event, resolved }: HotEvent): string {
  const [ambiguous] = resolved.ambiguous;
  if (resolved.pod !== null || resolved.container !== null) return 'no_payment_in_window';
  if (ambiguous !== undefined) return ambiguous;
  return event.serviceAccount === null && event.traceId === null ? 'no_identity' : 'no_payment_in_window';
}
