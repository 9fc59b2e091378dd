import { describe, expect, test } from 'vitest';
import { confidenceOf, gapOf, meets, windowOf } from '../../src/join/confidence.ts';
import { at, joinSettings } from './builders.ts';

const settings = joinSettings();
const event = { start: at('10:00'), end: at('11:00') };

describe('window, gap and confidence', () => {
  test('[J1] the window is inclusive to the microsecond on both sides', () => {
    const window = windowOf(event, settings);
    expect(window).toEqual({ start: at('08:58'), end: at('26:02') });
    expect(meets(window, { start: at('26:02'), end: at('27:00') })).toBe(true);
    expect(meets(window, { start: at('26:02') + 1, end: at('27:00') })).toBe(false);
    expect(meets(window, { start: at('00:00'), end: at('08:58') })).toBe(true);
    expect(meets(window, { start: at('00:00'), end: at('08:58') - 1 })).toBe(false);
  });

  test('[J2] the gap is negative before, positive after, zero where they touch', () => {
    expect(gapOf(event, { start: at('09:00'), end: at('09:30') })).toBe(-30_000_000);
    expect(gapOf(event, { start: at('11:05'), end: at('11:06') })).toBe(5_000_000);
    expect(gapOf(event, { start: at('09:00'), end: at('10:00') })).toBe(0);
    expect(gapOf(event, { start: at('11:00'), end: at('12:00') })).toBe(0);
    expect(gapOf(event, { start: at('09:00'), end: at('12:00') })).toBe(0);
  });

  test('[J3] confidence halves with the half-life, takes the factor, and is rounded to six decimals', () => {
    const of = (gap: number, factor = 1, capped = false): number =>
      confidenceOf(0.7, 'container_interval', gap, factor, capped, settings);
    expect(of(1_800_000_000)).toBe(0.35);
    expect(of(-90_000_000)).toBe(0.676155);
    expect(of(-90_000_000, 0.8)).toBe(0.540924);
    expect(of(1, 1, true)).toBe(0.6);
    expect(confidenceOf(0.98, 'trace_exact', 9e9, 1, false, settings)).toBe(0.98);
  });
});
