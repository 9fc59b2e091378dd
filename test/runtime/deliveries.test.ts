// Goal: which delivery of a record comes first decides nothing, and no fact is lost because another one has its id.
import { expect, test } from 'vitest';
import { settingsOf } from '../oracle/scenario.ts';
import { engineOptions, runEngine } from '../guarantees/engine.ts';
import { falcoRecord } from '../formats/sample-records.ts';
import { execRecord } from '../cli/small-case.ts';

const SETTINGS = settingsOf({
  spanProvenance: 'platform',
  maxPaymentsPerTrace: 1000,
  maxPodsPerEvent: 200,
  nodeInterval: false,
});
const NONE = { audit: [], alerts: [], events: [], spans: [], payments: [] };

async function run(files: Partial<Record<keyof typeof NONE, object[]>>) {
  const inputs = Object.fromEntries(Object.entries(files).map(([name, records]) => [name, [records]]));
  const options = engineOptions({ ...NONE, cluster: null }, SETTINGS);
  const { events, payments, accounting } = await runEngine({ ...NONE, ...inputs }, options);
  return { events, payments: [...payments], accounting };
}

/** The result of records in the order given, which their reverse must give too. */
async function inEitherOrder(name: keyof typeof NONE, records: object[]) {
  const forth = await run({ [name]: records });
  const back = await run({ [name]: records.toReversed() });
  expect(back).toEqual(forth);
  return forth;
}

test('one record that two rules of a sensor saw is two events, though it has one id', async () => {
  const event = { id: 'n-1', time: '2026-03-10T14:00:02Z', namespace: 'payments', pod: 'ledger-1' };
  const { events } = await inEitherOrder('events', [
    { ...event, rule: 'Shell' },
    { ...event, rule: 'Curl' },
  ]);
  expect(events.map(({ rule }) => rule.name).toSorted()).toEqual(['Curl', 'Shell']);
});

test('of two copies of an alert that forwarders changed, the same one is shown in any order [F2]', async () => {
  const alert = { ...falcoRecord(), uuid: 'u-1' };
  const { events, accounting } = await inEitherOrder('alerts', [
    { ...alert, priority: 'Critical' },
    { ...alert, priority: 'Debug' },
  ]);
  expect(events).toHaveLength(1);
  expect(accounting.inputs.alerts?.items).toMatchObject({ accepted: 2, duplicate: 1 });
});

test('two copies of an audit record teach the same in any order: what only one of them has is known', async () => {
  const record = execRecord();
  const target = { resource: 'pods', subresource: 'exec', namespace: 'payments', name: 'ledger-1' };
  const { events, accounting } = await inEitherOrder('audit', [
    { ...record, objectRef: target },
    { ...record, objectRef: { ...target, uid: 'u-ledger' } },
  ]);
  expect(events.map(({ kubernetes }) => kubernetes?.pod?.uid)).toContain('u-ledger');
  expect(accounting.inputs.audit?.items).toMatchObject({ accepted: 2, duplicate: 1 });
});
