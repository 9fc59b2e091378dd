/**
 * OTLP logs are an envelope: the Collector tails the log of a sensor, or receives what an application says, and each log record
 * carries a line. Its body is looked at as a record; the resource says which pod wrote it down, and its trace is the record's.
 *
 * What stands in `log.record.original` is the line as it was, and goes before a body that somebody has parsed. A stream of logs is mostly
 * no business of ours: what is no record is counted, and not refused.
 *
 * Spellings are those of traces (otlp-json.ts): camelCase or snake_case, ids in hex or base64, 64-bit integers as text or
 * number, older names of scopes, a bare ResourceLogs.
 *
 * Cost: a look at each attribute of resources and log records.
 * Worked example: `{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"falco-1"}}]},
 * "scopeLogs":[{"logRecords":[{"body":{"stringValue":"{…}"}}]}]}]}` -> the text `{…}`, written down by falco-1.
 * Source: opentelemetry-proto 1.x, logs.proto and common.proto; the semantic conventions of resources and of logs; reference/formats 3.10.
 */
import { NO_IDENTITY, parseContainerId, type StatedIdentity } from '../model/identity.ts';
import type { Json } from '../model/ids.ts';
import { parseTraceId } from '../model/trace-id.ts';
import { isObject, listIn, objectIn, textIn, type Fields } from './fields.ts';

/** What one log record carries, and what is said beside it. */
export interface LogRecord {
  value: unknown;
  emitter: StatedIdentity | null;
  cluster: string | null;
  traceId: string | null;
}

/** Lists within lists, in what somebody has parsed. */
const MAX_DEPTH = 64;
const ORIGINAL = 'log.record.original';
/** 16 bytes in base64, of either alphabet, with or without padding. */
const BASE64_16 = /^[A-Za-z0-9+/_-]{22}(?:==)?$/;

/** The log records of an export, or of a part of one; null: it is none. */
export function logRecordsOf(value: Fields): LogRecord[] | null {
  const bare = scopesOf(value) === undefined ? undefined : [value as Json];
  const resources = value['resourceLogs'] ?? value['resource_logs'] ?? bare;
  if (!Array.isArray(resources)) return null;
  return resources.flatMap((each) => {
    const resource = objectIn(each);
    const attributes = textsOf(objectIn(resource['resource'])['attributes']);
    return listIn(scopesOf(resource)).flatMap((scope) =>
      recordsOf(objectIn(scope)).map((record) => logRecord(objectIn(record), attributes)),
    );
  });
}

function scopesOf(resource: Fields): Json | undefined {
  return (
    resource['scopeLogs'] ??
    resource['scope_logs'] ??
    resource['instrumentationLibraryLogs'] ??
    resource['instrumentation_library_logs']
  );
}

function recordsOf(scope: Fields): readonly Json[] {
  return listIn(scope['logRecords'] ?? scope['log_records'] ?? scope['logs']);
}

function logRecord(record: Fields, resource: ReadonlyMap<string, string>): LogRecord {
  const own = textsOf(record['attributes']);
  const said = (name: string): string | null => resource.get(name) ?? own.get(name) ?? null;
  return {
    value: own.get(ORIGINAL) ?? anyValue(record['body'], MAX_DEPTH),
    emitter: emitterOf(said),
    cluster: said('k8s.cluster.name'),
    traceId: traceIdOf(record['traceId'] ?? record['trace_id']),
  };
}

/** Null: nobody says who wrote it. */
function emitterOf(said: (name: string) => string | null): StatedIdentity | null {
  const emitter = {
    ...NO_IDENTITY,
    namespace: said('k8s.namespace.name'),
    podName: said('k8s.pod.name'),
    podUid: said('k8s.pod.uid'),
    containerId: parseContainerId(said('container.id')),
    containerName: said('k8s.container.name'),
    node: said('k8s.node.name'),
  };
  return Object.values(emitter).every((part) => part === null) ? null : emitter;
}

/** Attributes that are text; of a name that comes twice the last. */
function textsOf(attributes: Json | undefined): Map<string, string> {
  const texts = new Map<string, string>();
  for (const attribute of listIn(attributes)) {
    const { key, value } = objectIn(attribute);
    const text = textIn(objectIn(value)['stringValue'] ?? objectIn(value)['string_value']);
    if (typeof key === 'string' && text !== null) texts.set(key, text);
  }
  return texts;
}

function traceIdOf(value: unknown): string | null {
  const id = parseTraceId(value);
  if (id !== null || typeof value !== 'string' || !BASE64_16.test(value)) return id;
  return parseTraceId(Buffer.from(value, 'base64').toString('hex'));
}

/** What an AnyValue holds; null where that is nothing. */
function anyValue(any: Json | undefined, levels: number): Json {
  if (!isObject(any) || levels === 0) return null;
  for (const [name, read] of Object.entries(READERS)) {
    const value = any[name];
    if (value !== undefined && value !== null) return read(value, levels - 1);
  }
  return null;
}

type Read = (value: Json, levels: number) => Json;

const same: Read = (value) => value;
const list: Read = (value, levels) => listIn(objectIn(value)['values']).map((each) => anyValue(each, levels));
const map: Read = (value, levels) =>
  Object.fromEntries(
    listIn(objectIn(value)['values']).flatMap((each) => {
      const { key, value: any } = objectIn(each);
      return typeof key === 'string' ? [[key, anyValue(any, levels)]] : [];
    }),
  );
/** A whole number as text is one, unless it would be rounded. */
const whole: Read = (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
const bytes: Read = (value) =>
  typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : null;

const READERS: Readonly<Record<string, Read>> = {
  stringValue: same,
  string_value: same,
  kvlistValue: map,
  kvlist_value: map,
  arrayValue: list,
  array_value: list,
  bytesValue: bytes,
  bytes_value: bytes,
  intValue: whole,
  int_value: whole,
  doubleValue: same,
  double_value: same,
  boolValue: same,
  bool_value: same,
};
