// Goal: whenever the process or the machine dies, every acknowledged record is there once, in order; of the others each is
// there whole or not at all; and the log opens again without help.
import { describe, expect, it } from 'vitest';
import type { EmbeddedEventLog } from '../../../src/adapters/embedded/event-log.ts';
import { SeededRandom } from '../../../tools/seeded-random.ts';
import type { LogEntry, LogRecord } from '../../../src/ports/event-log.ts';
import { takeAll } from '../../conformance/event-log.suite.ts';
import { FaultyDisk, type DiskStep } from '../../simulation/faulty-files.ts';
import { openOn } from './event-log-disk.ts';

const SEEDS = Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2_000) / 4);
const LIVES = 5;
const ID_BYTES = 4;

/** One log through several lives: what was promised, and what was tried. */
class Trial {
  readonly random: SeededRandom;
  readonly disk: FaultyDisk;
  /** Offset of every record that was acknowledged, to its id. */
  readonly acknowledged = new Map<number, number>();
  readonly appended: Uint8Array[] = [];
  committed = 0;
  now = 0;
  crashes = 0;
  refusals = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.disk = new FaultyDisk(this.random.fork('disk'));
  }

  entry(): LogEntry {
    const id = this.appended.length;
    const length = this.random.weighted({ '0': 2, '60': 6, '700': 3, '5000': 1 });
    const value = new Uint8Array(ID_BYTES + this.random.integer(0, Number(length))).fill(id * 7 + 1);
    new DataView(value.buffer).setUint32(0, id);
    this.appended.push(value);
    return { value, from: id, to: id };
  }

  /** The power goes, or the process, at some step; now and then a step fails before that. */
  arm(mostSteps: number, mayFail: boolean): void {
    let left = this.random.integer(0, mostSteps);
    const crash = {
      crash: this.random.pick(['before', 'after'] as const),
      of: this.random.pick(['power', 'process'] as const),
    };
    const failing = mayFail && this.random.chance(0.4);
    this.disk.capacityBytes = Infinity;
    this.disk.faultOf = (step: DiskStep) => {
      if (left-- === 0) {
        this.crashes += 1;
        return crash;
      }
      if (failing && this.random.chance(0.08)) {
        if (step.operation === 'write' && this.random.chance(0.6))
          return { atMostBytes: this.random.integer(1, step.bytes) };
        if (step.operation !== 'read') return { error: this.random.pick(['EIO', 'ENOSPC', 'EDQUOT']) };
      }
      return null;
    };
  }

  disarm(): void {
    this.disk.faultOf = () => null;
  }

  open(): Promise<EmbeddedEventLog> {
    const settings = { segmentBytes: 2_000, maxBytes: 30_000, retentionMs: 1, tailBytes: 1_000 };
    return openOn(this.disk, settings, () => (this.now += 100));
  }
}

function idOf(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset).getUint32(0);
}

async function appendSome(trial: Trial, log: EmbeddedEventLog): Promise<void> {
  const { random } = trial;
  const appends = Array.from({ length: random.integer(1, 6) }, async () => {
    const entry = trial.entry();
    const id = idOf(entry.value);
    try {
      const { offset } = await log.append(entry);
      expect(trial.acknowledged.has(offset), `offset ${offset} is given twice`).toBe(false);
      trial.acknowledged.set(offset, id);
    } catch (error) {
      expect(error).toMatchObject({ code: 'CF_LOG_FULL' });
      trial.refusals += 1;
    }
  });
  if (random.chance(0.3))
    appends.push(
      log.retain().then(
        () => undefined,
        () => undefined,
      ),
    );
  await Promise.all(appends);
  if (random.chance(0.4)) {
    trial.committed = Math.max(trial.committed, random.integer(0, await log.end(0)));
    await log.commit({ partition: 0, offset: trial.committed });
  }
}

function check(trial: Trial, begin: number, records: readonly LogRecord[]): void {
  expect(begin).toBeLessThanOrEqual(trial.committed);
  expect(records.map(({ offset }) => offset)).toEqual(records.map((_, i) => begin + i));
  const ids = records.map(({ value }) => idOf(value));
  records.forEach(({ value }, i) =>
    expect(Buffer.compare(value, trial.appended[ids[i] ?? -1] ?? new Uint8Array(0)), 'a value is whole').toBe(
      0,
    ),
  );
  expect(ids, 'each once, in the order of the calls').toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  for (const [offset, id] of trial.acknowledged)
    if (offset >= begin) expect(ids[offset - begin], `record ${id} at ${offset} was acknowledged`).toBe(id);
  // What is there now has become durable, acknowledged or not.
  ids.forEach((id, i) => trial.acknowledged.set(begin + i, id));
}

async function openAfterCrashes(trial: Trial): Promise<EmbeddedEventLog> {
  trial.arm(20, false);
  try {
    const log = await trial.open();
    trial.disarm();
    return log;
  } catch (error) {
    if (error instanceof Error && error.message.includes('damaged')) throw error;
    trial.disarm();
    return await trial.open();
  }
}

async function run(seed: number): Promise<Trial> {
  const trial = new Trial(seed);
  for (let life = 0; life < LIVES; life += 1) {
    const log = await openAfterCrashes(trial);
    check(trial, await log.begin(0), await takeAll(log));
    const crashes = trial.crashes;
    trial.arm(90, true);
    for (let i = 0; i < 60 && trial.crashes === crashes; i += 1) await appendSome(trial, log);
    trial.disarm();
    if (trial.crashes === crashes) await log.close();
  }
  const log = await trial.open();
  check(trial, await log.begin(0), await takeAll(log));
  return trial;
}

describe('a log that dies again and again', () => {
  it(`keeps its promises with ${SEEDS} seeds of ${LIVES} lives each`, { timeout: 600_000 }, async () => {
    const sums = { crashes: 0, refusals: 0, appended: 0, acknowledged: 0, dropped: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      try {
        const trial = await run(seed);
        sums.crashes += trial.crashes;
        sums.refusals += trial.refusals;
        sums.appended += trial.appended.length;
        sums.acknowledged += trial.acknowledged.size;
        sums.dropped += trial.acknowledged.size - (await takeAll(await trial.open())).length;
      } catch (cause) {
        throw new Error(`seed ${seed} breaks a promise`, { cause });
      }
    }
    // The trials reach what they are for.
    expect(sums.crashes).toBeGreaterThan(SEEDS * 3);
    expect(sums.refusals).toBeGreaterThan(SEEDS);
    expect(sums.acknowledged).toBeGreaterThan(SEEDS * 50);
    expect(sums.dropped).toBeGreaterThan(SEEDS);
  });
});
