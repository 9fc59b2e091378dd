/**
 * Audit lines of the SPIRE server: one for each use of its API, in JSON or in logrus' `key=value` text, among the other
 * lines of its log.
 *
 * Traps that this file knows: batch calls write one line for each thing asked for, all under one `request_id`, which
 * is therefore no id of a line; callers on the server's own socket have a user id and a path, others a SPIFFE id; what was asked for
 * stands in members of the call's own.
 *
 * Worked example: `time="2026-03-10T14:00:02Z" level=info msg="API accessed" caller_id="spiffe://example.org/ns/spire/sa/registrar"
 * method=BatchCreateEntry service=entry.v1.Entry spiffe_id="spiffe://example.org/pay" status=success type=audit` -> action
 * `entry.v1.Entry/BatchCreateEntry`, actor and service account (spire/registrar) of caller_id, detail the SPIFFE id.
 * Source: SPIRE server documentation, audit log; reference/formats 3.8. There is no public sample.
 */
import type { Json } from '../../model/json.ts';
import type { Observation, Outcome } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { firstTextIn, idIn, isObject, textIn, withFields, withSafeId, type Fields } from '../fields.ts';
import { parseLogfmt } from './logfmt.ts';
import { observed, withStamp, type RecordParts } from './observed.ts';
import { serviceAccountOfSpiffe } from './spiffe.ts';

const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['success', 'success'],
  ['error', 'failure'],
]);
/** What a call is about, in the order in which it is looked for. */
const SUBJECTS: readonly string[] = [
  'spiffe_id',
  'registered_entry_id',
  'entry_id',
  'agent_id',
  'trust_domain_id',
  'by_spiffe_id',
  'csr_hash',
];
/** Of the whole line, before it is taken apart. */
const TEXT_MARKS = /^time=.*\btype=audit(?:\s|$)/s;
const MAX_TEXT = 1 << 16;

/** Whether a record looks like an audit line of SPIRE. */
export function isSpire(value: unknown): boolean {
  if (typeof value === 'string')
    return value.length <= MAX_TEXT && TEXT_MARKS.test(value) && value.includes('API accessed');
  return isObject(value) && value['type'] === 'audit' && 'service' in value && 'method' in value;
}

export function decodeSpire(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  const line = typeof value === 'string' ? parseLogfmt(value) : value;
  const record = withSafeId(line, 'request_id', context.redactor);
  return withFields(record, context.redactor, 'A SPIRE audit line', (fields) => decodeLine(fields, place));
}

function decodeLine(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const method = textIn(fields['method']);
  if (!isSpire(fields) || method === null)
    return refusedAs('wrong_shape', 'An audit line of SPIRE has type=audit, service and method.');
  return withStamp(fields['time'], 'A SPIRE audit line', (stamp) =>
    taken([accessOf(method, { source: 'spire', dataset: 'spire.audit', stamp, fields, place })]),
  );
}

function accessOf(method: string, parts: RecordParts): Observation {
  const { fields } = parts;
  const caller = textIn(fields['caller_id']);
  const service = textIn(fields['service']);
  return observed(parts, {
    nativeId: idIn(fields['request_id']),
    serviceAccount: serviceAccountOfSpiffe(caller),
    actor: caller ?? localCallerOf(fields),
    action: service === null ? method : `${service}/${method}`,
    outcome: OUTCOMES.get(textIn(fields['status']) ?? '') ?? 'unknown',
    detail: SUBJECTS.map((name) => firstTextIn(fields[name])).find((text) => text !== null) ?? null,
    message: textIn(fields['status_message']),
  });
}

/** Who called on the socket: the program, else the user id. */
function localCallerOf(fields: Fields): string | null {
  const uid = idIn(fields['caller_uid']);
  return textIn(fields['caller_path']) ?? (uid === null ? null : `uid:${uid}`);
}
