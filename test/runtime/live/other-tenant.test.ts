// Goal: payments that a worker of another tenant wrote into our log are dead letters; they are in no document, and the engine goes on.
import { expect, it } from 'vitest';
import { accountingErrors } from '../../../src/model/accounting.ts';
import { frameBuilderOf, requestOf } from '../../simulation/engine-driver.ts';
import { openStory, payment, step, storyOptions } from '../../simulation/live-story.ts';

it('sets payments of another tenant aside, and says which setting is wrong [S13]', async () => {
  const driver = await openStory();
  const others = frameBuilderOf({ ...storyOptions(), tenant: 'globex' });
  const { entry } = await others.build('payments', requestOf('payments', [payment(1, 'p1')]));
  await driver.log.append(entry);
  await step(driver, 10, { payments: [payment(2, 'p2')] });
  const { payments } = await driver.documents();
  expect(payments.map((each) => each.payment.id)).toEqual(['p2']);
  const { accounting } = driver.engine;
  expect(accounting.inputs.payments?.items).toMatchObject({ decoded: 2, accepted: 1, refused: 1 });
  expect(accountingErrors(accounting)).toEqual([]);
  const { items } = await driver.store.deadLetters.deadLetters({ limit: 10, cursor: null });
  expect(items).toMatchObject([{ input: 'payments', reason: 'other_tenant' }]);
  expect(items[0]?.text).toMatch(/^1 payment .*`tenant`/);
  await driver.close();
});
