// Goal: the upper bound of an incident holds what may have passed unseen, and nothing that cannot have. Method: amounts
// that are powers of two, so that the sum says which payments are in it.
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

/** The exec ends at 14:00:05; 15 minutes and 2 seconds later its window does. */
const LAST = '2026-03-10T14:15:07.000Z';
const SPANS = [
  spanRecord('ledger-1', 'linked', '2026-03-10T14:00:02.000Z', 1),
  spanRecord('checkout-1', 'elsewhere', '2026-03-10T14:00:03.000Z', 2),
  spanRecord('ledger-1', 'weak', '2026-03-10T14:10:00.000Z', 3),
];
const PAYMENTS = [
  paymentRecord('linked', { amount: '1.00' }),
  paymentRecord('elsewhere', { amount: '2.00' }),
  paymentRecord('weak', { amount: '4.00' }),
  paymentRecord('unseen', { amount: '8.00', time: LAST }),
  paymentRecord('too late', { amount: '16.00', time: '2026-03-10T14:15:07.001Z' }),
  paymentRecord('by the service', { amount: '32.00', service: 'ledger' }),
  paymentRecord('by another service', { amount: '64.00', service: 'fraud' }),
];

async function boundsWith(services: string[]) {
  const options = { ...engineOptions({ ...NONE, cluster: null }, SETTINGS), services, minP: 0.7 };
  const files = { ...NONE, audit: [[execRecord()]], spans: [SPANS], payments: [PAYMENTS] };
  const [incident] = (await runEngine(files, options)).incidents;
  if (incident === undefined) throw new Error('there is one incident');
  const [exposure] = incident.impact.exposures;
  return { lower: exposure?.lower, upper: exposure?.upper, bindingRatio: incident.impact.binding_ratio };
}

test('unseen in the window, by a service of the events or none; weak links; of six payments three are bound', async () => {
  expect(await boundsWith([])).toEqual({ lower: '1.00', upper: '45.00', bindingRatio: 0.5 });
});

test('payments without a service are those of the input: these passed elsewhere', async () => {
  expect(await boundsWith(['fraud'])).toMatchObject({ lower: '1.00', upper: '37.00' });
  expect(await boundsWith(['fraud', 'ledger'])).toMatchObject({ upper: '45.00' });
});
