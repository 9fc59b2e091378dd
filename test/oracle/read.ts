/** The oracle's readers: raw records to what they state. Only the fields that scenarios use. */
import { readAudit } from './read-audit.ts';
import { accountOfUser, serviceAccount } from './world.ts';
import type { Observation, PaymentRecord, Span, World } from './world.ts';
import {
  canonical,
  containerId,
  fnv128,
  hexId,
  id,
  idValue,
  list,
  micros,
  microsOfNanos,
  plain,
  text,
} from './text.ts';
import type { Plain } from './text.ts';
import type { OracleInput, OracleSettings } from './types.ts';

/** Every record of the input, read. */
export function readWorld(input: OracleInput, settings: OracleSettings): World {
  const observations = [
    ...readAudit(input.audit, input.cluster),
    ...input.alerts.map((alert) => readFalco(alert, input.cluster)),
    ...input.events.map((event) => readNative(event, input.cluster)),
  ];
  const spans = input.spans.flatMap((request) => readSpans(request, input.cluster, settings));
  const payments = input.payments.map((payment) => readPayment(payment, input.cluster, settings));
  return {
    observations,
    spans,
    payments: payments.filter((p, i) => payments.findIndex((q) => q.id === p.id) === i),
  };
}

/** An alert about the API server's log: its target instead of a container, its user instead of a process. */
function readFalcoAudit(alert: Plain, configured: string | null): Observation {
  const plainAlert = readFalcoAlert(alert, configured);
  const fields = plain(alert['output_fields']);
  const target = (name: string): string | null => text(fields[`ka.target.${name}`]);
  const [resource, subresource] = [target('resource'), target('subresource')];
  const verb = text(fields['ka.verb']) ?? (subresource === null ? null : 'create');
  const about =
    resource === 'pods' &&
    (subresource === null
      ? ['create', 'update', 'patch', 'delete'].includes(String(verb))
      : ['exec', 'attach', 'portforward', 'proxy', 'log', 'ephemeralcontainers'].includes(subresource));
  const actor = text(fields['ka.user.name']);
  const account = accountOfUser(actor);
  return {
    ...plainAlert,
    statement: {
      ...plainAlert.statement,
      namespace: about ? target('namespace') : null,
      podName: about ? target('name') : null,
      podUid: null,
      containerId: null,
      containerName: about ? text(fields['ka.uri.param[container]']) : null,
      node: null,
    },
    actor,
    account: account === null ? null : { cluster: configured, ...account },
    detail: text(fields['ka.uri']) ?? text(fields['ka.uri.param[command]']),
    resource:
      resource === null
        ? plainAlert.resource
        : [null, resource, subresource, target('namespace'), target('name')],
  };
}

function readFalco(alert: Plain, configured: string | null): Observation {
  return alert['source'] === 'k8s_audit'
    ? readFalcoAudit(alert, configured)
    : readFalcoAlert(alert, configured);
}

function readFalcoAlert(alert: Plain, configured: string | null): Observation {
  const fields = plain(alert['output_fields']);
  const at = micros(alert['time']);
  const uuid = text(alert['uuid']);
  const namespace = text(fields['k8s.ns.name']);
  const podName = text(fields['k8s.pod.name']);
  const name = String(alert['rule']);
  const madeUp =
    namespace !== null && podName !== null
      ? fnv128(`${namespace}:${podName}`)
      : fnv128(text(fields['container.id']) ?? text(fields['evt.hostname']) ?? '');
  const traceId = hexId(fields['trace_id']);
  return {
    source: 'falco',
    start: at,
    end: at,
    nativeId: uuid,
    nativeTuple: canonical([uuid ?? canonical(alert)]),
    statement: {
      at,
      cluster: configured,
      namespace,
      podName,
      podUid: text(fields['k8s.pod.uid']),
      containerId: containerId(fields['container.full_id']) ?? containerId(fields['container.id']),
      // A process of the host is in none, whatever it is called.
      containerName: fields['container.id'] === 'host' ? null : text(fields['container.name']),
      node: text(fields['k8s.node.name']),
    },
    statedCluster: null,
    account: null,
    actor: text(fields['user.name']),
    detail: text(fields['proc.cmdline']),
    resource: [null, null, null, null, null],
    traceId: traceId === madeUp ? null : traceId,
    proofs: [],
    ongoing: false,
    rule: { id: `falco:${name}`, techniques: list(alert['tags']).map(String) },
    record: alert,
  };
}

function readNative(event: Plain, configured: string | null): Observation {
  const at = micros(event['time']);
  const nativeId = text(event['id']);
  const namespace = text(event['namespace']);
  const podName = text(event['pod']);
  const cluster = text(event['cluster']) ?? configured;
  const account = serviceAccount(text(event['service_account']), namespace);
  const madeUp =
    namespace !== null && podName !== null
      ? fnv128(`${namespace}:${podName}`)
      : fnv128(text(event['container_id']) ?? '');
  const traceId = hexId(event['trace_id']);
  return {
    source: 'events',
    start: at,
    end: at,
    nativeId,
    nativeTuple: canonical([nativeId ?? canonical(event)]),
    statement: {
      at,
      cluster,
      namespace,
      podName,
      podUid: text(event['pod_uid']),
      containerId: containerId(event['container_id']),
      containerName: null,
      node: text(event['node']),
    },
    statedCluster: text(event['cluster']),
    account: account === null ? null : { cluster, ...account },
    actor: null,
    detail: null,
    resource: [null, null, null, null, null],
    traceId: traceId === madeUp ? null : traceId,
    proofs: [],
    ongoing: false,
    rule: { id: `events:${String(event['rule'])}`, techniques: list(event['techniques']).map(String) },
    record: event,
  };
}

const WORKLOADS = ['deployment', 'statefulset', 'daemonset', 'cronjob', 'job'];

function readSpans(request: Plain, configured: string | null, settings: OracleSettings): Span[] {
  const spans: Span[] = [];
  for (const resourceSpans of list(request['resourceSpans']).map(plain)) {
    const resource = attributesOf(plain(resourceSpans['resource']));
    const get = (name: string): string | null => text(resource.find(([key]) => key === name)?.[1]);
    const kind = WORKLOADS.find((candidate) => get(`k8s.${candidate}.name`) !== null);
    for (const scopeSpans of list(resourceSpans['scopeSpans']).map(plain)) {
      if (plain(scopeSpans['scope'])['name'] === 'falco-event') continue;
      for (const span of list(scopeSpans['spans']).map(plain)) {
        const carried = [
          ...attributesOf(span),
          ...list(span['events']).flatMap((event) => attributesOf(plain(event))),
          ...list(span['links']).flatMap((link) => attributesOf(plain(link))),
          ...resource,
        ];
        const start = microsOfNanos(span['startTimeUnixNano']);
        spans.push({
          traceId: hexId(span['traceId']) ?? '',
          spanId: hexId(span['spanId']) ?? '',
          start,
          end: microsOfNanos(span['endTimeUnixNano']),
          statement: {
            at: start,
            cluster: get('k8s.cluster.name') ?? configured,
            namespace: get('k8s.namespace.name'),
            podName: get('k8s.pod.name'),
            podUid: get('k8s.pod.uid'),
            containerId: containerId(get('container.id')),
            containerName: get('k8s.container.name'),
            node: get('k8s.node.name'),
          },
          hostName: get('host.name'),
          serviceNamespace: get('service.namespace'),
          serviceName: get('service.name'),
          workload: kind === undefined ? null : { kind, name: get(`k8s.${kind}.name`) ?? '' },
          ids: carried.flatMap(([name, value]) => transactionId(name, value, settings)),
        });
      }
    }
  }
  return spans;
}

/** Attributes as (name, text) pairs; integers and arrays of one count as their text. */
function attributesOf(holder: Plain): [string, string][] {
  return list(holder['attributes'])
    .map(plain)
    .flatMap((attribute): [string, string][] => {
      const value = plain(attribute['value']);
      const elements = list(plain(value['arrayValue'])['values']).map(plain);
      const single = elements.length === 1 && elements[0] !== undefined ? elements[0] : value;
      const content = single['stringValue'] ?? single['intValue'];
      return typeof content === 'string' || typeof content === 'number'
        ? [[String(attribute['key']), String(content)]]
        : [];
    });
}

/** J15, first sentence. */
function transactionId(name: string, value: string, settings: OracleSettings): Span['ids'] {
  const row = settings.attributes[name];
  const found = idValue(value);
  const placeholder =
    found === '' || settings.placeholders.some((p) => p.toLowerCase() === found.toLowerCase());
  return row === undefined || placeholder ? [] : [{ value: found, type: row.type, order: row.order }];
}

function readPayment(payment: Plain, configured: string | null, settings: OracleSettings): PaymentRecord {
  const at = micros(payment['time']);
  const ownId = text(payment['id']);
  return {
    id: id('pe', ['payment', settings.tenant, 'payments', [canonical(payment)]]),
    ownId: ownId === null ? null : idValue(ownId),
    aliases: list(payment['ids'])
      .map(plain)
      .map((alias) => ({ type: String(alias['type']), value: idValue(String(alias['value'])) })),
    time: at,
    state: String(payment['state']),
    rail: String(payment['rail']),
    traceId: hexId(payment['trace_id']),
    service: text(payment['service']),
    statement: {
      at,
      cluster: text(payment['cluster']) ?? configured,
      namespace: text(payment['namespace']),
      podName: text(payment['pod']),
      podUid: text(payment['pod_uid']),
      containerId: containerId(payment['container_id']),
      containerName: null,
      node: null,
    },
  };
}
