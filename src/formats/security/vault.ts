/**
 * Audit records of HashiCorp Vault and OpenBao: one line when a request comes, one with its response.
 *
 * The two share `request.id` and are stages of one request, as those of the Kubernetes audit log are: the response replaces
 * the request, and a request whose response is never seen stays a fact of its own. A login is the exception: who it was
 * stands in the response only, so that the two could not be told for the same, and its request is counted as ignored.
 *
 * Traps that this file knows: values are HMACs (`hmac-sha256:...`), equal for equal values of one audit device, and kept: an
 * accessor's is the id of the credential; an audit device may be told to write values as they are (`log_raw`): what is
 * no HMAC among data and tokens is emptied before anything looks at it; values of metadata may stand in quotes of their
 * own; `remote_address` may be a proxy's.
 *
 * Worked example: response, operation read, mount_type kv, path secret/data/pay, metadata service_account_namespace
 * payments and _name ledger -> action `read kv`, detail `secret/data/pay`, service account payments/ledger, success.
 * Source: Vault audit device documentation; reference/formats 3.7.
 */
import type { Json } from '../../model/json.ts';
import type { ServiceAccount } from '../../model/identity.ts';
import type { Observation, Outcome } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { idIn, isObject, objectIn, textIn, withFields, withSafeId, type Fields } from '../fields.ts';
import { observed, withStamp, type RecordParts } from './observed.ts';
import { REMOVED_MARK } from '../redaction/secrets.ts';
import { withoutMembers } from './without-members.ts';

/** Ranks of join/audit-stages.ts: received, complete. */
const RANKS: ReadonlyMap<string, number> = new Map([
  ['request', 0],
  ['response', 2],
]);
const LOGIN = /(?:^|\/)login(?:\/|$)/;
const HMAC = /^hmac-sha256:[0-9a-f]{16,}$/;

/** Whether a record looks like one of Vault's audit log. */
export function isVault(value: unknown): boolean {
  if (!isObject(value) || !RANKS.has(textIn(value['type']) ?? '')) return false;
  const request = objectIn(value['request']);
  return 'operation' in request && 'path' in request && ('id' in request || 'auth' in value);
}

export function decodeVault(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  return withFields(withoutValues(value, context), context.redactor, 'A Vault audit record', (fields) =>
    decodeRecord(fields, place),
  );
}

function decodeRecord(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  const rank = RANKS.get(textIn(fields['type']) ?? '');
  const request = objectIn(fields['request']);
  const operation = textIn(request['operation']);
  if (rank === undefined || operation === null)
    return refusedAs('wrong_shape', 'A Vault audit record is a request or a response, with an operation.');
  const login = LOGIN.test(textIn(request['path']) ?? '');
  if (login && rank === 0) return { items: [], ignored: { login_request: 1 }, refused: [] };
  return withStamp(fields['time'], 'A Vault audit record', (stamp) => {
    const parts: RecordParts = { source: 'vault', dataset: 'vault.audit', stamp, fields, place };
    return taken([requestOf(operation, login ? null : rank, parts)]);
  });
}

/** @param rank of the stage; null where the record is the whole request */
function requestOf(operation: string, rank: number | null, parts: RecordParts): Observation {
  const { fields } = parts;
  const request = objectIn(fields['request']);
  const id = idIn(request['id']);
  const auth = authOf(fields);
  const actor = textIn(auth['display_name']) ?? textIn(auth['entity_id']);
  const action = `${operation} ${textIn(request['mount_type']) ?? ''}`.trim();
  const detail = detailOf(request);
  return observed(parts, {
    nativeId: id,
    // As in kubernetes-audit.ts: stages share it, and who repeats an id hides nothing else behind it.
    ...(id === null ? {} : { nativeTuple: [id, actor, action, detail] }),
    stage: id === null || rank === null ? null : { auditId: id, rank, session: false },
    serviceAccount: accountOf(objectIn(auth['metadata'])),
    credentialId: idIn(auth['accessor']),
    actor,
    action,
    detail,
    outcome: outcomeOf(fields),
    message: textIn(fields['error']),
  });
}

/** Who asked; of a login, who that turned out to be. */
function authOf(fields: Fields): Fields {
  const auth = objectIn(fields['auth']);
  const given = objectIn(objectIn(fields['response'])['auth']);
  return textIn(auth['accessor']) === null && textIn(given['accessor']) !== null ? given : auth;
}

/** The path in its namespace, where it lies in one. */
function detailOf(request: Fields): string | null {
  const path = textIn(request['path']);
  const namespace = textIn(objectIn(request['namespace'])['path']);
  return namespace === null || path === null ? path : `${namespace.replace(/\/$/, '')}/${path}`;
}

function accountOf(metadata: Fields): ServiceAccount | null {
  const namespace = unquoted(metadata['service_account_namespace']);
  const name = unquoted(metadata['service_account_name']);
  return namespace === null || name === null ? null : { namespace, name };
}

function unquoted(value: Json | undefined): string | null {
  return textIn(textIn(value)?.replace(/^"(.*)"$/s, '$1'));
}

function outcomeOf(fields: Fields): Outcome {
  const { allowed } = objectIn(objectIn(fields['auth'])['policy_results']);
  if (textIn(fields['error']) !== null || allowed === false) return 'failure';
  return fields['type'] === 'response' ? 'success' : 'unknown';
}

/** Members below which each text is a secret or stands for one, and those that are one. */
const VALUES: ReadonlySet<string> = new Set(['data', 'headers', 'wrap_info', 'client_token', 'token']);

const DEPTH = 64;

/** The record with an id that may be kept, and with nothing but HMACs where values would be. */
function withoutValues(record: unknown, { redactor }: FormatContext): unknown {
  const clean = withoutMembers(record, (name, value) =>
    VALUES.has(name) ? hashesOnly(value, DEPTH) : undefined,
  );
  if (!isObject(clean) || !isObject(clean['request'])) return clean;
  return { ...clean, request: withSafeId(clean['request'], 'id', redactor) };
}

function hashesOnly(value: Json, levels: number): Json {
  if (typeof value === 'string') return HMAC.test(value) || value === '' ? value : REMOVED_MARK;
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return REMOVED_MARK;
  if (Array.isArray(value)) return value.map((each) => hashesOnly(each, levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, hashesOnly(member ?? null, levels - 1)]),
  );
}
