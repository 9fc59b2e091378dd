/**
 * Goal: a pod that talked steadily and falls silent when it is attacked does not get a clean bill [L7]: its event closes as
 * `final_unverified`; one that goes on talking closes as `final`.
 */
import { expect, test } from 'vitest';
import { MINUTE, alert, clock, openStory, request, step } from '../simulation/live-story.ts';

const EVERY = 5;

/** A request every five seconds through a pod. */
function talk(pod: string, from: number, to: number, trace: number): object[] {
  return Array.from({ length: Math.floor((to - from) / EVERY) }, (_, i) =>
    request(from + i * EVERY, 'none', trace + i, pod),
  );
}

interface Seen {
  state: string | undefined;
  coverage: unknown;
  raised: { eventId: string; expectedBy: number[] }[];
}

async function closed(ledgerTalksUntil: number): Promise<Seen> {
  const raised: Seen['raised'] = [];
  const driver = await openStory({}, (eventId, silences) =>
    raised.push({ eventId, expectedBy: silences.map(({ expectedBy }) => expectedBy) }),
  );
  const attack = 12 * MINUTE;
  const spans = [
    ...talk('ledger-1', 0, ledgerTalksUntil, 1_000),
    ...talk('checkout-1', 0, 60 * MINUTE, 100_000),
  ];
  await step(driver, 60 * MINUTE, { alerts: [alert(attack)], spans });
  await step(driver, 61 * MINUTE);
  const [event] = (await driver.documents()).events;
  await driver.close();
  return { state: event?.meta.state, coverage: event?.meta.coverage, raised };
}

test('[L7] a pod that falls silent after the attack', async () => {
  const { state, raised } = await closed(12 * MINUTE + 20);
  expect(state).toBe('final_unverified');
  expect(raised).toEqual([{ eventId: expect.stringMatching(/^ev_/), expectedBy: [clock(14 * MINUTE + 15)] }]);
});

test('[L7] a pod that goes on talking', async () => {
  const { state, coverage, raised } = await closed(60 * MINUTE);
  expect(state).toBe('final');
  expect(raised).toEqual([]);
  expect(coverage).toEqual({
    ratio: 1,
    inputs: [
      {
        name: 'spans',
        partitions: { expected: 1, usable: 1 },
        complete_until: expect.stringMatching(/^2026-03-10T/),
        late: 0,
      },
    ],
  });
});
