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
  emitter?: Partial<typeof EMITTER>;
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

/** As the Collector exports what it read of a log. */
export const logsExport = (record: unknown): JsonObject => ({
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
              body: { stringValue: text(record) },
              attributes: [{ key: 'log.iostream', value: { stringValue: 'stdout' } }],
              traceId: TRACE,
            },
          ],
        },
      ],
    },
  ],
});

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
  'Logstash with event.original': {
    wrap: (record) => ({ '@timestamp': TIME, '@version': '1', event: { original: text(record) } }),
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
  'CloudEvents, structured': { wrap: cloudEvent, says: 'trace' },
  'CloudEvents with data_base64': {
    wrap: (record) => ({
      ...cloudEvent(undefined),
      data_base64: Buffer.from(text(record)).toString('base64'),
    }),
    says: 'trace',
  },
  'OTLP logs': { wrap: logsExport, says: 'emitter and trace' },
  'Kafka Connect': { wrap: (record) => ({ schema: { type: 'struct' }, payload: record }), says: 'nothing' },
  'a change of a row': {
    wrap: (record) => ({
      schema: null,
      payload: { before: null, after: record, op: 'c', ts_ms: 1, source: {} },
    }),
    says: 'nothing',
  },
};
