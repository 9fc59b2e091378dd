/**
 * Goal: a partition that is read to its bounded end neither holds the others nor carries them to the end of time with
 * it. The second is FLINK-38477: there idle partitions are left out of the minimum, so once one is finished and all
 * others are idle, infinity is the minimum, everything after it is late, and a join gives no more output. Method: that
 * very case, and the plain one.
 */
import { expect, test } from 'vitest';
import { ClosingQueue } from '../../src/join/closing.ts';
import { at, joinSettings } from '../join/builders.ts';
import { EPOCH, inputOf, readAndWrite, timeSettings } from '../join/time-builders.ts';

test('[T6] one finished, the other idle: what the idle one brings next is on time, and its event closes in its turn', () => {
  const input = inputOf(2);
  const queue = new ClosingQueue(joinSettings(), timeSettings());
  input.finish(0, EPOCH);
  input.report(1, EPOCH, { position: 3, end: 3 }, at('10:00'));
  expect(input.status(at('10:00')).map(({ state }) => state)).toEqual(['finished', 'idle']);
  expect(input.watermark).toBe(at('05:00'));
  expect(input.observe(1, at('10:00'), at('10:01'))).toBe('ok');
  queue.put('ev_a', at('10:00'));
  expect(queue.due(input.watermark)).toEqual([]);
  readAndWrite(input, 1, [at('32:38')]);
  expect(queue.due(input.watermark)).toEqual(['ev_a']);
});

test('[T6] a finished partition does not hold; when all are, everything that is open closes', () => {
  const input = inputOf(2, 'bounded');
  const queue = new ClosingQueue(joinSettings(), timeSettings());
  for (const [id, end] of [
    ['ev_b', '40:00'],
    ['ev_a', '10:00'],
  ] as const)
    queue.put(id, at(end));
  readAndWrite(input, 0, [at('10:00')]);
  readAndWrite(input, 1, [at('45:00')]);
  input.finish(0, EPOCH);
  expect(input.watermark).toBe(at('44:55'));
  expect(queue.due(input.watermark)).toEqual(['ev_a']);
  input.finish(1, EPOCH);
  expect(input.watermark).toBe(Infinity);
  expect(queue.due(input.watermark)).toEqual(['ev_b']);
  expect(input.status(at('45:00')).map(({ state, holding }) => [state, holding])).toEqual([
    ['finished', false],
    ['finished', false],
  ]);
});

test('[T6] the end waits for the writes of what was read before it', () => {
  const input = inputOf(1, 'bounded');
  input.observe(0, at('10:00'), 0);
  input.finish(0, EPOCH);
  expect(input.watermark).toBe(-Infinity);
  const batch = input.seal(0);
  expect(input.watermark).toBe(-Infinity);
  input.publish(0, EPOCH, batch);
  expect(input.watermark).toBe(Infinity);
});
