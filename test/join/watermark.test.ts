import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputWatermark } from '../../src/join/watermark.ts';
import type { WatermarkSnapshot } from '../../src/join/watermark.ts';
import { at } from './builders.ts';
import { EPOCH, inputOf, MINUTE, readAndWrite, SECOND, timeSettings } from './time-builders.ts';

const json = (snapshot: WatermarkSnapshot): WatermarkSnapshot =>
  JSON.parse(JSON.stringify(snapshot)) as WatermarkSnapshot;

describe('one partition', () => {
  test('[T1] publishes the greatest accepted time less the out-of-orderness, once it is written', () => {
    const input = inputOf(1);
    input.observe(0, at('10:00'), at('10:00'));
    input.observe(0, at('09:58'), at('10:00'));
    const batch = input.seal(0);
    expect(input.watermark).toBe(-Infinity);
    expect(input.publish(0, EPOCH, batch)).toBe(true);
    expect(input.watermark).toBe(at('09:55'));
  });

  test('[T1] an acknowledgement covers its own batch, not what was read since', () => {
    const input = inputOf(1);
    input.observe(0, at('10:00'), at('10:00'));
    const batch = input.seal(0);
    input.observe(0, at('12:00'), at('12:00'));
    input.publish(0, EPOCH, batch);
    expect(input.watermark).toBe(at('09:55'));
  });

  test('[T1] a batch acknowledged before an older one waits for it', () => {
    const input = inputOf(1);
    input.observe(0, at('10:00'), at('10:00'));
    const first = input.seal(0);
    input.observe(0, at('12:00'), at('12:00'));
    const second = input.seal(0);
    input.publish(0, EPOCH, second);
    expect(input.watermark).toBe(-Infinity);
    input.publish(0, EPOCH, first);
    expect(input.watermark).toBe(at('11:55'));
  });

  test('[T1] batches in flight have a limit', () => {
    const input = inputOf(1);
    for (let i = 0; i < 1_024; i += 1) input.seal(0);
    expect(() => input.seal(0)).toThrow('1024 batches without an acknowledgement');
  });

  test('[T3] only the owner moves it: a stale epoch neither publishes, nor reports, nor finishes', () => {
    const input = inputOf(1);
    input.observe(0, at('10:00'), at('10:00'));
    const batch = input.seal(0);
    expect(input.own(0, EPOCH + 1)).toBe(true);
    expect(input.own(0, EPOCH)).toBe(false);
    expect(input.publish(0, EPOCH, batch)).toBe(false);
    expect(input.report(0, EPOCH, { position: 9, end: 9 }, at('20:00'))).toBe(false);
    expect(input.finish(0, EPOCH)).toBe(false);
    expect(input.finish(0, EPOCH + 2), 'nor one that nobody has taken').toBe(false);
    expect(input.watermark).toBe(-Infinity);
  });

  test('[T3] a new owner does not inherit what the former one had read and not written', () => {
    const input = inputOf(1);
    input.observe(0, at('30:00'), at('30:00'));
    const unwritten = input.seal(0);
    input.own(0, EPOCH + 1);
    input.publish(0, EPOCH + 1, unwritten);
    expect(input.watermark).toBe(-Infinity);
    input.observe(0, at('10:00'), at('30:00'));
    input.publish(0, EPOCH + 1, input.seal(0));
    expect(input.watermark).toBe(at('09:55'));
  });

  test('[T3] a partition that was given up holds, and an end that was still to be written is forgotten', () => {
    const input = inputOf(1);
    readAndWrite(input, 0, [at('10:00')]);
    input.observe(0, at('11:00'), at('11:00'));
    input.finish(0, EPOCH);
    input.release(0);
    expect(input.status(at('11:00'))).toEqual([
      { partition: 0, state: 'unowned', watermark: at('09:55'), holding: true },
    ]);
    input.own(0, EPOCH + 1);
    readAndWrite(input, 0, [at('10:01')]);
    expect(input.watermark).toBe(at('09:55'));
  });
});

describe('several partitions', () => {
  test('[T2] the least of those that the log lists counts, so one that nobody reads holds', () => {
    const input = inputOf(2);
    readAndWrite(input, 0, [at('10:00')]);
    expect(input.watermark).toBe(-Infinity);
    expect(input.status(at('10:00')).map(({ state, holding }) => [state, holding])).toEqual([
      ['active', false],
      ['unowned', true],
    ]);
    readAndWrite(input, 1, [at('08:00')]);
    expect(input.watermark).toBe(at('07:55'));
  });

  test('[T2] without a list, and with an empty one, nothing is known', () => {
    const input = new InputWatermark(timeSettings(), 'live');
    expect(input.watermark).toBe(-Infinity);
    input.setPartitions([]);
    expect(input.watermark).toBe(-Infinity);
    expect(() => input.observe(0, at('10:00'), at('10:00'))).toThrow('partition 0');
  });

  test('[T2] a new partition holds without pulling back; one that is gone holds no longer', () => {
    const input = inputOf(1);
    readAndWrite(input, 0, [at('10:00')]);
    input.setPartitions([0, 1]);
    input.own(1, EPOCH);
    readAndWrite(input, 0, [at('12:00')]);
    expect(input.watermark).toBe(at('09:55'));
    expect(input.observe(1, at('09:00'), at('12:00'))).toBe('late');
    input.setPartitions([0]);
    expect(input.watermark).toBe(at('11:55'));
  });

  test('[T2] partitions have a limit', () => {
    const input = inputOf(1);
    expect(() => input.setPartitions(Array.from({ length: 10_001 }, (_, i) => i))).toThrow(
      '10000 partitions',
    );
  });

  test('[T2] late is before the watermark of the input, whatever the partition itself has seen', () => {
    const input = inputOf(2);
    readAndWrite(input, 0, [at('10:00')]);
    readAndWrite(input, 1, [at('08:00')]);
    expect(input.observe(0, at('07:55'), at('10:00'))).toBe('ok');
    expect(input.observe(0, at('07:55') - 1, at('10:00'))).toBe('late');
  });
});

describe('modes', () => {
  test('[T7] in bounded mode the wall clock plays no part', () => {
    const input = inputOf(2, 'bounded');
    const longAgo = 0;
    expect(input.observe(0, at('10:00'), longAgo)).toBe('ok');
    readAndWrite(input, 0, [at('10:00')], longAgo);
    readAndWrite(input, 1, [at('09:00')], longAgo);
    input.report(1, EPOCH, { position: 5, end: 5 }, at('59:00'));
    expect(input.watermark).toBe(at('08:55'));
    input.report(0, EPOCH, { position: 5, end: 9 }, at('59:00'));
    expect(input.status(at('59:59') + MINUTE).map(({ state }) => state)).toEqual(['active', 'idle']);
  });

  test('[T4] idle asks for everything read to be written, too', () => {
    const input = inputOf(1);
    input.observe(0, at('10:00'), at('10:01'));
    const batch = input.seal(0);
    input.report(0, EPOCH, { position: 1, end: 1 }, at('40:00'));
    expect(input.watermark).toBe(-Infinity);
    expect(input.status(at('40:00'))[0]?.state).toBe('active');
    input.publish(0, EPOCH, batch);
    input.report(0, EPOCH, { position: 1, end: 1 }, at('40:01'));
    expect(input.watermark).toBe(at('35:01'));
    expect(input.status(at('40:01'))[0]?.state).toBe('idle');
  });
});

describe('snapshots', () => {
  test('[T8] a restored input is where the former one was, with nothing that was not written', () => {
    const input = inputOf(3);
    readAndWrite(input, 0, [at('10:00')]);
    readAndWrite(input, 1, [at('08:00')]);
    input.finish(2, EPOCH);
    input.observe(0, at('30:00'), at('30:00'));
    const restored = new InputWatermark(timeSettings(), 'live');
    restored.restore(json(input.snapshot()));
    expect(restored.watermark).toBe(at('07:55'));
    restored.setPartitions([0, 1, 2]);
    expect(restored.snapshot()).toEqual(input.snapshot());
    expect(restored.own(0, EPOCH - 1)).toBe(false);
    expect(restored.status(at('30:00')).map(({ state }) => state)).toEqual([
      'unowned',
      'unowned',
      'finished',
    ]);
  });

  test('[T8] restoring over a running input takes what is newer and nothing that is older', () => {
    const [ours, theirs] = [inputOf(2), inputOf(2)];
    readAndWrite(ours, 0, [at('10:00')]);
    readAndWrite(theirs, 0, [at('05:00')]);
    readAndWrite(theirs, 1, [at('08:00')]);
    ours.restore(json(theirs.snapshot()));
    expect(ours.status(at('10:00')).map(({ watermark }) => watermark)).toEqual([at('09:55'), at('07:55')]);
    expect(ours.watermark).toBe(at('07:55'));
    ours.setPartitions([0]);
    ours.restore(json(theirs.snapshot()));
    expect(ours.status(at('10:00')).map(({ partition }) => partition)).toEqual([0]);
  });
});

interface Step {
  kind: 'read' | 'write' | 'report' | 'finish' | 'own' | 'release' | 'restart';
  partition: number;
  time: number;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('read', 'read', 'read', 'write', 'report', 'finish', 'own', 'release', 'restart'),
    partition: fc.integer({ min: 0, max: 2 }),
    time: fc.integer({ min: 0, max: 1_000 }).map((seconds) => seconds * SECOND),
  }),
  { maxLength: 60 },
);

/** A worker that does one step, and gives every owner after the first a new epoch. */
function run(input: InputWatermark, epochs: number[], { kind, partition, time }: Step): InputWatermark {
  const epoch = epochs[partition] ?? 0;
  if (kind === 'read') input.observe(partition, time, time);
  if (kind === 'write') input.publish(partition, epoch, input.seal(partition));
  if (kind === 'report') input.report(partition, epoch, { position: time % 3, end: 2 }, time);
  if (kind === 'finish') input.finish(partition, epoch);
  if (kind === 'release') input.release(partition);
  if (kind === 'own') input.own(partition, (epochs[partition] = epoch + 1));
  if (kind !== 'restart') return input;
  const restored = new InputWatermark(timeSettings(), 'live');
  restored.restore(json(input.snapshot()));
  restored.setPartitions([0, 1, 2]);
  return restored;
}

describe('whatever happens', () => {
  test('[T1] [T2] [T8] nothing regresses, the input is the least of its partitions, a snapshot restores', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let input = inputOf(3);
        const epochs = [EPOCH, EPOCH, EPOCH];
        let before = input.status(0).map(({ watermark }) => watermark);
        for (const step of history) {
          input = run(input, epochs, step);
          const after = input.status(0).map(({ watermark }) => watermark);
          after.forEach((watermark, i) => expect(watermark).toBeGreaterThanOrEqual(before[i] ?? 0));
          expect(input.watermark).toBe(Math.min(...after));
          const copy = new InputWatermark(timeSettings(), 'live');
          copy.restore(json(input.snapshot()));
          expect(copy.snapshot()).toEqual(input.snapshot());
          before = after;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('[T2] the final watermark does not depend on the order and the batches in which items are read', () => {
    const items = fc.array(
      fc.record({ partition: fc.integer({ min: 0, max: 2 }), time: fc.integer({ min: 0, max: 2_000 }) }),
      { minLength: 1, maxLength: 40 },
    );
    const both = items.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.integer({ min: 1, max: 9 }),
      ),
    );
    const read = (list: readonly { partition: number; time: number }[], batch: number): number => {
      const input = inputOf(3);
      const now = 1_000 * SECOND;
      list.forEach(({ partition, time }, i) => {
        input.observe(partition, time * SECOND, now);
        if (i % batch === 0) input.publish(partition, EPOCH, input.seal(partition));
      });
      for (const partition of [0, 1, 2]) input.publish(partition, EPOCH, input.seal(partition));
      return input.watermark;
    };
    fc.assert(
      fc.property(both, ([list, shuffled, batch]) => {
        const expected = Math.min(
          ...[0, 1, 2].map((partition) => {
            const times = list.filter((one) => one.partition === partition && one.time <= 1_060);
            return Math.max(-Infinity, ...times.map(({ time }) => time * SECOND)) - 5 * SECOND;
          }),
        );
        expect(read(list, 1)).toBe(expected);
        expect(read(shuffled, batch)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});
