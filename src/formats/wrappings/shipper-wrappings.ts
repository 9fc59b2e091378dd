/** What shippers, connectors and stores put around records. Source: reference/formats 3.12, and their own documentation of each. */
import { NO_IDENTITY, parseContainerId, type StatedIdentity } from '../../model/identity.ts';
import type { Json } from '../../model/json.ts';
import { parseTraceparent } from '../../model/trace-id.ts';
import { isObject, objectIn, textIn, type Fields } from '../fields.ts';
import { logRecordsOf } from '../otlp/otlp-logs.ts';
import type { Step } from './wrapping.ts';

/** In this order; null: it is none of theirs. */
export const SHIPPER_WRAPPINGS: readonly ((value: Fields) => Step | null)[] = [
  cloudEvent,
  connect,
  otlpLogs,
  kubernetesList,
  elasticHits,
  elasticHit,
  elasticAudit,
  shipped,
];

function cloudEvent(value: Fields): Step | null {
  if (!('specversion' in value && 'type' in value)) return null;
  const said = { traceId: parseTraceparent(value['traceparent']) };
  const packed = textIn(value['data_base64']);
  if (packed !== null) return { values: [Buffer.from(packed, 'base64').toString('utf8')], said };
  return value['data'] === undefined ? null : { values: [value['data']], said };
}

/** Kafka Connect with a schema, or a change of a row without one. */
function connect(value: Fields): Step | null {
  const { payload } = value;
  if (isObject(value['source']) && 'ts_ms' in value) return changeOfRow(value);
  if (payload === undefined || !('schema' in value) || Object.keys(value).length > 2) return null;
  if (payload === null) return { ignored: 'tombstone' };
  return changeOfRow(objectIn(payload)) ?? { values: [payload] };
}

/** What it is now stands in `after`. */
function changeOfRow(row: Fields): Step | null {
  if (!('op' in row && 'after' in row)) return null;
  return row['after'] === null ? { ignored: 'deletion' } : { values: [row['after']] };
}

const OTHER_SIGNAL = {
  reason: 'wrong_shape',
  text: 'The record is an OTLP export of spans or metrics, and this input takes logs. Spans go to --spans, inputs.spans or /v1/traces.',
} as const;
const OTHER_SIGNALS: readonly string[] = [
  'resourceSpans',
  'resource_spans',
  'resourceMetrics',
  'resource_metrics',
];

function otlpLogs(value: Fields): Step | null {
  const logs = logRecordsOf(value);
  if (logs !== null) return { logs };
  return OTHER_SIGNALS.some((name) => Array.isArray(value[name])) ? { refused: OTHER_SIGNAL } : null;
}

/** Of the names that each object of a list is given. */
const MAX_HEAD = 256;

/** What kubectl prints of several objects; one asked of the server itself has a kind of its own, which its items leave out. */
function kubernetesList(value: Fields): Step | null {
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !Array.isArray(items)) return null;
  if (!kind.endsWith('List') || apiVersion.length + kind.length > MAX_HEAD) return null;
  if (kind === 'List') return { values: items };
  const head = { apiVersion, kind: kind.slice(0, -'List'.length) };
  return { values: items.map((item) => ({ ...head, ...objectIn(item) })) };
}

/** What a search of Elasticsearch or OpenSearch found. */
function elasticHits(value: Fields): Step | null {
  const hits = objectIn(value['hits'])['hits'];
  return Array.isArray(hits) ? { values: hits } : null;
}

function elasticHit(value: Fields): Step | null {
  return '_index' in value && '_source' in value ? { values: [value['_source']] } : null;
}

/** What Elastic's integration makes of an audit event. */
function elasticAudit(value: Fields): Step | null {
  const { audit } = objectIn(value['kubernetes']);
  return isObject(audit) && 'auditID' in audit ? { values: [audit] } : null;
}

const SHIPPER_MARKS: readonly string[] = [
  '@timestamp',
  '@version',
  '@metadata',
  'kubernetes',
  'source_type',
  'stream',
  'timestamp',
  'date',
  'time',
  'podName',
  '__REALTIME_TIMESTAMP',
  'syslogtag',
  'PROGRAM',
];

/** Fluent Bit, Filebeat, Elastic Agent, Vector, Logstash, the journal of systemd, stern, rsyslog, syslog-ng, OpenShift: a line with what the shipper knows of it. */
function shipped(value: Fields): Step | null {
  if (!SHIPPER_MARKS.some((mark) => mark in value)) return null;
  const original = objectIn(value['event'])['original'] ?? value['event.original'];
  const { log, message, MESSAGE: entry, structured } = value;
  // rsyslog's own JSON calls it `msg`; so do other records.
  const msg = 'syslogtag' in value ? textIn(value['msg'])?.trim() : undefined;
  // A parsed record comes last: Elastic's own `log` says where the message beside it came from.
  const isText = typeof log === 'string';
  const lines = [isText ? log : undefined, message, unpackedBytes(entry), original, structured, msg, log];
  const line = lines.find((each) => isContent(each));
  return line === undefined ? null : { values: [line], said: { emitter: emitterOf(value) } };
}

/** The journal writes a message that is no text as its bytes. */
function unpackedBytes(entry: Json | undefined): Json | undefined {
  const isBytes = Array.isArray(entry) && entry.length > 0 && entry.every((byte) => typeof byte === 'number');
  return isBytes ? Buffer.from(entry).toString('utf8') : entry;
}

function isContent(value: Json | undefined): boolean {
  if (typeof value === 'string') return textIn(value) !== null;
  if (!isObject(value)) return Array.isArray(value);
  return !Object.keys(value).every((key) => ELASTIC_LOG.has(key));
}

/** What Elastic's own `log` holds. */
const ELASTIC_LOG: ReadonlySet<string> = new Set([
  'file',
  'flags',
  'level',
  'logger',
  'offset',
  'origin',
  'source',
  'syslog',
]);

function emitterOfStern(value: Fields): StatedIdentity | null {
  const podName = textIn(value['podName']);
  if (podName === null) return null;
  const [namespace, containerName, node] = [value['namespace'], value['containerName'], value['nodeName']];
  return {
    ...NO_IDENTITY,
    podName,
    namespace: textIn(namespace),
    containerName: textIn(containerName),
    node: textIn(node),
  };
}

/** As each shipper names it. */
function emitterOf(value: Fields): StatedIdentity | null {
  const kubernetes = objectIn(value['kubernetes']);
  if (Object.keys(kubernetes).length === 0) return emitterOfStern(value);
  const [pod, container] = [objectIn(kubernetes['pod']), objectIn(value['container'])];
  const first = (...names: (Json | undefined)[]): string | null =>
    names.map((name) => textIn(name)).find((text) => text !== null) ?? null;
  const containerId = [kubernetes['docker_id'], kubernetes['container_id'], container['id']]
    .map((id) => parseContainerId(id))
    .find((id) => id !== null);
  return {
    ...NO_IDENTITY,
    namespace: first(kubernetes['namespace_name'], kubernetes['pod_namespace'], kubernetes['namespace']),
    podName: first(kubernetes['pod_name'], pod['name']),
    podUid: first(kubernetes['pod_id'], kubernetes['pod_uid'], pod['uid']),
    containerId: containerId ?? null,
    containerName: first(kubernetes['container_name'], objectIn(kubernetes['container'])['name']),
    node: first(kubernetes['host'], kubernetes['pod_node_name'], objectIn(kubernetes['node'])['name']),
  };
}
