/** Entry of a retro thread: answers one question, or compares the lanes, and ends. It only reads, so whoever started it may end it at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../adapters/embedded/clock.ts';
import { openEmbeddedStore } from '../../adapters/embedded/embedded-store.ts';
import { openIncidentIndex } from '../../adapters/embedded/incident-index.ts';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import type { Config } from '../../config/options.ts';
import type { RetroAsked } from '../../model/retro-question.ts';
import type { SpanLog } from '../../ports/span-log.ts';
import type { EngineOptions } from '../../runtime/live/engine-options.ts';
import { liveLinksOfEach, reconcile, type Reconciled } from '../../runtime/reconcile/reconcile.ts';
import type { RetroOutcome } from '../../runtime/retro/jobs.ts';
import { packLinks } from '../../runtime/retro/packed-links.ts';
import { correlateOptions, engineOptions, redactorOf } from '../compose.ts';
import { toSent } from '../engine-rpc.ts';
import { answerRetro, coverageOf } from './answer.ts';
import type { OnRetroProgress, RetroLane } from './lane.ts';
import { openRetroLane } from './open-lane.ts';
import type { RetroThreadData, RetroThreadSays } from './thread-messages.ts';

const PROGRESS_MS = 200;
/** Of the links of one answer; about 40,000. */
const MAX_LINK_BYTES = 64 * 1024 * 1024;
/** Of a comparison; it is of no hurry, and should be over before the next. */
const RECONCILE_BUDGET_MS = 300_000;
/** A checkpoint comes every second. */
const QUIET_MS = 2_500;
const LOOK_MS = 100;

if (parentPort === null) throw new Error('retro threads are started by `counterfoil run`, not by hand');
const port = parentPort;

function say(message: RetroThreadSays, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** Now and then: a scan reads thousands of pieces a second. */
function throttled(): OnRetroProgress {
  let saidAt = -Infinity;
  return (now) => {
    const at = systemClock.elapsedMs();
    if (at - saidAt < PROGRESS_MS) return;
    saidAt = at;
    say({ says: 'progress', now });
  };
}

interface Means {
  lane: RetroLane;
  engine: EngineOptions;
  openSpanLog: () => SpanLog;
}

async function answered(asked: RetroAsked, { lane, ...means }: Means): Promise<RetroOutcome> {
  const { found, seen } = await answerRetro(asked, lane, { ...means, withMoney: true });
  const [incident = null] = found.incidents;
  return {
    found: { seen, eventId: found.event.event.id, incident },
    links: packLinks(found.links, MAX_LINK_BYTES),
  };
}

async function compared(
  eventIds: readonly string[],
  before: ReadonlyMap<string, ReadonlySet<string>>,
  { lane, engine, openSpanLog }: Means,
): Promise<Reconciled> {
  const ports = { ...lane, openSpanLog, clock: systemClock };
  return await reconcile(eventIds, before, ports, {
    ...engine,
    withUnseen: false,
    isCovered: (event) => coverageOf(event, lane.keptFrom, engine) === 1,
    budgetMs: RECONCILE_BUDGET_MS,
  });
}

/** Before the log is opened: what comes between the two is in neither, or in the log alone. */
async function linkedBefore(
  eventIds: readonly string[],
  { 'data.dir': folder, tenant }: Config,
): Promise<Map<string, ReadonlySet<string>>> {
  if (eventIds.length === 0) return new Map();
  const index = openIncidentIndex(folder, 'read');
  try {
    return await liveLinksOfEach(eventIds, index, tenant);
  } finally {
    await index.close();
  }
}

/**
 * Links are committed more often than how far the log was applied. What is compared with them must have been applied as far: two checkpoints
 * later it was, or when there is none because nothing comes.
 */
async function committedSince({ 'data.dir': folder, tenant }: Config): Promise<void> {
  const store = openEmbeddedStore(folder, 'read', { tenant });
  try {
    const state = async (): Promise<string> => JSON.stringify(await store.facts.progress());
    let [known, changes] = [await state(), 0];
    for (let quietMs = 0; changes < 2 && quietMs < QUIET_MS; quietMs += LOOK_MS) {
      await new Promise<void>((resolve) => void systemTimers.after(LOOK_MS, resolve));
      const now = await state();
      if (now === known) continue;
      [known, changes, quietMs] = [now, changes + 1, 0];
    }
  } finally {
    store.close();
  }
}

async function work(data: RetroThreadData): Promise<void> {
  const { config, env, kind } = data;
  const eventIds = kind === 'reconcile' ? (data.work as readonly string[]) : [];
  const before = await linkedBefore(eventIds, config);
  if (kind === 'reconcile') await committedSince(config);
  const redactor = redactorOf(config, env);
  const { openSpanLog } = correlateOptions(config, redactor, null);
  const { engine } = engineOptions(config, redactor, 'live');
  const lane = await openRetroLane(config, env, throttled());
  const means = { lane, engine, openSpanLog };
  if (kind === 'reconcile') {
    const outcome = await closing(lane, compared(eventIds, before, means));
    return say({ says: 'outcome', outcome });
  }
  const outcome = await closing(lane, answered(data.work as RetroAsked, means));
  say({ says: 'outcome', outcome }, [outcome.links.text.buffer, outcome.links.ends.buffer]);
}

/** Closes the lane before anything is said: whoever hears of the end ends the thread. */
async function closing<T>(lane: RetroLane, outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } finally {
    await lane.close();
  }
}

try {
  await work(workerData as RetroThreadData);
} catch (error) {
  say({ says: 'failure', failure: toSent(error) });
}
