/**
 * Goal: one record with a wrong or forged time must not make the engine believe that the future has been read: it would
 * close every event without its payments. Method: a span from next year among honest ones, live and bounded.
 */
import { expect, test } from 'vitest';
import { ClosingQueue } from '../../src/join/closing.ts';
import { at, joinSettings } from '../join/builders.ts';
import { EPOCH, inputOf, MINUTE, readAndWrite, SECOND, timeSettings } from '../join/time-builders.ts';

const NEXT_YEAR = at('00:00') + 365 * 24 * 60 * MINUTE;

test('[T7] a span from next year is set aside, moves no watermark, and closes no event', () => {
  const input = inputOf(1);
  const queue = new ClosingQueue(joinSettings(), timeSettings());
  queue.put('ev_a', at('00:00'));
  expect(input.observe(0, NEXT_YEAR, at('10:00'))).toBe('skewed');
  readAndWrite(input, 0, [at('10:00')]);
  expect(input.watermark).toBe(at('09:55'));
  expect(queue.due(input.watermark)).toEqual([]);
  expect(input.observe(0, at('10:01'), at('10:01')), 'those after it are on time').toBe('ok');
});

test('[T7] up to a minute ahead is a clock that differs; a microsecond more is skewed', () => {
  const input = inputOf(1);
  expect(input.observe(0, at('11:00'), at('10:00'))).toBe('ok');
  expect(input.observe(0, at('11:00') + 1, at('10:00'))).toBe('skewed');
});

test('[T7] alone in its partition it opens no batch, so the partition is idle and not ahead', () => {
  const input = inputOf(1);
  input.observe(0, NEXT_YEAR, at('10:00'));
  input.report(0, EPOCH, { position: 1, end: 1 }, at('10:00'));
  expect(input.watermark).toBe(at('05:00'));
});

test('[T7] a replay of old records judges them by each other, not by the clock of today', () => {
  const input = inputOf(1, 'bounded');
  const yearsBefore = at('00:00') - 3 * 365 * 24 * 60 * MINUTE;
  expect(input.observe(0, at('10:00'), yearsBefore)).toBe('ok');
  input.publish(0, EPOCH, input.seal(0));
  expect(input.watermark).toBe(at('10:00') - 5 * SECOND);
});
