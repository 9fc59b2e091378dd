/**
 * Goal: records that a store has taken apart are the events that they were [F25]. Method: minimal rows and documents in the shapes that
 * Azure, Elastic, Datadog and Google are known to give, beside the event itself.
 */
import { describe, expect, it, test } from 'vitest';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { decodeSecurity } from '../../../src/formats/security/security-formats.ts';
import { CONTEXT, only, PLACE, type JsonObject } from '../format-context.ts';
import { auditRecord, falcoRecord } from '../sample-records.ts';
import { TEXT_LINES } from '../text-lines.ts';

const decoded = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);
const CLUSTER_ID =
  '/subscriptions/1/resourceGroups/r/providers/Microsoft.ContainerService/managedClusters/Prod-1';

/** The columns of an event in the tables of Azure. */
function auditRow(column: (value: unknown) => unknown): JsonObject {
  const event = auditRecord();
  return {
    TenantId: 't',
    TimeGenerated: '2026-03-10T14:00:09Z',
    AuditId: event['auditID'],
    Level: event['level'],
    Stage: event['stage'],
    RequestUri: event['requestURI'],
    Verb: event['verb'],
    User: column(event['user']),
    SourceIps: column(event['sourceIPs']),
    UserAgent: event['userAgent'],
    ObjectRef: column(event['objectRef']),
    ResponseStatus: column(event['responseStatus']),
    RequestObject: column(event['requestObject']),
    ResponseObject: column(event['responseObject']),
    RequestReceivedTime: event['requestReceivedTimestamp'],
    StageReceivedTime: event['stageTimestamp'],
    Annotations: column(event['annotations']),
    PodName: 'kube-apiserver-1',
    Type: 'AKSAudit',
    _ResourceId: CLUSTER_ID,
  };
}

describe('[F25] a row of the audit table of Azure', () => {
  it.each<[string, (value: unknown) => unknown]>([
    ['parsed', (value) => value],
    ['as text', (value) => JSON.stringify(value)],
  ])('%s, is the event, of its cluster', (_, column) => {
    const event = only(decoded(auditRecord()).items);
    const row = only(decoded(auditRow(column)).items);
    const parts = ['action', 'actor', 'outcome', 'start', 'nativeId', 'serviceAccount', 'resource'] as const;
    for (const part of parts) expect([part, row[part]]).toEqual([part, event[part]]);
    expect(row.identity).toEqual({ ...event.identity, cluster: 'prod-1' });
  });

  it('that holds another log is counted', () => {
    const row = {
      TimeGenerated: 't',
      Category: 'kube-scheduler',
      log_s: 'I0310 up',
      _ResourceId: CLUSTER_ID,
    };
    expect(decoded(row).ignored).toEqual({ other_category: 1 });
  });
});

test("[F25] what Elastic's integration makes of an audit event is that event", () => {
  const document = { '@timestamp': 't', message: '', kubernetes: { audit: auditRecord() } };
  expect(decoded(document).items).toEqual(decoded(auditRecord()).items);
});

test('[F25] what Datadog has parsed is the record', () => {
  const found = { id: 'A', type: 'log', attributes: { message: 'A shell', attributes: falcoRecord() } };
  expect(decoded({ data: [found] }).items).toEqual(decoded(falcoRecord()).items);
});

test('[F25] other lines of a stream are counted, not refused', () => {
  const streams = [{ stream: { pod: 'ledger-1' }, values: [['1', 'up and running']] }];
  expect(decoded({ streams })).toEqual({ items: [], ignored: { no_record: 1 }, refused: [] });
});

test.each<[string, JsonObject]>([
  ['a stream of Loki', { stream: { pod: 'ledger-1' }, values: [] }],
  ['an answer of Loki', { status: 'success', data: { resultType: 'streams', result: [] } }],
  ['a subscription of CloudWatch', { messageType: 'DATA_MESSAGE', logGroup: 'g', logEvents: [] }],
  ['an export of logs', { resourceLogs: [] }],
  ['an export of a pod without lines', { resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [] }] }] }],
  ['a search of Elasticsearch', { hits: { hits: [] } }],
  ['a list of Kubernetes', { apiVersion: 'v1', kind: 'List', items: [] }],
  ['a query of Azure', { tables: [{ columns: [], rows: [] }] }],
])('[F25] %s that holds nothing is counted', (_, value) => {
  expect(decoded(value)).toEqual({ items: [], ignored: { empty_list: 1 }, refused: [] });
});

/** An entry of Google about a path that is no resource. */
const probe = (resourceName: string, code: number): JsonObject => ({
  insertId: 'i-1',
  logName: 'projects/p/logs/cloudaudit.googleapis.com%2Fdata_access',
  timestamp: '2026-03-10T14:00:02Z',
  resource: { type: 'k8s_cluster', labels: { cluster_name: 'prod-1' } },
  protoPayload: {
    serviceName: 'k8s.io',
    methodName: 'io.k8s.get',
    resourceName,
    authenticationInfo: { principalEmail: 'system:anonymous' },
    status: { code },
  },
});

test('[F25] who asks GKE for a path that is no resource is seen', () => {
  const { action, actor, outcome, detail, resource } = only(decoded(probe('HNAP1', 7)).items);
  expect({ action, actor, outcome, detail, resource }).toEqual({
    action: 'get',
    actor: 'system:anonymous',
    outcome: 'failure',
    detail: '/HNAP1',
    resource: null,
  });
});

describe('[F25] what an envelope says once costs once, and not with each record in it', () => {
  const LINE = TEXT_LINES['an access log of Envoy']?.line;
  const emitted = (pod: string) =>
    decoded({ streams: [{ stream: { namespace: 'payments', pod }, values: [['1', LINE]] }] });

  test('rows of Azure have no more cells than they have', () => {
    const columns = Array.from({ length: 20_000 }, (_, i) => ({ name: `c${i}` }));
    const rows = Array.from({ length: 20_000 }, () => []);
    const { items, refused } = decoded({ tables: [{ columns, rows }] });
    expect(items).toEqual([]);
    expect(refused.length).toBeGreaterThan(1_000);
  });

  test('objects of a list are given no name that is none', () => {
    const list = (apiVersion: string) =>
      decoded({ apiVersion, kind: 'PodList', items: Array.from({ length: 2_000 }, () => ({})) });
    expect(list('v1').refused).toHaveLength(2_000);
    expect(list('v'.repeat(50_000)).refused).toHaveLength(1);
  });

  test('a name that no pod can have is none', () => {
    expect(only(emitted('ledger-1').items).identity.podName).toBe('ledger-1');
    expect(only(emitted('x'.repeat(600)).items).identity).toMatchObject({
      podName: null,
      namespace: 'payments',
    });
  });
});
