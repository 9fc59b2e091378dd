/**
 * Goal: what comes late is never silent [L3]: a span behind the watermark makes a new revision of the same incident, and so
 * does one for an event that is final; an alert that comes when the window has forgotten its spans finds them in the log.
 */
import { expect, test } from 'vitest';
import { span } from '../oracle/tiny.ts';
import { HOUR, MINUTE, alert, openStory, payment, request, step } from '../simulation/live-story.ts';

/** Spans of others, which carry the watermark along. */
const traffic = (seconds: number): object => request(seconds, 'other', 900_000 + seconds, 'checkout-1');

test('[L3] a span that comes when the event is final makes a revision of the same incident', async () => {
  const driver = await openStory();
  await step(driver, 10, {
    payments: [payment(1, 'p1'), payment(2, 'p2')],
    alerts: [alert(5)],
    spans: [request(6, 'p1', 1)],
  });
  const [first] = (await driver.documents()).incidents;
  expect(first?.meta).toMatchObject({ revision: 1, state: 'open' });
  await step(driver, HOUR, { spans: [traffic(HOUR)] });
  await step(driver, HOUR + 10);
  const [closed] = (await driver.documents()).incidents;
  expect(closed?.meta.state).toBe('final');
  expect(closed?.payments.ids).toEqual(['p1']);
  await step(driver, HOUR + 20, { spans: [request(7, 'p2', 2)] });
  const [revised] = (await driver.documents()).incidents;
  expect(revised?.incident.id).toBe(first?.incident.id);
  expect(revised?.payments.ids).toEqual(['p1', 'p2']);
  expect(revised?.meta.revision).toBeGreaterThan(closed?.meta.revision ?? 0);
  expect(driver.engine.accounting.inputs.spans?.items).toMatchObject({ accepted: 3, late: 1 });
  await driver.close();
});

test('[L3] an alert older than the look-back finds its spans in the log', async () => {
  const driver = await openStory();
  await step(driver, 10, { payments: [payment(1, 'p1')], spans: [request(6, 'p1', 1)] });
  // Two hours of nothing but the clock: the window has dropped the span.
  await step(driver, 2 * HOUR, { spans: [traffic(2 * HOUR)] });
  await step(driver, 2 * HOUR + 10);
  await step(driver, 2 * HOUR + 20, { alerts: [alert(5)] });
  const { links } = await driver.documents();
  expect(links.map(({ payment: { id }, link }) => [id, link.method])).toEqual([['p1', 'pod_interval']]);
  await driver.close();
});

test('[L3] [X8] what is older than the late horizon is counted and said, and changes nothing', async () => {
  const setAside: string[] = [];
  const driver = await openStory({
    engine: { onSetAside: (...told) => void setAside.push(told.join(' ')) },
  });
  await step(driver, 30 * HOUR, { alerts: [alert(30 * HOUR)], spans: [traffic(30 * HOUR)] });
  await step(driver, 30 * HOUR + 10);
  await step(driver, 30 * HOUR + 20, { alerts: [alert(5)], spans: [request(6, 'p1', 1)] });
  const { alerts, spans } = driver.engine.accounting.inputs;
  expect([alerts?.items.beyond_horizon, spans?.items.beyond_horizon]).toEqual([1, 1]);
  expect(setAside.toSorted()).toEqual(['alerts beyond_horizon 1', 'spans beyond_horizon 1']);
  expect([alerts?.refused, spans?.refused]).toEqual([{ beyond_horizon: 1 }, { beyond_horizon: 1 }]);
  expect((await driver.documents()).events).toHaveLength(1);
  const letters = (await driver.store.deadLetters.deadLetters({ limit: 10, cursor: null })).items;
  expect(letters.map(({ reason, input }) => [input, reason])).toEqual(
    expect.arrayContaining([
      ['alerts', 'beyond_horizon'],
      ['spans', 'beyond_horizon'],
    ]),
  );
  await driver.close();
});

test('[L3] a payment that comes a day late still finds the trace that met the event', async () => {
  const driver = await openStory();
  await step(driver, 10, { alerts: [alert(5)], spans: [request(6, 'p1', 1)] });
  await step(driver, 20 * HOUR, { spans: [traffic(20 * HOUR)] });
  await step(driver, 20 * HOUR + MINUTE);
  expect((await driver.documents()).links).toEqual([]);
  await step(driver, 20 * HOUR + 2 * MINUTE, { payments: [payment(1, 'p1')] });
  expect((await driver.documents()).links.map(({ payment: { id } }) => id)).toEqual(['p1']);
  await driver.close();
});

test('[L3] a late event is met by a span that began long before its window, and by the id that was carried then', async () => {
  const driver = await openStory();
  const who = { 'k8s.namespace.name': 'payments', 'k8s.pod.name': 'ledger-1' };
  const long = span({ n: 1, from: -50 * MINUTE, to: 1, who, ids: {} });
  const carrier = span({ n: 2, from: -50 * MINUTE, to: -50 * MINUTE + 1, ids: { 'payment.id': 'p1' } });
  await step(driver, 10, { payments: [payment(1, 'p1')], spans: [carrier] });
  await step(driver, 11, { spans: [long] });
  // By now neither window nor store holds them; the log does.
  await step(driver, 2 * HOUR);
  await step(driver, 2 * HOUR + 10, { alerts: [alert(5)] });
  expect((await driver.documents()).links.map(({ payment: { id } }) => id)).toEqual(['p1']);
  await driver.close();
});
