/**
 * Goal: the batch lane gives exactly the links that the specification defines, whatever the order, repetition and
 * packaging of its input [J19]. Method: random small worlds, full of ambiguity and of times on the edge of windows; a
 * brute-force join written from the specification alone (test/oracle) says what is right.
 */
import { describe, expect, test } from 'vitest';
import { accountingErrors } from '../../src/model/accounting.ts';
import type { CorrelateResult } from '../../src/runtime/correlate.ts';
import { compareLinks } from '../oracle/compare.ts';
import { createDice } from '../oracle/dice.ts';
import { runOracle } from '../oracle/oracle.ts';
import { randomScenario } from '../oracle/scenario.ts';
import { duplicateRecords, rebatchSpans, shuffleInput, splitInput } from '../oracle/transform.ts';
import type { OracleInput } from '../oracle/types.ts';
import { engineOptions, oneFileEach, runEngine, type Files } from './engine.ts';

const SCENARIOS = Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2000);
const BLOCK = 250;
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);

/** Shuffled, partly delivered twice, spans batched anew, split over up to three files an input. */
function disturbed(seed: number, input: OracleInput): Files {
  const dice = createDice(seed);
  const parts = splitInput(rebatchSpans(duplicateRecords(shuffleInput(input, dice), dice), dice), dice);
  const files = (name: Exclude<keyof OracleInput, 'cluster'>): object[][] => parts.map((part) => part[name]);
  return {
    audit: files('audit'),
    alerts: files('alerts'),
    events: files('events'),
    spans: files('spans'),
    payments: files('payments'),
  };
}

function engineContent(result: CorrelateResult): object {
  const { links, events, payments, incidents } = result;
  return { links: [...links], events, payments: [...payments], incidents };
}

async function check(seed: number): Promise<void> {
  const { input, settings, description } = randomScenario(seed);
  const expected = runOracle(input, settings);
  const options = engineOptions(input, settings);
  const plain = await runEngine(oneFileEach(input), options);
  expect(compareLinks(expected, [...plain.links]), description).toEqual([]);
  expect(accountingErrors(plain.accounting), description).toEqual([]);
  expect(plain.refusals, description).toEqual([]);
  expect(
    plain.events.map(({ event }) => event.id),
    description,
  ).toEqual(expected.events.map(({ id }) => id));
  const other = await runEngine(disturbed(seed, input), options);
  expect(engineContent(other), description).toEqual(engineContent(plain));
  expect(accountingErrors(other.accounting), description).toEqual([]);
}

describe('[J19] correlate equals the oracle', () => {
  for (let from = FIRST; from < FIRST + SCENARIOS; from += BLOCK) {
    const to = Math.min(from + BLOCK, FIRST + SCENARIOS);
    test(`seeds ${from} to ${to - 1}, as they are and disturbed`, { timeout: 300_000 }, async () => {
      for (let seed = from; seed < to; seed += 1) await check(seed);
    });
  }
});
