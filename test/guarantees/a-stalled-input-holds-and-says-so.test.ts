/**
 * Goal: records that are in the log and not read must not be passed over, however long it takes, and nobody should
 * have to guess why nothing closes. Method: a reader with lag that does not move, while the clock does.
 */
import { expect, test } from 'vitest';
import { coverageOf } from '../../src/join/coverage.ts';
import type { PartitionState } from '../../src/join/partition-progress.ts';
import { at } from '../join/builders.ts';
import { EPOCH, inputOf, readAndWrite } from '../join/time-builders.ts';

const BEHIND = { position: 10, end: 11 };

test('[T5] with one record of lag it holds for ever, and is stalled after a minute without progress', () => {
  const input = inputOf(2);
  readAndWrite(input, 0, [at('01:00')]);
  readAndWrite(input, 1, [at('01:00')]);
  input.report(1, EPOCH, BEHIND, at('01:00'));
  readAndWrite(input, 0, [at('59:00')]);
  const stateAt = (time: string): PartitionState | undefined => input.status(at(time))[1]?.state;
  input.report(1, EPOCH, BEHIND, at('01:59'));
  expect(stateAt('01:59')).toBe('active');
  input.report(1, EPOCH, BEHIND, at('02:00'));
  expect(stateAt('02:00')).toBe('stalled');
  input.report(1, EPOCH, BEHIND, at('59:00'));
  expect(input.watermark).toBe(at('00:55'));
  expect(input.status(at('59:00'))[1]).toMatchObject({ state: 'stalled', holding: true });
});

test('[T5] progress ends it, even where the lag stays', () => {
  const input = inputOf(1);
  input.report(0, EPOCH, BEHIND, at('01:00'));
  expect(input.status(at('05:00'))[0]?.state).toBe('stalled');
  input.report(0, EPOCH, { position: 11, end: 500 }, at('05:00'));
  expect(input.status(at('05:01'))[0]?.state).toBe('active');
});

test('[T5] a reader that is gone without a word, or whose writes are never acknowledged, is stalled too', () => {
  const input = inputOf(2);
  input.report(0, EPOCH, { position: 7, end: 7 }, at('01:00'));
  input.observe(1, at('01:00'), at('01:00'));
  input.seal(1);
  input.report(1, EPOCH, { position: 1, end: 1 }, at('01:00'));
  input.report(1, EPOCH, { position: 1, end: 1 }, at('02:00'));
  expect(input.status(at('02:00')).map(({ state }) => state)).toEqual(['stalled', 'stalled']);
});

test('[T5] [T13] the coverage names it', () => {
  const input = inputOf(2);
  for (const partition of [0, 1]) readAndWrite(input, partition, [at('01:00')]);
  input.observe(0, at('05:00'), at('05:00'));
  const partitions = input.status(at('05:00'));
  const [spans] = coverageOf([
    { name: 'spans', partitions, watermark: input.watermark, late: 0, samplingRatio: null },
  ]).inputs;
  expect(spans?.unusable).toEqual([{ partition: 1, state: 'stalled', watermark: at('00:55') }]);
});
