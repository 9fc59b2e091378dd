/**
 * Tetragon's export: one event a line, named by its only member besides node and time.
 *
 * Traps that this file knows: only what a tracing policy asked for is an alert, execs and exits are telemetry by the
 * thousand; `docker` is the first 31 (once 24) digits of the container id and may stand where the pod is missing; an auid of
 * 4294967295 is none; numbers and enumerations may be text (protojson); `bytes_arg` is what was written or read itself, in
 * base64, and the environment of a process holds its secrets: both are emptied before anything looks at them.
 *
 * Worked example: process_kprobe of policy `file-monitoring`, binary /usr/bin/vi, arguments /etc/passwd -> an alert of rule
 * `tetragon:file-monitoring`, detail `/usr/bin/vi /etc/passwd -> /etc/passwd`, severity 50; with action SIGKILL 73, outcome failure.
 * Source: Tetragon api/v1/tetragon/tetragon.proto, events.proto; reference/formats 3.3.
 */
import type { Json } from '../../model/json.ts';
import { NO_IDENTITY, parseContainerId, type StatedIdentity } from '../../model/identity.ts';
import type { Observation } from '../../model/observation.ts';
import type { Place } from '../../model/place.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { idIn, isObject, listIn, objectIn, textIn, withFields, type Fields } from '../fields.ts';
import { observed, withStamp, type RecordParts } from './observed.ts';
import { REMOVED_MARK } from '../redaction/secrets.ts';
import { techniquesOf } from './techniques.ts';
import { withoutMembers } from './without-members.ts';

/** Those of a policy, those of the life of processes, and those of connections, which former releases had. */
const OF_POLICY: readonly string[] = [
  'process_kprobe',
  'process_tracepoint',
  'process_uprobe',
  'process_usdt',
  'process_lsm',
];
const TYPES: readonly string[] = [
  ...OF_POLICY,
  'process_exec',
  'process_exit',
  'process_loader',
  'process_connect',
  'process_accept',
  'process_listen',
  'process_close',
];
/** Tetragon's own health. */
const HEALTH: readonly string[] = ['process_throttle', 'rate_limit_info'];
/** What the kernel writes for a login that there was not: 2^32 - 1. */
const UNSET_LOGIN = '4294967295';
const STOPPED: ReadonlySet<string> = new Set([
  'KPROBE_ACTION_SIGKILL',
  'KPROBE_ACTION_OVERRIDE',
  'KPROBE_ACTION_NOTIFYENFORCER',
]);
/** A policy may ask for five. */
const MAX_ARGS = 8;
const NOTED_SEVERITY = 50;
/** Assumption: what the author of a policy has stopped is grave, in Elastic's scale `high`. */
const STOPPED_SEVERITY = 73;

/** Whether a record looks like an event of Tetragon: filters of its export may have removed all but the type. */
export function isTetragon(value: unknown): boolean {
  if (!isObject(value)) return false;
  return TYPES.some((type) => isObject(value[type])) || HEALTH.some((type) => isObject(value[type]));
}

export function decodeTetragon(value: unknown, place: Place, context: FormatContext): Decoded<Observation> {
  return withFields(withoutContent(value), context.redactor, 'A Tetragon event', (fields) =>
    decodeEvent(fields, place),
  );
}

function decodeEvent(fields: { [key: string]: Json }, place: Place): Decoded<Observation> {
  if (HEALTH.some((type) => isObject(fields[type])))
    return { items: [], ignored: { sensor_health: 1 }, refused: [] };
  const type = TYPES.find((name) => isObject(fields[name]));
  if (type === undefined)
    return refusedAs('wrong_shape', 'A Tetragon event has a member such as process_exec or process_kprobe.');
  return withStamp(fields['time'], 'A Tetragon event', (stamp) =>
    taken([observationOf(type, { source: 'tetragon', dataset: `tetragon.${type}`, stamp, fields, place })]),
  );
}

function observationOf(type: string, parts: RecordParts): Observation {
  const event = objectIn(parts.fields[type]);
  const process = objectIn(event['process']);
  const policy = OF_POLICY.includes(type) ? textIn(event['policy_name']) : null;
  const stopped = STOPPED.has(textIn(event['action']) ?? '');
  const common = {
    identity: identityOf(parts.fields, process),
    nativeId: idIn(process['exec_id']),
    actor: actorOf(process),
    outcome: outcomeOf(type, stopped),
    detail: joined(commandOf(process), policy === null ? null : targetOf(listIn(event['args']))),
    message: textIn(event['message']) ?? textIn(event['function_name']),
  };
  if (policy === null) return observed(parts, { ...common, action: type });
  return observed(parts, {
    ...common,
    kind: 'alert',
    action: policy,
    rule: { id: `tetragon:${policy}`, name: policy },
    severity: stopped ? STOPPED_SEVERITY : NOTED_SEVERITY,
    techniques: techniquesOf(listIn(event['tags'])),
  });
}

function identityOf(fields: Fields, process: Fields): StatedIdentity {
  const pod = objectIn(process['pod']);
  const container = objectIn(pod['container']);
  return {
    ...NO_IDENTITY,
    cluster: textIn(fields['cluster_name']),
    namespace: textIn(pod['namespace']),
    podName: textIn(pod['name']),
    podUid: textIn(pod['uid']),
    containerId: parseContainerId(container['id']) ?? parseContainerId(process['docker']),
    containerName: textIn(container['name']),
    node: textIn(fields['node_name']),
  };
}

/** The user's name where Tetragon resolves names, else who logged in, else the user id. */
function actorOf(process: Fields): string | null {
  const name = textIn(objectIn(process['user'])['name']);
  if (name !== null) return name;
  const login = idIn(process['auid']);
  if (login !== null && login !== UNSET_LOGIN) return `auid:${login}`;
  const user = idIn(process['uid']);
  return user === null ? null : `uid:${user}`;
}

function commandOf(process: Fields): string | null {
  const binary = textIn(process['binary']);
  const given = textIn(process['arguments']);
  return binary === null || given === null ? binary : `${binary} ${given}`;
}

function joined(command: string | null, target: string | null): string | null {
  return command === null || target === null ? (command ?? target) : `${command} -> ${target}`;
}

/** What a probed call is about, so that two files or two peers are two events: the first argument that says so. */
function targetOf(args: readonly Json[]): string | null {
  for (const each of args.slice(0, MAX_ARGS)) {
    const arg = objectIn(each);
    const peer = objectIn(arg['sock_arg'] ?? arg['skb_arg']);
    const address = objectIn(arg['sockaddr_arg']);
    const target =
      ['file_arg', 'path_arg', 'linux_binprm_arg', 'sockaddrun_arg']
        .map((name) => textIn(objectIn(arg[name])['path']))
        .find((path) => path !== null) ??
      textIn(arg['string_arg']) ??
      textIn(objectIn(arg['module_arg'])['name']) ??
      textIn(peer['daddr']) ??
      textIn(address['addr']);
    const port = idIn(peer['dport'] ?? address['port']);
    if (target !== null) return port === null ? target : `${target}:${port}`;
  }
  return null;
}

/** A probe sits at the entry of a call: how the call ended is known only where the policy ended it. */
function outcomeOf(type: string, stopped: boolean): Observation['outcome'] {
  if (stopped) return 'failure';
  return type === 'process_exec' ? 'success' : 'unknown';
}

/** Members that are content, or hold it. */
const CONTENT: ReadonlySet<string> = new Set(['bytes_arg', 'truncated_bytes_arg', 'environment_variables']);

function withoutContent(record: unknown): unknown {
  return withoutMembers(record, (name) => (CONTENT.has(name) ? REMOVED_MARK : undefined));
}
