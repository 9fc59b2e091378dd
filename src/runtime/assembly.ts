/**
 * From joined facts to documents: links, events, payments, incidents and their money. Pure: every document is a
 * function of the view and the options, in an order that does not depend on the input's.
 *
 * The view hides which lane joined: the batch lane shows all it has, the live lane what a change concerns. Both get the
 * same bytes for the same facts, because there is no other way to a document than this one.
 */
import { clockOf, exposuresOf } from '../impact/exposure.ts';
import { reportExposure } from '../impact/report-exposure.ts';
import { buildIncidents, type IncidentMoney } from '../incidents/build.ts';
import { BRIDGING_CONFIDENCE, type BridgedEvent } from '../incidents/bridges.ts';
import { entitiesOf } from '../incidents/entities.ts';
import { groupEvents, type Component, type GroupingLimits } from '../incidents/group.ts';
import { toEventDocument } from '../model/documents/to-event.ts';
import { toIncidentDocument } from '../model/documents/to-incident.ts';
import { toLinkDocument, type LinkContext } from '../model/documents/to-link.ts';
import { toPaymentDocument } from '../model/documents/to-payment.ts';
import type { EventDocument } from '../model/documents/event.ts';
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import type { DocumentProgress } from '../model/documents/sealed.ts';
import type { Incident } from '../model/incident.ts';
import type { Instant } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { JoinedEvent, JoinedLink, JoinedView, KnownPayment } from './joined-view.ts';
import { paymentAnswer } from './payment-answer.ts';
import { UnseenPayments } from './unseen.ts';

export interface AssemblyOptions {
  tenant: string;
  minP: number;
  grouping: GroupingLimits;
  report: { currency: string; rates: Record<string, string> } | null;
  /** Services that the payments input stands for, where a payment names none. */
  services: string[];
  settings: JoinSettings;
  asOf: Instant;
}

export class Assembly {
  readonly #view: JoinedView;
  readonly #options: AssemblyOptions;
  readonly #unseen: UnseenPayments;
  readonly #events: ReadonlyMap<string, JoinedEvent>;

  constructor(view: JoinedView, options: AssemblyOptions) {
    this.#view = view;
    this.#options = options;
    this.#unseen = new UnseenPayments(view, options.settings, options.services);
    this.#events = new Map(view.events.map((joined) => [joined.event.id, joined]));
  }

  /** What belongs together; payments are not looked at for it. */
  components(): Component[] {
    const bridged = this.#view.events.map((joined) => this.#bridged(joined));
    return groupEvents(bridged, this.#options.grouping);
  }

  /** @param components with all earlier parts of what was cut */
  incidents(components: readonly Component[]): Incident[] {
    const { tenant, minP } = this.#options;
    return buildIncidents(components, {
      tenant,
      minP,
      eventOf: (eventId) => this.#events.get(eventId)?.event,
      linksOf: (eventId) => this.#view.linksOf(eventId).map(({ link }) => link),
      moneyOf: (events, linked, weak) => this.#moneyOf(events, linked, weak),
    });
  }

  link(joined: JoinedLink, incidentId: string | null, meta: LinkContext['meta']): LinkDocument {
    const { link, service } = joined;
    const event = this.#events.get(link.eventId)?.event;
    const known = this.#view.payment(link.paymentId);
    if (event === undefined || known === undefined) throw new Error('a link has both sides');
    const { payment, recovery } = known;
    const context = { event, payment, recovery, identity: null, service, incidentId, meta };
    return toLinkDocument(link, { ...context, status: 'live' });
  }

  event(joined: JoinedEvent, incidentId: string | null, progress: DocumentProgress): EventDocument {
    const total = this.#view.linksOf(joined.event.id).length;
    const flags: string[] = [...new Set<string>(joined.ambiguous)];
    if (joined.podsCapped) flags.push('pods_capped');
    if (joined.withholds) flags.push('payments_withheld');
    const links = { total, unlinkedReason: total > 0 ? null : unlinkedReason(joined), flags };
    return toEventDocument(joined.event, { identity: null, links, incidentId, progress });
  }

  payment(known: KnownPayment, progress: DocumentProgress): PaymentDocument {
    const { payment, recovery, visibility } = known;
    const { latest, latestObservation, hasEvents } = this.#view;
    const linked = this.#view.isLinked(payment.id);
    const met = { linked, withheld: this.#view.isWithheld(payment.id), visibility };
    const looked = { security: latestObservation, latest, events: hasEvents };
    return toPaymentDocument(payment, { recovery, progress, ...paymentAnswer(payment, met, looked) });
  }

  incident(incident: Incident, progress: DocumentProgress): IncidentDocument {
    const { report, asOf } = this.#options;
    const outcome =
      report === null ? null : reportExposure(incident.exposures, report.currency, report.rates);
    return toIncidentDocument(incident, {
      entities: entitiesOf(incident.eventIds.flatMap((id) => this.#events.get(id) ?? [])),
      report: outcome?.report ?? null,
      asOf,
      completeUntil: this.#view.latest,
      progress,
    });
  }

  #bridged({ event, pod, container }: JoinedEvent): BridgedEvent {
    const strong = this.#view.linksOf(event.id).filter(({ link }) => link.confidence >= BRIDGING_CONFIDENCE);
    return {
      id: event.id,
      start: event.start,
      end: event.end,
      pod,
      container,
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
    const joined = events.flatMap(({ id }) => this.#events.get(id) ?? []);
    const { remaining, bindingRatio } = this.#unseen.of(joined, linked, weak);
    const items = [...linked].flatMap((id) => this.#view.payment(id) ?? []);
    const { asOf } = this.#options;
    return {
      exposures: exposuresOf(items, remaining, asOf),
      clock: clockOf(items, asOf),
      bindingRatio,
    };
  }
}

/** Why an event met nothing, as far as its identity tells. */
function unlinkedReason({ event, pod, container, ambiguous }: JoinedEvent): string {
  const [first] = ambiguous;
  if (pod !== null || container !== null) return 'no_payment_in_window';
  if (first !== undefined) return first;
  return event.serviceAccount === null && event.traceId === null ? 'no_identity' : 'no_payment_in_window';
}
