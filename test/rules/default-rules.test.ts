/**
 * The rules that ship: each hits what it is for and leaves alone what looks like it. Records go through the decoders, so
 * that a rule is judged by what it gets to see. Cases stand beside the rules; here is what holds for all of them.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES, readRuleFiles } from '../../src/config/data-files.ts';
import { securityFormatOf } from '../../src/formats/security/security-formats.ts';
import type { Observation } from '../../src/model/observation.ts';
import { loadRules } from '../../src/rules/compile.ts';
import { matchesOf } from '../../src/rules/evaluate.ts';
import { rulesReference } from '../../src/rules/reference.ts';
import type { SigmaRule } from '../../src/rules/sigma-rule.ts';
import { CONTEXT, PLACE } from '../formats/format-context.ts';
import { CASES, rowsOf } from './default-rule-cases.ts';
import { auditFixture, type RawRecord } from './observation.ts';

const FILES = readRuleFiles([DEFAULT_RULES]);
const RULES = loadRules(FILES);

test('nothing that they say is doubted', () => {
  expect(RULES.doubts).toEqual([]);
});

function decoded(product: string, record: RawRecord): Observation[] {
  const format = securityFormatOf(record);
  expect(format?.source.replace('-audit', '')).toBe(product);
  const result = format?.decode(record, PLACE, CONTEXT);
  expect(result?.refused).toEqual([]);
  return result?.items ?? [];
}

/** Names of our rules that hit, without the product that they share. */
function hits(product: string, record: RawRecord, rules = RULES): string[] {
  const ids = decoded(product, record).flatMap((item) => matchesOf(item, rules).map(({ rule }) => rule.id));
  const prefix = `sigma:${product}_`;
  return ids.filter((id) => id.startsWith('sigma:')).map((id) => id.slice(prefix.length));
}

const audited = (record: RawRecord): string[] => hits('kubernetes', record);

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
    expect(audited(auditFixture(fixture))).toEqual(rules);
  });
});

describe('hits [Q1]', () => {
  test.each(rowsOf('hits'))('%s %s: %s', (product, rule, _what, record, others) => {
    // The rule, and no second one for the same thing.
    expect(hits(product, record)).toEqual([rule, ...others].toSorted());
  });
});

describe('misses [Q1]', () => {
  test.each(rowsOf('misses'))('%s %s: %s', (product, rule, _what, record) => {
    expect(hits(product, record)).not.toContain(rule);
  });
});

describe('filters [Q1]', () => {
  /** Tried on all hits below. */
  const OF_ALL = ['filter_system', 'filter_denied', 'filter_dry_run'];
  const rows = FILES.flatMap(({ file, text }) => {
    const product = basename(dirname(file));
    const filters = [...text.matchAll(/^ {4}(filter_\w+):/gm)].map(([, name = '']) => name);
    return filters
      .filter((filter) => product !== 'kubernetes' || !OF_ALL.includes(filter))
      .map((filter) => [product, basename(file, '.yml'), filter, file, text] as const);
  });

  test.each(rows)('%s %s needs %s: a miss hits without it', (product, rule, filter, file, text) => {
    const never = 'detection:\n    filter_never:\n        no.such.field: never\n';
    const without = text.replace(`    ${filter}:`, `    unused_${filter}:`).replace('detection:\n', never);
    const loosened = loadRules([{ file, text: without }]);
    const misses = CASES.get(`${product}_${rule}`)?.misses ?? [];
    expect(misses.flatMap(([, , , record]) => hits(product, record, loosened))).toContain(rule);
  });
});

describe('what every rule for Kubernetes leaves alone', () => {
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
  /** Here the caller is a controller on behalf of somebody, a kubelet, or nobody. */
  const ANY_CALLER = ['privileged_pod', 'anonymous_access', 'static_pod'];
  const SESSIONS_AND_READS = [
    'pod_exec',
    'pod_attach',
    'pod_port_forward',
    'node_proxy_exec',
    'node_proxy_read',
    'proxy_to_workload',
    'secret_read',
    'secrets_listed_everywhere',
    'impersonation_of_system',
    'anonymous_access',
  ];
  const rows = rowsOf('hits').filter(([product]) => product === 'kubernetes');

  test.each(rows.filter(([, rule]) => !ANY_CALLER.includes(rule)))(
    '%s %s, %s: the system',
    (_product, _rule, _what, record) => {
      for (const username of SYSTEM) {
        const found = audited({ ...record, user: { username } });
        // A kubelet that makes a pod outside kube-system has a rule of its own.
        expect(found.filter((name) => name !== 'static_pod')).toEqual([]);
      }
    },
  );

  test.each(rows)('%s %s, %s: what was refused', (_product, _rule, _what, record) => {
    for (const code of [400, 403, 404, 500])
      expect(audited({ ...record, responseStatus: { code } })).toEqual([]);
  });

  test.each(rows.filter(([, rule]) => !SESSIONS_AND_READS.includes(rule)))(
    '%s %s, %s: a dry run',
    (_product, _rule, _what, record) => {
      expect(audited({ ...record, requestURI: '/apis/x?dryRun=All' })).toEqual([]);
      expect(audited({ ...record, requestURI: '/apis/x?xdryRun=All' })).not.toEqual([]);
    },
  );
});

describe('the set [Q2]', () => {
  const rules = [...RULES.byId.values()].filter((rule): rule is SigmaRule => 'source' in rule);
  const named = rules.map((rule) => [rule.id.replace('sigma:', ''), rule] as const);

  test('has at least 45 rules, each in a file of its own, named after it in the folder of its product', () => {
    const names = FILES.map(({ file }) => `${basename(dirname(file))}_${basename(file, '.yml')}`);
    expect(names.length).toBeGreaterThanOrEqual(45);
    expect(named.map(([name]) => name).toSorted()).toEqual(names.toSorted());
  });

  test('has names, ids and titles of which none is there twice', () => {
    for (const of of [rules.map(({ id }) => id), rules.map(({ uuid }) => uuid)])
      expect(new Set(of).size).toBe(rules.length);
    const titles = rules.map(({ title, source }) => `${source}: ${title}`);
    expect(new Set(titles).size).toBe(rules.length);
  });

  test('has a file of cases beside every rule, and none for others', () => {
    expect([...CASES.keys()].toSorted()).toEqual(named.map(([name]) => name).toSorted());
  });

  test.each(named)('%s says what people need to judge it, and is tried', (name, rule) => {
    expect(rule.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(rule.techniques).toHaveLength(1);
    expect(rule.level).not.toBeNull();
    expect(rule.effect).not.toBeNull();
    expect(rule.description?.length).toBeGreaterThan(80);
    expect(rule.falsePositives.length).toBeGreaterThan(0);
    const [product = ''] = name.split('_');
    expect(rule.source.replace('-audit', '')).toBe(product);
    const cases = CASES.get(name);
    expect(cases?.hits.length).toBeGreaterThanOrEqual(1);
    expect(cases?.misses.length).toBeGreaterThanOrEqual(2);
  });

  test('is told by the reference page: run tools/generate-rules.ts', () => {
    const page = readFileSync(new URL('../../docs/reference/rules.md', import.meta.url), 'utf8');
    expect(page).toBe(rulesReference(rules));
    for (const [name] of named) expect(page).toContain(`| \`${name}\` |`);
  });

  test('no rule claims an escape to the node, which would widen links to all of its pods', () => {
    expect(rules.flatMap((rule) => rule.techniques)).not.toContain('T1611');
  });
});
