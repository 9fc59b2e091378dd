// Goal: a payment makes one incident of two events in different pods only where both links to it are sure enough.
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

/** Two execs at once, and the payment in both pods: in one at once, in the other at `later`. */
async function incidentsWith(later: string): Promise<number> {
  const audit = ['ledger-1', 'checkout-1'].map((pod, i) => ({
    ...execRecord({ pod, auditID: `a-${i}`, user: `user-${i}` }),
    requestURI: `/api/v1/namespaces/payments/pods/${pod}/exec?command=sh`,
  }));
  const spans = [
    spanRecord('ledger-1', 'p1', '2026-03-10T14:00:02.000Z', 1),
    spanRecord('checkout-1', 'p1', later, 2),
  ];
  const files = { ...NONE, audit: [audit], spans: [spans], payments: [[paymentRecord('p1')]] };
  const result = await runEngine(files, engineOptions({ ...NONE, cluster: null }, SETTINGS));
  expect(new Set([...result.links].map(({ event }) => event.id)).size).toBeGreaterThan(1);
  return result.incidents.length;
}

// No container is named, so the links are by pod: 0.60 halved every 30 minutes, which is 0.50 after 473 seconds.
test.each([
  ['2026-03-10T14:07:57.000Z', 1],
  ['2026-03-10T14:08:00.000Z', 2],
])('at %s: %i', async (later, incidents) => {
  expect(await incidentsWith(later)).toBe(incidents);
});
