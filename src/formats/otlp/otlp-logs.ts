/**
 * OTLP logs are an envelope: the Collector tails the log of a sensor, or receives what an application says, and each log record
 * carries a line. Its body is looked at as a record; the resource says which pod wrote it down, and its trace is the record's.
 *
 * Where the record is, each receiver decides: in `log.record.original`, which is the line as it was before somebody parsed it; in the
 * body; or, of events and of parsers that take a line apart, in the attributes. These are looked at in this order, and the first that
 * is a record counts. A stream of logs is mostly no business of ours: what is no record is counted, and not refused.
 *
 * A line of text that states the time of day only (Falco's, by default) is given the time of its log record, where the container
 * runtime writes it: receivers take that prefix off and keep its time.
 *
 * Spellings are those of traces (otlp-json.ts): camelCase or snake_case, ids in hex or base64, 64-bit integers as text or
 * number, older names of scopes, a bare ResourceLogs.
 *
 * Cost: a look at each attribute of resources and log records; attributes are made an object only where nothing else is a record.
 * Worked example: `{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"falco-1"}}]},
 * "scopeLogs":[{"logRecords":[{"body":{"stringValue":"{…}"}}]}]}]}` -> the text `{…}`, written down by falco-1.
 * Source: opentelemetry-proto 1.x, logs.proto and common.proto; the semantic conventions of resources and of logs; reference/formats 3.10.
 */
import { NO_IDENTITY, parseContainerId, type StatedIdentity } from '../../model/identity.ts';
import type { Json } from '../../model/json.ts';
import { formatInstant } from '../../model/instant.ts';
import { parseRuntimeLine } from '../../model/runtime-line.ts';
import { isObject, listIn, objectIn, textIn, type Fields } from '../fields.ts';
import { otlpTime, otlpTraceId } from './otlp-json-values.ts';
import { CLUSTER, CONTAINER, NAMESPACE, POD } from './otlp-identity.ts';

/** What one log record carries, and what is said beside it. */
export interface LogRecord {
  /** What may be the record, likeliest first; made as it is asked for. */
  values: Iterable<unknown>;
  emitter: StatedIdentity | null;
  cluster: string | null;
  traceId: string | null;
}

/** Lists within lists, in what somebody has parsed. */
const MAX_DEPTH = 64;
const ORIGINAL = 'log.record.original';

/** The log records of an export; undefined: a part of it that is none. */
export type LogRecords = readonly (LogRecord | undefined)[];

/** The log records of an export, or of a part of one; null: it is none. */
export function logRecordsOf(value: Fields): LogRecords | null {
  const bare = scopesOf(value) === undefined ? undefined : [value as Json];
  const resources = value['resourceLogs'] ?? value['resource_logs'] ?? bare;
  if (!Array.isArray(resources)) return null;
  return eachOf(resources, (resource) => {
    const attributes = textsOf(objectIn(resource['resource'])['attributes']);
    return eachOf(scopesOf(resource), (scope) =>
      eachOf(recordsOf(scope), (record) => [logRecord(record, attributes)]),
    );
  });
}

/** What the objects of a list give; where there is something else, one that is none. Nothing at all is an empty list. */
function eachOf(list: unknown, give: (each: Fields) => LogRecords): LogRecords {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return [undefined];
  return list.flatMap((each) => (isObject(each) ? give(each) : [undefined]));
}

function scopesOf(resource: Fields): Json | undefined {
  return (
    resource['scopeLogs'] ??
    resource['scope_logs'] ??
    resource['instrumentationLibraryLogs'] ??
    resource['instrumentation_library_logs']
  );
}

function recordsOf(scope: Fields): Json | undefined {
  return scope['logRecords'] ?? scope['log_records'] ?? scope['logs'];
}

function logRecord(record: Fields, resource: ReadonlyMap<string, string>): LogRecord {
  const own = textsOf(record['attributes']);
  const said: Said = (...names) => firstOf(names, resource) ?? firstOf(names.filter(isConvention), own);
  return {
    values: { [Symbol.iterator]: () => valuesOf(record, own) },
    emitter: emitterOf(said),
    cluster: said(...CLUSTER),
    traceId: otlpTraceId(record['traceId'] ?? record['trace_id']),
  };
}

function* valuesOf(record: Fields, own: ReadonlyMap<string, string>): Generator<unknown, void> {
  const original = own.get(ORIGINAL);
  if (original !== undefined) yield dated(original, record);
  yield dated(anyValue(record['body'], MAX_DEPTH), record);
  const attributes = listIn(record['attributes']).filter(isOfRecord);
  if (attributes.length > 1) yield membersOf(attributes, MAX_DEPTH - 1);
}

/** Where a line was read is said of every line; there is no record in that. */
function isOfRecord(attribute: Json): boolean {
  const { key } = objectIn(attribute);
  return typeof key !== 'string' || !key.startsWith('log.');
}

/** A line of Falco: by its time of day, or by what syslog says. Others have a day, and are many. */
const UNDATED = /^(?:\d\d:\d\d:\d\d|[^{[\n]{0,400}\bfalco\b)/i;

function dated(value: unknown, record: Fields): unknown {
  if (typeof value !== 'string' || !UNDATED.test(value) || parseRuntimeLine(value) !== null) return value;
  const time =
    otlpTime(record['timeUnixNano'] ?? record['time_unix_nano']) ??
    otlpTime(record['observedTimeUnixNano'] ?? record['observed_time_unix_nano']);
  return time === null || time === undefined ? value : `${formatInstant(time)} stdout F ${value}`;
}

/** The first of these attributes that says something. */
type Said = (...names: readonly string[]) => string | null;

function firstOf(names: readonly string[], texts: ReadonlyMap<string, string>): string | null {
  return names.map((name) => texts.get(name)).find((text) => text !== undefined) ?? null;
}

/** The short names of older set-ups are those of resources: a log record may say `cluster` of anything. */
const isConvention = (name: string): boolean => name.includes('.');

/** Null: nobody says who wrote it. */
function emitterOf(said: Said): StatedIdentity | null {
  const emitter = {
    ...NO_IDENTITY,
    namespace: said(...NAMESPACE),
    podName: said(...POD),
    podUid: said('k8s.pod.uid'),
    containerId: parseContainerId(said('container.id')),
    containerName: said(...CONTAINER),
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

/** An object of keys and values; an empty key may be left out, as any empty text. */
function membersOf(members: readonly Json[], levels: number): Json {
  return Object.fromEntries(
    members.flatMap((each) => {
      const { key = '', value } = objectIn(each);
      return isObject(each) && typeof key === 'string' ? [[key, anyValue(value, levels)]] : [];
    }),
  );
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
const map: Read = (value, levels) => membersOf(listIn(objectIn(value)['values']), levels);
/** A whole number as text is one, unless it would be rounded. */
const whole: Read = (value) =>
  typeof value === 'string' && WHOLE.test(value) && Number.isSafeInteger(Number(value))
    ? Number(value)
    : value;
const WHOLE = /^-?\d+$/;
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
