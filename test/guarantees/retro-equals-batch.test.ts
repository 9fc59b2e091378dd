/**
 * Goal: for every event, the retro lane, reading the log of a live run and its facts, finds exactly the links of the batch
 * lane over the same records [R2], and what the live lane linked is the same [R4]. Method: the random worlds of the other comparisons, their records in any order and cut
 * into any requests; each event is then asked about by itself.
 */
import { describe, expect, test } from 'vitest';
import { openEventLogReader } from '../../src/adapters/embedded/event-log-reader.ts';
import type { LogFiles } from '../../src/adapters/embedded/log-files.ts';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import { liveLinksOfEach, reconcile } from '../../src/runtime/reconcile/reconcile.ts';
import { retroDocuments, storedEvent } from '../../src/runtime/retro/documents.ts';
import { LoggedSpans } from '../../src/runtime/retro/logged-spans.ts';
import { retro } from '../../src/runtime/retro/retro.ts';
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import { batchSpans, flattenSpans } from '../oracle/batches.ts';
import { createDice } from '../oracle/dice.ts';
import { randomScenario } from '../oracle/scenario.ts';
import { duplicateRecords, rebatchSpans, shuffleInput } from '../oracle/transform.ts';
import type { OracleInput } from '../oracle/types.ts';
import { EngineDriver, INPUTS } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { engineOptions, oneFileEach, runEngine } from './engine.ts';

const SCENARIOS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2000) / 5);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const BLOCK = 100;

async function liveRun(
  seed: number,
  input: OracleInput,
  options: CorrelateOptions,
  files: LogFiles,
): Promise<EngineDriver> {
  const dice = createDice(seed);
  const driver = await EngineDriver.open({ options, files });
  const mixed = duplicateRecords(shuffleInput(input, dice), dice);
  // One span a request in half of the worlds: then the range that is read decides what is found.
  const spans = dice.chance(0.5)
    ? flattenSpans(mixed.spans).flatMap((item) => batchSpans([item], dice))
    : rebatchSpans(mixed, dice).spans;
  const requests = INPUTS.flatMap((name) => {
    const records = (name === 'spans' ? spans : mixed[name]) as object[];
    const size = name === 'spans' && dice.chance(0.7) ? 1 : dice.int(1, 12);
    const count = Math.ceil(records.length / size);
    return Array.from({ length: count }, (_, i) => [name, records.slice(i * size, (i + 1) * size)] as const);
  });
  for (const [name, records] of dice.shuffle(requests)) await driver.send(name, records);
  await driver.drain();
  await driver.engine.finish();
  return driver;
}

const bare = (links: Iterable<LinkDocument>): object[] =>
  [...links]
    .map((link) => ({ ...link, meta: null, incident: null }))
    .toSorted((a, b) => (a.link.id < b.link.id ? -1 : 1));

async function check(seed: number): Promise<void> {
  const { input, settings, description } = randomScenario(seed);
  const options = engineOptions(input, settings);
  const batch = await runEngine(oneFileEach(input), options);
  const links = [...batch.links];
  const disk = new FaultyDisk(new SeededRandom(seed));
  const driver = await liveRun(seed, input, options, disk.files());
  const { store } = driver;
  const reader = await openEventLogReader('/data', disk.files());
  // The log alone knows the ids that bind; only of payout batches the facts know more.
  const alone = settings.maxPaymentsPerTrace > 3 && seed % 2 === 0;
  const facts = alone ? { ...store.facts, carriedOf: async () => [] } : store.facts;
  const ports = { spans: await LoggedSpans.of(reader, facts), facts, openSpanLog: options.openSpanLog };
  const retroOptions = {
    ...options,
    paymentsProvenance: options.identity.payments,
    attribute: (name: string) => options.attributes.lookup(name),
    traceReach: Infinity,
    withUnseen: true,
  };
  for (const { event } of batch.events) {
    const stored = await storedEvent(store.facts, event.id, options);
    expect(stored, `${event.id} of ${description}`).not.toBeNull();
    if (stored === null) continue;
    const { view } = await retro(stored, ports, retroOptions);
    const found = retroDocuments(view, { ...options, incidentId: null, coverage: 1 });
    const expected = links.filter((link) => link.event.id === event.id);
    expect(bare(found.links), `${event.id} of ${description}`).toEqual(bare(expected));
  }
  const ids = batch.events.map(({ event }) => event.id);
  const compared = await reconcile(
    ids,
    await liveLinksOfEach(ids, store.index, options.tenant),
    { ...ports, index: store.index, clock: { elapsedMs: () => 0 } },
    { ...retroOptions, withUnseen: false, isCovered: () => true, budgetMs: 1 },
  );
  expect(compared, description).toEqual({
    events: ids.length,
    leftOut: 0,
    links: links.length,
    found: links.length,
    differences: [],
  });
  await driver.close();
}

describe('[R2] [R4] retro equals batch, and what was linked live', () => {
  for (let from = FIRST; from < FIRST + SCENARIOS; from += BLOCK) {
    const to = Math.min(from + BLOCK, FIRST + SCENARIOS);
    test(`every event of seeds ${from} to ${to - 1}`, { timeout: 600_000 }, async () => {
      for (let seed = from; seed < to; seed += 1) await check(seed);
    });
  }
});
