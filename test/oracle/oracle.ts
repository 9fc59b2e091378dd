/**
 * The join as docs/SPEC.md defines it, by brute force: every event against every span against every payment, from
 * raw records, with plain objects and nested loops. It shares no code with the engine, so that the two can only agree
 * by both following the specification. Cost: cubic, and of no concern; scenarios have tens of records.
 *
 * Files: text (ids, times), read and read-audit (records), events (F1 to F4), identity (J4 to J8, J10), payments (J15,
 * J18), ways (J1 to J3, J8, J9, J11, J12, J16), and here the bindings (J13, J14) and the best way (J17).
 */
import { foldEvents } from './events.ts';
import type { FoldedEvent } from './events.ts';
import { distinct, takeInventory } from './identity.ts';
import type { Inventory } from './identity.ts';
import { mergePayments, resolveId } from './payments.ts';
import type { MergedPayment } from './payments.ts';
import { readWorld } from './read.ts';
import { canonical, compareRows, id } from './text.ts';
import { METHOD_ORDER } from './types.ts';
import type { OracleInput, OracleLink, OracleResult, OracleSettings } from './types.ts';
import { byStrength, paymentPodWay, resolveEvent, resolveSpan, spanWay, traceWay } from './ways.ts';
import type { EventSide, SpanSide, Way } from './ways.ts';
import type { Span, World } from './world.ts';

/** A trace and a payment, and where the trace says so. */
interface Binding {
  traceId: string;
  payment: MergedPayment;
  factor: number;
  /** Start of the span that carries the id; null where a payment event names the trace. */
  at: number | null;
}

/** Everything the engine must find in this input, and nothing else. */
export function runOracle(input: OracleInput, settings: OracleSettings): OracleResult {
  const world = readWorld(input, settings);
  const payments = mergePayments(world.payments, settings);
  const folded = foldEvents(world, settings);
  const inventory = takeInventory(world, settings.lateHorizon);
  const bindings = bindingsOf(world, payments, settings);
  const bulkTraces = distinct(bindings.map((b) => b.traceId)).filter(
    (traceId) => paymentsOf(traceId, bindings).length > settings.maxPaymentsPerTrace,
  );
  const usable = bindings.filter((b) => !bulkTraces.includes(b.traceId));
  const spans = world.spans.map((span) => resolveSpan(span, inventory, settings));
  const events = folded.map((event) => resolveEvent(event, spans, inventory, settings));

  const links: OracleLink[] = [];
  for (const event of events) {
    for (const payment of payments) {
      const link = linkOf(
        waysOf(event, payment, spans, usable, inventory, settings),
        event.event,
        payment,
        settings,
      );
      if (link !== null) links.push(link);
    }
  }
  return {
    events: folded.map(({ id: eventId, start, end, count, originalIds, ongoing }) => {
      return { id: eventId, start, end, count, originalIds, ongoing };
    }),
    payments: payments.map(({ id: paymentId, time, state, rail, aliases, supersededIds }) => {
      return { id: paymentId, time, state, rail, aliases, supersededIds };
    }),
    links: links.toSorted((a, b) => compareRows([a.eventId, a.paymentId], [b.eventId, b.paymentId])),
    ambiguous: countAmbiguous(folded, world, payments, inventory, settings),
    bulkTraces,
    podsCapped: events
      .filter((event) => event.capped)
      .map((event) => event.event.id)
      .toSorted(),
  };
}

/** J13: (a) payment events that name a trace, (b) ids on spans. */
function bindingsOf(world: World, payments: MergedPayment[], settings: OracleSettings): Binding[] {
  const bindings: Binding[] = [];
  for (const payment of payments) {
    for (const { traceId } of payment.records) {
      if (traceId !== null) bindings.push({ traceId, payment, factor: 1, at: null });
    }
  }
  for (const span of world.spans) {
    for (const carried of span.ids) {
      const payment = resolveId(carried, span.start, payments, settings);
      if (payment === null || payment === 'ambiguous') continue;
      const factor = carried.order ? settings.orderFactor : 1;
      bindings.push({ traceId: span.traceId, payment, factor, at: span.start });
    }
  }
  return bindings;
}

function paymentsOf(traceId: string, bindings: Binding[]): string[] {
  return distinct(bindings.filter((b) => b.traceId === traceId).map((b) => b.payment.id));
}

/** J13: the best factor by which this trace is bound to the payment, near a span where one is given; else null. */
function factorOf(
  traceId: string,
  payment: MergedPayment,
  near: Span | null,
  bindings: Binding[],
  settings: OracleSettings,
): number | null {
  const factors = bindings
    .filter((b) => b.traceId === traceId && b.payment === payment)
    .filter(
      ({ at }) =>
        at === null ||
        near === null ||
        (near.start - settings.bindingHorizon <= at && at <= near.end + settings.bindingHorizon),
    )
    .map((b) => b.factor);
  return factors.length === 0 ? null : Math.max(...factors);
}

function waysOf(
  event: EventSide,
  payment: MergedPayment,
  spans: SpanSide[],
  bindings: Binding[],
  inventory: Inventory,
  settings: OracleSettings,
): Way[] {
  const ways: (Way | null)[] = payment.records.map((record) =>
    paymentPodWay(event, record, inventory, settings),
  );
  const mine = bindings.filter((b) => b.payment === payment);
  for (const span of spans) {
    const factor = factorOf(span.span.traceId, payment, span.span, mine, settings);
    if (factor !== null) ways.push(spanWay(event, span, factor, settings));
  }
  const own = event.event.traceId;
  const factor = own === null ? null : factorOf(own, payment, null, mine, settings);
  if (factor !== null) ways.push(traceWay(event, spans, factor, settings));
  return ways.filter((way) => way !== null);
}

/** J17: what makes a way the best one, first column first. */
function rankOf(way: Way): (string | number)[] {
  return [
    -way.confidence,
    Math.abs(way.gap),
    METHOD_ORDER.indexOf(way.method),
    way.start,
    way.traceId ?? '',
    way.spanId ?? '',
  ];
}

/** J17. */
function linkOf(
  ways: Way[],
  event: FoldedEvent,
  payment: MergedPayment,
  settings: OracleSettings,
): OracleLink | null {
  const best = ways.toSorted((a, b) => compareRows(rankOf(a), rankOf(b)))[0];
  if (best === undefined) return null;
  const others = METHOD_ORDER.filter((method) => method !== best.method).flatMap((method) => {
    const confidences = ways.filter((way) => way.method === method).map((way) => way.confidence);
    return confidences.length === 0 ? [] : [{ method, confidence: Math.max(...confidences) }];
  });
  return {
    id: id('lk', ['link', settings.tenant, event.id, payment.id]),
    eventId: event.id,
    paymentId: payment.id,
    method: best.method,
    confidence: best.confidence,
    gapMs: best.gap / 1000,
    provenance: best.provenance,
    methods: others.toSorted(byStrength),
    matched: best.matched,
    traceId: best.traceId,
    spanId: best.spanId,
  };
}

function countAmbiguous(
  events: FoldedEvent[],
  world: World,
  payments: MergedPayment[],
  inventory: Inventory,
  settings: OracleSettings,
): OracleResult['ambiguous'] {
  const named = events.filter(
    ({ statement: s }) => s.namespace !== null && s.podName !== null && s.podUid === null,
  );
  const accounts = events.filter(
    (event) => event.account !== null && inventory.accountKey(event.account) === null,
  );
  const aliases = world.spans.flatMap((span) =>
    span.ids
      .filter((carried) => resolveId(carried, span.start, payments, settings) === 'ambiguous')
      .map((carried) => canonical([span.traceId, carried.value])),
  );
  return {
    ambiguous_container: events.filter((event) => inventory.container(event.statement).ambiguous).length,
    ambiguous_cluster: new Set([
      ...named.filter((event) => inventory.nameCluster(event.statement) === null),
      ...accounts,
    ]).size,
    ambiguous_pod: named.filter(
      ({ statement }) => inventory.nameCluster(statement) !== null && inventory.statedPod(statement) === null,
    ).length,
    ambiguous_alias: distinct(aliases).length,
  };
}
