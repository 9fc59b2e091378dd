/**
 * Goal: the batch lane gives exactly the links that the specification defines, whatever the order, repetition and
 * packaging of its input [J19]. Method: random small worlds, full of ambiguity and of times on the edge of windows; a
 * brute-force join written from the specification alone (test/oracle) says what is right.
 */
import { describe, expect, test } from 'vitest';
import { accountingErrors, emptyInputAccounts } from '../../src/model/accounting.ts';
import type { CorrelateResult } from '../../src/runtime/correlate.ts';
import { flattenSpans } from '../oracle/batches.ts';
import { compareLinks } from '../oracle/compare.ts';
import { createDice } from '../oracle/dice.ts';
import { runOracle } from '../oracle/oracle.ts';
import { randomScenario } from '../oracle/scenario.ts';
import { duplicateRecords, rebatchSpans, shuffleInput, splitInput } from '../oracle/transform.ts';
import type { Plain } from '../oracle/text.ts';
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

/** What the accounts must say of records that are all well-formed: counted here, not added up from the accounts. */
function expectCounted({ accounting }: CorrelateResult, files: Files, about: string): void {
  for (const name of ['audit', 'alerts', 'events', 'payments'] as const) {
    const records = files[name].flat();
    const distinct = new Set(records.map((record) => JSON.stringify(record))).size;
    const { items, ...account } = accounting.inputs[name] ?? emptyInputAccounts();
    expect([name, account.records, account.decoded], about).toEqual([name, records.length, records.length]);
    expect([name, items.accepted, items.duplicate], about).toEqual([
      name,
      records.length,
      records.length - distinct,
    ]);
  }
}

/** The same for spans; those that a forwarder wrote of alerts are ignored. */
function expectSpansCounted({ accounting }: CorrelateResult, files: Files, about: string): void {
  const requests = files.spans.flat() as Plain[];
  const scopes = flattenSpans(requests).map(({ scope }) => scope);
  const own = scopes.filter((scope) => scope !== 'falco-event').length;
  const { items, ...account } = accounting.inputs.spans ?? emptyInputAccounts();
  expect([account.records, account.decoded], about).toEqual([requests.length, requests.length]);
  expect([items.decoded, items.accepted, items.ignored['falco_event_scope'] ?? 0], about).toEqual([
    scopes.length,
    own,
    scopes.length - own,
  ]);
}

async function check(seed: number): Promise<void> {
  const { input, settings, description } = randomScenario(seed);
  const expected = runOracle(input, settings);
  const options = engineOptions(input, settings);
  const plain = await runEngine(oneFileEach(input), options);
  expect(compareLinks(expected, [...plain.links]), description).toEqual([]);
  expect(accountingErrors(plain.accounting), description).toEqual([]);
  expectCounted(plain, oneFileEach(input), description);
  expectSpansCounted(plain, oneFileEach(input), description);
  expect(plain.refusals, description).toEqual([]);
  expect(
    plain.events.map(({ event }) => event.id),
    description,
  ).toEqual(expected.events.map(({ id }) => id));
  const files = disturbed(seed, input);
  const other = await runEngine(files, options);
  expectCounted(other, files, description);
  expectSpansCounted(other, files, description);
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
