/**
 * Spans as the Collector of each node exports them: one OTLP/JSON request a line, with the spans that ended on the
 * node's pods in twenty seconds, under the resource attributes of the pod.
 */
import type { TimedRecord } from './audit.ts';
import { CLUSTER, NAMESPACE, type Pod } from './company.ts';
import { at, nanosText } from './time.ts';
import type { StorySpan } from './traces.ts';

const BATCH_MS = 20_000;

/**
 * The Collector on this node was restarted and for forty seconds had no metadata: what it passed on then has only what
 * the workload says of itself, its host name, which anybody in the container can forge.
 */
const BLIND = { node: 'prod-eu-worker-3', from: at('06:00'), to: at('06:40') };

/** The client of this service writes ids in base64, as some JSON exporters do. */
const BASE64_SERVICE = 'payout';

interface KeyValue {
  key: string;
  value: { stringValue: string };
}

/** Lines of spans.ndjson, each with the time at which it was exported. */
export function exportRequests(spans: readonly StorySpan[]): TimedRecord[] {
  const batches = new Map<string, StorySpan[]>();
  for (const span of spans) {
    const key = `${span.pod.node} ${String(Math.floor(span.endMs / BATCH_MS)).padStart(4, '0')}`;
    batches.set(key, [...(batches.get(key) ?? []), span]);
  }
  return [...batches]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, batch]) => {
      const window = Number(key.split(' ')[1]);
      return {
        ms: (window + 1) * BATCH_MS,
        record: { resourceSpans: resourceSpans(batch, window * BATCH_MS) },
      };
    });
}

function resourceSpans(batch: readonly StorySpan[], windowStart: number): unknown[] {
  const byPod = new Map<Pod, StorySpan[]>();
  for (const span of batch) byPod.set(span.pod, [...(byPod.get(span.pod) ?? []), span]);
  return [...byPod].map(([pod, spans]) => {
    const blind = pod.node === BLIND.node && windowStart >= BLIND.from && windowStart < BLIND.to;
    return {
      resource: { attributes: keyValues(blind ? selfReported(pod) : enriched(pod)) },
      scopeSpans: [
        {
          scope: { name: `io.example.${pod.service}` },
          spans: spans.toSorted((a, b) => a.endMs - b.endMs).map((span) => otlpSpan(span)),
        },
      ],
    };
  });
}

function selfReported(pod: Pod): Record<string, string> {
  return { 'service.name': pod.service, 'service.namespace': NAMESPACE, 'host.name': pod.name };
}

function enriched(pod: Pod): Record<string, string> {
  return {
    ...selfReported(pod),
    'k8s.cluster.name': CLUSTER,
    'k8s.namespace.name': NAMESPACE,
    'k8s.deployment.name': pod.service,
    'k8s.pod.name': pod.name,
    'k8s.pod.uid': pod.uid,
    'k8s.container.name': pod.service,
    'k8s.node.name': pod.node,
    'container.id': pod.containerId,
  };
}

function otlpSpan(span: StorySpan): unknown {
  const id = span.pod.service === BASE64_SERVICE ? base64 : (hex: string): string => hex;
  return {
    traceId: id(span.traceId),
    spanId: id(span.spanId),
    ...(span.parentSpanId === '' ? {} : { parentSpanId: id(span.parentSpanId) }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: nanosText(span.startMs),
    endTimeUnixNano: nanosText(span.endMs),
    ...attributesOf(span.attributes),
    ...(span.events.length === 0
      ? {}
      : {
          events: span.events.map((event) => ({
            timeUnixNano: nanosText(event.ms),
            name: event.name,
            ...attributesOf(event.attributes),
          })),
        }),
  };
}

function attributesOf(attributes: Record<string, string>): { attributes?: KeyValue[] } {
  return Object.keys(attributes).length === 0 ? {} : { attributes: keyValues(attributes) };
}

function keyValues(attributes: Record<string, string>): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }));
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
