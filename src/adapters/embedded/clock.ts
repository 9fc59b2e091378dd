/** The clock of this machine. */
import { performance } from 'node:perf_hooks';
import { MICROS_PER_MS } from '../../model/instant.ts';
import type { Clock } from '../../ports/clock.ts';

export const systemClock: Clock = {
  now: () => Math.trunc(performance.timeOrigin + performance.now()) * MICROS_PER_MS,
  elapsedMs: () => performance.now(),
};
