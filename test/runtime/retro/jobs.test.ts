/**
 * Goal: questions about yesterday are answered one at a time, some wait, more are refused; the same key is the same job; results are kept
 * for a time and up to so many bytes [R3]. Method: answers that come when the test says so, a clock and timers moved by hand.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LinkDocument } from '../../../src/model/documents/link.ts';
import type { RetroAsked } from '../../../src/model/retro-question.ts';
import type { RetroProgress } from '../../../src/ports/retro-jobs.ts';
import { RetroJobQueue, type RetroJobsLimits, type RetroOutcome } from '../../../src/runtime/retro/jobs.ts';
import { packLinks } from '../../../src/runtime/retro/packed-links.ts';
import { ManualTime } from '../../simulation/manual-timers.ts';

interface Run extends PromiseWithResolvers<RetroOutcome> {
  asked: RetroAsked;
  tell: (now: RetroProgress) => void;
  stopped: boolean;
}

let runs: Run[];
let time: ManualTime;

beforeEach(() => {
  [runs, time] = [[], new ManualTime()];
});

function openQueue(limits: Partial<RetroJobsLimits> = {}): RetroJobQueue {
  let ids = 0;
  return new RetroJobQueue(
    {
      start: (asked, tell) => {
        const run: Run = { ...Promise.withResolvers<RetroOutcome>(), asked, tell, stopped: false };
        runs.push(run);
        return { outcome: run.promise, stop: () => void (run.stopped = true) };
      },
      clock: time,
      timers: time,
      newId: () => `retro_${++ids}`,
    },
    limits,
  );
}

const about = (eventId: string): RetroAsked => ({ eventId });
const link = (id: string): LinkDocument => ({ link: { id } }) as LinkDocument;
const linksOf = (count: number) =>
  Array.from({ length: count }, (_, i) => link(`lk_${String(i).padStart(3, '0')}`));

function outcome(count = 0, maxBytes = Infinity): RetroOutcome {
  const seen = {
    window: { start: 0, end: 1 },
    spans: 0,
    candidates: 0,
    traces: 0,
    payments: 0,
    notApplied: 0,
    unresolved: {},
    coverage: 1,
    missing: [],
  };
  return {
    found: { seen, eventId: 'ev_a', incident: null },
    links: packLinks(linksOf(count), maxBytes),
  };
}

async function answered(run: Run | undefined, given: RetroOutcome = outcome()): Promise<void> {
  run?.resolve(given);
  await run?.promise;
}

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'nothing was thrown';
};

describe('[R3] the queue', () => {
  it('works at one question, lets some wait, and tells more to come again', async () => {
    const queue = openQueue({ queued: 2 });
    const ids = ['a', 'b', 'c'].map((name) => queue.ask(about(name), null).id);
    expect(ids.map((id) => queue.job(id).state)).toEqual(['running', 'queued', 'queued']);
    expect(codeOf(() => queue.ask(about('d'), null))).toBe('CF_BUSY');
    await answered(runs[0]);
    expect(ids.map((id) => queue.job(id).state)).toEqual(['done', 'running', 'queued']);
    expect(runs.map(({ asked }) => asked)).toEqual([about('a'), about('b')]);
    expect(queue.ask(about('d'), null).state).toBe('queued');
  });

  it('goes on with the next one after a failure, and says of an error that is none of ours nothing but that', async () => {
    const queue = openQueue();
    const [first, second] = [queue.ask(about('a'), null), queue.ask(about('b'), null)];
    runs[0]?.reject(new Error('4111111111111111'));
    await runs[0]?.promise.catch(() => undefined);
    expect(queue.job(first.id)).toMatchObject({ state: 'failed', failure: { code: 'CF_INTERNAL' } });
    expect(JSON.stringify(queue.job(first.id))).not.toContain('4111');
    expect(queue.job(second.id).state).toBe('running');
  });

  it('ends a question that takes too long', () => {
    const queue = openQueue({ runMs: 3_600_000 });
    const { id } = queue.ask(about('a'), null);
    time.advance(3_600_000);
    expect(runs[0]?.stopped).toBe(true);
    expect(queue.job(id)).toMatchObject({ state: 'failed', failure: { code: 'CF_OVER_LIMIT' } });
  });

  it('takes back what runs, what waits and what is done', async () => {
    const queue = openQueue();
    const [first, second, third] = ['a', 'b', 'c'].map((name) => queue.ask(about(name), null).id);
    queue.takeBack(second ?? '');
    queue.takeBack(first ?? '');
    expect(runs[0]?.stopped).toBe(true);
    // What comes of it later is nobody's.
    await answered(runs[0]);
    expect(runs.map(({ asked }) => asked)).toEqual([about('a'), about('c')]);
    await answered(runs[1]);
    queue.takeBack(third ?? '');
    for (const id of [first, second, third]) expect(codeOf(() => queue.job(id ?? ''))).toBe('CF_NOT_FOUND');
  });

  it('closed, it stops what runs and begins nothing', () => {
    const queue = openQueue();
    queue.ask(about('a'), null);
    queue.ask(about('b'), null);
    queue.close();
    expect([runs.length, runs[0]?.stopped]).toEqual([1, true]);
    expect(codeOf(() => queue.ask(about('c'), null))).toBe('CF_STOPPING');
  });
});

describe('[R3] the same key', () => {
  it('is the same job for the same question, and refused for another', async () => {
    const queue = openQueue();
    const { id } = queue.ask(about('a'), 'key');
    expect(queue.ask(about('a'), 'key').id).toBe(id);
    expect(codeOf(() => queue.ask(about('b'), 'key'))).toBe('CF_KEY_REUSED');
    await answered(runs[0]);
    expect(queue.ask(about('a'), 'key')).toMatchObject({ id, state: 'done' });
    expect(runs).toHaveLength(1);
    queue.takeBack(id);
    expect(queue.ask(about('a'), 'key').id).not.toBe(id);
  });

  it('is answered when nothing else would be taken', () => {
    const queue = openQueue({ queued: 1 });
    const { id } = queue.ask(about('a'), 'key');
    queue.ask(about('b'), null);
    expect(codeOf(() => queue.ask(about('a'), null))).toBe('CF_BUSY');
    expect(queue.ask(about('a'), 'key').id).toBe(id);
  });
});

describe('[R3] how far it is', () => {
  it('is what the thread said last, and the time left at that pace', () => {
    const queue = openQueue();
    const { id } = queue.ask(about('a'), null);
    runs[0]?.tell({ done: 10, total: 40, unit: 'bytes' });
    expect(queue.job(id)).toMatchObject({ progress: { done: 10, total: 40 }, etaMs: null });
    time.advance(1_000);
    expect(queue.job(id).etaMs).toBe(3_000);
  });
});

describe('[R3] results', () => {
  it('are read in pages, each link once', async () => {
    const queue = openQueue();
    const { id } = queue.ask(about('a'), null);
    expect(queue.links(id, { limit: 2, cursor: null })).toEqual({ items: [], next: null });
    await answered(runs[0], outcome(5));
    const read: LinkDocument[] = [];
    let cursor: string | null = null;
    do {
      const page = queue.links(id, { limit: 2, cursor });
      read.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    expect(read).toEqual(linksOf(5));
    const other = queue.ask(about('b'), null).id;
    const { next } = queue.links(id, { limit: 2, cursor: null });
    expect(codeOf(() => queue.links(other, { limit: 2, cursor: next }))).toBe('CF_CURSOR');
  });

  it('beyond the bytes of one answer are counted', async () => {
    const queue = openQueue();
    const { id } = queue.ask(about('a'), null);
    const bytes = JSON.stringify(link('lk_000')).length;
    await answered(runs[0], outcome(5, 3 * bytes));
    expect(queue.job(id).found?.links).toEqual({ found: 5, kept: 3 });
    expect(queue.links(id, { limit: 10, cursor: null })).toEqual({ items: linksOf(3), next: null });
  });

  it('are forgotten after a time, and the oldest before that where they are too many or too large', async () => {
    const bytes = JSON.stringify(link('lk_000')).length;
    const queue = openQueue({ keptMs: 1_000, keptBytes: 5 * bytes, kept: 3 });
    const ids: string[] = [];
    const ask = async (links: number): Promise<void> => {
      ids.push(queue.ask(about(String(ids.length)), null).id);
      time.advance(100);
      await answered(runs.at(-1), outcome(links));
    };
    const kept = (): boolean[] => ids.map((id) => codeOf(() => queue.job(id)) !== 'CF_NOT_FOUND');
    await ask(3);
    await ask(2);
    expect(kept()).toEqual([true, true]);
    await ask(1);
    expect(kept()).toEqual([false, true, true]);
    await ask(0);
    await ask(0);
    expect(kept()).toEqual([false, false, true, true, true]);
    time.advance(1_001);
    expect(kept()).toEqual([false, false, false, false, false]);
  });
});
