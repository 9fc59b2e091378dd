/**
 * Goal: the workers and the engine behind them say in the end what the batch lane says, byte for byte [S1], whatever worker takes
 * whichever batch of a partition, cut in any way, in any order between partitions, and though batches are taken again, by others,
 * late; though the engine starts anew, and what all share is lost at any moment. Method: the random worlds of the batch lane, over topics in memory.
 */
import { describe, expect, test } from 'vitest';
import { accountingErrors } from '../../src/model/accounting.ts';
import { createDice, type Dice } from '../oracle/dice.ts';
import { randomScenario } from '../oracle/scenario.ts';
import type { OracleInput } from '../oracle/types.ts';
import { contentOf } from '../simulation/engine-content.ts';
import { INPUTS, type LiveDocuments } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { requestsOf, withFewerNames } from '../simulation/requests.ts';
import { SharedDriver, type MovedWorker } from '../simulation/shared-driver.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { engineOptions, oneFileEach, runEngine } from './engine.ts';

const SCENARIOS = Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 500);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const BLOCK = 125;

type RunOptions = Parameters<typeof runEngine>[1];

interface Cut {
  input: (typeof INPUTS)[number];
  partition: number;
  from: number;
  to: number;
}

/** Each partition in pieces, in order; some pieces twice, the second time cut elsewhere. */
function cutsOf(driver: SharedDriver, partitions: number, dice: Dice): Cut[][] {
  return INPUTS.flatMap((input) =>
    Array.from({ length: partitions }, (_, partition) => {
      const end = driver.end(input, partition);
      const cuts: Cut[] = [];
      for (let from = 0; from < end;) {
        const to = Math.min(end, from + dice.int(1, 6));
        cuts.push({ input, partition, from, to });
        // The next owner begins where the last one had committed.
        from = dice.chance(0.2) ? Math.max(0, to - dice.int(1, 8)) : to;
      }
      return cuts;
    }),
  );
}

async function runShared(seed: number, input: OracleInput, options: RunOptions): Promise<LiveDocuments> {
  const dice = createDice(seed + 3_000_000);
  const files = new FaultyDisk(new SeededRandom(seed)).files();
  const partitions = dice.int(1, 3);
  const driver = await SharedDriver.open({ options, files, partitions });
  for (const { input: name, records } of requestsOf(seed, input))
    driver.append(name, dice.int(0, partitions - 1), records);
  await takeAll(driver, cutsOf(driver, partitions, dice), dice, seed % 3 === 0);
  const { engine } = driver;
  await driver.drain(Infinity, () => true);
  expect(engine.engine.hasEnded(INPUTS)).toBe(true);
  await engine.engine.finish();
  expect(accountingErrors(engine.engine.accounting)).toEqual([]);
  for (const name of INPUTS) {
    const sent = Array.from({ length: partitions }, (_, at) => driver.end(name, at));
    const appended = sent.reduce((sum, count) => sum + count, 0);
    expect(engine.engine.accounting.inputs[name]?.records ?? 0).toBeGreaterThanOrEqual(appended);
  }
  const documents = await engine.documents();
  await driver.close();
  return documents;
}

/** @param loses whether what all share is lost now and then */
async function takeAll(driver: SharedDriver, lanes: Cut[][], dice: Dice, loses: boolean): Promise<void> {
  const workers: MovedWorker[] = [driver.spanWorker(), driver.spanWorker()];
  const records = driver.recordWorker();
  const left = lanes.filter((lane) => lane.length > 0);
  while (left.length > 0) {
    const lane = dice.pick(left);
    const cut = lane.shift();
    if (lane.length === 0) left.splice(left.indexOf(lane), 1);
    if (cut === undefined) continue;
    // A worker that died is followed by one that knows nothing.
    if (dice.chance(0.1)) workers[dice.int(0, 1)] = driver.spanWorker();
    const worker = cut.input === 'spans' ? dice.pick(workers) : records;
    await worker.take(cut.input, cut.partition, cut.from, cut.to);
    // One that was stopped for long does at last what others have done since.
    if (cut.input === 'spans' && dice.chance(0.1))
      await driver.spanWorker().take('spans', cut.partition, 0, cut.to);
    if (loses && dice.chance(0.05)) driver.lose();
    if (dice.chance(0.05)) await driver.engine.restartEngine();
    if (dice.chance(0.3)) await driver.drain(dice.int(1, 5), () => dice.chance(0.5));
  }
  for (const lane of lanes.keys()) {
    const input = INPUTS[Math.floor((lane * INPUTS.length) / lanes.length)] ?? 'spans';
    const partition = lane % (lanes.length / INPUTS.length);
    for (const worker of input === 'spans' ? workers : [records]) await worker.idle(input, partition);
  }
}

/** All is taken; what all share is lost behind the last checkpoint, between what the events have written there and the spans. */
async function runLostAtTheEnd(
  seed: number,
  input: OracleInput,
  options: RunOptions,
): Promise<LiveDocuments> {
  const files = new FaultyDisk(new SeededRandom(seed)).files();
  const driver = await SharedDriver.open({ options, files, partitions: 1 });
  for (const { input: name, records } of requestsOf(seed, input)) driver.append(name, 0, records);
  const [spans, records] = [driver.spanWorker(), driver.recordWorker()];
  const others = INPUTS.filter((name) => name !== 'spans');
  for (const name of others) await records.take(name, 0, 0, driver.end(name, 0));
  // Who sends spans is known from then on, so that nothing is asked of the window any more.
  const middle = Math.ceil(driver.end('spans', 0) / 2);
  await spans.take('spans', 0, 0, middle);
  await driver.drain(Infinity, () => true);
  driver.lose();
  await spans.take('spans', 0, middle, driver.end('spans', 0));
  for (const name of others) await records.idle(name, 0);
  await spans.idle('spans', 0);
  await driver.drain(Infinity, () => false);
  await driver.finish();
  const documents = await driver.engine.documents();
  await driver.close();
  return documents;
}

async function checkLostAtTheEnd(seed: number): Promise<void> {
  const { input, settings, description } = randomScenario(seed);
  const options = engineOptions(input, settings);
  const batch = await runEngine(oneFileEach(input), options);
  expect(contentOf(await runLostAtTheEnd(seed, input, options)), description).toEqual(contentOf(batch));
}

async function check(seed: number): Promise<void> {
  const { input: world, settings, description } = randomScenario(seed);
  const input = seed % 2 === 0 ? world : withFewerNames(world, createDice(seed + 2_000_000));
  const options = engineOptions(input, settings);
  const batch = await runEngine(oneFileEach(input), options);
  const shared = await runShared(seed, input, options);
  expect(contentOf(shared), description).toEqual(contentOf(batch));
}

describe('[S1] shared equals batch', () => {
  test('though all that is shared is lost just before the end', { timeout: 600_000 }, async () => {
    for (let seed = FIRST; seed < FIRST + Math.ceil(SCENARIOS / 10); seed += 1) await checkLostAtTheEnd(seed);
  });

  for (let from = FIRST; from < FIRST + SCENARIOS; from += BLOCK) {
    const to = Math.min(from + BLOCK, FIRST + SCENARIOS);
    test(`seeds ${from} to ${to - 1}, whoever takes what`, { timeout: 600_000 }, async () => {
      for (let seed = from; seed < to; seed += 1) await check(seed);
    });
  }
});
