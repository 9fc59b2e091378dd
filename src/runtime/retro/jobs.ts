/**
 * Questions about yesterday as jobs: one is worked at, some wait, the rest is told to come again.
 *
 * Nothing of it is stored: a question costs a scan and can be asked again, and an answer is as old as its log. So jobs end with the process,
 * and results are forgotten an hour after their end, or before that where they are too many or too large together, the oldest first.
 *
 * Who asks again because an answer was lost sends the same Idempotency-Key, and is told of the same job, for as long as it is remembered.
 * The same key with another question is refused (IETF draft "The Idempotency-Key HTTP Header Field").
 *
 * Cost: the memory of the results kept. Worked example: nine questions come at once; one runs, eight wait, a tenth is told CF_BUSY. The
 * first finds 1,644 links, 2.5 MB, and the next begins.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import { cursorAfter, positionOf } from '../../model/list-cursor.ts';
import type { RetroAsked } from '../../model/retro-question.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Page, PageRequest } from '../../ports/incident-index.ts';
import type { RetroFound, RetroJob, RetroJobs, RetroProgress } from '../../ports/retro-jobs.ts';
import type { Timers } from '../../ports/timers.ts';
import { unpackLinks, type PackedLinks } from './packed-links.ts';

/** What a question comes to. */
export interface RetroOutcome {
  found: Omit<RetroFound, 'links'>;
  links: PackedLinks;
}

/** A question that is being answered. */
export interface RetroRun {
  outcome: Promise<RetroOutcome>;
  /** Ends it at once; what becomes of `outcome` is of no interest any more. */
  stop(): void;
}

export interface RetroJobsParts {
  /** Begins to answer, in a thread of its own. */
  start: (asked: RetroAsked, onProgress: (now: RetroProgress) => void) => RetroRun;
  clock: Clock;
  timers: Timers;
  newId: () => string;
}

export interface RetroJobsLimits {
  queued: number;
  /** Ended jobs that are remembered, their bytes in all, and for how long. */
  kept: number;
  keptBytes: number;
  keptMs: number;
  /** How long one may take. */
  runMs: number;
}

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
const LIMITS: RetroJobsLimits = {
  queued: 8,
  kept: 100,
  keptBytes: 256 * MIB,
  keptMs: HOUR_MS,
  runMs: HOUR_MS,
};
/** Below this an estimate is noise. */
const MIN_ELAPSED_MS = 500;

interface Kept extends RetroJob {
  key: string | null;
  /** Milliseconds of the clock that never goes back. */
  startedMs: number;
  endedMs: number;
  links: PackedLinks | null;
}

export class RetroJobQueue implements RetroJobs {
  readonly #parts: RetroJobsParts;
  readonly #limits: RetroJobsLimits;
  /** In the order in which they were asked. */
  readonly #jobs = new Map<string, Kept>();
  #running: { job: Kept; run: RetroRun; cancelTimer: () => void } | null = null;
  #closed = false;

  constructor(parts: RetroJobsParts, limits: Partial<RetroJobsLimits> = {}) {
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...limits };
  }

  ask(asked: RetroAsked, key: string | null): RetroJob {
    this.#forgetOld();
    const known = key === null ? undefined : [...this.#jobs.values()].find((job) => job.key === key);
    if (known !== undefined) {
      if (JSON.stringify(known.asked) === JSON.stringify(asked)) return this.#shown(known);
      throw new CounterfoilError(
        'CF_KEY_REUSED',
        'This Idempotency-Key stands for another question. Send a new one with a new question.',
      );
    }
    if (this.#closed) throw new CounterfoilError('CF_STOPPING', 'The process is stopping; ask the next one.');
    if (this.#waiting().length >= this.#limits.queued)
      throw new CounterfoilError(
        'CF_BUSY',
        `${this.#limits.queued} questions wait already. Ask again when one of them is done, or take one back.`,
      );
    const job = this.#newJob(asked, key);
    this.#jobs.set(job.id, job);
    this.#next();
    return this.#shown(job);
  }

  job(id: string): RetroJob {
    return this.#shown(this.#of(id));
  }

  links(id: string, { limit, cursor }: PageRequest): Page<LinkDocument> {
    const { links } = this.#of(id);
    const list = ['links-of-retro', id];
    const from = cursor === null ? 0 : positionOf(list, cursor).key;
    if (links === null) return { items: [], next: null };
    const items = unpackLinks(links, from, limit);
    const next = from + items.length;
    const last = items.at(-1)?.link.id ?? '';
    return { items, next: next < links.ends.length ? cursorAfter(list, { key: next, id: last }) : null };
  }

  takeBack(id: string): void {
    this.#of(id);
    this.#jobs.delete(id);
    if (this.#running?.job.id === id) this.#stop();
  }

  /** Stops what runs; nothing is begun any more. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #waiting(): Kept[] {
    return [...this.#jobs.values()].filter(({ state }) => state === 'queued');
  }

  #of(id: string): Kept {
    this.#forgetOld();
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    throw new CounterfoilError(
      'CF_NOT_FOUND',
      'No question has this id. Answers are kept for an hour at most, and not over a restart; ask again.',
    );
  }

  #newJob(asked: RetroAsked, key: string | null): Kept {
    return {
      id: this.#parts.newId(),
      asked,
      key,
      state: 'queued',
      createdAt: this.#parts.clock.now(),
      startedAt: null,
      endedAt: null,
      progress: null,
      etaMs: null,
      found: null,
      failure: null,
      startedMs: 0,
      endedMs: 0,
      links: null,
    };
  }

  #next(): void {
    const [job] = this.#waiting();
    if (job === undefined || this.#running !== null || this.#closed) return;
    const { clock, timers } = this.#parts;
    job.state = 'running';
    job.startedAt = clock.now();
    job.startedMs = clock.elapsedMs();
    const run = this.#begin(job);
    const { runMs } = this.#limits;
    const cancelTimer = timers.after(runMs, () => this.#tookTooLong(job));
    this.#running = { job, run, cancelTimer };
    void run.outcome.then(
      (outcome) => this.#ended(job, outcome),
      (error: unknown) => this.#failed(job, error),
    );
  }

  /** One that cannot be begun has failed as any other. */
  #begin(job: Kept): RetroRun {
    try {
      return this.#parts.start(job.asked, (now) => {
        job.progress = now;
      });
    } catch (error) {
      return { outcome: Promise.reject(error), stop: () => undefined };
    }
  }

  /** What comes of one that was stopped is nobody's. */
  #isRunning(job: Kept): boolean {
    return this.#running?.job === job;
  }

  #ended(job: Kept, { found, links }: RetroOutcome): void {
    if (!this.#isRunning(job)) return;
    job.found = { ...found, links: { found: links.found, kept: links.ends.length } };
    job.links = links;
    this.#end(job, 'done');
  }

  #failed(job: Kept, error: unknown): void {
    if (!this.#isRunning(job)) return;
    // Of errors that are none of ours the text may hold anything.
    job.failure =
      error instanceof CounterfoilError
        ? { code: error.code, message: error.message }
        : {
            code: 'CF_INTERNAL',
            message: 'It failed on our side. The server says more on its standard error.',
          };
    this.#end(job, 'failed');
  }

  #tookTooLong(job: Kept): void {
    if (!this.#isRunning(job)) return;
    this.#running?.run.stop();
    const hours = this.#limits.runMs / HOUR_MS;
    this.#failed(
      job,
      new CounterfoilError(
        'CF_OVER_LIMIT',
        `It took longer than ${hours} h. Ask about a shorter time, or use counterfoil retro.`,
      ),
    );
  }

  #end(job: Kept, state: 'done' | 'failed'): void {
    const { clock } = this.#parts;
    this.#running?.cancelTimer();
    this.#running = null;
    job.state = state;
    job.endedAt = clock.now();
    job.endedMs = clock.elapsedMs();
    this.#forgetOld();
    this.#next();
  }

  #stop(): void {
    this.#running?.cancelTimer();
    this.#running?.run.stop();
    this.#running = null;
    this.#next();
  }

  /** By age, by number and by bytes; the one that ended last stays. */
  #forgetOld(): void {
    const { kept, keptBytes, keptMs } = this.#limits;
    const now = this.#parts.clock.elapsedMs();
    const ended = [...this.#jobs.values()]
      .filter(({ endedAt }) => endedAt !== null)
      .toSorted((a, b) => b.endedMs - a.endedMs);
    let bytes = 0;
    for (const [i, { id, endedMs, links }] of ended.entries()) {
      bytes += links?.text.length ?? 0;
      const isOver = i > 0 && (i >= kept || bytes > keptBytes);
      if (isOver || now - endedMs > keptMs) this.#jobs.delete(id);
    }
  }

  #shown(kept: Kept): RetroJob {
    const { key: _, endedMs: __, links: ___, startedMs, ...job } = kept;
    return { ...job, etaMs: job.state === 'running' ? this.#eta(job.progress, startedMs) : null };
  }

  #eta(progress: RetroProgress | null, startedMs: number): number | null {
    const elapsed = this.#parts.clock.elapsedMs() - startedMs;
    if (progress === null || progress.done === 0 || elapsed < MIN_ELAPSED_MS) return null;
    const { done, total } = progress;
    return Math.round((elapsed * Math.max(0, total - done)) / done);
  }
}
