/** Security records of a scenario: Falco alerts, native events, audit requests in one to three stages. */
import type { Dice } from './dice.ts';
import { DAY, HOUR, MINUTE, SECOND, spellContainer, spellTime, uid } from './scenario-world.ts';
import type { Stage, WorldContainer, WorldPod } from './scenario-world.ts';
import { fnv128 } from './text.ts';
import type { Plain } from './text.ts';

/** What a record is about, so that spans can be aimed at it. */
export interface Target {
  start: number;
  /** As far as a span should care: the end of a completed session. */
  end: number;
  pod: WorldPod;
  container: WorldContainer;
  /** Which spans are worth making for it. */
  hint: 'pod' | 'account' | 'node' | 'trace';
  traceId: string | null;
}

export interface SecurityRecords {
  audit: Plain[];
  alerts: Plain[];
  events: Plain[];
  targets: Target[];
}

/** Zero to six things that happen, their repeats, and audit records that only teach. */
export function makeSecurity(stage: Stage): SecurityRecords {
  const { dice } = stage;
  const records: SecurityRecords = { audit: [], alerts: [], events: [], targets: [] };
  const makers = [falcoAlert, nativeEvent, execSession, accountRequest, nodeEvent, tracedEvent, podCreation];
  for (let i = dice.weighted([1, 6, 8, 8, 4, 3, 2]); i > 0; i--) {
    makers[dice.weighted([6, 5, 5, 4, 3, 3, 2])]?.(stage, records);
  }
  for (let i = dice.int(0, 2); i > 0; i--) teach(stage, records);
  if (records.targets.length === 0) stage.note('no_events');
  return records;
}

function draw(stage: Stage): Omit<Target, 'hint' | 'traceId'> {
  const { dice } = stage;
  const pod = dice.pick(stage.pods);
  const container = dice.pick(pod.containers);
  const start =
    stage.t0 + dice.pick([dice.int(0, 40 * MINUTE), dice.int(0, 3 * MINUTE), dice.int(0, 90 * SECOND)]);
  return { start, end: start, pod, container };
}

/** The same record again at another time: it folds, or misses by the minute, the actor or the command line. */
function repeat(stage: Stage, target: Target, record: Plain, put: (copy: Plain) => void): void {
  const { dice, note } = stage;
  if (!dice.chance(0.35)) return;
  const minute = Math.floor(target.start / MINUTE) * MINUTE;
  const edge = dice.pick(['same', 'same', 'last', 'next'] as const);
  const at =
    edge === 'same'
      ? minute + dice.int(0, MINUTE - 1)
      : edge === 'last'
        ? minute + MINUTE - 1
        : minute + MINUTE;
  note(edge === 'next' ? 'almost_folds' : 'folds');
  const copy: Plain = { ...record, time: spellTime(dice, at) };
  if ('uuid' in copy) copy['uuid'] = uid(dice);
  if ('id' in copy) copy['id'] = `native-${dice.hex(6)}`;
  put(copy);
}

function falcoAlert(stage: Stage, records: SecurityRecords): void {
  const { dice, note } = stage;
  const target: Target = { ...draw(stage), hint: 'pod', traceId: null };
  const { pod, container } = target;
  const form = dice.weighted([3, 3, 3, 1, 1]);
  const fields: Plain = { 'evt.type': 'execve', 'k8s.ns.name': '<NA>', 'k8s.pod.name': null, 'proc.tty': 1 };
  if (form === 0 || form === 1 || form === 3) {
    fields['k8s.ns.name'] = pod.namespace;
    fields['k8s.pod.name'] = pod.name;
  }
  if (form === 3) fields['k8s.pod.uid'] = pod.uid;
  if (form === 0 || form === 2) {
    const full = dice.chance(0.3);
    fields['container.id'] = container.id.slice(0, 12);
    if (full) fields['container.full_id'] = container.id;
    note(full ? 'falco_full_id' : 'falco_short_id');
  }
  if (form === 4) {
    fields['container.id'] = 'host';
    note('falco_host');
  }
  if (dice.chance(0.4)) fields['container.name'] = container.name;
  if (dice.chance(0.7)) fields['user.name'] = dice.pick(['root', 'app']);
  if (dice.chance(0.7)) fields['proc.cmdline'] = dice.pick(['sh', 'bash -i', 'curl http://example.test']);
  const escape = dice.chance(0.15);
  const alert: Plain = {
    hostname: 'falco-4cvkq',
    output: 'something happened',
    output_fields: fields,
    priority: dice.pick(['Notice', 'Warning', 'Critical']),
    rule: escape ? 'Container escape' : dice.pick(['Terminal shell in container', 'Read sensitive file']),
    source: 'syscall',
    tags: escape ? ['container', 'T1611'] : ['container', 'T1059'],
    time: spellTime(dice, target.start),
  };
  if (dice.chance(0.5)) alert['uuid'] = uid(dice);
  records.alerts.push(alert);
  records.targets.push(target);
  repeat(stage, target, alert, (copy) => {
    if (dice.chance(0.25)) {
      copy['output_fields'] = { ...fields, 'proc.cmdline': 'cat /etc/shadow' };
      note('almost_folds');
    }
    records.alerts.push(copy);
  });
}

function nativeBase(stage: Stage, at: number, rule: string): Plain {
  const event: Plain = { time: spellTime(stage.dice, at), rule, severity: stage.dice.int(0, 100) };
  if (stage.dice.chance(0.7)) event['id'] = `native-${stage.dice.hex(6)}`;
  return event;
}

function nativeEvent(stage: Stage, records: SecurityRecords): void {
  const { dice, note } = stage;
  const target: Target = { ...draw(stage), hint: 'pod', traceId: null };
  const { pod, container } = target;
  const escape = dice.chance(0.3);
  const event = nativeBase(stage, target.start, escape ? 'Escape to host' : 'Odd process');
  const form = dice.weighted([3, 2, 2, 2, 1]);
  if (form <= 1) Object.assign(event, { namespace: pod.namespace, pod: pod.name });
  if (form === 1 || form === 2) event['pod_uid'] = pod.uid;
  if (form === 0 || form === 3) event['container_id'] = spellContainer(dice, container.id, note);
  if (form === 4) Object.assign(event, { pod: pod.name });
  if (dice.chance(0.4)) event['cluster'] = pod.cluster;
  if (escape) {
    Object.assign(event, { techniques: ['T1611'], node: pod.node });
    note('escape');
  }
  records.events.push(event);
  records.targets.push(target);
  repeat(stage, target, event, (copy) => records.events.push(copy));
}

/** An event that knows the node only. */
function nodeEvent(stage: Stage, records: SecurityRecords): void {
  const target: Target = { ...draw(stage), hint: 'node', traceId: null };
  const event = nativeBase(stage, target.start, 'Kernel module loaded');
  event['node'] = target.pod.node;
  if (stage.dice.chance(0.7)) event['cluster'] = target.pod.cluster;
  if (stage.dice.chance(0.3)) event['techniques'] = ['T1611'];
  records.events.push(event);
  records.targets.push(target);
}

/** An event with a trace id of its own, or with the one that Falcosidekick made up for it. */
function tracedEvent(stage: Stage, records: SecurityRecords): void {
  const { dice, note } = stage;
  const drawn = draw(stage);
  const { pod, container } = drawn;
  const event = nativeBase(stage, drawn.start, 'Suspicious request');
  const named = dice.chance(0.6);
  if (named) Object.assign(event, { namespace: pod.namespace, pod: pod.name });
  const short = container.id.slice(0, 12);
  if (!named && dice.chance(0.6)) event['container_id'] = short;
  const hash = named ? fnv128(`${pod.namespace}:${pod.name}`) : fnv128(short);
  const madeUp = (named || event['container_id'] !== undefined) && dice.chance(0.3);
  const traceId = madeUp ? hash : dice.pick(stage.traces);
  // A made-up id is no trace id even where spans have it.
  if (madeUp) stage.traces.push(hash);
  note(madeUp ? 'made_up_trace' : 'event_trace');
  event['trace_id'] = dice.chance(0.2) ? traceId.toUpperCase() : traceId;
  records.events.push(event);
  records.targets.push({ ...drawn, hint: 'trace', traceId });
}

function auditBase(stage: Stage, verb: string, objectRef: Plain, uri: string, user: Plain): Plain {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: uid(stage.dice),
    verb,
    user,
    objectRef,
    requestURI: uri,
    sourceIPs: ['192.0.2.7'],
  };
}

function stamp(at: number): string {
  return `${new Date(Math.floor(at / 1000)).toISOString().slice(0, 23)}${String(at % 1000).padStart(3, '0')}Z`;
}

function inStage(
  request: Plain,
  stageName: string,
  received: number,
  at: number,
  code: number | null,
): Plain {
  return {
    ...request,
    stage: stageName,
    requestReceivedTimestamp: stamp(received),
    stageTimestamp: stamp(at),
    ...(code === null ? {} : { responseStatus: { metadata: {}, code } }),
  };
}

/** The account of a pod as the API server sees it, with the pod where the token is bound to one. */
function caller(stage: Stage, pod: WorldPod, bound: boolean): Plain {
  const person = stage.dice.chance(0.1);
  if (person) stage.note('person_named_like_account');
  const user: Plain = {
    username: person
      ? `${pod.namespace}/${pod.account}`
      : `system:serviceaccount:${pod.namespace}:${pod.account}`,
    groups: ['system:authenticated'],
  };
  if (bound) {
    stage.note('caller_pod');
    user['extra'] = { 'authentication.kubernetes.io/pod-name': [pod.name] };
    if (stage.dice.chance(0.8)) {
      Object.assign(plainExtra(user), { 'authentication.kubernetes.io/pod-uid': [pod.uid] });
    }
  }
  return user;
}

function plainExtra(user: Plain): object {
  const extra = user['extra'];
  return typeof extra === 'object' && extra !== null ? extra : {};
}

function execSession(stage: Stage, records: SecurityRecords): void {
  const { dice, note } = stage;
  const drawn = draw(stage);
  const { pod, container, start } = drawn;
  const subresource = dice.pick(['exec', 'exec', 'exec', 'attach', 'portforward']);
  const query = subresource === 'portforward' ? 'ports=8080' : `command=sh${named(dice, container)}`;
  const user = dice.chance(0.7)
    ? { username: 'alice', groups: [] }
    : caller(stage, dice.pick(stage.pods), dice.chance(0.7));
  const request = auditBase(
    stage,
    'create',
    { resource: 'pods', subresource, namespace: pod.namespace, name: pod.name, apiVersion: 'v1' },
    `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/${subresource}?${query}`,
    user,
  );
  const started = start + dice.int(0, 200_000);
  const end = started + dice.pick([dice.int(0, 20 * MINUTE), dice.int(0, 30 * SECOND)]);
  const completed = dice.chance(0.55);
  const stages = [
    ...(dice.chance(0.5) ? [inStage(request, 'RequestReceived', start, start, null)] : []),
    ...(!completed || dice.chance(0.8) ? [inStage(request, 'ResponseStarted', start, started, 101)] : []),
    ...(completed
      ? [inStage(request, dice.chance(0.9) ? 'ResponseComplete' : 'Panic', start, end, 101)]
      : []),
  ];
  note(completed ? 'session_completed' : 'session_ongoing');
  if (stages.length > 1) note('multi_stage');
  records.audit.push(...stages);
  const last = completed ? end : started;
  records.targets.push({ ...drawn, end: last, hint: 'pod', traceId: null });
  if (dice.chance(0.1)) {
    // A client may choose the auditID: another request under the same one.
    note('audit_id_reused');
    const other = {
      ...request,
      verb: 'get',
      objectRef: { resource: 'secrets', namespace: pod.namespace, name: 'db' },
    };
    records.audit.push(
      inStage({ ...other, requestURI: '/api/v1/secrets/db' }, 'ResponseComplete', start, end, 200),
    );
  }
}

function named(dice: Dice, container: WorldContainer): string {
  return dice.chance(0.6) ? `&container=${container.name}&stdin=true` : '&stdin=true';
}

/** A secret is read by an account: alone, from its pod, or as a native event that names the account only. */
function accountRequest(stage: Stage, records: SecurityRecords): void {
  const { dice, note } = stage;
  const drawn = draw(stage);
  const { pod, start } = drawn;
  records.targets.push({ ...drawn, hint: 'account', traceId: null });
  if (dice.chance(0.4)) {
    const event = nativeBase(stage, start, 'Token used from a new address');
    const spelling = dice.int(0, 2);
    if (spelling === 0) Object.assign(event, { service_account: pod.account, namespace: pod.namespace });
    if (spelling === 1) event['service_account'] = `${pod.namespace}/${pod.account}`;
    if (spelling === 2) event['service_account'] = `system:serviceaccount:${pod.namespace}:${pod.account}`;
    if (dice.chance(0.3)) event['cluster'] = pod.cluster;
    records.events.push(event);
    note('native_account');
    return;
  }
  const name = dice.pick(['db', 'card-keys']);
  const request = auditBase(
    stage,
    'get',
    { resource: 'secrets', namespace: pod.namespace, name, apiVersion: 'v1' },
    `/api/v1/namespaces/${pod.namespace}/secrets/${name}`,
    caller(stage, pod, dice.chance(0.3)),
  );
  records.audit.push(inStage(request, 'ResponseComplete', start, start + dice.int(0, 5000), 200));
}

function podBody(dice: Dice, pod: WorldPod, withUid: boolean): Plain {
  const metadata: Plain = { name: pod.name, namespace: pod.namespace };
  if (withUid) metadata['uid'] = pod.uid;
  return { kind: 'Pod', metadata, spec: { serviceAccountName: pod.account, hostPID: dice.chance(0.5) } };
}

/** A pod is created; the body tells its account, and the response its uid. */
function podCreation(stage: Stage, records: SecurityRecords): void {
  const { dice, note } = stage;
  const drawn = draw(stage);
  const { pod, start } = drawn;
  const request = auditBase(
    stage,
    'create',
    { resource: 'pods', namespace: pod.namespace, name: pod.name, apiVersion: 'v1' },
    `/api/v1/namespaces/${pod.namespace}/pods`,
    { username: 'system:serviceaccount:kube-system:replicaset-controller', groups: [] },
  );
  const body = podBody(dice, pod, true);
  const complete = { ...request, requestObject: podBody(dice, pod, false), responseObject: body };
  note('pod_body');
  records.audit.push(inStage(complete, 'ResponseComplete', start, start + dice.int(0, 5000), 201));
  if (dice.chance(0.5)) records.targets.push({ ...drawn, hint: 'pod', traceId: null });
}

/** Records that no rule matches, which tell who a pod is and whose account it has, near or a day away. */
function teach(stage: Stage, records: SecurityRecords): void {
  const { dice, note } = stage;
  const at = stage.t0 + dice.pick([-1, 1]) * dice.pick([dice.int(0, HOUR), dice.int(0, 2 * DAY)]);
  const pod = dice.pick(stage.pods);
  if (dice.chance(0.4)) {
    podCreation({ ...stage, t0: at, pods: [pod] }, { ...records, targets: [] });
    return;
  }
  note('unmatched_audit');
  const request = auditBase(
    stage,
    'list',
    { resource: 'configmaps', namespace: pod.namespace, apiVersion: 'v1' },
    `/api/v1/namespaces/${pod.namespace}/configmaps`,
    caller(stage, pod, true),
  );
  records.audit.push(inStage(request, 'ResponseComplete', at, at + 900, 200));
}
