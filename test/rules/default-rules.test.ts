/**
 * The rules that ship: each hits what it is for and leaves alone what looks like it. Real records come from
 * test/fixtures/k8s-audit-falco; the others stand in the files of tests beside the rules, which `counterfoil test` runs too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../src/rules/compile.ts';
import { matchesOf } from '../../src/rules/evaluate.ts';
import { readRuleTests } from '../../src/rules/testing/read-rule-tests.ts';
import { auditFixture, observationOf, type RawRecord } from './observation.ts';

const FOLDER = new URL('../../data/rules/kubernetes/', import.meta.url);
const FILES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yml'))
  .toSorted();
const RULES = loadRules(FILES.map((file) => ({ file, text: readFileSync(new URL(file, FOLDER), 'utf8') })));
const PREFIX = 'sigma:kubernetes_';

type Case = [what: string, record: RawRecord];

/** What the tests beside the rules say, by rule. */
function casesOf(which: 'hits' | 'misses'): Record<string, Case[]> {
  const cases: Record<string, Case[]> = {};
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.test.yaml'))) {
    const { tests, problems } = readRuleTests(readFileSync(new URL(name, FOLDER), 'utf8'), name);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    for (const test of tests) {
      for (const rule of test[which]) {
        const known = (cases[rule.name.slice(PREFIX.length - 'sigma:'.length)] ??= []);
        known.push(...test.records.map((record): Case => [test.name, record]));
      }
    }
  }
  return cases;
}

const HITS = casesOf('hits');
const MISSES = casesOf('misses');

/** Names of the rules that hit, without the prefix they share. */
function hits(record: RawRecord): string[] {
  return matchesOf(observationOf(record), RULES).map((match) => match.rule.id.slice(PREFIX.length));
}

describe('real records', () => {
  test.each<[fixture: string, rules: string[]]>([
    ['exec_pod', ['pod_exec']],
    ['create_clusterrolebinding', ['role_binding_changed']],
    ['create_nginx_pod_privileged', ['privileged_pod']],
    ['create_nginx_pod_unprivileged', []],
    ['create_configmap', []],
    ['create_deployment', []],
    ['create_kube_system_secret', []],
    ['create_secret', []],
    ['create_service', []],
    ['create_serviceaccount', []],
    ['delete_secret', []],
    ['some-user_creates_namespace_foo', []],
  ])('%s -> %j', (fixture, rules) => {
    expect(hits(auditFixture(fixture))).toEqual(rules);
  });
});

describe('hits', () => {
  const rows = Object.entries(HITS).flatMap(([rule, cases]) =>
    cases.map(([what, record]) => [rule, what, record] as const),
  );
  test.each(rows)('%s: %s', (rule, _what, record) => {
    // The rule, and no second one for the same thing.
    expect(hits(record)).toEqual([rule]);
  });
});

describe('misses', () => {
  const rows = Object.entries(MISSES).flatMap(([rule, cases]) =>
    cases.map(([what, record]) => [rule, what, record] as const),
  );
  test.each(rows)('%s: %s', (rule, _what, record) => {
    expect(hits(record)).not.toContain(rule);
  });
});

describe('what every rule leaves alone', () => {
  const SYSTEM = [
    'system:node:ip-10-0-0-1',
    'system:serviceaccount:kube-system:generic-garbage-collector',
    'system:kube-scheduler',
    'system:gke-common-webhooks',
    'eks:addon-manager',
    'system:apiserver',
    'system:addon-manager',
    'system:cluster-autoscaler',
    'system:gcp-controller-manager',
    'system:l7-lb-controller',
    'aksService',
  ];
  /** Here the caller is a controller on behalf of somebody, or nobody. */
  const ANY_CALLER = ['privileged_pod', 'anonymous_access'];
  const SESSIONS_AND_READS = [
    'pod_exec',
    'pod_attach',
    'pod_port_forward',
    'node_proxy_exec',
    'secret_read',
    'anonymous_access',
  ];
  const rows = Object.entries(HITS).flatMap(([rule, cases]) =>
    cases.map(([what, record]) => [rule, what, record] as const),
  );

  test.each(rows.filter(([rule]) => !ANY_CALLER.includes(rule)))(
    '%s, %s: the system',
    (_rule, _what, record) => {
      for (const username of SYSTEM) expect(hits({ ...record, user: { username } })).toEqual([]);
    },
  );

  test.each(rows)('%s, %s: what was refused', (_rule, _what, record) => {
    for (const code of [400, 403, 404, 500])
      expect(hits({ ...record, responseStatus: { code } })).toEqual([]);
  });

  test.each(rows.filter(([rule]) => !SESSIONS_AND_READS.includes(rule)))(
    '%s, %s: a dry run',
    (_rule, _what, record) => {
      expect(hits({ ...record, requestURI: '/apis/x?dryRun=All' })).toEqual([]);
      expect(hits({ ...record, requestURI: '/apis/x?xdryRun=All' })).not.toEqual([]);
    },
  );
});

describe('the set', () => {
  const rules = [...RULES.byId.values()];

  test('has hits and misses for every rule, and a file named after each', () => {
    const names = rules.map((rule) => rule.id.slice(PREFIX.length)).toSorted();
    expect(Object.keys(HITS).toSorted()).toEqual(names);
    expect(Object.keys(MISSES).toSorted()).toEqual(names);
    expect(FILES).toEqual(names.map((name) => `${name}.yml`));
  });

  test.each(rules.map((rule) => [rule.id, rule] as const))(
    '%s says what people need to judge it',
    (_id, rule) => {
      expect(rule.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(rule.techniques).toHaveLength(1);
      expect(rule.effect).not.toBeNull();
      expect(rule.description).not.toBeNull();
      expect(rule.falsePositives.length).toBeGreaterThan(0);
      expect('source' in rule && rule.source).toBe('kubernetes-audit');
    },
  );

  test('no rule claims an escape to the node, which would widen links to all of its pods', () => {
    expect(rules.flatMap((rule) => rule.techniques)).not.toContain('T1611');
  });
});
