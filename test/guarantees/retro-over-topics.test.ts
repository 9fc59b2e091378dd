/**
 * Goal: for every event, the retro lane over the raw records of topics, with the facts of the engine behind the workers, finds exactly the links
 * of the batch lane over the same records [R5]. Method: the random worlds of the other comparisons, over topics in memory.
 */
import { describe, expect, test } from 'vitest';
import { retroDocuments, storedEvent } from '../../src/runtime/retro/documents.ts';
import { retro, type RetroOptions } from '../../src/runtime/retro/retro.ts';
import { createDice } from '../oracle/dice.ts';
import { randomScenario } from '../oracle/scenario.ts';
import { INPUTS, liveOptions } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { requestsOf } from '../simulation/requests.ts';
import { SharedDriver } from '../simulation/shared-driver.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { engineOptions, oneFileEach, runEngine } from './engine.ts';

const SCENARIOS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 500) / 10);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const PARTITIONS = 2;

/** A deployment that has read all of it. */
async function shared(
  seed: number,
  input: Parameters<typeof requestsOf>[1],
  options: RunOptions,
): Promise<SharedDriver> {
  const dice = createDice(seed + 5_000_000);
  const files = new FaultyDisk(new SeededRandom(seed)).files();
  const driver = await SharedDriver.open({ options, files, partitions: PARTITIONS });
  for (const { input: name, records } of requestsOf(seed, input))
    driver.append(name, dice.int(0, PARTITIONS - 1), records);
  const [spans, records] = [driver.spanWorker(), driver.recordWorker()];
  for (const name of dice.shuffle([...INPUTS]))
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const worker = name === 'spans' ? spans : records;
      await worker.take(name, partition, 0, driver.end(name, partition));
      await worker.idle(name, partition);
    }
  await driver.drain(Infinity, () => true);
  await driver.engine.engine.finish();
  return driver;
}

type RunOptions = Parameters<typeof runEngine>[1];

async function check(seed: number): Promise<void> {
  const { input, settings, description } = randomScenario(seed);
  const options = engineOptions(input, settings);
  const batch = await runEngine(oneFileEach(input), options);
  const driver = await shared(seed, input, options);
  const { facts } = driver.engine.store;
  const spans = { notApplied: 0, scan: (range: { from: number; to: number }) => driver.spans.scan(range) };
  const ports = { facts, spans, openSpanLog: options.openSpanLog };
  const asked: RetroOptions = { ...liveOptions(options), withUnseen: false };
  for (const { event } of batch.events) {
    const stored = await storedEvent(facts, event.id, options);
    expect(stored, `${event.id} of ${description}`).not.toBeNull();
    if (stored === null) continue;
    const { view, counts } = await retro(stored, ports, asked);
    expect(counts.notApplied).toBe(0);
    const { links } = retroDocuments(view, { ...options, incidentId: null, coverage: 1 });
    const expected = [...batch.links].filter((link) => link.event.id === event.id);
    const bare = (all: Iterable<object>): object[] =>
      [...all].map((link) => ({ ...link, meta: null, incident: null }));
    expect(bare(links), `${event.id} of ${description}`).toEqual(bare(expected));
  }
  await driver.close();
}

describe('[R5] retro over topics equals batch', () => {
  test(`every event of seeds ${FIRST} to ${FIRST + SCENARIOS - 1}`, { timeout: 600_000 }, async () => {
    for (let seed = FIRST; seed < FIRST + SCENARIOS; seed += 1) await check(seed);
  });
});
