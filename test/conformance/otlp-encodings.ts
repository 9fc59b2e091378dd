/** Encoders of OTLP test traces: the official protobuf schema, and every spelling of JSON that exporters use. */
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { Traces } from './otlp-spans.ts';

const PROTO = fileURLToPath(new URL('../fixtures/otlp-proto/', import.meta.url));

/** The official schema, as the OpenTelemetry project publishes it. */
export function officialSchema(file = 'opentelemetry/proto/trace/v1/trace.proto'): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_, target) => `${PROTO}${target}`;
  return root.loadSync(file);
}

const TRACES_DATA = officialSchema().lookupType('opentelemetry.proto.trace.v1.TracesData');

/** Protobuf, as the Collector writes it. */
export function encodeProtobuf(traces: Traces): Uint8Array {
  const withBytes = mapIds(traces, (hex) => Buffer.from(hex, 'hex'));
  return TRACES_DATA.encode(TRACES_DATA.fromObject(withBytes as Record<string, unknown>)).finish();
}

const LOGS_DATA = officialSchema('opentelemetry/proto/logs/v1/logs.proto').lookupType(
  'opentelemetry.proto.logs.v1.LogsData',
);

/** Logs in protobuf. */
export function encodeLogs(logs: unknown): Uint8Array {
  const withBytes = mapIds(logs, (hex) => Buffer.from(hex, 'hex'));
  return LOGS_DATA.encode(LOGS_DATA.fromObject(withBytes as Record<string, unknown>)).finish();
}

/** Logs in protobuf as the reference reads them, as JSON with bytes in base64; null where it does not. */
export function logsByProtobufjs(payload: Uint8Array): unknown {
  try {
    return LOGS_DATA.toObject(LOGS_DATA.decode(payload), { longs: String, bytes: String, arrays: true });
  } catch {
    return null;
  }
}

export type JsonSpelling = (traces: Traces) => unknown;

export const JSON_SPELLINGS: Record<string, JsonSpelling> = {
  'as specified': (traces) => traces,
  'upper-case hex': (traces) => mapIds(traces, (hex) => hex.toUpperCase()),
  base64: (traces) => mapIds(traces, base64),
  'base64 without padding': (traces) => mapIds(traces, (hex) => base64(hex).replaceAll('=', '')),
  snake_case: (traces) => snakeCased(traces),
  'older names': (traces) => renameKeys(traces, (key) => OLDER[key] ?? key),
};

/** Every key in snake_case. */
export function snakeCased(value: unknown): unknown {
  return renameKeys(value, (key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

const OLDER: Record<string, string> = {
  resourceSpans: 'batches',
  scopeSpans: 'instrumentationLibrarySpans',
  scope: 'instrumentationLibrary',
};

function base64(hex: string): string {
  // What is no hex cannot be written as bytes; it stays what it is.
  return /^(?:[0-9a-f]{2})+$/.test(hex) ? Buffer.from(hex, 'hex').toString('base64') : hex;
}

function mapIds(value: unknown, change: (hex: string) => unknown): unknown {
  return mapObjects(value, (key, member) =>
    (key === 'traceId' || key === 'spanId') && typeof member === 'string'
      ? [key, change(member)]
      : [key, undefined],
  );
}

function renameKeys(value: unknown, rename: (key: string) => string): unknown {
  return mapObjects(value, (key) => [rename(key), undefined]);
}

/** Rebuilds objects member by member; an undefined replacement keeps (and descends into) the member. */
function mapObjects(value: unknown, change: (key: string, member: unknown) => [string, unknown]): unknown {
  if (Array.isArray(value)) return value.map((each) => mapObjects(each, change));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const out: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const [name, replacement] = change(key, member);
    out[name] = replacement ?? mapObjects(member, change);
  }
  return out;
}
