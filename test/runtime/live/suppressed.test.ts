// Goal: what somebody has said to be harmless makes no event while records come, and is counted.
import { expect, test } from 'vitest';
import { loadRules } from '../../../src/rules/compile.ts';
import { alert, clock, openStory, step, storyOptions } from '../../simulation/live-story.ts';

test('[G9] a suppressed alert is counted and makes no event; another one does', async () => {
  const suppressed: string[] = [];
  const rule = 'falco:Terminal shell in container';
  const where = { 'output_fields.k8s.pod.name|startswith': 'ledger-' };
  const rules = loadRules([], {}, [{ rule, where, until: clock(60), why: 'debugged' }]);
  const onSuppressed = (ruleId: string): void => void suppressed.push(ruleId);
  const driver = await openStory({ options: { ...storyOptions(), rules }, engine: { onSuppressed } });
  await step(driver, 70, { alerts: [alert(1), alert(2, 'checkout-1'), alert(61)] });
  const { events } = await driver.documents();
  await driver.close();
  expect(suppressed).toEqual([rule]);
  expect(events.map(({ event }) => event.start.slice(14, 19)).toSorted()).toEqual(['00:02', '01:01']);
});
