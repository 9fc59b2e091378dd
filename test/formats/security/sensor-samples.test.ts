/** Every sample of every sensor: its format is found by its content, and says what is stated here by hand. */
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { detectFormat } from '../../../src/formats/detect.ts';
import { decodeSecurity, SECURITY_FORMATS } from '../../../src/formats/security/security-formats.ts';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, fixture, jsonOf, only, PLACE } from '../format-context.ts';
import { SENSOR_RECORDS } from '../sensor-records.ts';

const decode = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);
/** Microseconds of an RFC 3339 time in UTC with up to six decimals. */
const at = (text: string): number => {
  const [whole = '', fraction = ''] = text.replace('Z', '').split('.');
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
};

type Stated = Partial<Omit<Observation, 'identity' | 'start'>> & {
  time: string;
  identity: Partial<Observation['identity']>;
};
/** What each observation must say at least: identity, time, action, outcome, severity; and that nothing else is stated. */
type Row = [
  file: string,
  source: string,
  record: unknown,
  expected: Stated[],
  ignored: Record<string, number>,
];

const json = (file: string): unknown => JSON.parse(fixture(file)) as unknown;
const lines = (file: string): string[] => fixture(file).trim().split('\n');
const yaml = (file: string): unknown[] =>
  parseAllDocuments(fixture(file)).map((each) => each.toJS() as unknown);

const CURL = {
  cluster: null,
  namespace: 'tenant-jobs',
  podName: 'elasticsearch-56f8fc6988-pb8c7',
  podUid: null,
  containerId: '86eb9e29a77d432afc7a15b424db1d24a382f3caae26f860ab22df8cb5e96054',
  containerName: 'elasticsearch',
  node: 'minikube',
};
const VI = {
  ...CURL,
  podName: 'elasticsearch-56f8fc6988-sh8rm',
  containerId: 'bae66fa9f18079f78500ad37e88eb8a88b3181b2d0767f26dc532f75e4024d27',
  node: 'gke-kprobe-validation-default-pool-b5e9dab6-k0cj',
};
const PYTHON = {
  ...CURL,
  podName: 'coreapi-79568ff848-ljh8n',
  containerId: '97329341d8b39598f7cab3edd3b01f4fd791828a0d7a45c54298503de11583af',
  containerName: 'coreapi',
};
const WHOAMI = {
  ...CURL,
  namespace: 'default',
  podName: 'xwing',
  containerId: '1fb931d2f6e5e4cfdbaf30fdb8e2fdd81320bdb3047ded50120a4f82838209ce',
  containerName: 'spaceship',
  node: 'kind-control-plane',
};
const event = { kind: 'event', severity: null, rule: null, actor: 'uid:0', outcome: 'unknown' } as const;
const curl = { ...event, identity: CURL, detail: '/usr/bin/curl www.google.com' };

const tetragon = (file: string, expected: Stated): Row => {
  const path = `tetragon/${file}.json`;
  return [path, 'tetragon', json(path), [expected], {}];
};
const golden = (type: string, expected: Omit<Stated, 'action'>): Row =>
  tetragon(`00_four_golden_signals__${type}`, { ...expected, action: type });

const HUBBLE: Stated[] = [
  { time: '2026-04-24T14:00:00Z', action: 'dropped ingress', detail: 'TCP default -> production:8080' },
  { time: '2026-04-24T14:00:01Z', action: 'dropped ingress', detail: 'TCP default -> production:8443' },
  { time: '2026-04-24T14:00:02Z', action: 'dropped egress', detail: 'TCP production -> production:5432' },
].map((row) => ({ ...row, identity: { namespace: 'production' }, outcome: 'failure', severity: null }));

const TEAPOT = {
  time: '2020-11-25T21:26:18.409Z',
  outcome: 'failure',
  severity: null,
  nativeId: '84961386-6d84-929d-98bd-c5aee93b5c88',
  detail: 'GET httpbin:8000/status/418',
  traceId: null,
} as const;
const ISTIO: Stated[] = [
  { ...TEAPOT, end: at('2020-11-25T21:26:18.413Z'), action: 'request outbound', identity: {} },
  {
    ...TEAPOT,
    end: at('2020-11-25T21:26:18.412Z'),
    action: 'request inbound',
    identity: { namespace: 'foo' },
  },
];

const REPORTS: [file: string, counts: Record<string, number>, refused: number][] = [
  ['generating-policies__reports__audit-annotations__report-assert', { pass: 1 }, 0],
  ['image-validating-policies__report__background__report', {}, 1],
  ['mutating-policies__reporting__admission__report', { pass: 1 }, 0],
  ['namespaced-image-validating-policies__report__background__report', {}, 1],
  ['reports__admission__two-rules-with-different-modes__reports-error', { no_results: 2 }, 0],
  ['reports__background__multiple-exceptions-with-pod-security__report-skip-assert', { skip: 1 }, 0],
  ['validate__clusterpolicy__cornercases__validate-pattern-should-pass__report-pass-assert', { pass: 1 }, 0],
  [
    'validating-admission-policy-reports__background__with-validating-admission-policy-binding-fail__report-assert',
    {},
    1,
  ],
  ['validating-policies__report__with-exception__fail-report-assert', {}, 1],
];
/** The failing ones, which state no time: a report that a cluster stores has one, put in here. */
const FAILING: [file: string, Stated][] = [
  [
    'image-validating-policies__report__background__report',
    {
      time: '2026-03-10T14:00:02Z',
      action: 'fail ivpol-report-background-sample',
      message: 'failed to verify image with notary cert',
      identity: {},
    },
  ],
  [
    'namespaced-image-validating-policies__report__background__report',
    {
      time: '2026-03-10T14:00:02Z',
      action: 'fail nivpol-report-background-sample',
      message: 'failed to verify image with notary cert',
      identity: {},
    },
  ],
  [
    'validating-admission-policy-reports__background__with-validating-admission-policy-binding-fail__report-assert',
    {
      time: '2026-03-10T14:00:02Z',
      action: 'fail check-deployment-replicas-04',
      message: 'failed expression: object.spec.replicas <= 5',
      identity: { namespace: 'staging-ns-2' },
      resource: {
        apiGroup: 'apps',
        resource: 'deployments',
        subresource: null,
        namespace: 'staging-ns-2',
        name: 'deployment-3',
      },
    },
  ],
  [
    'validating-policies__report__with-exception__fail-report-assert',
    {
      time: '2026-03-10T14:00:02Z',
      action: 'fail vpol-report-background-sample',
      message: 'Deployment labels must be env=prod but found env=staging',
      identity: {},
    },
  ],
];
const replicaSet = (name: string): Observation['resource'] => ({
  apiGroup: null,
  resource: 'replicasets',
  subresource: null,
  namespace: 'default',
  name,
});

const ROWS: Row[] = [
  golden('process_close', { ...curl, time: '2022-01-19T16:29:02.507Z' }),
  golden('process_connect', { ...curl, time: '2022-01-19T16:29:02.021Z' }),
  golden('process_exec', { ...curl, time: '2022-01-19T16:29:01.861Z', outcome: 'success' }),
  golden('process_exit', { ...curl, time: '2022-01-19T16:29:02.515Z' }),
  golden('process_listen', {
    ...event,
    time: '2022-01-19T16:28:52.646Z',
    identity: PYTHON,
    detail: '/usr/local/bin/python app.py',
  }),
  // Its policy is not named: no alert, though it is a kprobe.
  golden('process_kprobe', {
    ...event,
    time: '2021-10-18T20:08:55.567Z',
    identity: VI,
    detail: '/usr/bin/vi /etc/passwd',
    message: '__x64_sys_write',
  }),
  tetragon('docs-process-execution-00', {
    ...event,
    time: '2022-05-11T12:54:45.615Z',
    identity: WHOAMI,
    action: 'process_exec',
    outcome: 'success',
    detail: '/usr/bin/whoami --version',
  }),
  tetragon('docs-process-execution-01', {
    ...event,
    time: '2022-05-11T12:54:45.616Z',
    identity: WHOAMI,
    action: 'process_exit',
    detail: '/usr/bin/whoami --version',
  }),
  ...lines('hubble-flows/small.jsonl').map((line, i): Row => [
    `hubble-flows/small.jsonl ${i}`,
    'hubble',
    JSON.parse(line),
    HUBBLE.slice(i, i + 1),
    {},
  ]),
  ...lines('istio-docs/access-log-default.log').map((line, i): Row => [
    `istio-docs/access-log-default.log ${i}`,
    'istio',
    line,
    ISTIO.slice(i, i + 1),
    {},
  ]),
  [
    'trivy-operator/configaudit-report-0.yaml',
    'trivy',
    only(yaml('trivy-operator/configaudit-report-0.yaml')),
    [
      {
        time: '2021-05-20T12:38:10Z',
        identity: { namespace: 'default' },
        resource: replicaSet('nginx-6d4cf56db6'),
        action: 'report ConfigAudit',
        outcome: 'failure',
        severity: 99,
        message: '2 critical, 9 low',
      },
    ],
    {},
  ],
  [
    'trivy-operator/exposedsecret-report-0.yaml',
    'trivy',
    only(yaml('trivy-operator/exposedsecret-report-0.yaml')),
    [
      {
        time: '2022-06-29T14:29:37Z',
        identity: { namespace: 'default', containerName: 'app' },
        resource: replicaSet('app-67b77f5965'),
        action: 'report ExposedSecret',
        outcome: 'failure',
        severity: 73,
        message: '2 high',
        detail: 'myimagewithsecret:v1.2.3',
      },
    ],
    {},
  ],
];

describe('[F6] samples', () => {
  test.each(ROWS)('%s is of %s', (_, source, record, expected, ignored) => {
    expect(detectFormat(record)).toBe(source);
    expect(SECURITY_FORMATS.filter(({ is }) => is(record)).map((each) => each.source)).toEqual([source]);
    const decoded = decode(record);
    expect([decoded.ignored, decoded.refused]).toEqual([ignored, []]);
    expect(decoded.items).toHaveLength(expected.length);
    for (const [i, { time, identity, ...rest }] of expected.entries())
      expect(decoded.items[i]).toMatchObject({
        ...rest,
        source,
        timeText: time,
        start: at(time),
        identity: { ...NO_IDENTITY, ...identity },
      });
  });

  test.each(REPORTS)('policy report %s', (file, ignored, refused) => {
    const decoded = yaml(`kyverno-policyreports/${file}.yaml`).map((report) => {
      expect(detectFormat(report)).toBe('kyverno');
      return decode(report);
    });
    const counts: Record<string, number> = {};
    for (const each of decoded)
      for (const [reason, count] of Object.entries(each.ignored))
        counts[reason] = (counts[reason] ?? 0) + count;
    expect(counts).toEqual(ignored);
    // They are what a test expects of a report, and say nothing of times.
    expect(decoded.flatMap((each) => each.refused.map(({ reason }) => reason))).toEqual(
      Array.from({ length: refused }, () => 'missing_time'),
    );
  });

  test.each(FAILING)('policy report %s, with a time', (file, { time, identity, ...rest }) => {
    const report = only(yaml(`kyverno-policyreports/${file}.yaml`)) as { metadata: object };
    const decoded = decode({ ...report, metadata: { ...report.metadata, creationTimestamp: time } });
    expect(only(decoded.items)).toMatchObject({
      ...rest,
      source: 'kyverno',
      kind: 'event',
      start: at(time),
      outcome: 'failure',
      severity: 47,
      identity: { ...NO_IDENTITY, ...identity },
    });
  });

  test.each(['deployment', 'elasticsearch', 'endpoints'])(
    'an object of a cluster, %s, is of no format',
    (name) => {
      expect(detectFormat(json(`argocd-diff/${name}-live.json`))).toBeUndefined();
      expect(detectFormat(json(`argocd-diff/${name}-config.json`))).toBeUndefined();
    },
  );

  test('what a kprobe wrote is not kept', () => {
    const record = json('tetragon/00_four_golden_signals__process_kprobe.json');
    expect(jsonOf(record)).toContain('"bytes_arg":"ZGFlbW9');
    expect(jsonOf(decode(record).items)).not.toContain('ZGFlbW9');
  });
});

test('[F6] each format has marks that no other has', () => {
  for (const [source, record] of Object.entries(SENSOR_RECORDS)) {
    expect(detectFormat(record())).toBe(source);
    expect(SECURITY_FORMATS.filter(({ is }) => is(record())).map((each) => each.source)).toEqual([source]);
  }
  const known = SECURITY_FORMATS.map(({ source }) => source);
  expect(new Set(Object.keys(SENSOR_RECORDS))).toEqual(new Set(known));
});
