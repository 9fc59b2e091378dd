/**
 * Goal: on what users really have, the batch lane gives the oracle's answer too, and the accounting adds up. Method:
 * the example's files, and the real sample records mixed with spans and payments made to fit them, go through the
 * engine with the default rules and through the brute-force join; the rules alone are shared, as predicates.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES, readRuleFiles } from '../../src/config/data-files.ts';
import { accountingErrors } from '../../src/model/accounting.ts';
import { loadRules } from '../../src/rules/compile.ts';
import { compareLinks } from '../oracle/compare.ts';
import { runOracle } from '../oracle/oracle.ts';
import { settingsOf } from '../oracle/scenario.ts';
import type { OracleInput, OracleSettings } from '../oracle/types.ts';
import { engineOptions, oneFileEach, projectAttributes, recoverabilityTable, runEngine } from './engine.ts';
import { sampleInput } from './sample-world.ts';

const rules = loadRules(readRuleFiles([DEFAULT_RULES]));

function settings(): OracleSettings {
  const none = { spanProvenance: 'platform' as const, maxPaymentsPerTrace: 1000, maxPodsPerEvent: 200 };
  return {
    ...settingsOf({ ...none, nodeInterval: false }),
    attributes: projectAttributes(),
    rank: (rail, state) => recoverabilityTable.rank(rail, state),
    rules: rules.bySource['kubernetes-audit'].map(({ rule, matches }) => ({
      id: rule.id,
      severity: rule.severity,
      techniques: rule.techniques,
      matches: (record) => matches(JSON.parse(JSON.stringify(record))),
    })),
  };
}

async function expectOracle(input: OracleInput): Promise<number> {
  const expected = runOracle(input, settings());
  const result = await runEngine(oneFileEach(input), { ...engineOptions(input, settings()), rules });
  expect(compareLinks(expected, [...result.links])).toEqual([]);
  expect(result.events.map(({ event }) => event.id)).toEqual(expected.events.map(({ id }) => id));
  expect(accountingErrors(result.accounting)).toEqual([]);
  return result.links.length;
}

/** Lines of a file that are whole JSON; the example holds a truncated one on purpose. */
function records(name: string): Record<string, unknown>[] {
  const text = readFileSync(
    new URL(`../../examples/stolen-token/data/${name}.ndjson`, import.meta.url),
    'utf8',
  );
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

describe('on real input [J19]', () => {
  test('the stolen token', { timeout: 300_000 }, async () => {
    const input = {
      audit: records('audit'),
      alerts: records('falco').filter((alert) => !String(alert['rule']).startsWith('Falco internal:')),
      events: [],
      spans: records('spans'),
      payments: records('payments'),
      cluster: 'prod-eu',
    };
    expect(await expectOracle(input)).toBeGreaterThan(500);
  });

  test('the real sample records, with spans and payments that fit them', { timeout: 60_000 }, async () => {
    expect(await expectOracle(sampleInput())).toBeGreaterThan(4);
  });
});
