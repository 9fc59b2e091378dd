/** The generator does what it promises, and the oracle's result depends on the set of records alone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { flattenSpans } from './batches.ts';
import { coverageOf } from './coverage.ts';
import { createDice } from './dice.ts';
import { runOracle } from './oracle.ts';
import { randomScenario } from './scenario.ts';
import { splitInput, TRANSFORMATIONS } from './transform.ts';
import { METHOD_ORDER } from './types.ts';
import { writeScenario } from './write-scenario.ts';

const SEEDS = 500;

describe('random scenarios', () => {
  const coverage = coverageOf(1, SEEDS);
  const rare = (names: string[], atLeast: number): string[] =>
    names.filter((name) => (coverage[name] ?? 0) < atLeast).map((name) => `${name}: ${coverage[name] ?? 0}`);

  it('are the same for the same seed, and small', () => {
    expect(randomScenario(42)).toEqual(randomScenario(42));
    expect(randomScenario(42).input).not.toEqual(randomScenario(43).input);
    for (let seed = 1; seed <= 100; seed++) {
      expect(flattenSpans(randomScenario(seed).input.spans).length).toBeLessThan(90);
    }
  });

  it('have links in most cases, and every method often, as best way and beside others', () => {
    expect(coverage['out:links']).toBeGreaterThan(SEEDS * 0.7);
    const methods = METHOD_ORDER.filter((method) => method !== 'network_interval');
    expect(
      rare(
        methods.map((method) => `best:${method}`),
        35,
      ),
    ).toEqual([]);
    const decaying = methods.filter(
      (method) => !['trace_exact', 'container_overlap', 'container_interval'].includes(method),
    );
    const gaps = decaying.flatMap((method) =>
      ['zero', 'negative', 'positive'].map((gap) => `gap:${method}:${gap}`),
    );
    expect(rare(gaps, 5)).toEqual([]);
  });

  it('have every ambiguity, cap and merge', () => {
    const outcomes = [
      'ambiguous_container',
      'ambiguous_cluster',
      'ambiguous_pod',
      'ambiguous_alias',
      'bulk_trace',
      'pods_capped',
      'capped',
      'event_ongoing',
      'event_folded',
      'payment_merged',
    ];
    expect(
      rare(
        outcomes.map((name) => `out:${name}`),
        15,
      ),
    ).toEqual([]);
    const fields = [
      'container.id',
      'container.name',
      'kubernetes.pod.uid',
      'kubernetes.pod.name',
      'trace.id',
    ];
    const broad = [
      'kubernetes.service_account',
      'kubernetes.workload',
      'service.name',
      'kubernetes.node.name',
    ];
    expect(
      rare(
        [...fields, ...broad].map((field) => `matched:${field}`),
        30,
      ),
    ).toEqual([]);
  });

  it('contain every dirt that inputs have', () => {
    const features = `
      almost_folds alias_horizon_bound audit_id_reused binding_horizon_bound bound_after_exact bound_after_inside
      bound_after_outside bound_before_exact bound_before_inside bound_before_outside caller_pod cluster_configured
      cluster_not_configured container_id_12 container_id_31 container_id_64 container_id_scheme duplicate_delivery
      equal_spans escape event_trace falco_event_scope falco_full_id falco_host falco_short_id far_outside folds
      gap_negative gap_positive gap_zero id_end_to_end_id id_on_link id_on_resource id_on_span id_on_span_event
      id_order_id id_own id_psp_reference id_uetr late_horizon_bound long_span made_up_trace merged_by_uetr multi_stage
      name_in_two_clusters name_reused native_account no_events no_own_id no_payments no_spans node_interval_on
      order_level payment_a_week_away payment_names_pod payment_names_trace payments_cap_3 person_named_like_account pod_body pods_cap_2
      self_provenance session_completed session_ongoing several_clusters several_spans several_states
      shared_container_prefix span_container_only span_full span_host_name span_name_only span_no_namespace
      span_service_namespace span_service_only span_uid_only span_without_cluster touching unmatched_audit`;
    const names = features.trim().split(/\s+/);
    expect(
      rare(
        names.map((name) => `in:${name}`),
        10,
      ),
    ).toEqual([]);
    const listed = new Set(names);
    expect(
      Object.keys(coverage).filter((name) => name.startsWith('in:') && !listed.has(name.slice(3))),
    ).toEqual([]);
  });
});

describe('the oracle', () => {
  it.each(Object.entries(TRANSFORMATIONS))('does not mind: %s', (_, transform) => {
    const minding = Array.from({ length: 300 }, (_item, i) => randomScenario(i + 1)).filter((scenario) => {
      const changed = transform(scenario.input, createDice(scenario.seed + 7_000));
      const [before, after] = [scenario.input, changed].map((input) => runOracle(input, scenario.settings));
      return !isDeepStrictEqual(before, after);
    });
    expect(minding.map((scenario) => scenario.description)).toEqual([]);
  });

  it('does mind a record that is taken away', () => {
    const affected = Array.from({ length: 50 }, (_, i) => randomScenario(i + 1)).filter(
      ({ input, settings }) => {
        const fewer = { ...input, payments: [] };
        return runOracle(input, settings).links.length !== runOracle(fewer, settings).links.length;
      },
    );
    expect(affected.length).toBeGreaterThan(30);
  });
});

describe('writeScenario', () => {
  const dir = mkdtempSync(join(tmpdir(), 'counterfoil-scenario-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  it('writes every record once, as lines, over one or several files', () => {
    const { input } = randomScenario(5);
    const parts = splitInput(input, createDice(1));
    for (const [name, written] of Object.entries({ whole: input, parts })) {
      const { paths, args } = writeScenario(join(dir, name), written);
      const lines = paths.payments.flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'));
      const expected = input.payments.map((record) => JSON.stringify(record));
      expect(lines.toSorted()).toEqual(expected.toSorted());
      expect(args.filter((arg) => arg === '--payments')).toHaveLength(paths.payments.length);
      expect(args.includes('--cluster')).toBe(input.cluster !== null);
    }
  });
});
