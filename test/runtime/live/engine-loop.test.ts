// Goal: everything in the log is applied, in order, once; settled soon and not too often; nothing stops it but the engine itself.
// Method: the real log on a disk in memory, time moved by hand, an engine that only remembers what it was told to do.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EmbeddedEventLog } from '../../../src/adapters/embedded/event-log.ts';
import { accountingErrors, type Accounting } from '../../../src/model/accounting.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { AccountBook } from '../../../src/runtime/live/account-book.ts';
import { EngineLoop, type LoopSettings, type MovedEngine } from '../../../src/runtime/live/engine-loop.ts';
import { decodeFrame } from '../../../src/runtime/live/frame.ts';
import { ManualTime } from '../../simulation/manual-timers.ts';
import { frameBuilder, openIntake, payment, requestOf, type IntakeFixture } from './intake-parts.ts';

class RememberingEngine implements MovedEngine {
  readonly did: string[] = [];
  readonly payments: string[] = [];
  readonly #book = new AccountBook();
  readonly #ended = new Set<string>();
  readonly #time: ManualTime;
  #next = 0;
  settleCost = 0;
  reports = 0;
  failOn: string | null = null;

  constructor(time: ManualTime) {
    this.#time = time;
  }

  get accounting(): Accounting {
    return this.#book.accounting;
  }

  nextOffset(): number {
    return this.#next;
  }

  async apply(records: readonly LogRecord[]): Promise<void> {
    for (const { value, offset } of records) {
      const frame = decodeFrame(value);
      await Promise.resolve();
      const ids = frame.payments.map(({ ownId }) => ownId ?? '');
      if (ids.some((id) => id === this.failOn)) throw new Error('the engine is broken');
      this.#book.applied(frame, {
        frame,
        skewed: 0,
        beyondHorizon: 0,
        late: 0,
        refusedItems: 0,
        setAside: null,
        place: '',
        refused: [],
      });
      this.payments.push(...ids);
      if (frame.ends) this.#ended.add(frame.input);
      this.#next = offset + 1;
    }
    this.did.push('apply');
  }

  async settle(checkpoint: boolean): Promise<void> {
    await Promise.resolve();
    this.#time.advance(this.settleCost);
    this.did.push(checkpoint ? 'checkpoint' : 'settle');
  }

  async finish(): Promise<void> {
    await Promise.resolve();
    this.did.push('finish');
  }

  report(): void {
    this.reports += 1;
  }

  async rebuildWindow(): Promise<void> {
    await Promise.resolve();
    this.did.push('rebuild');
  }

  hasEnded(inputs: readonly string[]): boolean {
    return inputs.every((input) => this.#ended.has(input));
  }
}

interface Fixture extends IntakeFixture {
  engine: RememberingEngine;
  time: ManualTime;
  loop: EngineLoop;
  send: (id: string) => Promise<void>;
}

async function openLoop(settings: Partial<LoopSettings> = {}): Promise<Fixture> {
  const intake = await openIntake();
  const time = new ManualTime();
  const engine = new RememberingEngine(time);
  const { log, backlog } = intake;
  const loop = new EngineLoop(
    { engine, log, backlog, clock: time, timers: time },
    { bounded: null, ...settings },
  );
  const send = async (id: string): Promise<void> => {
    await intake.intake.submit(requestOf('payments', payment(id)));
  };
  return { ...intake, engine, time, loop, send };
}

/** Lets everything run that is not waiting for time. */
async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000; i += 1) {
    if (condition()) return;
    await setImmediate();
  }
  throw new Error('it never happened');
}

/** Long enough for whatever could still happen to have happened. */
async function idle(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await setImmediate();
}

const count = (engine: RememberingEngine, what: string): number =>
  engine.did.filter((each) => each === what).length;

describe('the loop', () => {
  it('applies what was there and what comes, and settles when it has caught up', async () => {
    const { loop, engine, send } = await openLoop();
    await send('p1');
    await send('p2');
    const run = loop.run();
    await eventually(() => count(engine, 'settle') === 1);
    await send('p3');
    await eventually(() => count(engine, 'settle') === 2);
    expect(engine.payments).toEqual(['p1', 'p2', 'p3']);
    await loop.drain();
    await run;
  });

  it('after a settle that took long it takes records for as long, then settles once for all of them', async () => {
    const { loop, engine, time, send } = await openLoop();
    void loop.run();
    await eventually(() => count(engine, 'checkpoint') === 1);
    engine.settleCost = 200;
    await send('p1');
    await eventually(() => count(engine, 'settle') === 1);
    for (const id of ['p2', 'p3', 'p4']) await send(id);
    await eventually(() => engine.payments.length === 4);
    await idle();
    expect(count(engine, 'settle')).toBe(1);
    time.advance(200);
    await eventually(() => count(engine, 'settle') === 2);
    await idle();
    expect(count(engine, 'settle')).toBe(2);
    await loop.drain();
  });

  it('settles what a start has taken up, before anything comes', async () => {
    const { loop, engine } = await openLoop();
    void loop.run();
    await eventually(() => engine.did.length > 0);
    expect(engine.did[0]).toBe('checkpoint');
    await loop.drain();
  });

  it('rebuilds the window at a start', async () => {
    const { loop, engine } = await openLoop();
    void loop.run();
    await eventually(() => count(engine, 'rebuild') > 0);
    await loop.drain();
    expect(count(engine, 'rebuild')).toBe(1);
  });

  it('lets time pass for the engine every second when nothing comes, with a checkpoint every other, and then tells', async () => {
    let told = 0;
    const afterCheckpoint = async (): Promise<void> => {
      told += 1;
    };
    const { loop, engine, time } = await openLoop({ afterCheckpoint, checkpointMs: 2_000 });
    void loop.run();
    await eventually(() => told === 1);
    for (let second = 1; second <= 15; second += 1) {
      const before = engine.reports;
      time.advance(1_000);
      await eventually(() => count(engine, 'settle') + count(engine, 'checkpoint') === second + 1);
      expect(engine.reports).toBe(before + 1);
      expect(told).toBe(1 + Math.floor(second / 2));
      await idle();
    }
    await loop.drain();
  });

  it('drains: applies all that is in the log, and commits the position', async () => {
    const { loop, engine, send } = await openLoop();
    const ids = Array.from({ length: 40 }, (_, i) => `p${i}`);
    for (const id of ids) await send(id);
    void loop.run();
    await loop.drain();
    expect(engine.payments).toEqual(ids);
    expect(engine.did.at(-1)).toBe('checkpoint');
    await loop.drain();
    expect(count(engine, 'checkpoint')).toBe(2);
  });

  it('stops, as a whole, when the engine fails, and says why; nothing is applied after it', async () => {
    const { loop, engine, send } = await openLoop();
    engine.failOn = 'p2';
    const failed = loop.run().catch((error: unknown) => error);
    for (const id of ['p1', 'p2', 'p3']) await send(id);
    expect(await failed).toMatchObject({ message: 'the engine is broken' });
    await expect(loop.drain()).rejects.toThrow('the engine is broken');
    expect(engine.payments).toEqual(['p1']);
    expect(engine.did.at(-1)).not.toBe('checkpoint');
  });
});

describe('a record that is no frame', () => {
  const poison = async (log: EmbeddedEventLog, bytes: Uint8Array): Promise<void> => {
    await log.append({ value: bytes, from: null, to: null });
  };

  it('is passed over, counted as a dead letter, and told', async () => {
    const passed: number[] = [];
    const { loop, engine, log, send } = await openLoop({ onPoison: ({ offset }) => passed.push(offset) });
    await send('p1');
    await poison(log, Buffer.from('no frame at all'));
    await poison(log, Buffer.alloc(0));
    await send('p2');
    void loop.run();
    await loop.drain();
    expect([engine.payments, passed]).toEqual([
      ['p1', 'p2'],
      [1, 2],
    ]);
    expect(engine.accounting.inputs.events).toMatchObject({ records: 2, dead_lettered: 2 });
  });

  it('of another version is counted for its own input', async () => {
    const { loop, engine, log } = await openLoop();
    const { value } = frameBuilder().end('spans');
    const text = Buffer.from(value).toString('latin1').replace('"v":1', '"v":9');
    await poison(log, Buffer.from(text, 'latin1'));
    void loop.run();
    await loop.drain();
    expect(engine.accounting.inputs.spans).toMatchObject({ records: 1, dead_lettered: 1 });
  });
});

describe('a bounded run', () => {
  it('finishes once, when every input has ended and all is applied', async () => {
    let finished = 0;
    const settings = { bounded: ['payments', 'spans'] as const, onFinished: () => void (finished += 1) };
    const { loop, engine, intake, send } = await openLoop(settings);
    void loop.run();
    await intake.end('spans');
    await send('p1');
    await eventually(() => engine.payments.length === 1);
    await idle();
    expect([loop.finished, finished]).toEqual([false, 0]);
    await intake.end('payments');
    await eventually(() => loop.finished);
    await loop.drain();
    expect([count(engine, 'finish'), finished, engine.did.at(-1)]).toEqual([1, 1, 'finish']);
  });

  it('finishes at once after a start that finds every input ended and all applied', async () => {
    const { loop, engine, intake, log } = await openLoop({ bounded: ['payments'] });
    await intake.end('payments');
    for await (const records of log.read({ partition: 0, offset: 0 }, new AbortController().signal)) {
      await engine.apply(records);
      break;
    }
    void loop.run();
    await eventually(() => loop.finished);
    expect(engine.did.filter((step) => step !== 'rebuild')).toEqual(['apply', 'checkpoint', 'finish']);
  });
});

describe('the accounts', () => {
  it('add up at every instant, and count every record once', async () => {
    const { loop, send, engine } = await openLoop();
    let most = 0;
    const look = (): void => {
      const accounting = loop.accounting();
      expect(accountingErrors(accounting)).toEqual([]);
      const records = accounting.inputs.payments?.records ?? 0;
      expect(records).toBeGreaterThanOrEqual(most);
      most = records;
    };
    void loop.run();
    for (let i = 0; i < 30; i += 1) {
      await send(`p${i}`);
      look();
      expect(most).toBe(i + 1);
      if (i % 3 === 0) await setImmediate();
      look();
    }
    await loop.drain();
    look();
    expect(engine.accounting).toEqual(loop.accounting());
  });
});
