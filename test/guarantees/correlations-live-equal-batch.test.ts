/**
 * Goal: what correlation rules find while records come, in any order, cut into any requests, repeated, over crashes, is in the
 * end what the batch lane finds, byte for byte [G7]; and while they come, what is found is told and taken back [G5].
 */
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { loadRules } from '../../src/rules/compile.ts';
import { createDice, type Dice } from '../oracle/dice.ts';
import { settingsOf } from '../oracle/scenario.ts';
import { contentOf } from '../simulation/engine-content.ts';
import { EngineDriver, INPUTS } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { engineOptions, runEngine } from './engine.ts';

const SCENARIOS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2000) / 20);
const SETTINGS = settingsOf({
  spanProvenance: 'platform',
  maxPaymentsPerTrace: 1000,
  maxPodsPerEvent: 200,
  nodeInterval: false,
});
const NONE = { audit: [], alerts: [], events: [], spans: [], payments: [] };

const base = (name: string, verb: string): string =>
  `title: ${name}\nname: ${name}\nlevel: low\nlogsource: {product: kubernetes, service: audit}\ndetection: {s: {verb: ${verb}}, denied: {responseStatus.code: 403}, condition: s and not denied}\n`;
const correlation = (name: string, section: string): string =>
  `title: ${name}\nname: ${name}\nlevel: high\ncorrelation: {group-by: [user.username], ${section}}\n`;
const RULES = loadRules([
  {
    file: 'r.yml',
    text: [
      base('read', 'get'),
      base('exec', 'create'),
      base('erase', 'delete'),
      correlation('many', 'type: event_count, rules: [read], timespan: 3m, condition: {gte: 3}'),
      correlation(
        'few',
        'type: value_count, rules: [erase], timespan: 2m, condition: {field: objectRef.name, lte: 2, gte: 2}, generate: true',
      ),
      correlation(
        'heavy',
        'type: value_sum, rules: [read, exec], timespan: 4m, condition: {field: requestObject.bytes, gte: 0.3, lt: 1}',
      ),
      correlation(
        'slow',
        'type: value_percentile, rules: [read], timespan: 3m, condition: {field: requestObject.bytes, percentile: 75, gt: 0.6}',
      ),
      correlation('then', 'type: temporal_ordered, rules: [many, exec], timespan: 5m'),
    ].join('---\n'),
  },
]);

function recordOf(dice: Dice, index: number): object {
  const second = dice.int(0, 900);
  const time = (at: number): string =>
    `2026-03-10T14:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}.000000Z`;
  const verb = dice.pick(['get', 'get', 'create', 'delete']);
  const stage = dice.pick(['ResponseComplete', 'ResponseComplete', 'ResponseStarted', 'RequestReceived']);
  const name = dice.pick(['a', 'b', 'c']);
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    // Some are stages of one request, if all else is the same.
    auditID: `a${dice.int(0, 2 * (index + 2))}`,
    stage,
    requestURI: `/api/v1/namespaces/pay/pods/${name}`,
    verb,
    user: { username: dice.pick(['alice', 'bob']) },
    objectRef: { resource: 'pods', namespace: 'pay', name, apiVersion: 'v1' },
    // Sums of these as floats depend on their order.
    requestObject: { bytes: dice.pick([0.1, 0.2, 0.7, -0.4, 1e17, -1e17, null]) },
    requestReceivedTimestamp: time(second),
    stageTimestamp: time(second + dice.int(0, 3)),
  };
}

/** Returns the rules of the events that were found. */
async function check(seed: number): Promise<string[]> {
  const dice = createDice(seed);
  const made = Array.from({ length: dice.int(1, 40) }, (_, index) => recordOf(dice, index));
  const records = made.flatMap((record) => [
    record,
    // A later stage of the same request, which may take a match back.
    ...(dice.chance(0.3)
      ? [{ ...record, stage: 'Panic', responseStatus: { code: dice.pick([200, 403]) } }]
      : []),
    ...(dice.chance(0.2) ? [record] : []),
  ]);
  const options = { ...engineOptions({ ...NONE, cluster: null }, SETTINGS), rules: RULES };
  const batch = await runEngine({ ...NONE, audit: [records] }, options);
  const driver = await EngineDriver.open({ options, files: new FaultyDisk(new SeededRandom(seed)).files() });
  for (const record of dice.shuffle(records)) {
    await driver.send('audit', [record]);
    if (dice.chance(0.3)) await driver.drain(dice.int(1, 5), () => dice.chance(0.5));
    if (dice.chance(0.1)) await driver.restartEngine();
  }
  for (const name of INPUTS) await driver.end(name);
  await driver.drain();
  if (dice.chance(0.3)) await driver.restartEngine();
  await driver.drain();
  await driver.engine.finish();
  const live = await driver.documents();
  await driver.close();
  expect(contentOf(live), `seed ${seed}`).toEqual(contentOf(batch));
  return batch.events.map(({ rule }) => rule.id);
}

describe('correlation rules', () => {
  test('find live what they find in a batch [G7] [G10]', { timeout: 300_000 }, async () => {
    const found = new Set<string>();
    for (let seed = 1; seed <= SCENARIOS; seed += 1) for (const rule of await check(seed)) found.add(rule);
    // Those that are referred to without `generate` make no events.
    expect([...found].toSorted()).toEqual([
      'sigma:erase',
      'sigma:few',
      'sigma:heavy',
      'sigma:slow',
      'sigma:then',
    ]);
  });
});
