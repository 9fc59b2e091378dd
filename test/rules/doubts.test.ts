/** What loads and is told, because it is hardly meant; and the names that public rules have for parts of audit records. */
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../src/rules/compile.ts';
import { SENSOR_RECORDS } from '../formats/sensor-records.ts';
import { observationOf, type RawRecord } from './observation.ts';
import { holds, ruleText } from './rule-text.ts';

const SOURCES: Readonly<Record<string, string>> = {
  'kubernetes-audit': '{product: kubernetes, service: audit}',
  falco: '{product: falco}',
  tetragon: '{product: tetragon}',
  hubble: '{product: hubble}',
  vault: '{product: vault, service: audit}',
  istio: '{product: istio, service: access}',
  events: '{product: counterfoil, service: events}',
};

function doubtsOf(text: string): string[] {
  return loadRules([{ file: 'r.yml', text }]).doubts.map(({ at, text: doubt }) => `${at} ${doubt}`);
}

const ofSource = (source: string, detection: string): string =>
  ruleText(detection).replace('{product: kubernetes, service: audit}', SOURCES[source] ?? '');

describe('a field that no record of the log source begins with', () => {
  test.each([
    ['kubernetes-audit', 'username: x', 'user.username'],
    ['kubernetes-audit', 'resource: pods', 'objectRef.resource'],
    ['kubernetes-audit', 'privileged: true', 'its whole path, for instance below requestObject'],
    ['kubernetes-audit', 'ObjectRef.resource: pods', 'objectRef.resource'],
    ['falco', 'proc.name|endswith: sh', 'output_fields.proc.name'],
    ['tetragon', 'process.binary: /bin/sh', 'process_exec.process.binary'],
    ['tetragon', 'binary: /bin/sh', 'process_exec.process.binary'],
    ['hubble', 'verdict: DROPPED', 'flow.verdict'],
    ['vault', 'path: secret/data/pay', 'request.path'],
    ['vault', 'Type: response', 'type'],
  ])('[G13] %s: %s', (source, field, instead) => {
    const [name = ''] = field.split(/[|:]/);
    expect(doubtsOf(ofSource(source, `s:\n  - ${field}\ncondition: s`))).toEqual([
      `r.yml:7:7 no record of this log source begins with the field ${name}, so that it is never there; write ${instead}`,
    ]);
  });

  test.each(Object.keys(SOURCES))('[G13] no member of a record of %s is doubted', (source) => {
    const fields = Object.keys(SENSOR_RECORDS[source]?.() ?? {});
    expect(fields.length).toBeGreaterThan(2);
    const detection = `s:\n${fields.map((field) => `  ${field}|exists: true`).join('\n')}\ncondition: s`;
    expect(doubtsOf(ofSource(source, detection))).toEqual([]);
  });

  test('[G13] sources whose records are of no one form are not doubted', () => {
    expect(doubtsOf(ofSource('istio', 's: {my_own: x}\ncondition: s'))).toEqual([]);
    expect(doubtsOf(ofSource('events', 's: {my_own: x}\ncondition: s'))).toEqual([]);
  });

  test('[G13] a filter is looked at as a rule is', () => {
    const filter =
      'title: F\nlogsource: {product: falco}\nfilter: {rules: any, s: {proc.name: sh}, condition: not s}\n';
    expect(doubtsOf(filter)).toEqual([
      expect.stringMatching(/^r\.yml:3:\d+ .*; write output_fields\.proc\.name$/),
    ]);
  });
});

test.each([
  ['responseStatus.code: ALLOW', 1],
  ['responseStatus.code: [ALLOW, OK]', 1],
  ['responseStatus.code: [ALLOW, 403]', 1],
  ['objectRef.resource: pods/exec', 1],
  ['objectRef.resource: [pods, deployments/scale]', 1],
  ['objectRef.resource: pods', 0],
  ["responseStatus.code: '40?'", 0],
  ["responseStatus.code|re: '^4..$'", 0],
  ['responseStatus.code: null', 0],
  ['responseStatus.code: [~, 403]', 0],
])('[G13] %s: a text that the field never has', (field, count) => {
  expect(doubtsOf(ruleText(`s: {${field}}\ncondition: s`))).toHaveLength(count);
});

test('[G13] a search identifier that no condition looks at is told, one set aside by an underscore is not', () => {
  const detection = 's: {verb: get}\nfilter: {verb: list}\n_note: {verb: watch}\ncondition: [s, 1 of them]';
  expect(doubtsOf(ruleText(detection))).toEqual([]);
  expect(doubtsOf(ruleText(detection.replace(', 1 of them', '')))).toEqual([
    'r.yml:7:3 filter is in no condition and does nothing; use it there, or leave it out',
  ]);
});

test('[G13] an alias that nothing groups by or looks at is told', () => {
  const text = (alias: string): string =>
    `${ruleText('s: {verb: get}\ncondition: s')}---\ntitle: C\nname: c\nlevel: low\ncorrelation: {type: event_count, rules: [t], group-by: [who], timespan: 1m, condition: {gte: 2}, aliases: {${alias}: {t: user.username}}}\n`;
  expect(doubtsOf(text('who'))).toEqual([]);
  expect(doubtsOf(text('whom'))).toEqual([
    expect.stringMatching(/^r\.yml:12:\d+ alias whom is in neither group-by nor condition/),
    expect.stringMatching(/ begins with the field who, /),
  ]);
});

test('[G13] a field that no record of a correlated rule has is told, by its alias or without one', () => {
  const text = (more: string): string =>
    `${ruleText('s: {verb: get}\ncondition: s')}---\ntitle: C\nname: c\ncorrelation: {type: event_count, rules: [t], timespan: 1m, condition: {gte: 2}, ${more}}\n`;
  const told = [
    expect.stringMatching(
      /^r\.yml:11:\d+ of t: no record of this log source begins with the field username, .*; write user\.username$/,
    ),
  ];
  expect(doubtsOf(text('group-by: [username]'))).toEqual(told);
  expect(doubtsOf(text('group-by: [who], aliases: {who: {t: username}}'))).toEqual(told);
  expect(doubtsOf(text('group-by: [user.username, apiGroup]'))).toEqual([]);
  const { correlations } = loadRules([{ file: 'r.yml', text: text('group-by: [apiGroup]') }]);
  expect(correlations[0]?.references[0]?.groupBy[0]?.text).toBe('objectRef.apiGroup');
});

describe('names of public rules for Kubernetes audit', () => {
  const pod: RawRecord = {
    verb: 'create',
    objectRef: { resource: 'pods', apiGroup: 'apps' },
    requestObject: {
      spec: {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', hostPath: { path: '/' } },
        ],
        containers: [{ name: 'c', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }],
      },
    },
  };
  const harmless: RawRecord = {
    verb: 'create',
    objectRef: { resource: 'pods', apiGroup: 'batch' },
    requestObject: {
      spec: {
        volumes: [{ name: 'a', emptyDir: {} }],
        containers: [{ name: 'c', securityContext: { capabilities: { drop: ['ALL'] } } }],
      },
    },
  };

  test.each(["hostPath: '*'", "capabilities: '*'", 'capabilities|startswith: sys_', 'apiGroup: apps'])(
    '[G13] %s is looked for where records have it',
    (field) => {
      const detection = `s: {verb: create, ${field}}\ncondition: s`;
      expect(holds(detection, pod)).toBe(true);
      expect(holds(detection, harmless)).toBe(false);
      expect(doubtsOf(ruleText(detection))).toEqual([]);
    },
  );

  test('[G13] other log sources have them as they are written', () => {
    const text = ofSource('events', 's: {hostPath: /}\ncondition: s');
    const rules = loadRules([{ file: 'r.yml', text }]);
    const [rule] = rules.bySource.events;
    expect(rule?.matches(observationOf({ hostPath: '/' }).fields)).toBe(true);
  });
});
