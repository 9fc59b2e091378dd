/**
 * Goal: what is kept does not grow with time [L8]: spans leave the window by the event watermark whether or not anything asks
 * for them, events leave the working set when their late horizon has passed, and both are still found afterwards.
 */
import { expect, test } from 'vitest';
import { paymentRecord } from '../cli/small-case.ts';
import { at } from '../oracle/tiny.ts';
import { HOUR, MINUTE, alert, openStory, payment, request, step } from '../simulation/live-story.ts';

test('[L8] the window holds minutes, the working set a day', async () => {
  const driver = await openStory();
  const held: number[] = [];
  for (let hour = 0; hour < 30; hour += 1) {
    const from = hour * HOUR;
    const spans = Array.from({ length: 60 }, (_, i) => request(from + i * MINUTE, 'p0', hour * 60 + i + 1));
    await step(driver, from + HOUR, {
      spans,
      ...(hour === 0 ? { alerts: [alert(5)], payments: [payment(1, 'p0')] } : {}),
    });
    held.push((await driver.windows.usage()).chunks);
  }
  await step(driver, 31 * HOUR);
  // Before + skew + the longest delay are about six minutes, and a bucket more.
  expect(Math.max(...held.slice(2))).toBeLessThanOrEqual(20);
  expect(driver.engine.activeEvents).toBe(0);
  expect((await driver.documents()).links.length).toBeGreaterThan(0);
  await driver.close();
});

test('[L8] a payment whose event has left the working set is linked still, whatever it is called later', async () => {
  const driver = await openStory();
  const ids = [{ type: 'uetr', value: 'd058a620-c685-d4ea-a7f0-fa8daaa6c210' }];
  await step(driver, 10, {
    payments: [paymentRecord('p1', { time: at(1), ids })],
    alerts: [alert(5)],
    spans: [request(6, 'p1', 1)],
  });
  await step(driver, 25 * HOUR);
  await step(driver, 26 * HOUR);
  expect(driver.engine.activeEvents).toBe(0);
  await step(driver, 27 * HOUR, { payments: [paymentRecord('a1', { time: at(26 * HOUR), ids })] });
  expect((await driver.documents()).payments.map(({ payment: { id }, answer }) => [id, answer])).toEqual([
    ['a1', 'linked'],
  ]);
  await driver.close();
});

test('[L8] what was counted of a payment is known under its later id', async () => {
  const driver = await openStory();
  const ids = [{ type: 'uetr', value: 'd058a620-c685-d4ea-a7f0-fa8daaa6c210' }];
  await step(driver, 10, {
    payments: [paymentRecord('p1', { time: at(1), ids })],
    spans: [request(6, 'p1', 1)],
  });
  await step(driver, HOUR);
  await step(driver, 2 * HOUR, { payments: [paymentRecord('a1', { time: at(HOUR), ids })] });
  expect((await driver.documents()).payments).toMatchObject([
    { payment: { id: 'a1' }, known: { traces: 1, spans_with_identity: 1 } },
  ]);
  await driver.close();
});
