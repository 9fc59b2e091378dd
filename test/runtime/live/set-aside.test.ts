/**
 * Goal: spans that are set aside, with all that is said of their resource, have no effect later either, when the log is read again [L9]:
 * for what was seen of payments, for an event that names their trace, for a question about yesterday.
 */
import { expect, it } from 'vitest';
import { HOUR, MINUTE, alert, openStory, payment, request, step } from '../../simulation/live-story.ts';

const CLOSED = 28 * MINUTE;

it('[L9] a new pod whose clock is ahead, in one request with others', async () => {
  const driver = await openStory();
  await step(driver, 10, { payments: [payment(1, 'p1')], alerts: [alert(5)], spans: [request(6, 'p1', 1)] });
  const ahead = request(10 * HOUR, 'p1', 1, 'ahead-1');
  await step(driver, 20, { spans: [ahead, request(7, 'p2', 2, 'checkout-1')], payments: [payment(2, 'p2')] });
  await step(driver, 30, { alerts: [alert(9, 'checkout-1')] });
  await step(driver, CLOSED);
  const { events, links, payments } = driver.documents();
  expect(events.map(({ meta }) => meta.state)).toEqual(['final', 'final']);
  // Under the name of the one that was let in stands what that one states.
  expect(links.map((link) => link.payment.id).toSorted()).toEqual(['p1', 'p2']);
  expect(payments.map(({ known }) => known.spans_with_identity)).toEqual([1, 1]);
  expect(driver.engine.accounting.inputs.spans?.items).toMatchObject({ accepted: 2, skewed: 1 });
  await driver.close();
});
