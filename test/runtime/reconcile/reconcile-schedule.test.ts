/**
 * Goal: the lanes are compared every interval, one comparison at a time, over a sample of what closed since, and one that fails stops no
 * later one [R4]. Method: time moved by hand, comparisons that end when the test says so.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { ClosedEvents } from '../../../src/runtime/reconcile/closed-events.ts';
import { ReconcileSchedule } from '../../../src/runtime/reconcile/reconcile-schedule.ts';
import type { Reconciled } from '../../../src/runtime/reconcile/reconcile.ts';
import { ManualTime } from '../../simulation/manual-timers.ts';

const NOTHING: Reconciled = { events: 0, leftOut: 0, links: 0, found: 0, differences: [] };
const EVERY = 1_000;

let time: ManualTime;
let closed: ClosedEvents;
let runs: (PromiseWithResolvers<Reconciled> & { ids: readonly string[]; stopped: boolean })[];
let told: unknown[];
let schedule: ReconcileSchedule;

beforeEach(() => {
  [time, closed, runs, told] = [new ManualTime(), new ClosedEvents(), [], []];
  schedule = new ReconcileSchedule({
    takeClosed: async () => closed.take(),
    start: (ids) => {
      const run = { ...Promise.withResolvers<Reconciled>(), ids, stopped: false };
      runs.push(run);
      return { outcome: run.promise, stop: () => void (run.stopped = true) };
    },
    timers: time,
    everyMs: EVERY,
    onDone: (_, { total }) => void told.push(total),
    onFailure: (error) => void told.push((error as Error).message),
  });
  schedule.start();
});

/** What was asked for in between has come. */
async function pass(ms: number): Promise<void> {
  time.advance(ms);
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

describe('[R4] the schedule', () => {
  it('compares what closed since, every interval, and nothing where nothing did', async () => {
    closed.add(['ev_b', 'ev_a']);
    await pass(EVERY - 1);
    expect(runs).toHaveLength(0);
    await pass(1);
    expect(runs.map(({ ids }) => ids)).toEqual([['ev_a', 'ev_b']]);
    runs[0]?.resolve(NOTHING);
    await pass(0);
    expect(told).toEqual([2]);
    await pass(EVERY);
    expect(runs).toHaveLength(1);
    closed.add(['ev_c']);
    await pass(EVERY);
    expect(runs.map(({ ids }) => ids).at(-1)).toEqual(['ev_c']);
  });

  it('begins none while one goes on', async () => {
    closed.add(['ev_a']);
    await pass(EVERY);
    closed.add(['ev_b']);
    await pass(5 * EVERY);
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(NOTHING);
    await pass(0);
    await pass(EVERY);
    expect(runs.map(({ ids }) => ids)).toEqual([['ev_a'], ['ev_b']]);
  });

  it('goes on after one that failed', async () => {
    closed.add(['ev_a']);
    await pass(EVERY);
    runs[0]?.reject(new Error('no log'));
    await pass(0);
    expect(told).toEqual(['no log']);
    closed.add(['ev_b']);
    await pass(EVERY);
    expect(runs).toHaveLength(2);
  });

  it('stopped, it stops what goes on, says nothing and begins nothing', async () => {
    closed.add(['ev_a']);
    await pass(EVERY);
    schedule.stop();
    runs[0]?.reject(new Error('stopped'));
    await pass(10 * EVERY);
    expect([runs.length, runs[0]?.stopped, told]).toEqual([1, true, []]);
  });
});

describe('[R4] the sample', () => {
  it('is of at most 50, the same whatever the order, and says of how many', () => {
    const ids = Array.from({ length: 120 }, (_, i) => `ev_${String((i * 37) % 120).padStart(3, '0')}`);
    closed.add(ids);
    const first = closed.take();
    for (const id of ids.toReversed()) closed.add([id]);
    expect(closed.take()).toEqual(first);
    expect([first.ids.length, first.total]).toEqual([50, 120]);
    expect(closed.take()).toEqual({ ids: [], total: 0 });
  });
});
