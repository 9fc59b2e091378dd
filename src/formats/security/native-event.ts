/**
 * Native security events: our own JSON (DESIGN section 8), for sensors that speak no format that we read.
 *
 * Worked example: `{"id":"a1","time":"2026-03-10T14:00:02Z","rule":"Shell","severity":70,"namespace":"pay","pod":"p"}`
 * is an alert of rule `events:Shell`. Unknown fields are kept, for rules to look at.
 */
import { canonicalJson } from '../../model/canonical-json.ts';
import type { Json } from '../../model/json.ts';
import { parseContainerId, parseServiceAccount, type StatedIdentity } from '../../model/identity.ts';
import type { Observation } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import { parseTraceId } from '../../model/trace-id.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { madeUpTraceId } from './falcosidekick-trace-id.ts';
import { idIn, instantIn, isObject, listIn, textIn, withFields, withSafeId, type Fields } from '../fields.ts';
import { observed } from './observed.ts';
import { techniquesOf } from './techniques.ts';

const DEFAULT_SEVERITY = 50;

/** Whether a record looks like a native event. */
export function isNativeEvent(value: unknown): boolean {
  return (
    isObject(value) && 'rule' in value && 'time' in value && !('priority' in value) && !('state' in value)
  );
}

export function decodeNativeEvent(
  value: unknown,
  place: Place,
  context: FormatContext,
): Decoded<Observation> {
  const record = withSafeId(value, 'id', context.redactor);
  return withFields(record, context.redactor, 'A security event', (fields) => decodeEvent(fields, place));
}

function decodeEvent(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const rule = textIn(fields['rule']);
  if (rule === null)
    return refusedAs('wrong_shape', 'A security event has a rule: the name of what was detected.');
  const start = instantIn(fields['time']);
  if ((fields['time'] ?? null) === null)
    return refusedAs('missing_time', 'A security event has a time, RFC 3339.');
  if (start === undefined) return refusedAs('bad_time', '`time` is no RFC 3339 time with a zone.');
  const id = idIn(fields['id']);
  const stamp = { start, timeText: textIn(fields['time']) ?? '' };
  const observation = observed(
    { source: 'events', dataset: 'counterfoil.event', stamp, fields, place },
    {
      kind: 'alert',
      nativeId: id,
      nativeTuple: [id ?? canonicalJson(fields)],
      identity: identityOf(fields),
      serviceAccount: parseServiceAccount(fields['service_account'], textIn(fields['namespace'])),
      action: rule,
      rule: { id: `events:${rule}`, name: rule },
      severity: severityOf(fields['severity']),
      techniques: techniquesOf(listIn(fields['techniques'])),
      traceId: traceIdOf(fields),
      message: textIn(fields['message']),
    },
  );
  return taken([observation]);
}

function identityOf(fields: Fields): StatedIdentity {
  return {
    cluster: textIn(fields['cluster']),
    namespace: textIn(fields['namespace']),
    podName: textIn(fields['pod']),
    podUid: textIn(fields['pod_uid']),
    containerId: parseContainerId(fields['container_id']),
    containerName: textIn(fields['container']),
    node: textIn(fields['node']),
  };
}

function severityOf(value: Json | undefined): number {
  const severity = typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : DEFAULT_SEVERITY;
  return Math.min(100, Math.max(0, severity));
}

function traceIdOf(fields: Fields): string | null {
  const traceId = parseTraceId(fields['trace_id']);
  if (traceId === null) return null;
  const [namespace, pod] = [textIn(fields['namespace']), textIn(fields['pod'])];
  return traceId === madeUpTraceId(namespace, pod, textIn(fields['container_id']), null) ? null : traceId;
}
