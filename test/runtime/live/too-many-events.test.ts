import { expect, it } from 'vitest';
import { accountingErrors } from '../../../src/model/accounting.ts';
import { HOUR, alert, openStory, payment, request, step } from '../../simulation/live-story.ts';

it('takes in no more security records than events may be remembered, counts the rest, and says what to do', async () => {
  const driver = await openStory({ engine: { maxEvents: 2 } });
  await step(driver, 10, { alerts: [alert(5), alert(6, 'checkout-1')] });
  await step(driver, 20, {
    alerts: [alert(15), alert(16)],
    payments: [payment(1, 'p1')],
    spans: [request(6, 'p1', 1)],
  });
  const { inputs } = driver.engine.accounting;
  expect(inputs.alerts?.items).toMatchObject({ decoded: 4, accepted: 2, refused: 2 });
  expect(accountingErrors(driver.engine.accounting)).toEqual([]);
  const [letter] = (await driver.store.deadLetters.deadLetters({ limit: 10, cursor: null })).items;
  expect(letter).toMatchObject({ input: 'alerts', reason: 'too_many_events' });
  expect(letter?.text).toMatch(/^2 items.*join\.late_horizon/);
  // Those that are remembered go on.
  expect((await driver.documents()).links).toHaveLength(1);

  const traffic = [30 * HOUR, 30 * HOUR + 10].map((at) => request(at, 'other', at, 'checkout-1'));
  await step(driver, 30 * HOUR, { spans: traffic.slice(0, 1) });
  await step(driver, 30 * HOUR + 10, { spans: traffic.slice(1) });
  await step(driver, 30 * HOUR + 20, { alerts: [alert(30 * HOUR + 15)] });
  expect(inputs.alerts?.items).toMatchObject({ accepted: 3, refused: 2 });
  await driver.close();
});
