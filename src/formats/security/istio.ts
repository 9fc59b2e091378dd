/**
 * Access logs of Envoy as Istio runs it: JSON with Istio's keys or with own ones, and the default text line (istio-text.ts); those of
 * ztunnel, where there are no sidecars, are of another form (istio-ztunnel.ts).
 *
 * Traps that this file knows: no pod, trace or SPIFFE id stands in the default format: `x-request-id` is kept as the id, and
 * what a format adds (`traceparent`, `downstream_peer_uri_san`, `pod_name`) is read under any usual spelling; `-` means
 * nothing; numbers may be text; both sidecars log one request under one request id, and are two observations, since a client
 * may choose that id; here the emitter is the workload: the proxy runs in its pod, so that what a forwarder states
 * beside the line (`kubernetes`) is its identity; the query of a path holds tokens, and is left out of the detail.
 *
 * Worked example: response_code 403 with response_code_details `rbac_access_denied_matched_policy[none]`, upstream_cluster
 * `inbound|8000||` -> action `deny inbound`, outcome failure, detail `GET httpbin:8000/status/418`; a 403 that the
 * application gave is `request inbound`, a failure too.
 * Source: Envoy access log documentation; Istio mesh configuration, accessLogFormat; reference/formats 3.5.
 */
import type { Json } from '../../model/json.ts';
import { NO_IDENTITY, parseContainerId, statedText, type StatedIdentity } from '../../model/identity.ts';
import { isInstant, MICROS_PER_MS } from '../../model/instant.ts';
import type { Observation, Outcome } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import { parseTraceId, parseTraceparent } from '../../model/trace-id.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { isObject, objectIn, withFields, type Fields } from '../fields.ts';
import { isIstioText, parseIstioText } from './istio-text.ts';
import { decodeZtunnel, isZtunnel } from './istio-ztunnel.ts';
import { observed, withStamp, type RecordParts } from './observed.ts';
import { serviceAccountOfSpiffe } from './spiffe.ts';

/** Names that only Envoy gives; an access log has several of them, whatever else its format is. */
const MARKS: ReadonlySet<string> = new Set([
  'response_flags',
  'response_code_details',
  'connection_termination_details',
  'upstream_transport_failure_reason',
  'upstream_cluster',
  'upstream_host',
  'upstream_local_address',
  'upstream_service_time',
  'downstream_local_address',
  'downstream_remote_address',
  'downstream_peer_uri_san',
  'requested_server_name',
  'route_name',
]);
const MARKS_NEEDED = 3;
/** What Envoy says of its own refusals: authorization policy, external authorizer, token of a request. */
const DENIALS = /rbac_access_denied|ext_authz_denied|jwt_authn_access_denied/;
/** Keys of a record that are looked at: a format has a few dozen. */
const MAX_KEYS = 300;

/** What each part is called, by spelling of formats seen; the first that says something counts. */
const NAMES = {
  time: ['start_time', 'timestamp', 'time', 'ts'],
  method: ['method', 'request_method'],
  path: ['path', 'x_envoy_original_path', 'x_envoy_origin_path', 'request_path', 'uri'],
  authority: ['authority', 'host'],
  code: ['response_code', 'status', 'status_code'],
  flags: ['response_flags'],
  details: ['response_code_details'],
  ended: ['connection_termination_details'],
  duration: ['duration', 'duration_ms'],
  requestId: ['request_id', 'x_request_id'],
  cluster: ['upstream_cluster', 'upstream_cluster_raw'],
  serverName: ['requested_server_name'],
  peer: ['downstream_peer_uri_san', 'downstream_peer', 'source_principal'],
  traceparent: ['traceparent'],
  trace: ['trace_id', 'x_b3_traceid', 'x_b3_trace_id'],
  pod: ['pod_name', 'pod'],
  podUid: ['pod_uid', 'pod_id'],
  namespace: ['pod_namespace', 'namespace', 'namespace_name'],
  container: ['container_name'],
  node: ['node_name', 'pod_node_name', 'host'],
  containerId: ['container_id', 'docker_id'],
} as const;
type Part = keyof typeof NAMES;
type Read = (part: Part) => string | null;

/** Whether a record looks like an access log of Envoy, or of ztunnel. */
export function isIstio(value: unknown): boolean {
  if (isZtunnel(value)) return true;
  if (typeof value === 'string') return isIstioText(value);
  if (!isObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length <= MAX_KEYS && keys.filter((key) => MARKS.has(plain(key))).length >= MARKS_NEEDED;
}

/** Keys of access logs are the same few in every line; others are spelt anew each time. */
const MAX_SPELLINGS = 2_000;
const SPELLINGS = new Map<string, string>();

/** One spelling for `X-Request-Id`, `xRequestId` and `x_request_id`. */
function plain(key: string): string {
  const known = SPELLINGS.get(key);
  if (known !== undefined) return known;
  const spelling = key
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[-.:@ ]+/g, '_')
    .replace(/^_/, '');
  if (SPELLINGS.size < MAX_SPELLINGS && key.length <= 100) SPELLINGS.set(key, spelling);
  return spelling;
}

export function decodeIstio(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  if (isZtunnel(value)) return decodeZtunnel(value, place, context);
  const record = typeof value === 'string' ? parseIstioText(value) : value;
  if (record === undefined)
    return refusedAs(
      'wrong_shape',
      'The line is not in the default format of Istio or Envoy, or a value in it holds a quote; log JSON (accessLogEncoding).',
    );
  return withFields(record, context.redactor, 'An access log', (fields) => decodeLog(fields, place));
}

function decodeLog(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  if (Object.keys(fields).length > MAX_KEYS)
    return refusedAs('too_large', `An access log has at most ${MAX_KEYS} keys.`);
  const raw = rawReader(fields);
  const read: Read = (part) => textOf(raw(part));
  if (read('code') === null && read('flags') === null)
    return refusedAs('wrong_shape', 'An access log of Envoy has response_code or response_flags.');
  return withStamp(raw('time'), 'An access log', (stamp) =>
    taken([
      requestOf(read, objectIn(fields['kubernetes']), {
        source: 'istio',
        dataset: 'istio.access',
        stamp,
        fields,
        place,
      }),
    ]),
  );
}

/** Reads parts by any of their spellings. */
function rawReader(fields: Fields): (part: Part) => Json | undefined {
  const byName = new Map(Object.entries(fields).map(([key, value]) => [plain(key), value]));
  return (part) =>
    NAMES[part].map((name) => byName.get(name)).find((value) => textOf(value) !== null) ?? undefined;
}

/** Text; a number is its decimal text, and `-` is nothing. */
function textOf(value: Json | undefined): string | null {
  return typeof value === 'number' ? String(value) : statedText(value);
}

function requestOf(read: Read, emitter: Fields, parts: RecordParts): Observation {
  const denied = isDenied(read);
  const direction = directionOf(read);
  const peer = read('peer');
  return observed(parts, {
    end: endOf(parts.stamp.start, read('duration')),
    nativeId: read('requestId'),
    identity: workloadOf(read, emitter, direction),
    serviceAccount: serviceAccountOfSpiffe(peer),
    actor: peer,
    action: [denied ? 'deny' : 'request', direction].filter((word) => word !== null).join(' '),
    outcome: denied ? 'failure' : outcomeOf(read('code'), read('flags')),
    traceId: parseTraceparent(read('traceparent')) ?? parseTraceId(read('trace')),
    detail: detailOf(read),
    message: denied ? (read('details') ?? read('ended') ?? read('flags')) : null,
  });
}

/** Whether the mesh said no, and not the application; a host that it does not let out to is a cluster of its own. */
function isDenied(read: Read): boolean {
  const flags = (read('flags') ?? '').split(',');
  return (
    flags.includes('UAEX') ||
    [read('details'), read('ended')].some((text) => DENIALS.test(text ?? '')) ||
    read('cluster') === 'BlackHoleCluster'
  );
}

/** Of the two sidecars of a request: `inbound` is the server's, `outbound` the client's. */
function directionOf(read: Read): 'inbound' | 'outbound' | null {
  const cluster = read('cluster');
  if (cluster?.startsWith('inbound|') === true || cluster?.startsWith('InboundPassthrough') === true)
    return 'inbound';
  if (cluster?.startsWith('outbound|') === true) return 'outbound';
  if (cluster === 'PassthroughCluster' || cluster === 'BlackHoleCluster') return 'outbound';
  return read('serverName')?.startsWith('outbound_') === true ? 'inbound' : null;
}

/**
 * The pod of the proxy: as the format states it, else as the forwarder does. Of a server's sidecar, the service that was
 * asked for gives the namespace at least.
 */
function workloadOf(read: Read, emitter: Fields, direction: string | null): StatedIdentity {
  const beside = rawReader(emitter);
  const either = (part: Part): string | null => read(part) ?? textOf(beside(part));
  return {
    ...NO_IDENTITY,
    namespace: either('namespace') ?? (direction === 'inbound' ? namespaceOf(read('serverName')) : null),
    podName: either('pod'),
    podUid: either('podUid'),
    containerName: either('container'),
    containerId: parseContainerId(either('containerId')),
    node: textOf(beside('node')),
  };
}

/** `outbound_.8000_._.httpbin.foo.svc.cluster.local` -> foo. */
function namespaceOf(serverName: string | null): string | null {
  return /^outbound_\.\d+_\.[^.]*_?\.([^.]+)\.([^.]+)\.svc\./.exec(serverName ?? '')?.[2] ?? null;
}

function endOf(start: number, duration: string | null): number {
  const end = start + Math.round(Number(duration ?? 0) * MICROS_PER_MS);
  return end > start && isInstant(end) ? end : start;
}

/** A code of 0 is none: a connection (TCP), which went well where no flag says otherwise, or a client that went away. */
function outcomeOf(code: string | null, flags: string | null): Outcome {
  const number = Number(code ?? 0);
  if (!Number.isFinite(number)) return 'unknown';
  if (number === 0) return flags === null ? 'success' : 'failure';
  return number < 400 ? 'success' : 'failure';
}

function detailOf(read: Read): string | null {
  const where = `${read('authority') ?? ''}${(read('path') ?? '').replace(/[?#].*$/s, '')}`;
  const what = [read('method'), where === '' ? (read('serverName') ?? read('cluster')) : where];
  const known = what.filter((word) => word !== null);
  return known.length === 0 ? null : known.join(' ');
}
