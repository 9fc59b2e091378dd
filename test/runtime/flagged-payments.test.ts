// Goal: what is to be looked at of payments that were accepted is counted [X9].
import { expect, test } from 'vitest';
import { recall, report, transfer, uetrOf } from '../formats/payments/bank-messages.ts';
import { fixture } from '../formats/format-context.ts';
import { oneFileEach, runEngine } from '../guarantees/engine.ts';
import type { Plain } from '../oracle/text.ts';
import { storyOptions } from '../simulation/live-story.ts';

const NONE = { audit: [], alerts: [], events: [], spans: [], cluster: null };
async function flaggedOf(payments: Plain[]) {
  const { accounting } = await runEngine(oneFileEach({ ...NONE, payments }), storyOptions());
  return accounting.inputs.payments?.items;
}

test('[X9] state events whose reference names several payments, once each', async () => {
  const ids = { instruction: '7' };
  const transfers = [1, 2].map((number) => transfer({ ...ids, uetr: uetrOf(number) }));
  const asked = (...records: string[]) => flaggedOf(records.map((log) => ({ log, stream: 'stdout' })));
  const reports = [report(ids, 'ACSC'), recall(ids)];
  expect(await asked(...transfers, ...reports, ...reports)).toMatchObject({
    accepted: 6,
    duplicate: 2,
    flagged: { ambiguous_reference: 2 },
  });
  expect((await asked(...transfers.slice(0, 1), ...reports))?.flagged).toEqual({});
});

test('[X9] payments of the test mode of a provider', async () => {
  const object = JSON.parse(fixture('stripe/charge.json')) as object;
  const event = { object: 'event', type: 'charge.succeeded', created: 200, data: { object } };
  const records = [false, true].map((livemode, i) => ({ ...event, id: `evt_${i}`, livemode }));
  expect(await flaggedOf(records)).toMatchObject({ accepted: 2, flagged: { test_mode: 1 } });
});
