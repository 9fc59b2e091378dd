/** Reasons for a link (docs/SPEC.md J1 to J3, J8, J9, J11, J12, J16): every span against every event. */
import type { FoldedEvent } from './events.ts';
import { distinct } from './identity.ts';
import type { Container, Inventory, Pod } from './identity.ts';
import { METHOD_ORDER } from './types.ts';
import type { MethodName, OracleLink, OracleSettings } from './types.ts';
import type { PaymentRecord, Span, Statement } from './world.ts';

/** One reason for a link, weighed. */
export interface Way {
  method: MethodName;
  confidence: number;
  gap: number;
  provenance: 'platform' | 'self';
  matched: OracleLink['matched'];
  traceId: string | null;
  spanId: string | null;
  /** What breaks ties: the start of the span. */
  start: number;
}

/** One side of a meeting, resolved. */
export interface Side {
  statement: Statement;
  pod: Pod | null;
  container: Container;
}

export interface EventSide extends Side {
  event: FoldedEvent;
  accountPods: string[];
  workloads: string[];
  services: string[];
  nodeKey: string | null;
  capped: boolean;
}

export interface SpanSide extends Side {
  span: Span;
  provenance: 'platform' | 'self';
  /** J9 service: neither pod nor container stated, and the host name is no pod. */
  anonymous: boolean;
  workloadKey: string | null;
  serviceKey: string | null;
  nodeKey: string | null;
}

/** Every span, resolved at its start. */
export function resolveSpan(span: Span, inventory: Inventory, settings: OracleSettings): SpanSide {
  const { statement } = span;
  const host = inventory.hostName(span);
  return {
    span,
    statement,
    pod: host === null ? inventory.pod(statement) : host.pod,
    container: inventory.container(statement),
    provenance: host === null ? settings.spanProvenance : 'self',
    anonymous:
      host === null &&
      statement.podName === null &&
      statement.podUid === null &&
      statement.containerId === null,
    workloadKey: inventory.workloadKey(span),
    serviceKey: inventory.serviceKey(span),
    nodeKey: inventory.nodeKey(statement),
  };
}

/** An event, resolved at its start, with the pods that its account and workload expand to. */
export function resolveEvent(
  event: FoldedEvent,
  spans: SpanSide[],
  inventory: Inventory,
  settings: OracleSettings,
): EventSide {
  const { statement } = event;
  const pod = inventory.pod(statement);
  const container = inventory.container(statement);
  const known = pod !== null || container.id !== null;
  const account = known || event.account === null ? null : inventory.accountKey(event.account);
  const accountPods = account === null ? [] : inventory.podsOfAccount(account);
  const own = spans.filter((s) => pod !== null && s.pod?.key === pod.key);
  const ownOrContainer = spans.filter(
    (s) => own.includes(s) || (container.id !== null && s.container.id === container.id),
  );
  const workloads = distinct(own.map((s) => s.workloadKey));
  const workloadPods = distinct(
    spans.filter((s) => s.workloadKey !== null && workloads.includes(s.workloadKey)).map((s) => s.pod?.key),
  );
  const tooMany = (pods: string[], method: MethodName): boolean =>
    pods.length > settings.maxPodsPerEvent && settings.methods[method].enabled;
  return {
    event,
    statement,
    pod,
    container,
    accountPods: tooMany(accountPods, 'identity_interval') ? [] : accountPods,
    workloads: tooMany(workloadPods, 'workload_interval') ? [] : workloads,
    services: distinct(ownOrContainer.map((s) => s.serviceKey)),
    nodeKey: inventory.nodeKey(statement),
    capped: tooMany(accountPods, 'identity_interval') || tooMany(workloadPods, 'workload_interval'),
  };
}

/** J1. */
export function inWindow(start: number, end: number, event: FoldedEvent, settings: OracleSettings): boolean {
  return (
    start <= event.end + settings.after + settings.skew &&
    end >= event.start - settings.before - settings.skew
  );
}

/** J2. */
export function gapOf(start: number, end: number, event: FoldedEvent): number {
  if (end < event.start) return end - event.start;
  return start > event.end ? start - event.end : 0;
}

/** J3 without the cap. */
function weigh(base: number, decays: boolean, gap: number, factor: number, settings: OracleSettings): number {
  return base * (decays ? 0.5 ** (Math.abs(gap) / settings.halfLife) : 1) * factor;
}

function round(confidence: number): number {
  return Math.round(confidence * 1e6) / 1e6;
}

/** J9: how a span meets an event, its strongest method only; null for not at all. */
export function spanWay(e: EventSide, s: SpanSide, factor: number, settings: OracleSettings): Way | null {
  const { span } = s;
  if (!inWindow(span.start, span.end, e.event, settings)) return null;
  const gap = gapOf(span.start, span.end, e.event);
  const mayLie = s.provenance === 'self' && span.end >= e.event.start;
  const ways = meetings(e, s, gap)
    .filter(({ method }) => settings.methods[method].enabled)
    .map(({ method, matched }): Way => {
      const escaped = method === 'node_interval' && e.event.techniques.includes('T1611');
      const { base, decays } = settings.methods[method];
      const free = weigh(escaped ? settings.escapeBase : base, decays, gap, factor, settings);
      const confidence = round(mayLie ? Math.min(free, settings.selfReportedCap) : free);
      const { traceId, spanId, start } = span;
      return { method, confidence, gap, provenance: s.provenance, matched, traceId, spanId, start };
    });
  return ways.toSorted(byStrength)[0] ?? null;
}

type Meeting = Pick<Way, 'method' | 'matched'>;

function meetings(e: EventSide, s: SpanSide, gap: number): Meeting[] {
  const found: Meeting[] = [];
  const same = containerMatch(e, s);
  if (same !== null)
    found.push({ method: gap === 0 ? 'container_overlap' : 'container_interval', matched: same });
  if (same === null && samePod(e, s)) found.push({ method: 'pod_interval', matched: podMatch(e, s) });
  const account = e.event.account;
  if (account !== null && s.pod !== null && e.accountPods.includes(s.pod.key)) {
    const shown = `${account.namespace}/${account.name}`;
    found.push({
      method: 'identity_interval',
      matched: { field: 'kubernetes.service_account', event: shown, span: s.pod.shown },
    });
  }
  const { workload, serviceName } = s.span;
  const otherPod = s.pod !== null && s.pod.key !== e.pod?.key;
  if (otherPod && workload !== null && s.workloadKey !== null && e.workloads.includes(s.workloadKey)) {
    const shown = `${workload.kind}/${workload.name}`;
    found.push({
      method: 'workload_interval',
      matched: { field: 'kubernetes.workload', event: shown, span: shown },
    });
  }
  if (s.anonymous && serviceName !== null && s.serviceKey !== null && e.services.includes(s.serviceKey)) {
    found.push({
      method: 'service_interval',
      matched: { field: 'service.name', event: serviceName, span: serviceName },
    });
  }
  const onNode = (e.pod === null && e.container.id === null) || e.event.techniques.includes('T1611');
  if (onNode && e.nodeKey !== null && e.nodeKey === s.nodeKey) {
    const shown = e.statement.node ?? '';
    found.push({
      method: 'node_interval',
      matched: { field: 'kubernetes.node.name', event: shown, span: shown },
    });
  }
  return found;
}

function samePod(a: Side, b: Side): boolean {
  return a.pod !== null && a.pod.key === b.pod?.key;
}

/** J8; null where the containers are not the same. */
function containerMatch(a: Side, b: Side): OracleLink['matched'] | null {
  if (a.container.id !== null && a.container.id === b.container.id) {
    return {
      field: 'container.id',
      event: a.statement.containerId ?? '',
      span: b.statement.containerId ?? '',
    };
  }
  const name = a.statement.containerName;
  const oneHasNone = a.container.id === null || b.container.id === null;
  if (samePod(a, b) && oneHasNone && name !== null && name === b.statement.containerName) {
    return { field: 'container.name', event: name, span: name };
  }
  return null;
}

function podMatch(a: Side, b: Side): OracleLink['matched'] {
  const names = [a, b].map(({ statement: { namespace, podName } }) =>
    namespace === null || podName === null ? null : `${namespace}/${podName}`,
  );
  const uids = [a.statement.podUid, b.statement.podUid];
  if (!uids.includes(null)) return { field: 'kubernetes.pod.uid', event: uids[0] ?? '', span: uids[1] ?? '' };
  if (!names.includes(null))
    return { field: 'kubernetes.pod.name', event: names[0] ?? '', span: names[1] ?? '' };
  const shown = a.pod?.shown ?? '';
  return { field: 'kubernetes.pod.uid', event: uids[0] ?? shown, span: uids[1] ?? shown };
}

/** J11: a payment event that names the event's pod or container. */
export function paymentPodWay(
  e: EventSide,
  record: PaymentRecord,
  inventory: Inventory,
  settings: OracleSettings,
): Way | null {
  const { statement, time } = record;
  const { enabled, base, decays } = settings.methods.payment_pod;
  if (!enabled || !inWindow(time, time, e.event, settings)) return null;
  const side: Side = { statement, pod: inventory.pod(statement), container: inventory.container(statement) };
  const matched = containerMatch(e, side) ?? (samePod(e, side) ? podMatch(e, side) : null);
  if (matched === null) return null;
  const gap = gapOf(time, time, e.event);
  const free = weigh(base, decays, gap, 1, settings);
  const provenance = settings.paymentProvenance;
  const mayLie = provenance === 'self' && time >= e.event.start;
  const confidence = round(mayLie ? Math.min(free, settings.selfReportedCap) : free);
  return {
    method: 'payment_pod',
    confidence,
    gap,
    provenance,
    matched,
    traceId: null,
    spanId: null,
    start: time,
  };
}

/** J16: the event's own trace, whatever its spans say. */
export function traceWay(
  e: EventSide,
  spans: SpanSide[],
  factor: number,
  settings: OracleSettings,
): Way | null {
  const { traceId } = e.event;
  const { enabled, base } = settings.methods.trace_exact;
  if (!enabled || traceId === null) return null;
  const gaps = spans
    .filter((s) => s.span.traceId === traceId)
    .map((s) => gapOf(s.span.start, s.span.end, e.event))
    .toSorted((a, b) => Math.abs(a) - Math.abs(b) || a - b);
  return {
    method: 'trace_exact',
    confidence: round(base * factor),
    gap: gaps[0] ?? 0,
    provenance: 'platform',
    matched: { field: 'trace.id', event: traceId, span: traceId },
    traceId,
    spanId: null,
    start: 0,
  };
}

/** Highest confidence first, then table order: J9 for one span, and J17 for the list of methods. */
export function byStrength(
  a: Pick<Way, 'method' | 'confidence'>,
  b: Pick<Way, 'method' | 'confidence'>,
): number {
  return b.confidence - a.confidence || METHOD_ORDER.indexOf(a.method) - METHOD_ORDER.indexOf(b.method);
}
