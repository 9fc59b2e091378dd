/**
 * Goal: what the live lane has lost is seen, and is told from what it has not: recall is 1 where all is well, below it where a link is
 * missing, and the event is named [R4]. Method: an engine that closes events by the clock, one that forgets a witness, and a log that was cut.
 */
import { expect, test } from 'vitest';
import { openEventLogReader } from '../../src/adapters/embedded/event-log-reader.ts';
import { createSpanLog } from '../../src/adapters/embedded/span-log.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import type { EnginePorts } from '../../src/runtime/live/engine-options.ts';
import {
  liveLinksOfEach,
  reconcile,
  type Reconciled,
  type ReconcileOptions,
} from '../../src/runtime/reconcile/reconcile.ts';
import { LoggedSpans } from '../../src/runtime/retro/logged-spans.ts';
import { liveOptions, type EngineDriver } from '../simulation/engine-driver.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { HOUR, alert, openStory, payment, request, step, storyOptions } from '../simulation/live-story.ts';

interface Story {
  driver: EngineDriver;
  disk: FaultyDisk;
  closed: string[];
}

/** Two alerts, three payments through the pod of the first, one through that of the second. */
async function play(around?: (ports: EnginePorts) => EnginePorts): Promise<Story> {
  const disk = new FaultyDisk(new SeededRandom(1));
  const closed: string[] = [];
  const driver = await openStory({
    files: disk.files(),
    engine: { onClosed: (ids) => void closed.push(...ids) },
    ...(around === undefined ? {} : { around }),
  });
  const payments = ['p1', 'p2', 'p3', 'p4'].map((id, i) => payment(i, id));
  await step(driver, 10, { payments, alerts: [alert(5), alert(6, 'checkout-1')] });
  for (const n of [1, 2, 3]) await step(driver, 10 + n, { spans: [request(6 + n, `p${n}`, n)] });
  await step(driver, 14, { spans: [request(10, 'p4', 4, 'checkout-1')] });
  expect(closed).toEqual([]);
  await step(driver, HOUR);
  expect(new Set(closed).size).toBe(2);
  return { driver, disk, closed };
}

async function compare(
  { driver, disk, closed }: Story,
  over: Partial<ReconcileOptions> = {},
): Promise<Reconciled> {
  const { facts, index } = driver.store;
  const options = { ...liveOptions(storyOptions(), 'live'), withUnseen: false, isCovered: () => true };
  const ports = {
    facts,
    index,
    spans: await LoggedSpans.of(await openEventLogReader('/data', disk.files()), facts),
    openSpanLog: () => createSpanLog({ memoryBytes: 2 ** 20 }),
    clock: { elapsedMs: () => 0 },
  };
  const before = await liveLinksOfEach(closed, index, options.tenant);
  return await reconcile(closed, before, ports, { ...options, budgetMs: 1, ...over });
}

/** Forgets what it is told of one trace. */
function forgetting(trace: number): (ports: EnginePorts) => EnginePorts {
  const lost = trace.toString(16).padStart(32, '0');
  return (ports) => {
    const { facts } = ports;
    const addWitnesses: typeof facts.addWitnesses = (witnesses) =>
      facts.addWitnesses(witnesses.filter(({ traceIds }) => !traceIds.includes(lost)));
    return { ...ports, facts: { ...facts, addWitnesses } };
  };
}

test('[R4] a live lane that has lost nothing has a recall of 1', async () => {
  const story = await play();
  expect(await compare(story)).toEqual({ events: 2, leftOut: 0, links: 4, found: 4, differences: [] });
  await story.driver.close();
});

test('[R4] a witness that was lost is a link that is missing, and its event is named', async () => {
  const story = await play(forgetting(2));
  const { events } = await story.driver.documents();
  const ledger = events.find(({ kubernetes }) => kubernetes?.pod?.name === 'ledger-1')?.event.id;
  expect(await compare(story)).toEqual({
    events: 2,
    leftOut: 0,
    links: 4,
    found: 3,
    differences: [{ eventId: ledger, missing: 1, extra: 0 }],
  });
  await story.driver.close();
});

test('[R4] a link that only the live lane has is a difference, and no loss', async () => {
  const story = await play();
  const spans = { notApplied: 0, scan: async function* () {} };
  const [first = ''] = story.closed;
  const { facts, index } = story.driver.store;
  const before = await liveLinksOfEach([first], index, storyOptions().tenant);
  const found = await reconcile(
    [first],
    before,
    {
      facts,
      index,
      spans,
      openSpanLog: () => createSpanLog({ memoryBytes: 2 ** 20 }),
      clock: { elapsedMs: () => 0 },
    },
    {
      ...liveOptions(storyOptions(), 'live'),
      withUnseen: false,
      isCovered: () => true,
      budgetMs: 1,
    },
  );
  expect([found.links, found.found]).toEqual([0, 0]);
  expect(found.differences).toMatchObject([{ eventId: first, missing: 0 }]);
  expect(found.differences[0]?.extra).toBeGreaterThan(0);
  await story.driver.close();
});

test('[R4] events whose records are not kept any more, and those for which there is no time, are left out and counted', async () => {
  const story = await play();
  const [first = ''] = story.closed;
  expect(await compare(story, { isCovered: ({ id }) => id === first })).toMatchObject({
    events: 1,
    leftOut: 1,
  });
  expect(await compare(story, { budgetMs: 0 })).toMatchObject({ events: 1, leftOut: 1 });
  expect(await compare({ ...story, closed: ['ev_nothing'] })).toMatchObject({
    events: 0,
    leftOut: 1,
    links: 0,
  });
  await story.driver.close();
});
