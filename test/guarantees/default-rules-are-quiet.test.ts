/**
 * Goal: with all default rules on, a day on which nothing happens stays quiet: fewer than one incident an hour. Method: six times
 * ten minutes of the example's company, each told with another seed and without the attack, and beside them what the other sensors
 * would write; then the same with the attack, and with one refused connection, to show that the silence is no deafness.
 */
import { describe, expect, test } from 'vitest';
import { story } from '../../examples/stolen-token/story/story.ts';
import { DEFAULT_RULES, readRuleFiles } from '../../src/config/data-files.ts';
import { loadRules } from '../../src/rules/compile.ts';
import type { CorrelateResult } from '../../src/runtime/correlate.ts';
import { settingsOf } from '../oracle/scenario.ts';
import type { OracleInput } from '../oracle/types.ts';
import { engineOptions, oneFileEach, projectAttributes, recoverabilityTable, runEngine } from './engine.ts';
import { ordinaryRequests, ordinaryTraffic, refusedExit } from './ordinary-traffic.ts';

const rules = loadRules(readRuleFiles([DEFAULT_RULES]));
/** Ten minutes each: an hour. */
const SEEDS = [1, 2, 3, 4, 5, 6];
const [SEED = 1] = SEEDS;

function recordsOf(text = ''): Record<string, unknown>[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Record<string, unknown>];
    } catch {
      // The line that the story cuts off.
      return [];
    }
  });
}

async function run(seed: number, attack: boolean, more: Record<string, unknown>[]): Promise<CorrelateResult> {
  const files = story({ seed, attack });
  const input: OracleInput = {
    audit: [...recordsOf(files['audit.ndjson']), ...ordinaryRequests(seed)],
    alerts: [...recordsOf(files['falco.ndjson']), ...more],
    events: [],
    spans: recordsOf(files['spans.ndjson']),
    payments: recordsOf(files['payments.ndjson']),
    cluster: 'prod-eu',
  };
  const none = { spanProvenance: 'platform' as const, maxPaymentsPerTrace: 1000, maxPodsPerEvent: 200 };
  const settings = {
    ...settingsOf({ ...none, nodeInterval: false }),
    attributes: projectAttributes(),
    rank: (rail: string, state: string) => recoverabilityTable.rank(rail, state),
  };
  return await runEngine(oneFileEach(input), { ...engineOptions(input, settings), rules });
}

describe('default rules [Q3]', () => {
  test('make no incident of an hour on which nothing happens', { timeout: 120_000 }, async () => {
    for (const seed of SEEDS) {
      const traffic = ordinaryTraffic(seed);
      const result = await run(seed, false, traffic);
      expect(result.incidents).toEqual([]);
      // Nor hardly an event: Argo CD reads a secret of its own, and a company's own rule tells of probes.
      const events = new Set(result.events.map(({ rule }) => rule.name));
      expect(events).toEqual(new Set(['Probe ran a shell', 'Secret read']));
      // What was looked at: all of it was read, and payments went past.
      expect(result.refusals).toEqual([]);
      expect(traffic.length).toBeGreaterThan(4_000);
      expect(result.payments.length).toBe(640);
    }
  });

  test('find the attack in the same traffic', { timeout: 60_000 }, async () => {
    const { incidents } = await run(SEED, true, ordinaryTraffic(SEED));
    expect(incidents.length).toBe(1);
  });

  test('find one refused connection in the same traffic', { timeout: 60_000 }, async () => {
    const { incidents } = await run(SEED, false, [...ordinaryTraffic(SEED), refusedExit(SEED)]);
    expect(incidents.length).toBe(1);
  });
});
