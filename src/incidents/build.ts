/**
 * Incidents from components of events (SPEC I3): which links and payments count, how grave it is, what it is called.
 *
 * What: a payment counts as linked when its best live link to the events is at least `minP`; payments with weaker links
 * only are listed, and are in no sum. A component without any link that counts is no incident: its events stay on their
 * own. Money comes from a function that the caller gives, because this room knows nothing of rails.
 *
 * Cost: one look at each link. Worked example: links of 0.9 and 0.05 to p1 and 0.05 to p2, `minP` 0.10: linked p1, weak
 * p2; the weak link to p1 is listed among the weak links, and p1 is no weak payment.
 */
import type { ClockRow, Exposure, Incident } from '../model/incident.ts';
import { incidentId } from '../model/ids.ts';
import type { Link } from '../model/link.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { Component } from './group.ts';
import { incidentTitle } from './title.ts';

/** Money of an incident, as the caller computes it. */
export interface IncidentMoney {
  exposures: Exposure[];
  clock: ClockRow[];
  bindingRatio: number | null;
}

export interface IncidentSource {
  tenant: string;
  /** Links below this confidence are weak. */
  minP: number;
  eventOf: (eventId: string) => SecurityEvent | undefined;
  /** Live links of an event. */
  linksOf: (eventId: string) => readonly Link[];
  /** @param linked payments that count; @param weak payments with weak links only */
  moneyOf: (
    events: readonly SecurityEvent[],
    linked: ReadonlySet<string>,
    weak: ReadonlySet<string>,
  ) => IncidentMoney;
}

/**
 * The incidents among the components, in their order.
 * @param components as `groupEvents` gives them: earlier parts of what was cut come first
 */
export function buildIncidents(components: readonly Component[], source: IncidentSource): Incident[] {
  const byFirstEvent = new Map<string, Incident>();
  for (const component of components) {
    const before = component.continues.find((eventId) => byFirstEvent.has(eventId));
    const incident = buildIncident(component, byFirstEvent.get(before ?? '')?.id ?? null, source);
    const first = component.eventIds[0];
    if (incident !== null && first !== undefined) byFirstEvent.set(first, incident);
  }
  return [...byFirstEvent.values()];
}

/** @param continues id of the incident that this one was cut from; null: of none */
function buildIncident(
  component: Component,
  continues: string | null,
  source: IncidentSource,
): Incident | null {
  const { eventIds, start, end } = component;
  const links = eventIds.flatMap((eventId) => source.linksOf(eventId));
  const strong = links.filter(({ confidence }) => confidence >= source.minP);
  if (strong.length === 0) return null;
  const weakLinks = links.filter(({ confidence }) => confidence < source.minP);
  const linked = new Set(strong.map(({ paymentId }) => paymentId));
  const weak = new Set(weakLinks.map(({ paymentId }) => paymentId).filter((id) => !linked.has(id)));
  const events = eventIds.flatMap((eventId) => source.eventOf(eventId) ?? []);
  const { exposures, clock, bindingRatio } = source.moneyOf(events, linked, weak);
  return {
    id: incidentId(source.tenant, eventIds[0] ?? ''),
    tenant: source.tenant,
    eventIds,
    start,
    end,
    title: incidentTitle(events, linked.size),
    severity: events.reduce((gravest, { severity }) => Math.max(gravest, severity), 0),
    techniques: sorted(events.flatMap(({ techniques }) => techniques)),
    linkIds: sorted(strong.map(({ id }) => id)),
    weakLinkIds: sorted(weakLinks.map(({ id }) => id)),
    paymentIds: sorted(linked),
    weakPaymentIds: sorted(weak),
    exposures,
    clock,
    bindingRatio: bindingRatio === null ? null : rounded(bindingRatio),
    continues,
  };
}

function sorted(values: Iterable<string>): string[] {
  return [...new Set(values)].toSorted();
}

/** To 1e-6, as every probability is. */
function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
