/**
 * Goal: wherever the engine dies, nothing that was acknowledged is lost or counted twice, and the documents in the end are
 * those of the batch lane [T16]. Method: seeded runs of small worlds over a disk and stores that die at any step
 * (test/simulation/crash-trial.ts says what is checked). A seed that fails is made smaller, and told with the command
 * that runs it alone.
 */
import { describe, expect, test } from 'vitest';
import { BatchLane } from '../simulation/batch-lane.ts';
import { planOf, type Crash, type CrashPlan } from '../simulation/crash-plan.ts';
import { runPlan, type TrialCounts } from '../simulation/crash-trial.ts';
import { shrinkPlan, storyOf } from '../simulation/shrink.ts';

const SEEDS = Number(process.env['COUNTERFOIL_TEST_CRASH_SEEDS'] ?? 1_000);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const BLOCK = 250;
/** Fewer seeds do not have to reach everything. */
const ENOUGH = 250;

const batch = new BatchLane();

async function check(seed: number): Promise<TrialCounts> {
  const plan = planOf(seed);
  try {
    return await runPlan(plan, batch);
  } catch (cause) {
    throw new Error(await toldOf(plan), { cause });
  }
}

/** How to run a seed that fails, and the smallest plan that was found to fail like it. */
async function toldOf({ seed, ...plan }: CrashPlan): Promise<string> {
  const small = await shrinkPlan({ seed, ...plan }, async (each) => (await failureOf(each)) !== null);
  const command =
    `COUNTERFOIL_TEST_FIRST_SEED=${seed} COUNTERFOIL_TEST_CRASH_SEEDS=1 ` +
    `npx vitest run test/guarantees/a-crash-loses-nothing.test.ts`;
  return `seed ${seed} fails; again with\n${command}\nmade smaller:\n${storyOf(small)}\n${await failureOf(small)}`;
}

async function failureOf(plan: CrashPlan): Promise<string | null> {
  try {
    await runPlan(plan, batch);
    return null;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

describe('[T16] a crash loses nothing', () => {
  for (let from = FIRST; from < FIRST + SEEDS; from += BLOCK) {
    const to = Math.min(from + BLOCK, FIRST + SEEDS);
    test(`seeds ${from} to ${to - 1}`, { timeout: 600_000 }, async () => {
      const all: TrialCounts[] = [];
      for (let seed = from; seed < to; seed += 1) all.push(await check(seed));
      if (all.length >= ENOUGH) expectReach(all);
    });
  }
});

/** The runs reach what they are for. */
function expectReach(all: readonly TrialCounts[]): void {
  const sum = (count: (each: TrialCounts) => number): number => all.reduce((n, each) => n + count(each), 0);
  const places = new Set(
    all.flatMap(({ crashes }) => crashes.map(({ at, of, when }: Crash) => `${when} ${at} ${of}`)),
  );
  expect(places.size, 'kinds of crashes').toBeGreaterThan(35);
  expect(sum(({ crashes }) => crashes.length)).toBeGreaterThan(all.length * 2);
  expect(sum(({ refused }) => refused)).toBeGreaterThan(all.length / 2);
  expect(sum(({ resent }) => resent)).toBeGreaterThan(all.length);
  expect(sum(({ keptUnanswered }) => keptUnanswered)).toBeGreaterThan(0);
  expect(sum(({ links }) => links)).toBeGreaterThan(all.length);
}
