/**
 * One simulated run: clients that send until they are answered, an engine that dies and starts again, and what must hold
 * whatever happens:
 *
 * - a record that was acknowledged is in the log, whole, and a request is there at most as often as it was sent;
 * - whenever the engine has settled, its accounts are those of exactly the records that it has applied, each once;
 * - no revision that a reader was shown goes back while the files of the store live (store-lives.ts);
 * - in the end the documents are, byte for byte, those of the batch lane over the records that the log kept: every link
 *   that the batch lane has is live. That is still so after one more start.
 *
 * Everything comes from the plan and its seed: no clock, no disk, no thread. Requests of one step and the engine run at
 * the same time, and their steps interleave as promises do.
 *
 * Cost: some milliseconds a life, most of it SQLite in a folder in memory.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { accountingErrors } from '../../src/model/accounting.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import type { EnginePorts } from '../../src/runtime/live/engine-options.ts';
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { engineOptions } from '../guarantees/engine.ts';
import { accountOf } from './accounts.ts';
import type { BatchLane } from './batch-lane.ts';
import { Breaker } from './breaker.ts';
import { Clients, type Request } from './clients.ts';
import type { Crash, CrashPlan, PlannedStep } from './crash-plan.ts';
import { contentOf } from './engine-content.ts';
import { EngineDriver, type WrittenIds } from './engine-driver.ts';
import { FaultyDisk, type DiskFault, type DiskStep } from './faulty-files.ts';
import { StoreLives } from './store-lives.ts';

/** What a run was made of, for a test that wants to know whether runs reach what they are for. */
export interface TrialCounts {
  crashes: readonly Crash[];
  lives: number;
  refused: number;
  resent: number;
  /** Records of the log that were never acknowledged. */
  keptUnanswered: number;
  links: number;
}

export async function runPlan(plan: CrashPlan, batch: BatchLane): Promise<TrialCounts> {
  const options = engineOptions(plan.scenario.input, plan.scenario.settings);
  const trial = new CrashTrial(plan, options, await Clients.of(plan.requests, options));
  try {
    return await trial.run(batch);
  } finally {
    trial.remove();
  }
}

class CrashTrial {
  readonly #plan: CrashPlan;
  readonly #options: CorrelateOptions;
  readonly #clients: Clients;
  readonly #random: SeededRandom;
  readonly #disk: FaultyDisk;
  readonly #store: StoreLives;
  readonly #breaker: Breaker;
  readonly #written: WrittenIds = { events: new Set(), payments: new Set() };
  #flaky = false;
  #driver: EngineDriver | null = null;
  #lives = 0;
  #refused = 0;

  constructor(plan: CrashPlan, options: CorrelateOptions, clients: Clients) {
    this.#plan = plan;
    this.#options = options;
    this.#clients = clients;
    this.#random = new SeededRandom(plan.seed);
    this.#disk = new FaultyDisk(this.#random.fork('disk'));
    this.#store = new StoreLives(this.#random.fork('store'));
    this.#breaker = new Breaker(plan.crashes, (of) => this.#disk.crash(of));
    this.#disk.faultOf = (step) => this.#breaker.diskFault(step) ?? this.#fault(step);
  }

  async run(batch: BatchLane): Promise<TrialCounts> {
    await this.#live();
    for (const step of this.#plan.steps) await this.#step(step);
    await this.#toTheEnd();
    this.#clients.checkCounts();
    const kept = this.#clients.kept;
    const expected = await batch.contentOf(this.#plan.scenario, this.#options, kept);
    deepStrictEqual(await this.#content(), expected);
    if (this.#plan.startsAgain) {
      this.#breaker.kill();
      const crashes = this.#breaker.happened.length;
      await this.#liveAgain();
      // One that loses power may begin anywhere.
      if (this.#breaker.happened.length === crashes)
        deepStrictEqual(await this.#content(), expected, 'after one more start');
      await this.#toTheEnd();
      deepStrictEqual(await this.#content(), expected, 'after one more end');
    }
    return this.#counts(expected.links.length);
  }

  remove(): void {
    this.#driver?.store.close();
    this.#store.remove();
  }

  /** Begins a life; one that ends before it has begun is followed by another. */
  async #live(): Promise<void> {
    for (;;) {
      this.#breaker.revive();
      this.#lives += 1;
      try {
        this.#driver = await this.#open();
        this.#clients.found(await recordsOf(this.#driver));
        if (this.#plan.settlesFirst) await this.#settle(true);
        this.#breaker.phase = 'middle';
        return;
      } catch (error) {
        if (this.#breaker.dead === null) throw error;
        this.#bury();
      }
    }
  }

  async #open(): Promise<EngineDriver> {
    return await EngineDriver.open({
      options: this.#options,
      files: this.#disk.files(),
      storeDir: this.#store.dataFolder,
      segmentBytes: 6_000,
      lookBack: this.#plan.lookBack,
      windows: this.#plan.windowBytes === null ? {} : { maxBytes: this.#plan.windowBytes },
      written: this.#written,
      around: (ports: EnginePorts) => this.#breaker.around(this.#store.around(ports)),
    });
  }

  #bury(): void {
    this.#driver?.store.close();
    this.#driver = null;
    this.#store.afterwards(this.#breaker.dead?.of ?? 'process');
  }

  async #liveAgain(): Promise<void> {
    this.#bury();
    await this.#live();
  }

  async #step(step: PlannedStep): Promise<void> {
    this.#weather(step.disk);
    const sendings = step.sendings.map(async ({ request: number, again, unheard }) => {
      const request = this.#clients.requests[number];
      if (request === undefined || isDone(request, again)) return;
      await this.#send(request, unheard);
    });
    await Promise.all([...sendings, this.#alive(() => this.#move(step))]);
    this.#weather('sound');
    if (this.#breaker.dead !== null) await this.#liveAgain();
  }

  #weather(disk: PlannedStep['disk']): void {
    const used = this.#disk.paths().reduce((sum, path) => sum + this.#disk.sizeOf(path), 0);
    this.#disk.capacityBytes = disk === 'full' ? used + this.#random.integer(0, 1_000) : Infinity;
    this.#flaky = disk === 'flaky';
  }

  #fault({ operation, bytes }: DiskStep): DiskFault | null {
    if (!this.#flaky || operation === 'read' || !this.#random.chance(0.15)) return null;
    if (operation === 'write' && this.#random.chance(0.6))
      return { atMostBytes: this.#random.integer(1, bytes) };
    return { error: this.#random.pick(['EIO', 'ENOSPC', 'EDQUOT']) };
  }

  async #send(request: Request, unheard: boolean): Promise<void> {
    request.sent += 1;
    try {
      const position = await this.#driver?.log.append(request.entry);
      if (position === undefined) return;
      this.#clients.acknowledge(request, position.offset);
      request.answered ||= !unheard;
    } catch (error) {
      if (this.#breaker.dead !== null) return;
      if (!hasCode(error, 'CF_LOG_FULL')) throw error;
      this.#refused += 1;
    }
  }

  async #move({ apply, settle }: PlannedStep): Promise<void> {
    if (apply > 0) await this.#driver?.apply(apply);
    if (settle !== 'no') await this.#settle(settle === 'checkpoint');
  }

  async #settle(checkpoint: boolean): Promise<void> {
    await this.#driver?.engine.settle(checkpoint, 0);
    this.#checkAccounts();
  }

  /** Does something that a crash may end. An engine that cannot read its disk ends its process. */
  async #alive(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (this.#breaker.dead !== null) return;
      if (!this.#flaky || !hasCode(error, 'CF_LOG_CORRUPT')) throw error;
      this.#breaker.kill();
    }
  }

  /** Everybody is answered, every input ends, and the engine finishes, in as many lives as it takes. */
  async #toTheEnd(): Promise<void> {
    for (;;) {
      for (const request of [...this.#clients.requests, ...this.#clients.ends])
        while (this.#breaker.dead === null && !isDone(request, false)) await this.#send(request, false);
      await this.#alive(() => this.#finish());
      if (this.#breaker.dead === null) return;
      await this.#liveAgain();
    }
  }

  async #finish(): Promise<void> {
    while (((await this.#driver?.apply(8)) ?? 0) > 0) await this.#settle(this.#random.chance(0.5));
    this.#breaker.phase = 'end';
    await this.#driver?.engine.finish();
    this.#checkAccounts();
  }

  #checkAccounts(): void {
    const engine = this.#driver?.engine;
    if (engine === undefined) return;
    const { accounting } = engine;
    deepStrictEqual(accountingErrors(accounting), []);
    const applied = this.#clients.kept.slice(0, engine.nextOffset(0));
    deepStrictEqual(accountOf(accounting), accountOf(applied), 'accounts of what was applied');
  }

  async #content(): Promise<ReturnType<typeof contentOf>> {
    if (this.#driver === null) throw new Error('there is no life to look at');
    return contentOf(await this.#driver.documents());
  }

  #counts(links: number): TrialCounts {
    const { requests, kept } = this.#clients;
    const sum = (count: 'sent' | 'acknowledged'): number =>
      requests.reduce((total, request) => total + request[count], 0);
    const ofRequests = kept.filter(({ records }) => records.length > 0).length;
    return {
      crashes: this.#breaker.happened,
      lives: this.#lives,
      refused: this.#refused,
      resent: sum('sent') - requests.length,
      keptUnanswered: ofRequests - sum('acknowledged'),
      links,
    };
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Whether a client has nothing more to send. */
function isDone({ answered, givesUp, sent }: Request, again: boolean): boolean {
  return givesUp ? sent > 0 : answered && !again;
}

/** Everything that the log holds. */
async function recordsOf({ log }: EngineDriver): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  const end = await log.end(0);
  if (end === 0) return found;
  for await (const records of log.read({ partition: 0, offset: 0 }, new AbortController().signal)) {
    found.push(...records);
    if (found.length >= end) break;
  }
  return found;
}
