/** Spans of a scenario: aimed at the events, on and beside the bounds of windows, with pieces of identity missing. */
import type { SpanItem } from './batches.ts';
import type { Target } from './scenario-events.ts';
import { DAY, HOUR, MINUTE, SECOND, spellContainer, spellNanos } from './scenario-world.ts';
import type { Stage, WorldContainer, WorldPod } from './scenario-world.ts';
import type { Plain } from './text.ts';

/** A span before it is written down. */
export interface DraftSpan {
  traceId: string;
  spanId: string;
  start: number;
  end: number;
  resource: Record<string, string>;
  scope: string;
  attributes: Plain[];
  /** Attributes of a span event, of a span link. */
  eventAttributes: Plain[];
  linkAttributes: Plain[];
  resourceAttributes: Plain[];
}

const BEFORE = 62 * SECOND;
const AFTER = 15 * MINUTE + 2 * SECOND;

/** Zero to forty spans; the carriers of transaction ids come later. */
export function makeSpans(stage: Stage, targets: Target[]): DraftSpan[] {
  const { dice, note } = stage;
  const spans: DraftSpan[] = [];
  for (let i = dice.weighted([1, 0, 0, 4, 4]) * dice.int(2, 9); i > 0; i--) {
    const target = targets.length === 0 ? null : dice.pick(targets);
    spans.push(target === null ? straySpan(stage) : aimedSpan(stage, target));
    const last = spans.at(-1);
    if (last !== undefined && dice.chance(0.15)) spans.push(...companions(stage, last));
  }
  if (targets.length > 0 && dice.chance(0.35)) spans.push(sighting(stage, dice.pick(targets)));
  if (spans.length === 0) note('no_spans');
  return spans;
}

/** A span with nothing on it. */
export function draftSpan(stage: Stage, traceId: string, start: number, end: number): DraftSpan {
  return {
    traceId,
    spanId: stage.dice.hex(16),
    start,
    end,
    resource: {},
    scope: 'io.example',
    attributes: [],
    eventAttributes: [],
    linkAttributes: [],
    resourceAttributes: [],
  };
}

function straySpan(stage: Stage): DraftSpan {
  const { dice } = stage;
  const start = stage.t0 + dice.int(-HOUR, HOUR);
  const span = draftSpan(stage, dice.pick(stage.traces), start, start + dice.int(0, 3 * SECOND));
  const pod = dice.pick(stage.pods);
  span.resource = podIdentity(stage, pod, dice.pick(pod.containers));
  return span;
}

function aimedSpan(stage: Stage, target: Target): DraftSpan {
  const { dice } = stage;
  const [start, end] = timeNear(stage, target);
  const own = target.traceId !== null && dice.chance(0.6) ? target.traceId : dice.pick(stage.traces);
  const span = draftSpan(stage, own, start, end);
  span.resource = identityNear(stage, target);
  if (dice.chance(0.03)) {
    span.scope = 'falco-event';
    stage.note('falco_event_scope');
  }
  return span;
}

/** Start and end of a span relative to the target, with a taste for bounds. */
function timeNear({ dice, note }: Stage, target: Target): [number, number] {
  const length = dice.pick([0, dice.int(1, 500_000), dice.int(1, 20 * SECOND)]);
  const nudge = dice.pick([-1, 0, 1]);
  switch (dice.weighted([6, 5, 5, 2, 2, 2, 2, 1])) {
    case 0:
      note('gap_zero');
      return startingAt(target.start - dice.int(0, length), length);
    case 1:
      note('gap_negative');
      return endingAt(target.start - dice.int(1, BEFORE), length);
    case 2:
      note('gap_positive');
      return startingAt(target.end + dice.int(1, AFTER), length);
    case 3:
      note(['bound_before_inside', 'bound_before_exact', 'bound_before_outside'].at(1 - nudge) ?? '');
      return endingAt(target.start - BEFORE + nudge, length);
    case 4:
      note(['bound_after_inside', 'bound_after_exact', 'bound_after_outside'].at(1 + nudge) ?? '');
      return startingAt(target.end + AFTER + nudge, length);
    case 5:
      note('touching');
      return dice.chance(0.5)
        ? endingAt(target.start + nudge, length)
        : startingAt(target.end + nudge, length);
    case 6:
      note('long_span');
      return [target.start - dice.int(0, HOUR), target.end + dice.int(AFTER, 2 * HOUR)];
    default:
      note('far_outside');
      return startingAt(target.end + dice.int(AFTER, 3 * HOUR), length);
  }
}

function startingAt(start: number, length: number): [number, number] {
  return [start, start + length];
}

function endingAt(end: number, length: number): [number, number] {
  return [end - length, end];
}

/** Resource attributes of a span that has to do with the target. */
function identityNear(stage: Stage, target: Target): Record<string, string> {
  const { dice, pods } = stage;
  const others = (test: (pod: WorldPod) => boolean): WorldPod =>
    dice.pick([...pods.filter((pod) => pod !== target.pod && test(pod)), target.pod]);
  const sameWorkload = (pod: WorldPod): boolean =>
    pod.workload.name === target.pod.workload.name && pod.namespace === target.pod.namespace;
  const weights =
    target.hint === 'account' || target.hint === 'node' ? [2, 2, 1, 3, 1, 1, 4] : [6, 3, 2, 4, 3, 2, 1];
  switch (dice.weighted(weights)) {
    case 0:
      return podIdentity(stage, target.pod, target.container);
    case 1:
      return podIdentity(stage, target.pod, dice.pick(target.pod.containers));
    case 2: {
      const pod = others((other) => other.name === target.pod.name);
      return podIdentity(stage, pod, dice.pick(pod.containers));
    }
    case 3: {
      const pod = others(sameWorkload);
      return podIdentity(stage, pod, dice.pick(pod.containers));
    }
    case 4:
      return serviceIdentity(stage, target.pod);
    case 5:
      stage.note('span_host_name');
      return {
        'host.name': dice.chance(0.8) ? target.pod.name : target.pod.node,
        ...service(stage, target.pod),
      };
    default: {
      const pod = others((other) => other.account === target.pod.account || other.node === target.pod.node);
      return podIdentity(stage, pod, dice.pick(pod.containers));
    }
  }
}

function service({ dice, note }: Stage, pod: WorldPod): Record<string, string> {
  if (dice.chance(0.25)) return {};
  note('span_service_namespace');
  return { 'service.name': pod.service, ...(dice.chance(0.3) ? {} : { 'service.namespace': pod.namespace }) };
}

/** All that the instrumentation knows is which service it is. */
function serviceIdentity(stage: Stage, pod: WorldPod): Record<string, string> {
  stage.note('span_service_only');
  return { 'service.name': pod.service, 'service.namespace': pod.namespace, ...cluster(stage, pod) };
}

function cluster({ dice, note }: Stage, pod: WorldPod): Record<string, string> {
  if (dice.chance(0.55)) return { 'k8s.cluster.name': pod.cluster };
  note('span_without_cluster');
  return {};
}

/** The identity of a container as complete as chance has it. */
function podIdentity(stage: Stage, pod: WorldPod, container: WorldContainer): Record<string, string> {
  const { dice, note } = stage;
  const name = { 'k8s.namespace.name': pod.namespace, 'k8s.pod.name': pod.name };
  const identity: Record<string, string> = { ...cluster(stage, pod), ...service(stage, pod) };
  const form = dice.weighted([6, 3, 2, 2, 1]);
  if (form === 0) Object.assign(identity, name, { 'k8s.pod.uid': pod.uid });
  if (form === 1) Object.assign(identity, name);
  if (form === 2) identity['k8s.pod.uid'] = pod.uid;
  if (form === 4) identity['k8s.pod.name'] = pod.name;
  if (form === 3 || dice.chance(0.45)) {
    identity['container.id'] = spellContainer(dice, container.id, note);
  }
  if (dice.chance(0.5)) identity['k8s.container.name'] = container.name;
  if (dice.chance(0.6)) identity['k8s.node.name'] = pod.node;
  if (dice.chance(0.15)) identity['host.name'] = pod.name;
  if (dice.chance(0.8)) {
    identity[`k8s.${pod.workload.kind}.name`] = pod.workload.name;
    identity['k8s.namespace.name'] = pod.namespace;
    if (pod.workload.kind === 'cronjob' && dice.chance(0.7))
      identity['k8s.job.name'] = `${pod.workload.name}-1`;
  }
  note(
    ['span_full', 'span_name_only', 'span_uid_only', 'span_container_only', 'span_no_namespace'][form] ?? '',
  );
  return identity;
}

/** More of the same: another span of the event and payment, sometimes with equal times, so that only ids differ. */
function companions(stage: Stage, span: DraftSpan): DraftSpan[] {
  const { dice, note } = stage;
  const equal = dice.chance(0.5);
  note(equal ? 'equal_spans' : 'several_spans');
  const shift = equal ? 0 : dice.int(-SECOND, SECOND);
  const traceId = dice.chance(0.5) ? span.traceId : dice.pick(stage.traces);
  return [{ ...draftSpan(stage, traceId, span.start + shift, span.end + shift), resource: span.resource }];
}

/** Who the pod was a day before or after: on the bound of the late horizon, or within it. */
function sighting(stage: Stage, target: Target): DraftSpan {
  const { dice, note, pods } = stage;
  const pod = dice.pick([target.pod, ...pods.filter((other) => other.name === target.pod.name)]);
  const bound = dice.chance(0.7);
  if (bound) note('late_horizon_bound');
  const distance = bound ? DAY + dice.pick([-1, 0, 1]) : dice.int(0, 2 * DAY);
  const start = target.start + dice.pick([-1, 1]) * distance;
  const span = draftSpan(stage, dice.pick(stage.traces), start, start + 1000);
  span.resource = {
    'k8s.namespace.name': pod.namespace,
    'k8s.pod.name': pod.name,
    'k8s.pod.uid': pod.uid,
    ...cluster(stage, pod),
  };
  return span;
}

/** A draft as OTLP/JSON has it. */
export function writeSpan(stage: Stage, draft: DraftSpan): SpanItem {
  const { dice } = stage;
  const resource = Object.entries(draft.resource).map(([key, value]) => attribute(key, value));
  const span: Plain = {
    traceId: draft.traceId,
    spanId: draft.spanId,
    name: 'POST /pay',
    kind: 2,
    startTimeUnixNano: spellNanos(dice, draft.start),
    endTimeUnixNano: `${draft.end}999`,
    attributes: [attribute('http.request.method', 'POST'), ...draft.attributes],
  };
  if (draft.eventAttributes.length > 0) {
    span['events'] = [
      { timeUnixNano: `${draft.end}000`, name: 'charged', attributes: draft.eventAttributes },
    ];
  }
  if (draft.linkAttributes.length > 0) {
    span['links'] = [{ traceId: dice.hex(32), spanId: dice.hex(16), attributes: draft.linkAttributes }];
  }
  return { resource: [...resource, ...draft.resourceAttributes], scope: draft.scope, span };
}

/** An OTLP attribute with a text value. */
export function attribute(key: string, value: string): Plain {
  return { key, value: { stringValue: value } };
}
