/** The oracle's reader of Kubernetes audit records: stages merged (F3), entities after DESIGN 4.1. */
import { canonical, list, micros, plain, text } from './text.ts';
import type { Plain } from './text.ts';
import { accountOfUser } from './world.ts';
import type { Account, Observation, Proof, Statement } from './world.ts';

const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];
const ABOUT_A_POD = ['exec', 'attach', 'portforward', 'proxy', 'log', 'ephemeralcontainers'];
const SESSIONS = ['exec', 'attach', 'portforward'];
const WRITES = ['create', 'update', 'patch', 'delete'];

/** One observation per request, whatever the number and order of its stages. */
export function readAudit(records: Plain[], configured: string | null): Observation[] {
  const requests = new Map<string, Plain[]>();
  for (const record of records) {
    const object = plain(record['objectRef']);
    const key = canonical([
      record['auditID'],
      plain(record['user'])['username'],
      record['verb'],
      [object['apiGroup'], object['resource'], object['subresource'], object['namespace'], object['name']],
      record['requestURI'],
    ]);
    requests.set(key, [...(requests.get(key) ?? []), record]);
  }
  return [...requests.values()].map((stages) => readRequest(stages, configured));
}

function readRequest(stages: Plain[], configured: string | null): Observation {
  const latest = stages.reduce((a, b) => (isLater(b, a) ? b : a));
  const object = plain(latest['objectRef']);
  const subresource = text(object['subresource']);
  const start = micros(latest['requestReceivedTimestamp']);
  const caller = callerOf(latest, start, configured);
  const body = bodyOf(latest, start, configured);
  const statement = aboutPod(latest)
    ? {
        at: start,
        cluster: configured,
        namespace: text(object['namespace']),
        podName: text(object['name']) ?? body?.statement.podName ?? null,
        podUid: text(object['uid']) ?? body?.statement.podUid ?? null,
        containerId: null,
        containerName: /[?&]container=([^&]+)/.exec(String(latest['requestURI']))?.[1] ?? null,
        node: null,
      }
    : caller.statement;
  const auditId = text(latest['auditID']);
  return {
    source: 'kubernetes-audit',
    start,
    end: Math.max(start, ...stages.map(stageTime)),
    nativeId: auditId,
    nativeTuple: canonical([auditId, latest['stage']]),
    statement,
    statedCluster: null,
    account: caller.account,
    actor: text(plain(latest['user'])['username']),
    detail: text(latest['requestURI']),
    resource: [
      ...['apiGroup', 'resource', 'subresource', 'namespace'].map((field) => text(object[field])),
      // A create with generateName has its name in the response only.
      text(object['name']) ?? text(plain(plain(latest['responseObject'])['metadata'])['name']),
    ],
    traceId: null,
    proofs: [caller, ...(body === null ? [] : [body])],
    ongoing: SESSIONS.includes(subresource ?? '') && latest['stage'] === 'ResponseStarted',
    rule: null,
    record: latest,
  };
}

function stageTime(record: Plain): number {
  return record['stageTimestamp'] === undefined ? 0 : micros(record['stageTimestamp']);
}

/** F3: by rank of the stage, then by stageTimestamp. */
function isLater(a: Plain, b: Plain): boolean {
  const rank = STAGES.indexOf(String(a['stage'])) - STAGES.indexOf(String(b['stage']));
  return rank > 0 || (rank === 0 && stageTime(a) > stageTime(b));
}

/** Whether the entity is the object, a pod, and not the caller's pod. */
function aboutPod(record: Plain): boolean {
  const object = plain(record['objectRef']);
  if (object['resource'] !== 'pods') return false;
  const subresource = text(object['subresource']);
  return subresource === null ? WRITES.includes(String(record['verb'])) : ABOUT_A_POD.includes(subresource);
}

/** The caller's account, and the pod that its token was given to. */
function callerOf(record: Plain, at: number, cluster: string | null): Proof {
  const user = plain(record['user']);
  const account = accountOfUser(text(user['username']));
  const extra = (name: string): string | null =>
    text(list(plain(user['extra'])[`authentication.kubernetes.io/${name}`])[0]);
  const statement: Statement = {
    at,
    cluster,
    namespace: account !== null && extra('pod-name') !== null ? account.namespace : null,
    podName: extra('pod-name'),
    podUid: extra('pod-uid'),
    containerId: null,
    containerName: null,
    node: extra('node-name'),
  };
  return { statement, account: account === null ? null : { cluster, ...account } };
}

/** The pod in the request's or the response's body; the response knows name and uid. */
function bodyOf(record: Plain, at: number, cluster: string | null): Proof | null {
  const object = plain(record['objectRef']);
  if (object['resource'] !== 'pods' || text(object['subresource']) !== null) return null;
  const bodies = [plain(record['responseObject']), plain(record['requestObject'])];
  const metadata = bodies.map((body) => plain(body['metadata']));
  const stated = (name: string): string | null =>
    metadata.map((part) => text(part[name])).find((value) => value !== null) ?? null;
  const namespace = stated('namespace') ?? text(object['namespace']);
  const name = stated('name');
  if (name === null) return null;
  const accountName = bodies
    .map((body) => text(plain(body['spec'])['serviceAccountName']))
    .find((v) => v !== null);
  const account: Account | null =
    accountName === undefined || accountName === null || namespace === null
      ? null
      : { cluster, namespace, name: accountName };
  const statement: Statement = {
    at,
    cluster,
    namespace,
    podName: name,
    podUid: stated('uid'),
    containerId: null,
    containerName: null,
    node: null,
  };
  return { statement, account };
}
