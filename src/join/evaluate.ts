/**
 * Facts to ways: the definition of the join (DESIGN 4.1) applied to a set of events, the spans that may have met them,
 * and the payments that these spans may lead to. A pure function; batch, live and retro lane all end here.
 *
 * What it needs to be exact: every span that matches one of the events and has a bound trace (more do no harm), every
 * binding of those traces, and every payment that an id on them can mean. Whoever calls it with all spans of the input
 * has the batch lane; the live lane calls it with the spans that a window or the log gave for these events.
 *
 * Cost: see matcher.ts. Worked example: examples/stolen-token.
 */
import type { JoinSettings } from '../model/join-settings.ts';
import type { PaymentEvent } from '../model/payment.ts';
import type { Provenance, StatedIdentity } from '../model/identity.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { Bindings } from './bindings.ts';
import { HotEvents } from './hot-events.ts';
import type { Knowledge } from './knowledge.ts';
import { Matcher, type Matches } from './matcher.ts';
import type { SpanColumns } from './packed-spans.ts';
import type { PaymentTable } from './payments.ts';

export interface JoinFacts {
  knowledge: Knowledge;
  /** By (start, id). */
  events: readonly SecurityEvent[];
  table: PaymentTable;
  bindings: Bindings;
  chunks: Iterable<SpanColumns>;
  /** Configured cluster of the inputs; null: none. */
  cluster: string | null;
  paymentsProvenance: Provenance;
  settings: JoinSettings;
}

export interface Evaluation extends Matches {
  hotEvents: HotEvents;
}

export function evaluate(facts: JoinFacts): Evaluation {
  const { knowledge, events, table, bindings, settings } = facts;
  const hotEvents = new HotEvents(events, knowledge.inventory, knowledge.neighbourhood, settings);
  const matcher = new Matcher(hotEvents, bindings, knowledge.identities, settings);
  for (const columns of facts.chunks) matcher.matchSpans(columns);
  matcher.matchTraces();
  for (const [payment, { events: states }] of table.payments.entries()) {
    for (const state of states) matchPlace(matcher, payment, state, facts);
  }
  return { ...matcher.result(), hotEvents };
}

function matchPlace(matcher: Matcher, payment: number, state: PaymentEvent, facts: JoinFacts): void {
  const identity = placeOfPayment(state, facts.cluster);
  if (identity === null) return;
  const resolved = facts.knowledge.inventory.resolve(identity, state.time);
  const where = { identity, ...resolved, containerName: null };
  matcher.matchPayment(payment, where, state.time, facts.paymentsProvenance);
}

/** Where a payment's own record says it was handled; null where it does not. */
export function placeOfPayment(event: PaymentEvent, cluster: string | null): StatedIdentity | null {
  if (event.podUid === null && event.podName === null && event.containerId === null) return null;
  return {
    cluster: event.cluster ?? cluster,
    namespace: event.namespace,
    podName: event.podName,
    podUid: event.podUid,
    containerId: event.containerId,
    containerName: null,
    node: null,
  };
}
