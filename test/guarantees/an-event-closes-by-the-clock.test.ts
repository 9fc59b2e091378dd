/**
 * Goal: an event becomes final when its time has passed, whether or not anything comes any more [L4]; not before, and not
 * because of one record from the future [L5]; nor while there is something in the log that was not read [L6].
 */
import { expect, test } from 'vitest';
import { execRecord } from '../cli/small-case.ts';
import { HOUR, MINUTE, alert, clock, openStory, payment, request, step } from '../simulation/live-story.ts';

/** 5 s + 15 min + 2 s + 5 min + 2 x 1 min + 30 s after the event; idle inputs are believed to be 5 min behind. */
const CLOSES = 5 + 22 * MINUTE + 32;
const IDLE = 5 * MINUTE;

test('[L4] with nothing coming any more, it closes by the wall clock, and not a second earlier', async () => {
  const driver = await openStory();
  await step(driver, 10, { payments: [payment(1, 'p1')], alerts: [alert(5)], spans: [request(6, 'p1', 1)] });
  await step(driver, CLOSES + IDLE);
  expect((await driver.documents()).events[0]?.meta.state).toBe('open');
  await step(driver, CLOSES + IDLE + 1);
  const { events, links, incidents } = await driver.documents();
  expect([events[0]?.meta.state, links[0]?.meta.state, incidents[0]?.meta.state]).toEqual([
    'final',
    'final',
    'final',
  ]);
  expect(links[0]?.meta.coverage).toBe(1);
  await driver.close();
});

test('[L5] a span from the future is set aside, counted and said, and closes nothing', async () => {
  const driver = await openStory();
  await step(driver, 10, { payments: [payment(1, 'p1')], alerts: [alert(5)], spans: [request(6, 'p1', 1)] });
  await step(driver, 20, { spans: [request(10 * HOUR, 'p2', 2)], payments: [payment(2, 'p2')] });
  expect((await driver.documents()).events[0]?.meta.state).toBe('open');
  expect(driver.engine.accounting.inputs.spans?.items).toMatchObject({ decoded: 2, accepted: 1, skewed: 1 });
  const [letter] = (await driver.store.deadLetters.deadLetters({ limit: 10, cursor: null })).items;
  expect(letter).toMatchObject({ input: 'spans', reason: 'skewed' });
  expect(driver.engine.time.spanWatermark).toBeLessThan(clock(MINUTE));
  await driver.close();
});

test('[L6] while the log holds what was not read, the clock closes nothing', async () => {
  const driver = await openStory();
  await step(driver, 10, { payments: [payment(1, 'p1')], alerts: [alert(5)], spans: [request(6, 'p1', 1)] });
  await driver.send('spans', [request(8, 'p2', 2)]);
  driver.engine.report(
    { position: driver.engine.nextOffset(0), end: await driver.log.end(0) },
    clock(3 * HOUR),
  );
  await driver.engine.settle(true, clock(3 * HOUR));
  expect((await driver.documents()).events[0]?.meta.state).toBe('open');
  await driver.close();
});

test('[L4] an event that becomes a session that goes on is open for as long', async () => {
  const driver = await openStory();
  await driver.send('audit', [execRecord()]);
  await step(driver, 10);
  // Of the same minute, user and command, so the same event.
  await driver.send('audit', [execRecord({ auditID: 'a-2', stage: 'ResponseStarted' })]);
  await step(driver, 20);
  await step(driver, HOUR);
  const states = (await driver.documents()).events.map(({ meta }) => meta.state);
  expect(new Set(states)).toEqual(new Set(['open']));
  await driver.send('audit', [execRecord({ auditID: 'a-2' })]);
  await step(driver, HOUR + 1);
  const closed = (await driver.documents()).events.map(({ meta }) => meta.state);
  expect(new Set(closed)).toEqual(new Set(['final']));
  await driver.close();
});
