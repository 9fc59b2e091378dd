/**
 * What the sensors that the story has no files of would write in its ten minutes, on a day on which nothing happens: flows that
 * pass, calls that are served, secrets that services read, identities that agents fetch, reports of policies, releases, and the
 * small refusals of every day. Each is about a pod that handles payments, so that whatever a rule made of it would be linked.
 */
import { buildPods, type Pod } from '../../examples/stolen-token/story/company.ts';
import { END_MS, microsText } from '../../examples/stolen-token/story/time.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';

type RawRecord = Record<string, unknown>;
const STEP_MS = 20_000;

/** Records of ten minutes for the pods of the story that this seed tells. */
export function ordinaryTraffic(seed: number): RawRecord[] {
  const random = new SeededRandom(seed);
  const pods = buildPods(random.fork('pods'));
  const records: RawRecord[] = [];
  for (const [index, pod] of pods.entries()) {
    const peer = pods[(index + 3) % pods.length] ?? pod;
    for (let ms = pod.from * 1_000 + random.integer(0, STEP_MS); ms < END_MS; ms += STEP_MS)
      records.push(...atOnce(pod, peer, microsText(ms), random));
  }
  return records;
}

/** What people, pipelines and controllers ask of the API server meanwhile: they look, release, scale and tidy up. */
export function ordinaryRequests(seed: number): RawRecord[] {
  const random = new SeededRandom(seed).fork('requests');
  const cd = 'system:serviceaccount:argocd:argocd-application-controller';
  const inSystem = (name: string): string => `system:serviceaccount:kube-system:${name}`;
  const requests: [user: string, verb: string, resource: string, body?: RawRecord][] = [
    ['alice', 'list', 'pods'],
    ['alice', 'get', 'pods/log'],
    ['alice', 'create', 'selfsubjectrulesreviews'],
    ['alice', 'patch', 'deployments', { spec: { template: { metadata: { annotations: {} } } } }],
    ['alice', 'create', 'pods/exec'],
    ['repo:bank/payments:ref:refs/heads/main', 'patch', 'deployments', image('2026.10.4')],
    ['repo:bank/payments:ref:refs/heads/main', 'create', 'cronjobs'],
    [cd, 'patch', 'services', { spec: { type: 'LoadBalancer' } }],
    [cd, 'patch', 'configmaps', { data: {} }],
    [inSystem('deployment-controller'), 'update', 'replicasets', { spec: { replicas: 0 } }],
    [inSystem('horizontal-pod-autoscaler'), 'update', 'deployments/scale', { spec: { replicas: 4 } }],
    [inSystem('generic-garbage-collector'), 'delete', 'replicasets'],
    ['system:kube-scheduler', 'create', 'pods/binding'],
    ['system:serviceaccount:monitoring:prometheus', 'get', 'nodes/proxy'],
  ];
  return requests.map(([user, verb, what, body]) => {
    // A shell in production is refused to people.
    const code = what === 'pods/exec' ? 403 : 200;
    return asked({
      user,
      verb,
      what,
      body,
      code,
      time: microsText(random.integer(0, END_MS)),
      id: random.uuid(),
    });
  });
}

function image(tag: string): RawRecord {
  return {
    spec: {
      template: { spec: { containers: [{ name: 'ledger', image: `registry.example.com/ledger:${tag}` }] } },
    },
  };
}

interface Asked {
  user: string;
  verb: string;
  what: string;
  body: RawRecord | undefined;
  code: number;
  time: string;
  id: string;
}

function asked({ user, verb, what, body, code, time, id }: Asked): RawRecord {
  const [resource, subresource] = what.split('/');
  const uri =
    resource === 'nodes' ? '/api/v1/nodes/n1/proxy/metrics' : `/apis/x/v1/namespaces/payments/${what}`;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Request',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: uri,
    verb,
    user: { username: user, groups: ['system:authenticated'] },
    objectRef: {
      resource,
      namespace: 'payments',
      name: 'ledger',
      ...(subresource === undefined ? {} : { subresource }),
    },
    responseStatus: { code },
    ...(body === undefined ? {} : { requestObject: body }),
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: { 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' },
  };
}

/** What is written of one pod within a moment. */
function atOnce(pod: Pod, peer: Pod, time: string, random: SeededRandom): RawRecord[] {
  const world = { labels: ['reserved:world'] };
  const dns = { UDP: { source_port: 41000, destination_port: 53 } };
  return [
    flow(pod, endOf(peer), time, {}),
    flow(pod, world, time, { destination_names: ['acquirer.example'] }),
    flow(pod, { namespace: 'kube-system', pod_name: 'coredns-1', labels: [] }, time, { l4: dns }),
    flow(pod, endOf(peer), time, { verdict: 'DROPPED', drop_reason_desc: 'STALE_OR_UNROUTABLE_IP' }),
    call(pod, time, random, {}),
    call(pod, time, random, { method: 'GET', path: '/healthz', requested_server_name: null }),
    // Strangers at the gateway.
    call(pod, time, random, { response_code: 401, x_forwarded_for: '203.0.113.9' }),
    call(pod, time, random, { response_code: 403, x_forwarded_for: '203.0.113.10', response_flags: 'UAEX' }),
    read(pod, time, random, {}),
    read(pod, time, random, { error: '1 error occurred:\n\t* permission denied\n\n' }),
    renewed(pod, time, random),
    reported(pod, time, 'fail', 'medium'),
    reported(pod, time, 'warn', 'high'),
    reported(pod, time, 'pass', 'high'),
    violated(pod, time),
  ];
}

function endOf(pod: Pod): RawRecord {
  return { namespace: 'payments', pod_name: pod.name, labels: [`k8s:app=${pod.service}`] };
}

function flow(pod: Pod, destination: RawRecord, time: string, more: RawRecord): RawRecord {
  return {
    flow: {
      time,
      verdict: 'FORWARDED',
      traffic_direction: 'EGRESS',
      IP: { source: pod.ip, destination: '10.20.9.9', ipVersion: 'IPv4' },
      l4: { TCP: { source_port: 40000, destination_port: 8443, flags: { SYN: true } } },
      source: endOf(pod),
      destination,
      is_reply: false,
      ...more,
    },
    node_name: `prod-eu/${pod.node}`,
    time,
  };
}

function call(pod: Pod, time: string, random: SeededRandom, more: RawRecord): RawRecord {
  return {
    start_time: time,
    method: 'POST',
    path: '/api/v1/payments',
    response_code: 201,
    response_flags: '-',
    response_code_details: 'via_upstream',
    duration: random.integer(2, 90),
    x_forwarded_for: null,
    request_id: random.uuid(),
    authority: `${pod.service}:8080`,
    upstream_cluster: 'inbound|8080||',
    downstream_remote_address: '10.20.9.9:37652',
    requested_server_name: `outbound_.8080_._.${pod.service}.payments.svc.cluster.local`,
    pod_name: pod.name,
    pod_namespace: 'payments',
    ...more,
  };
}

function read(pod: Pod, time: string, random: SeededRandom, more: RawRecord): RawRecord {
  const metadata = { service_account_name: pod.service, service_account_namespace: 'payments' };
  return {
    time,
    type: 'response',
    auth: {
      accessor: `hmac-sha256:${random.hex(64)}`,
      display_name: `kubernetes-payments-${pod.service}`,
      policies: ['default', 'payments'],
      metadata,
    },
    request: {
      id: random.uuid(),
      operation: 'read',
      mount_type: 'kv',
      path: `secret/data/${pod.service}`,
      namespace: { id: 'root' },
    },
    response: { mount_type: 'kv' },
    ...more,
  };
}

function renewed(pod: Pod, time: string, random: SeededRandom): RawRecord {
  return {
    time,
    level: 'info',
    msg: 'API accessed',
    type: 'audit',
    request_id: random.uuid(),
    status: 'success',
    status_code: 'OK',
    caller_id: `spiffe://bank.example/ns/payments/sa/${pod.service}`,
    service: 'svid.v1.SVID',
    method: 'BatchNewX509SVID',
  };
}

function reported(pod: Pod, time: string, result: string, severity: string): RawRecord {
  return {
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name: pod.uid, namespace: 'payments', creationTimestamp: time },
    scope: { apiVersion: 'v1', kind: 'Pod', name: pod.name, namespace: 'payments', uid: pod.uid },
    results: [{ policy: 'require-labels', rule: 'team', result, severity, source: 'kyverno' }],
  };
}

/** An audit run of Gatekeeper says the same each time. */
function violated(pod: Pod, time: string): RawRecord {
  return {
    ts: Date.parse(time) / 1_000,
    msg: 'label team is missing',
    process: 'audit',
    audit_id: time,
    event_type: 'violation_audited',
    constraint_kind: 'K8sRequiredLabels',
    constraint_name: 'team',
    constraint_action: 'deny',
    resource_kind: 'Pod',
    resource_namespace: 'payments',
    resource_name: pod.name,
  };
}

/** One thing that is not ordinary: the pod wants to get out, and may not. */
export function refusedExit(seed: number): RawRecord {
  const [pod] = buildPods(new SeededRandom(seed).fork('pods'));
  if (pod === undefined) throw new Error('the story has no pods');
  const refused = { verdict: 'DROPPED', drop_reason_desc: 'POLICY_DENIED' };
  return flow(pod, { labels: ['reserved:world'] }, microsText(END_MS / 2), refused);
}
