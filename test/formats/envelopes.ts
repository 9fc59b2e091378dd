/** The wrappings that shippers, clouds and connectors put around a record (reference/formats 3.12), as they are on the wire. */
import { gzipSync } from 'node:zlib';
import type { JsonObject } from './format-context.ts';

const TIME = '2026-03-10T14:00:03.001Z';
export const EMITTER = { namespace: 'security', podName: 'sensor-4cvkq', podUid: 'u-sensor', node: 'node-9' };
export const CONTAINER = '5892b41bcf46e0cfa8a09d7c4d32ffc5e8e9b2b7f7a8c1e0d1b2a3c4d5e6f708';
export const CLUSTER = 'prod-1';
export const TRACE = '0af7651916cd43dd8448eb211c80319c';

export interface Envelope {
  wrap: (record: unknown) => unknown;
  /** The emitter as far as it says it; else it is EMITTER with its container. */
  emitter?: Partial<typeof EMITTER & { containerId: string }>;
  /** What it says, to be found beside the record. */
  says: 'emitter' | 'cluster' | 'trace' | 'emitter and trace' | 'nothing';
}

const text = (record: unknown): string => (typeof record === 'string' ? record : JSON.stringify(record));

const fluentBit = (record: unknown): JsonObject => ({
  '@timestamp': 1_773_151_203.001,
  log: `${text(record)}\n`,
  stream: 'stdout',
  kubernetes: {
    pod_name: EMITTER.podName,
    namespace_name: EMITTER.namespace,
    pod_id: EMITTER.podUid,
    container_name: 'sensor',
    docker_id: CONTAINER,
    host: EMITTER.node,
    labels: { app: 'sensor' },
  },
});

const filebeat = (record: unknown): JsonObject => ({
  '@timestamp': TIME,
  '@metadata': { beat: 'filebeat', type: '_doc', version: '8.19.0' },
  message: text(record),
  log: { file: { path: '/var/log/containers/sensor.log' }, offset: 12 },
  kubernetes: {
    pod: { name: EMITTER.podName, uid: EMITTER.podUid },
    namespace: EMITTER.namespace,
    node: { name: EMITTER.node },
    container: { name: 'sensor' },
  },
  container: { id: CONTAINER, runtime: 'containerd' },
});

const vector = (record: unknown): JsonObject => ({
  message: text(record),
  timestamp: TIME,
  source_type: 'kubernetes_logs',
  stream: 'stdout',
  kubernetes: {
    pod_name: EMITTER.podName,
    pod_namespace: EMITTER.namespace,
    pod_uid: EMITTER.podUid,
    container_id: `containerd://${CONTAINER}`,
    container_name: 'sensor',
    pod_node_name: EMITTER.node,
  },
});

const stern = (record: unknown): JsonObject => ({
  message: text(record),
  nodeName: EMITTER.node,
  namespace: EMITTER.namespace,
  podName: EMITTER.podName,
  containerName: 'sensor',
});

const journal = (record: unknown): JsonObject => ({
  __REALTIME_TIMESTAMP: '1773151203001000',
  _HOSTNAME: EMITTER.node,
  SYSLOG_IDENTIFIER: 'sensor',
  _PID: '12',
  MESSAGE: text(record),
});

const cloudWatch = (record: unknown): JsonObject => ({
  messageType: 'DATA_MESSAGE',
  owner: '111122223333',
  logGroup: `/aws/eks/${CLUSTER}/cluster`,
  logStream: 'kube-apiserver-audit-0123456789abcdef',
  subscriptionFilters: ['all'],
  logEvents: [
    { id: '3195310660696698337880902507980421114328961542429', timestamp: 1, message: text(record) },
  ],
});

const packed = (value: unknown): string => gzipSync(text(value)).toString('base64');

const azure = (log: unknown): JsonObject => ({
  time: TIME,
  category: 'kube-audit',
  operationName: 'Microsoft.ContainerService/managedClusters/diagnosticLogs/Read',
  resourceId: `/SUBSCRIPTIONS/1/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/${CLUSTER.toUpperCase()}`,
  properties: { log, stream: 'stdout', pod: 'kube-apiserver-1', containerID: 'c' },
});

const cloudEvent = (record: unknown): JsonObject => ({
  specversion: '1.0',
  id: 'ce-1',
  source: '/sensors/1',
  type: 'record',
  time: TIME,
  traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
  data: record,
});

/** An AnyValue, as the Collector makes one of JSON that it has parsed; null is one that holds nothing. */
export function anyOf(value: unknown): JsonObject {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyOf) } };
  if (typeof value === 'object' && value !== null) return { kvlistValue: { values: membersOf(value) } };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return typeof value === 'string' ? { stringValue: value } : {};
}

/** The members of an object as attributes. */
export const membersOf = (value: object): JsonObject[] =>
  Object.entries(value).map(([key, member]) => ({ key, value: anyOf(member) }));

/** As the Collector exports what it read of a log. */
export const logsExport = (
  record: unknown,
  said: JsonObject = { body: { stringValue: text(record) } },
): JsonObject => ({
  resourceLogs: [
    {
      resource: {
        attributes: Object.entries({
          'k8s.pod.name': EMITTER.podName,
          'k8s.namespace.name': EMITTER.namespace,
          'k8s.pod.uid': EMITTER.podUid,
          'k8s.container.name': 'sensor',
          'container.id': CONTAINER,
          'k8s.node.name': EMITTER.node,
        }).map(([key, value]) => ({ key, value: { stringValue: value } })),
      },
      scopeLogs: [
        {
          scope: {},
          logRecords: [
            {
              timeUnixNano: '1773151203001000000',
              severityNumber: 9,
              attributes: [{ key: 'log.iostream', value: { stringValue: 'stdout' } }],
              traceId: TRACE,
              ...said,
            },
          ],
        },
      ],
    },
  ],
});

const base64 = (record: unknown): string => Buffer.from(text(record)).toString('base64');

/** As Google's log keeps what a container wrote. */
export const googleLog = (payload: JsonObject, labels: JsonObject = {}): JsonObject => ({
  logName: 'projects/p/logs/stdout',
  insertId: 'i1',
  timestamp: TIME,
  resource: { type: 'k8s_container', labels: { cluster_name: CLUSTER, location: 'europe-west1', ...labels } },
  ...payload,
});

const lokiStream = (record: unknown): JsonObject => ({
  stream: {
    namespace: EMITTER.namespace,
    pod: EMITTER.podName,
    container: 'sensor',
    node_name: EMITTER.node,
  },
  values: [['1773151203001000000', text(record), {}]],
});

const LOKI = {
  says: 'emitter',
  emitter: { namespace: EMITTER.namespace, podName: EMITTER.podName, node: EMITTER.node },
} as const;

const azureContainer = (record: unknown): JsonObject => ({
  TimeGenerated: TIME,
  Computer: EMITTER.node,
  ContainerId: CONTAINER,
  ContainerName: 'sensor',
  PodName: EMITTER.podName,
  PodNamespace: EMITTER.namespace,
  LogMessage: record,
  LogSource: 'stdout',
});

const AZURE_EMITTER = {
  namespace: EMITTER.namespace,
  podName: EMITTER.podName,
  node: EMITTER.node,
  containerId: CONTAINER,
};

/** What Google's agent does to what a container wrote: its time is the entry's, and stands there only. */
function withoutTime(record: unknown): JsonObject {
  const { time, ...payload } = record as JsonObject;
  const isTime = typeof time === 'string' && !('flow' in payload);
  return isTime ? { jsonPayload: payload, timestamp: time } : { jsonPayload: record };
}

/** By name; what holds one record. */
export const ENVELOPES: Readonly<Record<string, Envelope>> = {
  'JSON text': { wrap: text, says: 'nothing' },
  'a list': { wrap: (record) => [record], says: 'nothing' },
  'a line of the container runtime': {
    wrap: (record) => `2026-03-10T14:00:03.001000000Z stdout F ${text(record)}`,
    says: 'nothing',
  },
  'Fluent Bit': { wrap: fluentBit, says: 'emitter' },
  'Fluent Bit, with a line of the container runtime': {
    wrap: (record) => fluentBit(`2026-03-10T14:00:03.001000000Z stderr F ${text(record)}`),
    says: 'emitter',
  },
  'Fluent Bit, parsed': {
    wrap: (record) => ({ ...fluentBit(''), log: record }),
    says: 'emitter',
  },
  Filebeat: { wrap: filebeat, says: 'emitter' },
  stern: {
    wrap: stern,
    says: 'emitter',
    emitter: { namespace: EMITTER.namespace, podName: EMITTER.podName, node: EMITTER.node },
  },
  'the journal of systemd': { wrap: journal, says: 'nothing' },
  Vector: { wrap: vector, says: 'emitter' },
  Logstash: {
    wrap: (record) => ({ '@timestamp': TIME, '@version': '1', message: text(record), host: { name: 'h' } }),
    says: 'nothing',
  },
  'Filebeat, from a socket': {
    wrap: (record) => ({ ...filebeat(record), log: { source: { address: '10.0.0.1:51000' } } }),
    says: 'emitter',
  },
  'Logstash with event.original': {
    wrap: (record) => ({ '@timestamp': TIME, '@version': '1', event: { original: text(record) } }),
    says: 'nothing',
  },
  'Elastic, flat': {
    wrap: (record) => ({ '@timestamp': TIME, 'event.original': text(record) }),
    says: 'nothing',
  },
  'Azure diagnostics with text': { wrap: (record) => azure(text(record)), says: 'cluster' },
  'Azure diagnostics with an object, in records': {
    wrap: (record) => ({ records: [azure(record)] }),
    says: 'cluster',
  },
  CloudWatch: { wrap: cloudWatch, says: 'cluster' },
  'a CloudWatch subscription, packed': {
    wrap: (record) => ({ awslogs: { data: packed(cloudWatch(record)) } }),
    says: 'cluster',
  },
  'a delivery of Firehose': {
    wrap: (record) => ({
      requestId: 'r1',
      timestamp: 1_773_151_203_001,
      records: [{ data: base64(record) }],
    }),
    says: 'nothing',
  },
  'Firehose, of a CloudWatch subscription': {
    wrap: (record) => ({ requestId: 'r1', timestamp: 1, records: [{ data: packed(cloudWatch(record)) }] }),
    says: 'cluster',
  },
  'a record of Kinesis': {
    wrap: (record) => ({ Records: [{ eventSource: 'aws:kinesis', kinesis: { data: base64(record) } }] }),
    says: 'nothing',
  },
  'SQS, of SNS': {
    wrap: (record) => ({
      Records: [
        {
          eventSource: 'aws:sqs',
          body: JSON.stringify({ Type: 'Notification', TopicArn: 'arn:aws:sns:a', Message: text(record) }),
        },
      ],
    }),
    says: 'nothing',
  },
  'SQS, as its client prints it': {
    wrap: (record) => ({ Messages: [{ MessageId: 'm1', ReceiptHandle: 'h', Body: text(record) }] }),
    says: 'nothing',
  },
  'Kafka of AWS': {
    wrap: (record) => ({
      eventSource: 'aws:kafka',
      records: { 't-0': [{ topic: 't', partition: 0, offset: 7, timestamp: 1, value: base64(record) }] },
    }),
    says: 'nothing',
  },
  EventBridge: {
    wrap: (record) => ({
      version: '0',
      id: 'e1',
      'detail-type': 'record',
      source: 's',
      time: TIME,
      detail: record,
    }),
    says: 'nothing',
  },
  'the log of Google, parsed': {
    wrap: (record) =>
      googleLog(typeof record === 'string' ? { textPayload: record } : { jsonPayload: record }),
    says: 'cluster',
  },
  'the log of Google, by Pub/Sub': {
    wrap: (record) => ({
      subscription: 'projects/p/subscriptions/s',
      message: { data: base64(googleLog({ textPayload: text(record) })), messageId: '1', publishTime: TIME },
    }),
    says: 'cluster',
  },
  'Pub/Sub with a trace': {
    wrap: (record) => ({
      data: base64(record),
      attributes: { googclient_traceparent: `00-${TRACE}-b7ad6b7169203331-01` },
      messageId: '1',
    }),
    says: 'trace',
  },
  'a search of Elasticsearch': {
    wrap: (record) => ({
      took: 1,
      hits: { hits: [{ _index: 'logs', _id: '1', _source: filebeat(record) }] },
    }),
    says: 'emitter',
  },
  Splunk: {
    wrap: (record) => ({ time: 1_773_151_203.001, sourcetype: '_json', index: 'main', event: record }),
    says: 'nothing',
  },
  'CloudEvents, structured': { wrap: cloudEvent, says: 'trace' },
  'CloudEvents with data_base64': {
    wrap: (record) => ({
      ...cloudEvent(undefined),
      data_base64: Buffer.from(text(record)).toString('base64'),
    }),
    says: 'trace',
  },
  'OTLP logs': { wrap: (record) => logsExport(record), says: 'emitter and trace' },
  'OTLP logs, parsed': {
    wrap: (record) => logsExport(record, { body: anyOf(record) }),
    says: 'emitter and trace',
  },
  'OTLP logs, as text': {
    wrap: (record) => JSON.stringify(logsExport(record)),
    says: 'emitter and trace',
  },
  'Kafka Connect': { wrap: (record) => ({ schema: { type: 'struct' }, payload: record }), says: 'nothing' },
  'a change of a row': {
    wrap: (record) => ({
      schema: null,
      payload: { before: null, after: record, op: 'c', ts_ms: 1, source: {} },
    }),
    says: 'nothing',
  },
  'a change of a row, without a schema': {
    wrap: (record) => ({ before: null, after: record, source: { table: 't' }, op: 'u', ts_ms: 1 }),
    says: 'nothing',
  },
  'the log of Google, whose agent took the time out': {
    wrap: (record) => googleLog(typeof record === 'string' ? { textPayload: record } : withoutTime(record)),
    says: 'cluster',
  },
  'a push of Loki': { wrap: (record) => ({ streams: [lokiStream(record)] }), ...LOKI },
  'an answer of Loki': {
    wrap: (record) => ({
      status: 'success',
      data: { resultType: 'streams', result: [lokiStream(record)], stats: {} },
    }),
    ...LOKI,
  },
  'a line of logcli': {
    wrap: (record) => ({ labels: lokiStream(record)['stream'], line: text(record), timestamp: TIME }),
    ...LOKI,
  },
  'Splunk, without a source type': {
    wrap: (record) => ({ time: '1773151203.001', host: 'node-9', source: 'sensor', event: record }),
    says: 'nothing',
  },
  'a search of Splunk': {
    wrap: (record) => ({ preview: false, offset: 0, result: { _raw: text(record), _time: TIME, host: 'h' } }),
    says: 'nothing',
  },
  'a search of Splunk, all at once': {
    wrap: (record) => ({ init_offset: 0, results: [{ _raw: text(record), sourcetype: '_json' }] }),
    says: 'nothing',
  },
  Graylog: {
    wrap: (record) => ({ version: '1.1', host: 'h', short_message: text(record), timestamp: 1_773_151_203 }),
    says: 'nothing',
  },
  Datadog: {
    wrap: (record) => ({ ddsource: 'sensor', ddtags: 'env:prod', service: 's', message: text(record) }),
    says: 'nothing',
  },
  'a search of Datadog': {
    wrap: (record) => ({
      data: [{ id: 'A', type: 'log', attributes: { timestamp: TIME, tags: [], message: text(record) } }],
    }),
    says: 'nothing',
  },
  'a message of Kafka as kcat prints it': {
    wrap: (record) => ({
      topic: 't',
      partition: 0,
      offset: 7,
      tstype: 'create',
      ts: 1,
      payload: text(record),
    }),
    says: 'nothing',
  },
  'a message of Kafka as rpk prints it': {
    wrap: (record) => ({ topic: 't', value: text(record), timestamp: 1, partition: 0, offset: 7 }),
    says: 'nothing',
  },
  'rsyslog, whole messages': {
    wrap: (record) => ({ msg: ` ${text(record)}`, rawmsg: '<13>', syslogtag: 'falco:', hostname: 'h' }),
    says: 'nothing',
  },
  'syslog-ng': {
    wrap: (record) => ({ PROGRAM: 'sensor', PRIORITY: 'notice', MESSAGE: text(record), HOST: 'h' }),
    says: 'nothing',
  },
  'the journal of systemd, as bytes': {
    wrap: (record) => ({ ...journal(''), MESSAGE: [...Buffer.from(text(record))] }),
    says: 'nothing',
  },
  'what OpenShift forwards, parsed': {
    wrap: (record) => ({
      ...filebeat(''),
      message: '',
      ...(typeof record === 'string' ? { message: record } : { structured: record }),
    }),
    says: 'emitter',
  },
  'CloudWatch, as its client prints it': {
    wrap: (record) => ({
      events: [{ logStreamName: 's', timestamp: 1, message: text(record), ingestionTime: 2, eventId: '3' }],
      searchedLogStreams: [],
    }),
    says: 'nothing',
  },
  'a query of CloudWatch': {
    wrap: (record) => ({
      results: [
        [
          { field: '@timestamp', value: TIME },
          { field: '@message', value: text(record) },
        ],
      ],
      status: 'Complete',
    }),
    says: 'nothing',
  },
  'a table of Azure for diagnostics': {
    wrap: (record) => ({
      TimeGenerated: TIME,
      Category: 'kube-audit-admin',
      log_s: text(record),
      _ResourceId: `/subscriptions/1/providers/microsoft.containerservice/managedclusters/${CLUSTER}`,
    }),
    says: 'cluster',
  },
  'rows of a table of Azure, exported': {
    wrap: (record) => ({ records: [azureContainer(record)] }),
    says: 'emitter',
    emitter: AZURE_EMITTER,
  },
  'a table of Azure for containers': {
    wrap: (record) => azureContainer(record),
    says: 'emitter',
    emitter: AZURE_EMITTER,
  },
  'a query of Azure': {
    wrap: (record) => ({
      tables: [
        {
          name: 'PrimaryResult',
          columns: Object.keys(azureContainer(record)).map((name) => ({ name, type: 'string' })),
          rows: [Object.values(azureContainer(record))],
        },
      ],
    }),
    says: 'emitter',
    emitter: AZURE_EMITTER,
  },
};
