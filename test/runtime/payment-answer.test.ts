// Goal: "nothing met this payment" is said only where it was looked for, and no further than the records reach.
import { expect, test } from 'vitest';
import { execRecord, paymentRecord, spanRecord } from '../cli/small-case.ts';
import { engineOptions, runEngine } from '../guarantees/engine.ts';
import { settingsOf } from '../oracle/scenario.ts';

const SETTINGS = settingsOf({
  spanProvenance: 'platform',
  maxPaymentsPerTrace: 1000,
  maxPodsPerEvent: 200,
  nodeInterval: false,
});
const NONE = { audit: [], alerts: [], events: [], spans: [], payments: [] };
const SPANS = [spanRecord('checkout-1', 'p2', '2026-03-10T14:30:00.000Z', 2)];

async function paymentAfter(audit: object[], spans: object[], over: Record<string, unknown> = {}) {
  const options = engineOptions({ ...NONE, cluster: null }, SETTINGS);
  const files = { ...NONE, audit: [audit], spans: [spans], payments: [[paymentRecord('p2', over)]] };
  const { payments } = await runEngine(files, options);
  const [payment] = payments;
  if (payment === undefined) throw new Error('there is one payment');
  return { answer: payment.answer, ...payment.known };
}

test('seen in a pod that no event was in: nothing found, as far as the security records reach', async () => {
  expect(await paymentAfter([execRecord()], SPANS)).toMatchObject({
    answer: 'none_found',
    events_watermark: '2026-03-10T14:00:05.000Z',
    complete_until: '2026-03-10T14:30:00.000Z',
  });
});

test('without any security record nothing is known, however well the payment was seen', async () => {
  expect(await paymentAfter([], SPANS)).toMatchObject({
    answer: 'not_known',
    events_watermark: null,
    why: 'No security record was in the input, so nobody looked.',
  });
});

test('not seen anywhere: nothing is known; its own record may say where it was', async () => {
  expect(await paymentAfter([execRecord()], [])).toMatchObject({ answer: 'not_known', traces: 0 });
  const place = { namespace: 'payments', pod: 'checkout-1' };
  expect(await paymentAfter([execRecord()], [], place)).toMatchObject({ answer: 'none_found', traces: 0 });
});

test('met among more payments than are linked one by one: not "nothing found"', async () => {
  const settings = { ...SETTINGS, maxPaymentsPerTrace: 1 };
  const options = engineOptions({ ...NONE, cluster: null }, settings);
  const span = JSON.stringify(spanRecord('ledger-1', 'p1', '2026-03-10T14:00:02.000Z', 1));
  const batch = JSON.parse(span.replace('"p1"', '"p2"').replace(/"spanId":"\d/, '"spanId":"a')) as object;
  const spans = [JSON.parse(span) as object, batch];
  const payments = [paymentRecord('p1'), paymentRecord('p2')];
  const files = { ...NONE, audit: [[execRecord()]], spans: [spans], payments: [payments] };
  const result = await runEngine(files, options);
  expect([...result.links]).toEqual([]);
  expect(result.events.flatMap(({ links }) => links.flags)).toContain('payments_withheld');
  expect([...result.payments].map(({ answer }) => answer)).toEqual(['not_known', 'not_known']);
});
