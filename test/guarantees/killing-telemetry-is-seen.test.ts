/**
 * Goal: a pod that talked steadily and falls silent when it is attacked does not get a clean bill [L7]: its event closes as
 * `final_unverified`; one that goes on talking closes as `final`.
 */
import { expect, test } from 'vitest';
import { MINUTE, alert, openStory, request, step } from '../simulation/live-story.ts';

const EVERY = 5;

/** A request every five seconds through a pod. */
function talk(pod: string, from: number, to: number, trace: number): object[] {
  return Array.from({ length: Math.floor((to - from) / EVERY) }, (_, i) =>
    request(from + i * EVERY, 'none', trace + i, pod),
  );
}

async function stateOfEvent(ledgerTalksUntil: number): Promise<string | undefined> {
  const driver = await openStory();
  const attack = 12 * MINUTE;
  const spans = [
    ...talk('ledger-1', 0, ledgerTalksUntil, 1_000),
    ...talk('checkout-1', 0, 60 * MINUTE, 100_000),
  ];
  await step(driver, 60 * MINUTE, { alerts: [alert(attack)], spans });
  await step(driver, 61 * MINUTE);
  const state = driver.documents().events[0]?.meta.state;
  await driver.close();
  return state;
}

test('[L7] a pod that falls silent after the attack', async () => {
  expect(await stateOfEvent(12 * MINUTE + 20)).toBe('final_unverified');
});

test('[L7] a pod that goes on talking', async () => {
  expect(await stateOfEvent(60 * MINUTE)).toBe('final');
});
