/** Settings of time, and the steps that every test of watermarks takes. */
import type { InputMode } from '../../src/join/partition-progress.ts';
import { InputWatermark } from '../../src/join/watermark.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { TimeSettings } from '../../src/model/time-settings.ts';

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const EPOCH = 1;

/** The defaults of DESIGN 4.4, written out by hand so that a changed default shows here. */
export function timeSettings(over: Partial<TimeSettings> = {}): TimeSettings {
  return {
    outOfOrderness: 5 * SECOND,
    maxEventDelay: 300 * SECOND,
    maxSkew: 60 * SECOND,
    grace: 30 * SECOND,
    stalledAfter: 60 * SECOND,
    ...over,
  };
}

/** An input whose partitions are 0 to n - 1, all owned under `EPOCH`. */
export function inputOf(partitions: number, mode: InputMode = 'live'): InputWatermark {
  const input = new InputWatermark(timeSettings(), mode);
  input.setPartitions(Array.from({ length: partitions }, (_, i) => i));
  for (let i = 0; i < partitions; i += 1) input.own(i, EPOCH);
  return input;
}

/** Reads items of one partition as one batch, and has their writes acknowledged. */
export function readAndWrite(
  input: InputWatermark,
  partition: number,
  times: readonly Instant[],
  now: Instant = Math.max(...times),
): void {
  for (const time of times) input.observe(partition, time, now);
  input.publish(partition, EPOCH, input.seal(partition));
}
