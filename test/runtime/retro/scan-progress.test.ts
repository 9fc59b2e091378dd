// Goal: how far a question is never goes back and never beyond its end, though the second pass is known only when it begins [R3].
import { expect, it } from 'vitest';
import type { RetroProgress } from '../../../src/ports/retro-jobs.ts';
import { ScanProgress } from '../../../src/runtime/retro/scan-progress.ts';

it('[R3] takes the whole for two passes until the second is known', () => {
  const told: RetroProgress[] = [];
  const progress = new ScanProgress('bytes', (now) => told.push(now));
  progress.begin(100);
  progress.read(100);
  progress.begin(60);
  progress.read(60);
  expect(told.map(({ done, total }) => [done, total])).toEqual([
    [0, 200],
    [100, 200],
    [100, 160],
    [160, 160],
  ]);
  // More than was announced.
  progress.read(40);
  expect(told.at(-1)).toEqual({ done: 200, total: 200, unit: 'bytes' });
});
