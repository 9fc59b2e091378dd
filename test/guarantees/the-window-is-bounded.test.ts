/**
 * Goal: what is kept does not grow with time [L8]: spans leave the window by the event watermark whether or not anything asks
 * for them, events leave the working set when their late horizon has passed, and both are still found afterwards.
 */
import { expect, test } from 'vitest';
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
  expect(driver.documents().links.length).toBeGreaterThan(0);
  await driver.close();
});
