/**
 * Goal: what can still be stopped stays true after nobody waits for the incident any more [L11]: a payment that is settled a
 * day later changes the money, the link and the payment of an incident that is past its late horizon.
 */
import { expect, test } from 'vitest';
import { paymentRecord } from '../cli/small-case.ts';
import { at } from '../oracle/tiny.ts';
import { HOUR, alert, openStory, payment, request, step } from '../simulation/live-story.ts';

const traffic = (seconds: number): object => request(seconds, 'other', 900_000 + seconds, 'checkout-1');

test('[L11] a payment that is settled after the late horizon', async () => {
  const driver = await openStory();
  await step(driver, 10, {
    payments: [payment(1, 'p1'), payment(2, 'p2')],
    alerts: [alert(5)],
    spans: [request(6, 'p1', 1), request(7, 'p2', 2)],
  });
  for (const hours of [1, 30])
    for (const more of [0, 10])
      await step(driver, hours * HOUR + more, { spans: [traffic(hours * HOUR + more)] });
  expect(driver.engine.activeEvents).toBe(0);
  const [before] = (await driver.documents()).incidents;
  expect(before?.meta.state).toBe('final');

  const settled = paymentRecord('p1', { time: at(31 * HOUR), state: 'settled' });
  await step(driver, 31 * HOUR, { payments: [settled] });
  await step(driver, 31 * HOUR + 10);
  const { incidents, links, payments } = await driver.documents();
  expect(incidents.map(({ incident }) => incident.id)).toEqual([before?.incident.id]);
  const [after] = incidents;
  expect(after?.meta.revision).toBeGreaterThan(before?.meta.revision ?? 0);
  expect(after?.meta.state).toBe('final');
  expect(after?.impact.exposures).not.toEqual(before?.impact.exposures);
  expect(after?.payments).toEqual(before?.payments);
  const states = links.map(({ payment: { id, state } }) => [id, state]);
  expect(Object.fromEntries(states)).toEqual({ p1: 'settled', p2: 'accepted' });
  expect(payments.find((each) => each.payment.id === 'p1')?.payment.state).toBe('settled');
  expect(driver.engine.activeEvents).toBe(0);
  await driver.close();
});
