/**
 * What lies around a record when it comes: shippers, clouds and connectors wrap what they carry, often several times over, and as text.
 *
 * What: opens wrapping after wrapping until something is of a format, in at most MAX_STEPS steps. Why here and not in each format: every format
 * comes in every wrapping, and what a wrapping says of itself must never be taken for what the record says. So the pod that
 * an envelope names is the *emitter's* (the Falco, Tetragon or Vault pod), kept apart, and never the affected one; only a format whose
 * emitter is the workload itself, such as an access log, looks at it.
 *
 * Traps: text that ends in the middle (`P` of the container runtime's log, cut by the shipper) is refused as truncated; control messages of a
 * log service are counted, not refused, as are lines of a log that are no records; a record that a shipper merged into its own keys is no envelope, since the format knows it as it is.
 *
 * Cost: a look at a few keys; JSON text inside is measured for its depth, and parsed once. Worked example: a CloudWatch subscription of a Fluent Bit record with a line
 * of the container runtime with an audit event is opened in four steps, and gives the event and the emitter's pod.
 * Source: reference/formats 3.1 (clouds), 3.12.
 */
import { gunzipSync } from 'node:zlib';
import { NO_IDENTITY, parseContainerId, type StatedIdentity } from '../model/identity.ts';
import type { Json } from '../model/ids.ts';
import type { Refusal } from '../model/refusal.ts';
import { parseRuntimeLine } from '../model/runtime-line.ts';
import { parseTraceparent } from '../model/trace-id.ts';
import { merged, type Decoded } from './decoded.ts';
import { isObject, listIn, objectIn, textIn, type Fields } from './fields.ts';
import { auditEventOfGoogle, isGoogleEntry } from './google-audit.ts';
import { brokenJson, isLikeJson, parseJsonText } from './json-text.ts';
import { parseKubectlPrefix } from './kubectl-prefix.ts';
import { logRecordsOf } from './otlp-logs.ts';
import { parseSyslog } from './syslog.ts';
import { nestsDeeper } from './text-depth.ts';

/** What the wrappings said of what they hold. */
export interface Said {
  /** The pod that wrote the record down; null where nobody says. */
  emitter: StatedIdentity | null;
  cluster: string | null;
  traceId: string | null;
}

interface Wrapped extends Said {
  /** Text that is no JSON, or a parsed value. */
  value: unknown;
  /** One of a stream that holds all sorts of things: no record is no fault. */
  isLog: boolean;
}

/** What was inside, with what the wrappings said. */
export interface Unwrapped<F> extends Wrapped {
  /** What it is a record of; undefined: of nothing that is known. */
  format: F | undefined;
}

export interface Opened<F> {
  inside: Unwrapped<F>[];
  ignored: Record<string, number>;
  refused: Pick<Refusal, 'reason' | 'text'>[];
}

/** Four wrappings, each of which may be packed text in text. */
const MAX_STEPS = 10;
/** Records in one envelope; the log service of AWS sends at most 10,000. */
const MAX_INSIDE = 50_000;
/** Of all compressed messages in one record: the log service of AWS sends at most 1 MiB, which unpacks to several. */
const MAX_UNPACKED_BYTES = 32 * 2 ** 20;
/** Of one compressed message, as of the batches of Kafka; below the floor whatever it is. */
const MAX_RATIO = 250;
const RATIO_FLOOR_BYTES = 2 ** 20;
const NOTHING_SAID = { emitter: null, cluster: null, traceId: null, isLog: false };

type Part = Partial<Wrapped> & { value: unknown };

/** One step: what is inside, or what it is that is no record. */
type Step =
  | { values: readonly unknown[]; said?: Partial<Said> }
  | { parts: readonly Part[] }
  | { ignored: string }
  | { refused: Pick<Refusal, 'reason' | 'text'> };

/** What is asked of records inside, as of those that came without wrapping. */
export interface Inner {
  /** Levels that JSON text may be nested. */
  depth: number;
  /** How JSON text is read. @throws SyntaxError */
  parse: (text: string) => unknown;
}

/** @param formatOf what a value is a record of: then nothing is opened any further */
export function unwrap<F>(
  value: unknown,
  formatOf: (value: unknown) => F | undefined,
  inner: Inner,
): Opened<F> {
  const opening = new Opening(formatOf, inner);
  opening.open({ ...NOTHING_SAID, value }, MAX_STEPS);
  return opening.opened;
}

/** How what is inside is read. */
export interface InsideReading<F, T> extends Inner {
  /** Undefined: it is a record of nothing that is known. */
  formatOf: (value: unknown) => F | undefined;
  decode: (value: unknown, format: F | undefined) => Decoded<T>;
  /** The item with what the wrappings said, where it says nothing itself. */
  told: (item: T, said: Said) => T;
}

/** Decodes each record that is inside, and puts what came of them together. */
export function decodeInside<F, T>(value: unknown, reading: InsideReading<F, T>): Decoded<T> {
  const { inside, ignored, refused } = unwrap(value, reading.formatOf, reading);
  const read = inside.map((each) => {
    const decoded = reading.decode(each.value, each.format);
    const isSilent = each.emitter === null && each.cluster === null && each.traceId === null;
    return isSilent ? decoded : { ...decoded, items: decoded.items.map((item) => reading.told(item, each)) };
  });
  const [only, ...others] = read;
  const isAlone = others.length === 0 && refused.length === 0 && Object.keys(ignored).length === 0;
  return only !== undefined && isAlone ? only : merged([{ items: [], ignored, refused }, ...read]);
}

class Opening<F> {
  readonly opened: Opened<F> = { inside: [], ignored: {}, refused: [] };
  readonly #formatOf: (value: unknown) => F | undefined;
  readonly #inner: Inner;
  #unpackedBytes = 0;

  constructor(formatOf: (value: unknown) => F | undefined, inner: Inner) {
    this.#formatOf = formatOf;
    this.#inner = inner;
  }

  open(wrapped: Wrapped, steps: number): void {
    const { inside, refused } = this.opened;
    if (inside.length + refused.length >= MAX_INSIDE) return this.#noteTooMany();
    const format = this.#formatOf(wrapped.value);
    const step = format !== undefined || steps === 0 ? null : this.#step(wrapped.value);
    if (step === null && wrapped.isLog && format === undefined) this.#ignore('no_record');
    else if (step === null) inside.push({ ...wrapped, format });
    else if ('ignored' in step) this.#ignore(step.ignored);
    else if ('refused' in step) {
      if (wrapped.isLog && step.refused.reason === 'not_json') this.#ignore('no_record');
      else refused.push(step.refused);
    } else
      for (const part of 'parts' in step ? step.parts : partsOf(step))
        // What lies further inside knows better.
        this.open({ ...wrapped, ...stated(part), value: part.value }, steps - 1);
  }

  #ignore(reason: string): void {
    const { ignored } = this.opened;
    ignored[reason] = (ignored[reason] ?? 0) + 1;
  }

  #step(value: unknown): Step | null {
    const isPacked = typeof value === 'string' && GZIP_IN_BASE64.test(value.trim());
    return isPacked ? this.#unpack(value) : stepInto(value, this.#inner);
  }

  #unpack(base64: string): Step {
    const packed = Buffer.from(base64, 'base64');
    const most = Math.max(RATIO_FLOOR_BYTES, MAX_RATIO * packed.length);
    try {
      const maxOutputLength = Math.max(1, Math.min(most, MAX_UNPACKED_BYTES - this.#unpackedBytes));
      const bytes = gunzipSync(packed, { maxOutputLength });
      this.#unpackedBytes += bytes.length;
      return { values: [bytes.toString('utf8')] };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      return { refused: code === 'ERR_BUFFER_TOO_LARGE' ? PACKED_TOO_LARGE : BAD_PACKING };
    }
  }

  /** Told once. */
  #noteTooMany(): void {
    const { refused } = this.opened;
    if (refused.at(-1)?.reason === 'too_many_items') return;
    refused.push({
      reason: 'too_many_items',
      text: `An envelope holds at most ${MAX_INSIDE} records; those beyond are not read. Split it.`,
    });
  }
}

/** Not `map`, which passes over what a list does not hold. */
function partsOf({ values, said }: { values: readonly unknown[]; said?: Partial<Said> }): Part[] {
  return Array.from(values, (value) => ({ ...said, value }));
}

function stated(said: Partial<Wrapped>): Partial<Wrapped> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

/** Null: it is no envelope that is known. */
function stepInto(value: unknown, inner: Inner): Step | null {
  if (typeof value === 'string') return stepIntoText(value, inner);
  // An empty list is no envelope: it would be taken without a word.
  if (Array.isArray(value)) return value.length > 0 ? { values: value } : null;
  if (!isObject(value)) return null;
  for (const kind of KINDS) {
    const step = kind(value);
    if (step !== null) return step;
  }
  return null;
}

// --- text

const GZIP_IN_BASE64 = /^H4sI[A-Za-z0-9+/]+=*$/;
const TRUNCATED = {
  reason: 'truncated',
  text: 'The record was cut by the container runtime; join partial lines where they are collected.',
} as const;
const BAD_PACKING = {
  reason: 'decompression',
  text: 'The gzip message inside is damaged, or breaks off; have it sent again.',
} as const;
const PACKED_TOO_LARGE = {
  reason: 'decompression',
  text: `The gzip message inside becomes more than ${MAX_RATIO} times larger, or all of one record more than ${MAX_UNPACKED_BYTES} bytes; send less in one record.`,
} as const;

function stepIntoText(text: string, inner: Inner): Step | null {
  const trimmed = text.trim();
  const line = parseRuntimeLine(trimmed);
  const inside = line ?? parseSyslog(trimmed) ?? parseKubectlPrefix(trimmed);
  if (inside !== null) return stepIntoLine(inside.content, line?.partial === true, inner);
  const step = stepIntoJson(trimmed, inner);
  if (step !== null) return step;
  const lines = trimmed.split('\n');
  if (lines.length < 2) return null;
  const values = lines.map((each) => parseJsonText(each, inner.parse));
  return values.includes(undefined) ? null : { values };
}

/** What the container runtime, syslog or kubectl put a prefix before. */
function stepIntoLine(content: string, isPartial: boolean, inner: Inner): Step {
  const step = stepIntoJson(content, inner);
  if (step !== null) return step;
  if (isPartial) return { refused: TRUNCATED };
  return isLikeJson(content) ? { refused: brokenJson(content) } : { values: [content] };
}

/** Null: it is no JSON. */
function stepIntoJson(text: string, { depth, parse }: Inner): Step | null {
  if (!/^[{[]/.test(text)) return null;
  if (nestsDeeper(text, depth)) return { refused: tooDeep(depth) };
  const value = parseJsonText(text, parse);
  return value === undefined ? null : { values: [value] };
}

function tooDeep(levels: number): Pick<Refusal, 'reason' | 'text'> {
  const text = `The record within the text is nested deeper than ${levels} levels; flatten it, or raise limits.depth.`;
  return { reason: 'too_deep', text };
}

// --- objects

const KINDS: readonly ((value: Fields) => Step | null)[] = [
  cloudWatch,
  azureRecords,
  azureRecord,
  googleEntry,
  cloudEvent,
  connect,
  otlpLogs,
  kubernetesList,
  shipped,
];

/** A subscription of the log service of AWS, from its function or its stream. */
function cloudWatch(value: Fields): Step | null {
  const data = textIn(objectIn(value['awslogs'])['data']);
  if (data !== null) return { values: [data] };
  if (!('messageType' in value && 'logGroup' in value)) return null;
  if (value['messageType'] === 'CONTROL_MESSAGE') return { ignored: 'control_message' };
  if (!Array.isArray(value['logEvents'])) return null;
  const cluster = /^\/aws\/eks\/([^/]+)\/cluster$/.exec(textIn(value['logGroup']) ?? '')?.[1] ?? null;
  return { values: listIn(value['logEvents']).map((event) => objectIn(event)['message']), said: { cluster } };
}

/** Diagnostics of Azure come in batches. */
function azureRecords(value: Fields): Step | null {
  const records = listIn(value['records']);
  if (records.length === 0 || !records.every((record) => 'category' in objectIn(record))) return null;
  return { values: records };
}

const AUDIT_CATEGORIES: readonly unknown[] = ['kube-audit', 'kube-audit-admin'];

function azureRecord(value: Fields): Step | null {
  if (!('category' in value && 'properties' in value)) return null;
  if (!AUDIT_CATEGORIES.includes(value['category'])) return { ignored: 'other_category' };
  const cluster = textIn(value['resourceId'])?.split('/').at(-1)?.toLowerCase() ?? null;
  return { values: [objectIn(value['properties'])['log']], said: { cluster } };
}

/** Google writes requests down in a form of its own, beside those of all its other services. */
function googleEntry(value: Fields): Step | null {
  if (!isGoogleEntry(value)) return null;
  const event = auditEventOfGoogle(value);
  if (event === null) return { ignored: 'other_service' };
  const cluster = textIn(objectIn(objectIn(value['resource'])['labels'])['cluster_name']);
  return { values: [event], said: { cluster } };
}

function cloudEvent(value: Fields): Step | null {
  if (!('specversion' in value && 'type' in value)) return null;
  const said = { traceId: parseTraceparent(value['traceparent']) };
  const packed = textIn(value['data_base64']);
  if (packed !== null) return { values: [Buffer.from(packed, 'base64').toString('utf8')], said };
  return value['data'] === undefined ? null : { values: [value['data']], said };
}

/** Kafka Connect with a schema; a change of a row has what it is now in `after`. */
function connect(value: Fields): Step | null {
  const { payload } = value;
  if (payload === undefined || !('schema' in value) || Object.keys(value).length > 2) return null;
  if (payload === null) return { ignored: 'tombstone' };
  const row = objectIn(payload);
  if (!('op' in row && 'after' in row)) return { values: [payload] };
  return row['after'] === null ? { ignored: 'deletion' } : { values: [row['after']] };
}

function otlpLogs(value: Fields): Step | null {
  const parts = logRecordsOf(value);
  return parts === null ? null : { parts: parts.map((part) => ({ ...part, isLog: true })) };
}

/** What kubectl prints of several objects; one asked of the server itself has a kind of its own, which its items leave out. */
function kubernetesList(value: Fields): Step | null {
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !Array.isArray(items)) return null;
  if (!kind.endsWith('List')) return null;
  if (items.length === 0) return { ignored: 'empty_list' };
  if (kind === 'List') return { values: items };
  const head = { apiVersion, kind: kind.slice(0, -'List'.length) };
  return { values: items.map((item) => ({ ...head, ...objectIn(item) })) };
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
];

/** Fluent Bit, Filebeat, Elastic Agent, Vector, Logstash, the journal of systemd, stern: a line with what the shipper knows of it. */
function shipped(value: Fields): Step | null {
  if (!SHIPPER_MARKS.some((mark) => mark in value)) return null;
  const original = objectIn(value['event'])['original'];
  const line = [value['log'], value['message'], value['MESSAGE'], original].find((each) => isContent(each));
  return line === undefined ? null : { values: [line], said: { emitter: emitterOf(value) } };
}

function isContent(value: Json | undefined): boolean {
  if (typeof value === 'string') return textIn(value) !== null;
  // Elastic's own `log` says where the line came from.
  return Array.isArray(value) || (isObject(value) && !('file' in value) && !('offset' in value));
}

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
