import { expect, it } from 'vitest';
import { MICROS_PER_MINUTE } from '../../../src/model/instant.ts';
import { LateCounts } from '../../../src/runtime/live/late-counts.ts';

const minute = (number: number): number => number * MICROS_PER_MINUTE;

it('counts by the minutes that a window touches', () => {
  const counts = new LateCounts();
  for (const at of [minute(1), minute(2) - 1, minute(2), minute(4)]) counts.add(at);
  expect(counts.between(minute(1) + 5, minute(1) + 6)).toBe(2);
  expect(counts.between(minute(1), minute(2))).toBe(3);
  expect(counts.between(minute(3), minute(4) - 1)).toBe(0);
});

it('survives a restart, and forgets what is over', () => {
  const before = new LateCounts();
  for (const at of [minute(1), minute(2), minute(2)]) before.add(at);
  const counts = new LateCounts();
  counts.restore(before.snapshot());
  counts.dropBefore(minute(2));
  expect(counts.between(minute(0), minute(9))).toBe(2);
  expect(counts.snapshot()).toEqual([[2, 2]]);
});
