/**
 * Goal: the live engine, run over the same records in any order, cut into any requests, delivered more than once, says in
 * the end what the batch lane says, byte for byte [T15]. Method: the random worlds that the batch lane is compared with the
 * oracle on; what revisions, watermarks and chance may differ in (`meta`) is left out, everything else is compared.
 */
import { describe, expect, test } from 'vitest';
import { accountingErrors } from '../../src/model/accounting.ts';
import { createDice } from '../oracle/dice.ts';
import { randomScenario } from '../oracle/scenario.ts';
import type { OracleInput } from '../oracle/types.ts';
import { contentOf } from '../simulation/engine-content.ts';
import { EngineDriver, INPUTS, type LiveDocuments } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { requestsOf, withFewerNames } from '../simulation/requests.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { engineOptions, oneFileEach, runEngine } from './engine.ts';

const SCENARIOS = Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2000);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const BLOCK = 250;

async function runLive(
  seed: number,
  input: OracleInput,
  options: Parameters<typeof runEngine>[1],
): Promise<LiveDocuments> {
  const dice = createDice(seed + 1_000_000);
  const files = new FaultyDisk(new SeededRandom(seed)).files();
  const windows = dice.chance(0.3) ? { maxBytes: 4096 } : {};
  const driver = await EngineDriver.open({ options, files, windows });
  for (const { input: name, records } of requestsOf(seed, input)) {
    await driver.send(name, records);
    if (dice.chance(0.3)) await driver.drain(dice.int(1, 5), () => dice.chance(0.5));
  }
  for (const name of INPUTS) await driver.end(name);
  await driver.drain();
  await driver.engine.finish();
  expect(accountingErrors(driver.engine.accounting)).toEqual([]);
  const documents = await driver.documents();
  await driver.close();
  return documents;
}

async function check(seed: number): Promise<void> {
  const { input: world, settings, description } = randomScenario(seed);
  const input = seed % 2 === 0 ? world : withFewerNames(world, createDice(seed + 2_000_000));
  const options = engineOptions(input, settings);
  const batch = await runEngine(oneFileEach(input), options);
  const live = await runLive(seed, input, options);
  expect(contentOf(live), description).toEqual(contentOf(batch));
}

describe('[T15] live equals batch', () => {
  for (let from = FIRST; from < FIRST + SCENARIOS; from += BLOCK) {
    const to = Math.min(from + BLOCK, FIRST + SCENARIOS);
    test(`seeds ${from} to ${to - 1}, in any order`, { timeout: 600_000 }, async () => {
      for (let seed = from; seed < to; seed += 1) await check(seed);
    });
  }
});
