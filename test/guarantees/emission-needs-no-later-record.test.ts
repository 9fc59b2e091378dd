/**
 * Goal: the last incident of the day comes out although nothing follows it. Engines whose time is the greatest timestamp
 * read hold it back until somebody sends another record (ksql#9084). Method: one event, one span, then nothing but empty
 * fetches and the clock; and the same with a bounded input, where there is no clock either.
 */
import { expect, test } from 'vitest';
import { ClosingQueue } from '../../src/join/closing.ts';
import { at, joinSettings } from '../join/builders.ts';
import { EPOCH, inputOf, MINUTE, readAndWrite, SECOND, timeSettings } from '../join/time-builders.ts';

test('[T4] [T9] live: the event closes by the clock, at its close and the longest delay, not a moment earlier', () => {
  const input = inputOf(1);
  const queue = new ClosingQueue(joinSettings(), timeSettings());
  queue.put('ev_a', at('00:00'));
  readAndWrite(input, 0, [at('00:01')]);
  let closedAt = 0;
  for (let now = at('00:02'); closedAt === 0 && now < at('59:00'); now += SECOND) {
    input.report(0, EPOCH, { position: 1, end: 1 }, now);
    if (queue.due(input.watermark).length > 0) closedAt = now;
  }
  expect(closedAt).toBe(at('22:32') + 5 * MINUTE + SECOND);
});

test('[T6] [T9] bounded: the end of the input closes it', () => {
  const input = inputOf(1, 'bounded');
  const queue = new ClosingQueue(joinSettings(), timeSettings());
  queue.put('ev_a', at('00:00'));
  readAndWrite(input, 0, [at('00:01')], 0);
  expect(queue.due(input.watermark)).toEqual([]);
  input.finish(0, EPOCH);
  expect(queue.due(input.watermark)).toEqual(['ev_a']);
});
