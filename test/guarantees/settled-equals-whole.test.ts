/**
 * Goal: at every settle in the middle of a run, and not only in its end, the links are those that the batch lane finds in the
 * records so far [L10]. What is weighed by trace, what is taken as evaluated already and what waits for another record would
 * show here; the end of a bounded run looks at everything once more, and would hide it.
 *
 * Method: the random worlds of live-equals-batch; after a few requests each, settles with and without a checkpoint, and starts
 * in between, what the index shows is compared with the batch lane over exactly these requests.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDice } from '../oracle/dice.ts';
import { randomScenario } from '../oracle/scenario.ts';
import type { Plain } from '../oracle/text.ts';
import { T, falco, native, payment, settings, span, TRACE } from '../oracle/tiny.ts';
import { contentOf } from '../simulation/engine-content.ts';
import { EngineDriver } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { requestsOf, withFewerNames, type SentRequest } from '../simulation/requests.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { engineOptions, runEngine, type Files } from './engine.ts';

const SCENARIOS = Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 200);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const BLOCK = 50;
const YEAR = 365 * 86_400_000_000;
const NONE = { audit: [], alerts: [], events: [], spans: [], payments: [], cluster: null };
/** Comparisons in the middle of a run; each is a batch. */
const LOOKS = 6;

function filesOf(requests: readonly SentRequest[]): Files {
  const files: Files = { audit: [], alerts: [], events: [], spans: [], payments: [] };
  for (const { input, records } of requests) files[input].push(records);
  return files;
}

/** What does not wait for the end of time: `known` of a payment and what may have passed unseen do. */
function settledOf(documents: Parameters<typeof contentOf>[0]): object {
  const { links, events } = contentOf(documents);
  const payments = [...documents.payments].map(({ payment, superseded_ids: former, answer }) => {
    return { ...payment, former, linked: answer === 'linked' };
  });
  return { links, events, payments: payments.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

async function check(seed: number): Promise<void> {
  const { input: whole, settings: chosen, description } = randomScenario(seed);
  const dice = createDice(seed + 2_000_000);
  const input = withFewerNames(whole, dice);
  // Live: nothing is too late or too early, all else is as late as can be. A session that goes on is prolonged once a minute only.
  const live = dice.chance(0.5) && !description.includes('session_ongoing');
  const options = engineOptions(input, live ? { ...chosen, lateHorizon: 10 * YEAR } : chosen);
  const files = new FaultyDisk(new SeededRandom(seed)).files();
  const storeDir = dice.chance(0.3) ? mkdtempSync(join(tmpdir(), 'counterfoil-settled-')) : ':memory:';
  const written = { events: new Set<string>(), payments: new Set<string>() };
  const open = async (): Promise<EngineDriver> => {
    const mode = live ? ('live' as const) : ('bounded' as const);
    const opened = await EngineDriver.open({ options, files, mode, storeDir, written });
    opened.now = live ? T + YEAR : 0;
    return opened;
  };
  let driver = await open();
  const requests = requestsOf(seed, input);
  const looks = new Set(Array.from({ length: LOOKS }, () => dice.int(1, requests.length)));
  for (const [at, { input: name, records }] of requests.entries()) {
    await driver.send(name, records);
    if (dice.chance(0.5)) await driver.drain(dice.int(1, 5), () => dice.chance(0.3));
    if (storeDir !== ':memory:' && dice.chance(0.2)) {
      await driver.close();
      driver = await open();
    }
    if (!looks.has(at + 1)) continue;
    await driver.drain();
    const batch = await runEngine(filesOf(requests.slice(0, at + 1)), options);
    const label = `seed ${seed}, ${at + 1} of ${requests.length} requests: ${description}`;
    expect(settledOf(await driver.documents()), label).toEqual(settledOf(batch));
  }
  await driver.close();
  if (storeDir !== ':memory:') rmSync(storeDir, { recursive: true });
}

describe('[L10] a settle says what the facts so far say', () => {
  for (let from = FIRST; from < FIRST + SCENARIOS; from += BLOCK) {
    const to = Math.min(from + BLOCK, FIRST + SCENARIOS);
    test(`seeds ${from} to ${to - 1}`, { timeout: 600_000 }, async () => {
      for (let seed = from; seed < to; seed += 1) await check(seed);
    });
  }
});

const WHO = { 'k8s.namespace.name': 'payments', 'k8s.pod.name': 'ledger-1' };
const EXEC: SentRequest = {
  input: 'alerts',
  records: [falco({ 'k8s.ns.name': 'payments', 'k8s.pod.name': 'ledger-1' })],
};
const paid = (more: Plain): SentRequest => ({ input: 'payments', records: [payment(more)] });
const spans = (...ids: Record<string, string>[]): SentRequest => ({
  input: 'spans',
  records: ids.map((each, n) => span({ n: n + 1, from: 1, to: 2, who: WHO, ids: each })),
});
const ORDER = { ids: [{ type: 'order_id', value: 'o-1' }] };
const UETR = { ids: [{ type: 'uetr', value: 'd058a620-c685-d4ea-a7f0-fa8daaa6c210' }] };
const MONTH_BEFORE = '2026-02-10T14:00:00Z';
const MONTH_AFTER = '2026-04-10T14:00:00Z';

/** What comes first, then what changes the meaning of it without naming what the spans carry. */
const CASES: Record<string, [before: SentRequest[], after: SentRequest[]]> = {
  'a payment known by its reference gets an id of its own': [
    [EXEC, spans({ 'payment.uetr': UETR.ids[0]?.value ?? '' }), paid({ id: undefined, ...UETR })],
    [paid({ state: 'captured', ...UETR })],
  ],
  'two payments that share an order number become one': [
    [EXEC, spans({ 'order.id': 'o-1' }), paid(ORDER), paid({ id: 'pay_2', ...ORDER })],
    [paid({ state: 'captured', ...UETR }), paid({ id: 'pay_2', state: 'captured', ...UETR })],
  ],
  'a trace is bulk no more, since two of its payments become one': [
    [
      EXEC,
      spans({ 'payment.id': 'pay_1' }, { 'payment.id': 'pay_2' }, { 'payment.id': 'pay_3' }),
      ...['pay_1', 'pay_2', 'pay_3'].map((id) => paid({ id })),
    ],
    [paid({ state: 'captured', ...UETR }), paid({ id: 'pay_2', state: 'captured', ...UETR })],
  ],
  'a trace is bulk no more, since one of its ids is ambiguous now': [
    [
      EXEC,
      spans({ 'payment.id': 'pay_1' }, { 'payment.id': 'pay_2' }, { 'order.id': 'o-1' }),
      paid({}),
      paid({ id: 'pay_2' }),
      paid({ id: 'pay_3', ...ORDER }),
    ],
    [paid({ id: 'pay_4', ...ORDER })],
  ],
  'an order number means the other payment, since one turns out to be a month old': [
    [EXEC, spans({ 'order.id': 'o-1' }), paid(ORDER), paid({ id: 'pay_2', ...ORDER })],
    [paid({ id: 'pay_2', time: MONTH_BEFORE })],
  ],
  'an order number means nothing, since a second payment turns out to be as near': [
    [EXEC, spans({ 'order.id': 'o-1' }), paid(ORDER), paid({ id: 'pay_2', ...ORDER, time: MONTH_AFTER })],
    [paid({ id: 'pay_2' })],
  ],
  'a payment names the trace that an event names, and no span of it is known': [
    [{ input: 'events', records: [native({ trace_id: TRACE })] }],
    [paid({ trace_id: TRACE })],
  ],
};

describe('[L10] what a record changes without naming it', () => {
  test.each(Object.entries(CASES))('%s', async (_, [before, after]) => {
    const options = engineOptions(NONE, settings({ maxPaymentsPerTrace: 2 }));
    const files = new FaultyDisk(new SeededRandom(1)).files();
    const driver = await EngineDriver.open({ options, files });
    for (const sent of [before, after]) {
      for (const { input, records } of sent) {
        await driver.send(input, records);
        await driver.drain();
      }
      const known = sent === before ? before : [...before, ...after];
      expect(settledOf(await driver.documents())).toEqual(
        settledOf(await runEngine(filesOf(known), options)),
      );
    }
    await driver.close();
  });
});

test('[L10] after a crash between two checkpoints, payments still mean the pods that they name', async () => {
  const options = engineOptions(NONE, settings());
  const files = new FaultyDisk(new SeededRandom(1)).files();
  const storeDir = mkdtempSync(join(tmpdir(), 'counterfoil-settled-'));
  const written = { events: new Set<string>(), payments: new Set<string>() };
  const sent: SentRequest[] = [
    { input: 'events', records: [native({ id: 'e-1', pod_uid: 'uid-1' })] },
    paid({ namespace: 'payments', pod: 'ledger-1' }),
    // Another event, which says what uid that pod has.
    {
      input: 'events',
      records: [native({ id: 'e-2', rule: 'x', namespace: 'payments', pod: 'ledger-1', pod_uid: 'uid-1' })],
    },
  ];
  const first = await EngineDriver.open({ options, files, storeDir, written });
  for (const { input, records } of sent.slice(0, 2)) await first.send(input, records);
  await first.drain(Infinity, () => false);
  await first.close();
  const second = await EngineDriver.open({ options, files, storeDir, written });
  for (const { input, records } of sent.slice(2)) await second.send(input, records);
  await second.drain();
  expect(settledOf(await second.documents())).toEqual(settledOf(await runEngine(filesOf(sent), options)));
  expect((await second.documents()).links).toHaveLength(2);
  await second.close();
  rmSync(storeDir, { recursive: true });
});
