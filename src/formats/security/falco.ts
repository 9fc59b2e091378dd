/**
 * Falco alerts, from Falco itself or through Falcosidekick, in JSON or as a line of text (falco-text.ts).
 *
 * Traps that this file knows: `evt.time` is a 19-digit JSON number that has lost digits, so the text `time` is read; only
 * where that has a zone that is none (`Z+2`), or a forwarder took it for the time of its own record, does the number count, which is true
 * to the microsecond or the one beside it; forwarders spell fields in other ways (falco-fields.ts);
 * `container.id` is cut to 12 digits, `container.full_id` is not; Kubernetes fields are null or `<NA>` for
 * short-lived containers; `hostname` is the Falco pod's or the machine's, never the affected pod; alerts of source
 * `k8s_audit` have no container and name their target instead, and double an event of the audit log: they state the same pod
 * and the same account, which is what makes one incident of both, where each payment counts once, and their
 * `ka.auditid`, where the rule puts it out, is the id that both have; rules named `Falco internal:` report on Falco's own
 * health and are no facts.
 *
 * Worked example: priority `Notice`, tag `T1059.004`, container.id `5892b41bcf46` -> severity 30, technique
 * T1059.004, container 5892b41bcf46.
 * Source: Falco output fields documentation; reference/formats 3.2.
 */
import { canonicalJson } from '../../model/canonical-json.ts';
import type { Json } from '../../model/json.ts';
import {
  NO_IDENTITY,
  parseContainerId,
  serviceAccountOfUser,
  type StatedIdentity,
} from '../../model/identity.ts';
import { instantOfUnixNanos, type Instant } from '../../model/instant.ts';
import type { Observation, Outcome, ResourceRef } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import { parseTraceId } from '../../model/trace-id.ts';
import type { FormatContext } from '../context.ts';
import { ignoredAs, refusedAs, taken, type Decoded } from '../decoded.ts';
import { dottedFields } from './falco-fields.ts';
import { isFalcoText, parseFalcoText } from './falco-text.ts';
import { madeUpTraceId } from './falcosidekick-trace-id.ts';
import {
  instantIn,
  isObject,
  listIn,
  objectIn,
  textIn,
  withFields,
  withSafeId,
  type Fields,
} from '../fields.ts';
import { brokenJson } from '../json-text.ts';
import { observed, type RecordParts } from './observed.ts';
import { isAboutPod } from './pod-entity.ts';
import { techniquesOf } from './techniques.ts';

/** Our scale runs up; Falco's own numbers (Emergency 0) run down. Assumption: Elastic's four bands, refined. */
const SEVERITY: ReadonlyMap<string, number> = new Map(
  Object.entries({
    emergency: 99,
    alert: 95,
    critical: 90,
    error: 73,
    warning: 47,
    notice: 30,
    informational: 15,
    info: 15,
    debug: 5,
  }),
);
const UNKNOWN_PRIORITY = 50;
const HEALTH = 'Falco internal:';
/** What Falco calls the container of a process that is in none. */
const HOST = 'host';

/** Whether a record looks like a Falco alert. */
export function isFalco(value: unknown): boolean {
  if (typeof value === 'string') return isFalcoText(value);
  return (
    isObject(value) &&
    'rule' in value &&
    'priority' in value &&
    ('output' in value || 'output_fields' in value)
  );
}

export function decodeFalco(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  const raw = typeof value === 'string' ? parseFalcoText(value) : value;
  if (raw === undefined && typeof value === 'string' && isFalcoText(value))
    return { items: [], ignored: {}, refused: [brokenJson(value)] };
  const record = withSafeId(withDottedFields(raw), 'uuid', context.redactor);
  return withFields(record, context.redactor, 'A Falco alert', (fields) => decodeAlert(fields, place));
}

function withDottedFields(record: unknown): unknown {
  if (!isObject(record) || !isObject(record['output_fields'])) return record;
  const output = dottedFields(record['output_fields']);
  return output === record['output_fields'] ? record : { ...record, output_fields: output };
}

function decodeAlert(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const rule = textIn(fields['rule']);
  if (rule === null || !('priority' in fields)) {
    return refusedAs('wrong_shape', 'A Falco alert has rule, priority, time and output_fields.');
  }
  if (rule.startsWith(HEALTH)) return ignoredAs('sensor_health');
  const output = objectIn(fields['output_fields']);
  const timeText = textIn(fields['time']) ?? textIn(output['evt.time.iso8601']);
  const start =
    instantIn(timeText ?? undefined) ??
    instantOfNumber(output['evt.time']) ??
    instantOfNumber(output['evt.time.iso8601']);
  if (timeText === null && start === undefined)
    return refusedAs('missing_time', 'The alert has no text `time`; set json_output.');
  if (start === undefined) return refusedAs('bad_time', '`time` is no RFC 3339 time with a zone.');
  const parts = {
    source: 'falco',
    dataset: 'falco.alert',
    stamp: { start, timeText: timeText ?? '' },
    fields,
    place,
  } as const;
  return taken([alertOf(rule, output, parts)]);
}

function alertOf(rule: string, output: Fields, parts: RecordParts): Observation {
  const { fields } = parts;
  const uuid = textIn(fields['uuid']);
  const audited = isAudited(fields['source'], output);
  const actor = textIn(output[audited ? 'ka.user.name' : 'user.name']);
  return observed(parts, {
    kind: 'alert',
    nativeId: uuid ?? (audited ? textIn(output['ka.auditid']) : null),
    nativeTuple: [uuid ?? ownContent(fields)],
    identity: audited ? targetOf(output) : placeOf(output),
    serviceAccount: audited ? serviceAccountOfUser(actor) : null,
    actor,
    resource: audited ? resourceOf(output) : null,
    action: rule,
    rule: { id: `falco:${rule}`, name: rule },
    severity: SEVERITY.get((textIn(fields['priority']) ?? '').toLowerCase()) ?? UNKNOWN_PRIORITY,
    outcome: audited ? answerOf(output['ka.response.code']) : outcomeOf(output),
    techniques: techniquesOf(listIn(fields['tags'])),
    traceId: traceIdOf(output),
    detail: audited ? requestOf(output) : textIn(output['proc.cmdline']),
    message: textIn(fields['output']),
  });
}

/** Releases before 0.31 name no source. */
function isAudited(source: Json | undefined, output: Fields): boolean {
  return textIn(source) === 'k8s_audit' || (textIn(source) === null && 'ka.target.resource' in output);
}

/** How the call of a process ended, where the rule puts that out. */
function outcomeOf(output: Fields): Outcome {
  const [failed, result] = [output['evt.failed'], textIn(output['evt.res'])];
  if (failed === true || failed === 'true' || (result !== null && ERROR_NAME.test(result))) return 'failure';
  return result === 'SUCCESS' ? 'success' : 'unknown';
}

const ERROR_NAME = /^E[A-Z0-9]+$/;

/** What the API server answered. */
function answerOf(code: Json | undefined): Outcome {
  const number = Number(typeof code === 'number' ? code : (textIn(code) ?? NaN));
  if (!Number.isInteger(number)) return 'unknown';
  return number < 400 ? 'success' : 'failure';
}

/** Nanoseconds that have lost their last digits: microseconds are what is left of them. */
function instantOfNumber(nanos: Json | undefined): Instant | undefined {
  return typeof nanos === 'number' && nanos > 0 && Number.isFinite(nanos)
    ? instantOfUnixNanos(BigInt(Math.trunc(nanos)))
    : undefined;
}

/** What Falco itself wrote: a forwarder adds uuid, hostname and fields of its own. */
function ownContent(fields: Fields): string {
  const own = ['time', 'rule', 'priority', 'source', 'output', 'output_fields'];
  return canonicalJson(Object.fromEntries(own.map((key) => [key, fields[key]])));
}

function placeOf(output: Fields): StatedIdentity {
  const isHost = textIn(output['container.id']) === HOST;
  return {
    ...NO_IDENTITY,
    namespace: textIn(output['k8s.ns.name']),
    podName: textIn(output['k8s.pod.name']),
    podUid: textIn(output['k8s.pod.uid']),
    containerId: parseContainerId(output['container.full_id']) ?? parseContainerId(output['container.id']),
    containerName: isHost ? null : textIn(output['container.name']),
    node: textIn(output['k8s.node.name']),
  };
}

function targetOf(output: Fields): StatedIdentity {
  const resource = resourceOf(output);
  const verb = textIn(output['ka.verb']) ?? (resource?.subresource === null ? null : 'create');
  if (!isAboutPod(resource?.resource ?? null, resource?.subresource ?? null, verb)) return NO_IDENTITY;
  const containerName = textIn(output['ka.uri.param[container]']);
  return {
    ...NO_IDENTITY,
    namespace: resource?.namespace ?? null,
    podName: resource?.name ?? null,
    containerName,
  };
}

function resourceOf(output: Fields): ResourceRef | null {
  const resource = textIn(output['ka.target.resource']);
  if (resource === null) return null;
  return {
    apiGroup: null,
    resource,
    subresource: textIn(output['ka.target.subresource']),
    namespace: textIn(output['ka.target.namespace']) ?? namespaceOfUri(textIn(output['ka.uri'])),
    name: textIn(output['ka.target.name']),
  };
}

/** Of the path alone: who asks may put anything into the query. */
function namespaceOfUri(uri: string | null): string | null {
  return /^[^?#]*?\/namespaces\/([^/?#]+)/.exec(uri ?? '')?.[1] ?? null;
}

/** The request, or at least its command: Falco's own rule for exec puts out no URI, and commands must not fold into one. */
function requestOf(output: Fields): string | null {
  return textIn(output['ka.uri']) ?? textIn(output['ka.uri.param[command]']);
}

function traceIdOf(output: Fields): string | null {
  const stated = ['trace_id', 'trace.id', 'traceId'].map((name) => parseTraceId(output[name]));
  const traceId = stated.find((id) => id !== null) ?? null;
  if (traceId === null) return null;
  const madeUp = madeUpTraceId(
    textIn(output['k8s.ns.name']),
    textIn(output['k8s.pod.name']),
    textIn(output['container.id']),
    textIn(output['evt.hostname']),
  );
  return traceId === madeUp ? null : traceId;
}
