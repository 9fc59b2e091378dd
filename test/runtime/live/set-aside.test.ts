/**
 * Goal: spans that are set aside, with all that is said of their resource, have no effect later either, when the log is read again [L9]:
 * for what was seen of payments, for an event that names their trace, for a question about yesterday.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SeededRandom } from '../../../tools/seeded-random.ts';
import { FaultyDisk } from '../../simulation/faulty-files.ts';
import { HOUR, MINUTE, alert, openStory, payment, request, step } from '../../simulation/live-story.ts';

const CLOSED = 28 * MINUTE;

it('[L9] a new pod whose clock is ahead, in one request with others', async () => {
  const driver = await openStory();
  await step(driver, 10, { payments: [payment(1, 'p1')], alerts: [alert(5)], spans: [request(6, 'p1', 1)] });
  const ahead = request(10 * HOUR, 'p1', 1, 'ahead-1');
  await step(driver, 20, { spans: [ahead, request(7, 'p2', 2, 'checkout-1')], payments: [payment(2, 'p2')] });
  await step(driver, 30, { alerts: [alert(9, 'checkout-1')] });
  await step(driver, CLOSED);
  const { events, links, payments } = await driver.documents();
  expect(events.map(({ meta }) => meta.state)).toEqual(['final', 'final']);
  // Under the name of the one that was let in stands what that one states.
  expect(links.map((link) => link.payment.id).toSorted()).toEqual(['p1', 'p2']);
  expect(payments.map(({ known }) => known.spans_with_identity)).toEqual([1, 1]);
  expect(driver.engine.accounting.inputs.spans?.items).toMatchObject({ accepted: 2, skewed: 1 });
  await driver.close();
});

it('[L9] a pod that is known, whose clock was ahead for one span: not after a start, and not from the log', async () => {
  const files = new FaultyDisk(new SeededRandom(1)).files();
  const storeDir = mkdtempSync(join(tmpdir(), 'counterfoil-aside-'));
  const first = await openStory({ files, storeDir });
  await step(first, 10, {
    payments: [payment(1, 'p1'), payment(2, 'p2')],
    spans: [request(6, 'p1', 1), request(2 * HOUR + 5, 'p2', 2)],
  });
  expect(first.engine.accounting.inputs.spans?.items).toMatchObject({ accepted: 1, skewed: 1 });
  await first.close();
  // The window is built anew from the log, and an event comes at the time that the span has stated.
  const second = await openStory({ files, storeDir });
  await step(second, 2 * HOUR, {
    alerts: [alert(2 * HOUR)],
    spans: [request(2 * HOUR, 'other', 3, 'checkout-1')],
  });
  // So does one whose window the log must be read for.
  await step(second, 4 * HOUR, { spans: [request(4 * HOUR, 'other', 4, 'checkout-1')] });
  await step(second, 4 * HOUR + 10, { alerts: [alert(2 * HOUR - 8 * MINUTE)] });
  const { events, links, payments } = await second.documents();
  expect(events).toHaveLength(2);
  expect(links).toEqual([]);
  expect(payments.find((each) => each.payment.id === 'p2')?.known.traces).toBe(0);
  await second.close();
  rmSync(storeDir, { recursive: true });
});
