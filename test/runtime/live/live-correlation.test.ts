// Goal: a correlation rule while records come: when its event is told, what takes it back, and that nothing is kept for ever.
import { expect, test } from 'vitest';
import { loadRules } from '../../../src/rules/compile.ts';
import type { CorrelationBounds } from '../../../src/rules/correlation/correlator.ts';
import { alert, clock, HOUR, MINUTE, openStory, step, storyOptions } from '../../simulation/live-story.ts';

const RULES = `title: Shell
name: shell
level: low
logsource: {product: falco}
detection: {s: {rule: Terminal shell in container}, condition: s}
---
title: Shells
name: shells
level: critical
correlation: {type: event_count, rules: [shell], group-by: [output_fields.k8s.pod.name], timespan: 5m, condition: CONDITION}
`;

const storyOf = async (condition: string, correlation?: CorrelationBounds) =>
  openStory({
    options: {
      ...storyOptions(),
      ...(correlation === undefined ? {} : { correlation }),
      rules: loadRules([{ file: 'r.yml', text: RULES.replace('CONDITION', condition) }]),
    },
  });

type Story = Awaited<ReturnType<typeof storyOf>>;

const found = async (driver: Story): Promise<[string, number][]> =>
  (await driver.documents()).events
    .filter(({ rule }) => rule.id === 'sigma:shells')
    .map(({ event }): [string, number] => [event.start.slice(11, 16), event.count])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

test('[G5] its event is there with the match that completes it, and grows with a late one', async () => {
  const driver = await storyOf('{gte: 3}');
  await step(driver, 60, { alerts: [alert(1), alert(50)] });
  expect(await found(driver)).toEqual([]);
  await step(driver, 130, { alerts: [alert(121), alert(125, 'checkout-1')] });
  expect(await found(driver)).toEqual([
    ['14:00', 2],
    ['14:02', 1],
  ]);
  await step(driver, 10 * MINUTE, { alerts: [alert(30)] });
  expect(await found(driver)).toEqual([
    ['14:00', 3],
    ['14:02', 1],
  ]);
  await driver.close();
});

test('[G5] a count that may still grow is told when the watermark has passed, and withdrawn when it has grown', async () => {
  const driver = await storyOf('{eq: 2}');
  const atOnce = (uuid: string): object => ({ ...alert(1), uuid });
  await step(driver, 2, { alerts: [atOnce('x'), atOnce('y')] });
  expect(await found(driver)).toEqual([]);
  await step(driver, 30 * MINUTE);
  expect(await found(driver)).toEqual([['14:00', 2]]);
  await step(driver, 31 * MINUTE, { alerts: [atOnce('z')] });
  expect(await found(driver)).toEqual([]);
  await driver.close();
});

test('[G5] what nothing can change any more is let go, and its event stays; a start finds the same', async () => {
  const driver = await storyOf('{gte: 2}');
  await step(driver, 60, { alerts: [alert(1), alert(50)] });
  expect(await driver.store.facts.correlated()).toHaveLength(2);
  await driver.restartEngine();
  await step(driver, 90, { alerts: [alert(70)] });
  expect(await found(driver)).toEqual([
    ['14:00', 2],
    ['14:01', 1],
  ]);
  for (const hours of [24, 25, 26, 27])
    await step(driver, hours * HOUR, { alerts: [alert(hours * HOUR - 60)] });
  const kept = (await driver.store.facts.correlated()).map(({ match }) => match.observation.start);
  expect(Math.min(...kept)).toBeGreaterThan(clock(HOUR));
  expect(await found(driver)).toHaveLength(2);
  await driver.close();
});

test('[G6] what it keeps is bounded as the configuration says, and counted', async () => {
  const driver = await storyOf('{gte: 2}', { groups: 1, groupMembers: 2, members: 10 });
  await step(driver, 60, { alerts: [alert(1), alert(2), alert(3), alert(4, 'ledger-9')] });
  expect(driver.engine.correlationMembers).toBe(2);
  expect(driver.engine.correlationLosses).toMatchObject({ group_full: 1, too_many_groups: 1 });
  expect(await found(driver)).toEqual([['14:00', 2]]);
  await driver.close();
});
