/**
 * Violations that OPA Gatekeeper finds: lines of its log (snake_case; audit runs, and denials with `--log-denies`) and records
 * of its export (camelCase).
 *
 * Traps that this file knows: the whole set is said again at each audit run, so that what tells one violation from another is
 * constraint, object and message, and neither `audit_id` nor `id`; the `id` of an exported record is the time of the audit
 * run, and the only time that there is, except where an admission gave a uid and a timestamp; `ts` is a number of seconds.
 * A violation is a state of the cluster and no attack: it is an event, and rules say what comes of it.
 *
 * Worked example: violation_audited, K8sPSPPrivilegedContainer `psp-privileged`, action deny, Pod payments/ledger-1 -> action
 * `violate K8sPSPPrivilegedContainer`, detail `psp-privileged`, pod payments/ledger-1, severity 73, outcome failure.
 * Source: Gatekeeper documentation, audit and export; reference/formats 3.6.
 */
import type { Json } from '../../model/json.ts';
import type { Observation } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { instantIn, isObject, textIn, withFields, type Fields } from '../fields.ts';
import { placeOfObject, resourceOfObject, type ObjectName } from './kubernetes-object.ts';
import { observed, withStamp, type RecordParts } from './observed.ts';

/** Assumption: how grave the author of a constraint finds it is what he has done about it. */
const SEVERITY: ReadonlyMap<string, number> = new Map(
  Object.entries({ deny: 73, scoped: 73, warn: 47, dryrun: 21 }),
);
const VIOLATION = /^violation(?:_audited|_admission)?$/;
/** Lines that tell how an audit run went. */
const RUNS: ReadonlySet<string> = new Set(['audit_started', 'audit_finished', 'constraint_audited']);

interface Violation {
  time: Json | undefined;
  constraintKind: string | null;
  constraint: string | null;
  enforcement: string | null;
  message: string | null;
  actor: string | null;
  /** The admission's uid; an audit run has none. */
  uid: string | null;
  object: ObjectName;
}

/** Whether a record looks like one of Gatekeeper's log or export. */
export function isGatekeeper(value: unknown): boolean {
  return isObject(value) && (isLogLine(value) || isExport(value));
}

function isLogLine(value: Fields): boolean {
  const type = textIn(value['event_type']) ?? '';
  return RUNS.has(type) ? 'audit_id' in value : VIOLATION.test(type) && 'constraint_kind' in value;
}

function isExport(value: Fields): boolean {
  return VIOLATION.test(textIn(value['eventType']) ?? '') && 'enforcementAction' in value;
}

export function decodeGatekeeper(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  return withFields(value, context.redactor, 'A Gatekeeper record', (fields) => decodeRecord(fields, place));
}

function decodeRecord(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  if (!isGatekeeper(fields))
    return refusedAs(
      'wrong_shape',
      'A Gatekeeper violation has event_type and constraint_kind, or eventType.',
    );
  if (RUNS.has(textIn(fields['event_type']) ?? ''))
    return { items: [], ignored: { audit_run: 1 }, refused: [] };
  const violation = isLogLine(fields) ? ofLog(fields) : ofExport(fields);
  return withStamp(violation.time, 'A Gatekeeper record', (stamp) => {
    const parts: RecordParts = {
      source: 'gatekeeper',
      dataset: 'gatekeeper.violation',
      stamp,
      fields,
      place,
    };
    return taken([observationOf(violation, parts)]);
  });
}

function ofLog(fields: Fields): Violation {
  return {
    time: fields['ts'] ?? fields['time'],
    constraintKind: textIn(fields['constraint_kind']),
    constraint: textIn(fields['constraint_name']),
    enforcement: textIn(fields['constraint_action']),
    message: textIn(fields['msg']),
    actor: textIn(fields['request_username']),
    uid: null,
    object: {
      apiGroup: textIn(fields['resource_group']),
      kind: textIn(fields['resource_kind']),
      namespace: textIn(fields['resource_namespace']),
      name: textIn(fields['resource_name']),
      uid: null,
    },
  };
}

function ofExport(fields: Fields): Violation {
  const id = textIn(fields['id']);
  return {
    time: fields['timestamp'] ?? fields['id'],
    constraintKind: textIn(fields['kind']),
    constraint: textIn(fields['name']),
    enforcement: textIn(fields['enforcementAction']),
    message: textIn(fields['message']),
    actor: textIn(fields['requestUsername']),
    uid: instantIn(id ?? undefined) === undefined ? id : null,
    object: {
      apiGroup: textIn(fields['resourceGroup']),
      kind: textIn(fields['resourceKind']),
      namespace: textIn(fields['resourceNamespace']),
      name: textIn(fields['resourceName']),
      uid: null,
    },
  };
}

function observationOf(violation: Violation, parts: RecordParts): Observation {
  const { constraintKind, constraint, enforcement, message, actor, uid, object } = violation;
  const { apiGroup, kind, namespace, name } = object;
  return observed(parts, {
    nativeId: uid,
    nativeTuple: [uid, constraintKind, constraint, apiGroup, kind, namespace, name, message],
    identity: placeOfObject(object),
    resource: resourceOfObject(object),
    actor,
    action: `violate ${constraintKind ?? 'constraint'}`,
    outcome: 'failure',
    severity: SEVERITY.get(enforcement?.toLowerCase() ?? '') ?? null,
    detail: constraint,
    message,
  });
}
