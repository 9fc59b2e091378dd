/**
 * Goal: what banks call alike is told apart by the live engine as by the batch lane, whatever comes first [Y22]: a second UETR under a reference
 * takes a report away from the first, and everything that was said of it. Method: messages with few ids, one by one in any order, delivered twice.
 */
import { expect, test } from 'vitest';
import { Dice } from '../formats/dice.ts';
import { LONG, someMessages, uetrOf } from '../formats/payments/bank-messages.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { contentOf } from '../simulation/engine-content.ts';
import { EngineDriver, INPUTS } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { alert, request, storyOptions } from '../simulation/live-story.ts';
import { oneFileEach, runEngine } from './engine.ts';

const IDS = [LONG, `${LONG}B`, uetrOf(0), uetrOf(1), uetrOf(3), 'M1/1', 'M2/2', 'BANKDEFF/M1/1', '1'];
const NONE = { audit: [], events: [], cluster: null };

test.each(Array.from({ length: 150 }, (_, seed) => seed))('[Y22] seed %i', async (seed) => {
  const dice = new Dice(seed);
  const payments = someMessages(dice, 9).map((log) => ({ log, stream: 'stdout' }));
  const spans = IDS.map((id, i) => ({ ...request(i, id, i + 1) }));
  const alerts = [{ ...alert(5) }];
  const options = storyOptions();
  const batch = await runEngine(oneFileEach({ ...NONE, alerts, spans, payments }), options);

  const files = new FaultyDisk(new SeededRandom(seed)).files();
  const driver = await EngineDriver.open({ options, files });
  const sent = [
    ...[...payments, ...payments].map((record) => ({ input: 'payments' as const, record })),
    ...alerts.map((record) => ({ input: 'alerts' as const, record })),
    ...spans.map((record) => ({ input: 'spans' as const, record })),
  ]
    .map((each) => ({ ...each, key: dice.below(1_000_000) }))
    .toSorted((a, b) => a.key - b.key);
  for (const { input, record } of sent) {
    await driver.send(input, [record]);
    if (seed % 2 === 0 || dice.below(2) === 0) await driver.drain();
  }
  for (const name of INPUTS) await driver.end(name);
  await driver.drain();
  await driver.engine.finish();
  const live = await driver.documents();
  await driver.close();
  expect(contentOf(live)).toEqual(contentOf(batch));
  expect(batch.links.length).toBeGreaterThan(0);
});
