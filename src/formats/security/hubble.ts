/**
 * Flows that Cilium's Hubble exports: wrapped (`{flow, node_name, time}`) or bare, as former releases print them.
 *
 * A flow has two ends, an observation is about one workload. It is about the end at which Cilium looked: the source of
 * a flow that leaves (EGRESS), the destination of one that arrives (INGRESS). Why: the verdict is that endpoint's
 * policy, the node of the record is that endpoint's node, and its names are known for certain, while those of the other
 * end come from a cache of addresses that may be behind. The other end, where it is a pod, is told to the inventory.
 *
 * Traps that this file knows: a dropped packet is sent again and again, so that the detail leaves the ephemeral port out and
 * repetitions fold; `node_name` is `cluster/node`, and `default` is what a cluster is called that nobody named;
 * an end without names is the host or the world (labels `reserved:`); field masks remove anything; reports of lost
 * events and of Cilium's agents are no flows; headers of requests hold credentials, and are emptied.
 *
 * Worked example: DROPPED INGRESS from default to a pod of `production`, TCP 8080 -> action `dropped ingress`, outcome
 * failure, namespace production, detail `TCP default -> production:8080`.
 * Source: Cilium api/v1/flow/flow.proto, observer.proto; reference/formats 3.4.
 */
import type { Json } from '../../model/json.ts';
import { NO_IDENTITY, type StatedIdentity } from '../../model/identity.ts';
import type { Observation, Outcome } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { Sighting } from '../../model/sighting.ts';
import { parseTraceId } from '../../model/trace-id.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import {
  firstTextIn,
  idIn,
  isObject,
  listIn,
  objectIn,
  textIn,
  withFields,
  withSafeId,
  type Fields,
} from '../fields.ts';
import { observed, withStamp, type RecordParts, type Stamp } from './observed.ts';
import { REMOVED_MARK } from '../redaction/secrets.ts';
import { withoutMembers } from './without-members.ts';

const OUTCOMES: ReadonlyMap<string, Outcome> = new Map(
  Object.entries({
    FORWARDED: 'success',
    REDIRECTED: 'success',
    TRANSLATED: 'success',
    // The policy would have dropped it, and was told to let it pass.
    AUDIT: 'success',
    DROPPED: 'failure',
    ERROR: 'failure',
  }),
);
const FLOW_MARKS: readonly string[] = ['verdict', 'traffic_direction', 'event_type', 'IP', 'l4', 'is_reply'];
const NO_FLOWS: readonly string[] = ['agent_event', 'debug_event', 'lost_events', 'node_status'];
const NO_REASON = 'DROP_REASON_UNKNOWN';
/** What Cilium calls a cluster where none is configured: no name. */
const UNNAMED_CLUSTER = 'default';

/** Whether a record looks like a flow of Hubble, or like something else that its stream holds. */
export function isHubble(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (isObject(value['flow'])) return FLOW_MARKS.some((mark) => mark in objectIn(value['flow']));
  return isBareFlow(value) || NO_FLOWS.some((kind) => isObject(value[kind]));
}

function isBareFlow(value: Fields): boolean {
  return (
    'verdict' in value &&
    ('traffic_direction' in value || 'l4' in value || 'IP' in value) &&
    ('source' in value || 'destination' in value || 'IP' in value)
  );
}

export function decodeHubble(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  return withFields(prepared(value, context), context.redactor, 'A Hubble flow', (fields) =>
    decodeRecord(fields, place),
  );
}

function decodeRecord(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const other = NO_FLOWS.find((kind) => isObject(fields[kind]));
  if (!isObject(fields['flow'])) {
    return other === undefined
      ? refusedAs('wrong_shape', 'A Hubble record has a flow with verdict, source and destination.')
      : { items: [], ignored: { [other]: 1 }, refused: [] };
  }
  const time = fields['flow']['time'] ?? fields['time'];
  return withStamp(time, 'A Hubble flow', (stamp) =>
    taken([flowOf({ source: 'hubble', dataset: 'hubble.flow', stamp, fields, place })]),
  );
}

function flowOf(parts: RecordParts): Observation {
  const flow = objectIn(parts.fields['flow']);
  const verdict = textIn(flow['verdict']) ?? 'unknown';
  const direction = textIn(flow['traffic_direction']);
  const inbound = isInbound(flow, direction);
  const local = objectIn(flow[inbound ? 'destination' : 'source']);
  const remote = objectIn(flow[inbound ? 'source' : 'destination']);
  const uuid = idIn(flow['uuid']);
  return observed(parts, {
    nativeId: uuid,
    ...(uuid === null ? {} : { nativeTuple: [uuid] }),
    identity: localOf(local, textIn(flow['node_name']) ?? textIn(parts.fields['node_name'])),
    action: [verdict, direction]
      .filter((word) => word !== null && !word.endsWith('UNKNOWN'))
      .join(' ')
      .toLowerCase(),
    outcome: OUTCOMES.get(verdict) ?? 'unknown',
    traceId: parseTraceId(objectIn(objectIn(flow['trace_context'])['parent'])['trace_id']),
    detail: detailOf(flow),
    sightings: sightingsOf(parts.stamp, remote),
  });
}

/** Without a direction: the source, unless only the destination is a pod. */
function isInbound(flow: Fields, direction: string | null): boolean {
  if (direction === 'INGRESS') return true;
  if (direction === 'EGRESS') return false;
  const isPod = (end: string): boolean => textIn(objectIn(flow[end])['pod_name']) !== null;
  return !isPod('source') && isPod('destination');
}

function localOf(end: Fields, nodeName: string | null): StatedIdentity {
  const slash = nodeName?.indexOf('/') ?? -1;
  const cluster = textIn(end['cluster_name']) ?? (slash > 0 ? (nodeName?.slice(0, slash) ?? null) : null);
  return { ...endOf(end, cluster), node: textIn(nodeName?.slice(slash + 1)) };
}

function endOf(end: Fields, cluster: string | null): StatedIdentity {
  return {
    ...NO_IDENTITY,
    cluster: cluster === UNNAMED_CLUSTER ? null : cluster,
    namespace: textIn(end['namespace']),
    podName: textIn(end['pod_name']),
  };
}

function sightingsOf({ start }: Stamp, remote: Fields): Sighting[] {
  const identity = endOf(remote, textIn(remote['cluster_name']));
  if (identity.podName === null || identity.namespace === null) return [];
  return [{ at: start, identity, serviceAccount: null }];
}

/** What a request of HTTP, DNS or Kafka is about, so that two names or two pages are two events; a query may hold tokens. */
function askedFor(l7: Fields): string | null {
  const [http, dns, kafka] = [objectIn(l7['http']), objectIn(l7['dns']), objectIn(l7['kafka'])];
  const [url, query, topic] = [textIn(http['url']), textIn(dns['query']), textIn(kafka['topic'])];
  if (url !== null) return `${textIn(http['method']) ?? ''} ${url.replace(/[?#].*$/s, '')}`.trim();
  if (query !== null) return `DNS ${query}`;
  return topic === null ? null : `Kafka ${topic}`;
}

/** Protocol, both ends, the port and what was asked for, and why it was dropped; the port of a reply is the source's. */
function detailOf(flow: Fields): string {
  const [protocol, layer] = Object.entries(objectIn(flow['l4']))[0] ?? [null, undefined];
  const ports = objectIn(layer);
  const reply = flow['is_reply'] === true;
  const from = nameOf(flow, 'source', reply ? ports['source_port'] : undefined);
  const to = nameOf(flow, 'destination', reply ? undefined : ports['destination_port']);
  const reason = textIn(flow['drop_reason_desc']);
  const asked = askedFor(objectIn(flow['l7']));
  const words = [protocol, from, '->', to, asked, reason === NO_REASON ? null : reason];
  return words.filter((word) => word !== null).join(' ');
}

function nameOf(flow: Fields, which: 'source' | 'destination', port: Json | undefined): string {
  const end = objectIn(flow[which]);
  const namespace = textIn(end['namespace']);
  const name = textIn(end['pod_name']) ?? textIn(objectIn(listIn(end['workloads'])[0])['name']);
  const known = namespace !== null && name !== null ? `${namespace}/${name}` : (namespace ?? name);
  const where =
    known ??
    reservedOf(end) ??
    firstTextIn(flow[`${which}_names`]) ??
    textIn(objectIn(flow['IP'])[which]) ??
    'unknown';
  const number = idIn(port);
  return number === null ? where : `${where}:${number}`;
}

/** `reserved:world`, `reserved:host`, `reserved:kube-apiserver`: what an end without names is. */
function reservedOf(end: Fields): string | null {
  const labels = listIn(end['labels']).map((label) => textIn(label));
  return labels.find((label) => label?.startsWith('reserved:')) ?? null;
}

/** A bare flow put into the wrapper, so that rules have one path to it; without header values, with an id that may be kept. */
function prepared(value: unknown, { redactor }: FormatContext): unknown {
  const clean = withoutMembers(value, (name, member) => (name === 'headers' ? namesOnly(member) : undefined));
  if (!isObject(clean)) return clean;
  const record: Fields = isBareFlow(clean) && !isObject(clean['flow']) ? { flow: clean } : clean;
  return isObject(record['flow'])
    ? { ...record, flow: withSafeId(record['flow'], 'uuid', redactor) }
    : record;
}

function namesOnly(headers: Json): Json {
  return listIn(headers).map((header) => ({ key: objectIn(header)['key'] ?? null, value: REMOVED_MARK }));
}
