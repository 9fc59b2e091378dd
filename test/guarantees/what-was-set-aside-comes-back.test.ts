/**
 * Goal: what was set aside as too early is put through again when its time has come, once it is durable and no matter what crashes
 * then; the accounts add up at every step; and whoever asks for what cannot be is told why and what to do [L12].
 */
import { expect, test } from 'vitest';
import { accountingErrors } from '../../src/model/accounting.ts';
import type { DeadLetter } from '../../src/ports/fact-store.ts';
import { Backlog } from '../../src/runtime/live/backlog.ts';
import { RedriveService } from '../../src/runtime/live/redrive-service.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import type { EngineDriver } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { HOUR, MINUTE, alert, clock, openStory, payment, request, step } from '../simulation/live-story.ts';

const letters = async (driver: EngineDriver): Promise<DeadLetter[]> =>
  (await driver.store.deadLetters.deadLetters({ limit: 10, cursor: null })).items;

function redriveOf(driver: EngineDriver, backlog = new Backlog()): RedriveService {
  return new RedriveService({
    letters: driver.store.deadLetters,
    log: driver.log,
    backlog,
    clock: { now: () => driver.now },
    lagBytes: 1000,
  });
}

/** The payments that are linked, and that both equations hold. */
async function linked(driver: EngineDriver): Promise<string[]> {
  expect(accountingErrors(driver.engine.accounting)).toEqual([]);
  return (await driver.documents()).links.map(({ payment: { id } }) => id);
}

const WHEN = 10 * MINUTE;

/** An alert that was in time, and one request with a span that is ten minutes early, after one in another pod that is not. */
async function openWithEarlySpan(over: Parameters<typeof openStory>[0] = {}): Promise<EngineDriver> {
  const driver = await openStory(over);
  const early = request(WHEN, 'p1', 1);
  const inTime = request(6, 'p2', 2, 'checkout-1');
  await step(driver, 10, { payments: [payment(1, 'p1'), payment(2, 'p2')], alerts: [alert(5)] });
  await step(driver, 20, { spans: [merged(early, inTime)] });
  return driver;
}

/** Two exports in one message. */
function merged(...exports: object[]): object {
  return { resourceSpans: exports.flatMap((each) => (each as { resourceSpans: object[] }).resourceSpans) };
}

test('[L12] a span from the future is linked once it is redriven in its time; the one beside it is not counted again', async () => {
  const driver = await openWithEarlySpan();
  expect(await linked(driver)).toEqual([]);
  const [letter] = await letters(driver);
  expect(letter).toMatchObject({ reason: 'skewed', place: 'log:0:2', redrivenAt: null });
  await step(driver, WHEN);
  const answer = await redriveOf(driver).redrive(letter?.id ?? '');
  expect(answer).toEqual({ input: 'spans', items: 1, refused: 0, place: 'log:0:3' });
  await driver.drain();
  expect(await linked(driver)).toEqual(['p1']);
  const { records, items } = driver.engine.accounting.inputs.spans ?? {};
  expect([records, items]).toMatchObject([1, { decoded: 3, accepted: 2, skewed: 1 }]);
  expect(await letters(driver)).toMatchObject([{ id: letter?.id, redrivenAt: clock(WHEN) }]);
  await driver.close();
});

test('[L12] twice is once, but for the accounts', async () => {
  const driver = await openWithEarlySpan();
  const [letter] = await letters(driver);
  await step(driver, WHEN);
  for (let time = 0; time < 2; time += 1) await redriveOf(driver).redrive(letter?.id ?? '');
  await driver.drain();
  expect(await linked(driver)).toEqual(['p1']);
  expect(driver.engine.accounting.inputs.spans?.items).toMatchObject({ decoded: 4, accepted: 3, skewed: 1 });
  await driver.close();
});

test('[L12] what is still too early becomes a dead letter of the new place', async () => {
  const driver = await openWithEarlySpan();
  const [letter] = await letters(driver);
  const { place } = await redriveOf(driver).redrive(letter?.id ?? '');
  await driver.drain();
  expect(await linked(driver)).toEqual([]);
  const open = (await letters(driver)).filter(({ redrivenAt }) => redrivenAt === null);
  expect(open).toMatchObject([{ reason: 'skewed', place }]);
  expect(driver.engine.accounting.inputs.spans?.items).toMatchObject({ decoded: 3, accepted: 1, skewed: 2 });
  await driver.close();
});

test('[L12] it waits in the log as in flight, and survives a crash before it is applied', async () => {
  const files = new FaultyDisk(new SeededRandom(1)).files();
  const driver = await openWithEarlySpan({ files });
  await step(driver, WHEN);
  const backlog = new Backlog();
  await redriveOf(driver, backlog).redrive((await letters(driver))[0]?.id ?? '');
  const waiting = backlog.addedTo(driver.engine.accounting);
  expect(accountingErrors(waiting)).toEqual([]);
  expect(waiting.inputs.spans?.items.in_flight).toBe(1);
  await driver.close();
  // The store of the first life is gone, and the log alone is read again: up to the early span as it was read then.
  const again = await openStory({ files });
  again.now = clock(20);
  await again.apply(3);
  await again.engine.settle(true, again.now);
  expect(await linked(again)).toEqual([]);
  again.now = clock(WHEN);
  await again.drain();
  expect(await linked(again)).toEqual(['p1']);
  expect(await letters(again)).toMatchObject([{ reason: 'skewed', redrivenAt: clock(WHEN) }]);
  await again.close();
});

test('[L12] what is beyond the horizon would be refused again: retro or correlate', async () => {
  const driver = await openStory();
  await step(driver, 30 * HOUR, { alerts: [alert(30 * HOUR)] });
  await step(driver, 30 * HOUR + 10);
  await step(driver, 30 * HOUR + 20, { alerts: [alert(5)] });
  const [letter] = await letters(driver);
  expect(letter?.reason).toBe('beyond_horizon');
  await expect(redriveOf(driver).redrive(letter?.id ?? '')).rejects.toMatchObject({
    code: 'CF_NOT_REDRIVABLE',
    message: expect.stringMatching(/retro.*correlate/),
  });
  await driver.close();
});

test('[L12] what was refused when it came was not kept: its sender must send it again', async () => {
  const driver = await openStory();
  await step(driver, 10, { payments: [{ id: 'p1' }] });
  await expect(redriveOf(driver).redrive((await letters(driver))[0]?.id ?? '')).rejects.toMatchObject({
    code: 'CF_NOT_REDRIVABLE',
    message: expect.stringContaining('send it again'),
  });
  await expect(redriveOf(driver).redrive('nobody')).rejects.toMatchObject({ code: 'CF_NOT_FOUND' });
  await driver.close();
});
