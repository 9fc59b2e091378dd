/**
 * Goal: a partition in which nothing happens at night must not keep the events of all others open. Method: one
 * partition that talks and one whose reader stands at the log's end, with a clock that is moved by hand.
 */
import { expect, test } from 'vitest';
import { at } from '../join/builders.ts';
import { EPOCH, inputOf, readAndWrite } from '../join/time-builders.ts';

const AT_END = { position: 40, end: 40 };

test('[T4] an idle partition goes on with the clock, less the longest delay of a record', () => {
  const input = inputOf(2);
  readAndWrite(input, 0, [at('10:00')]);
  readAndWrite(input, 1, [at('02:00')]);
  expect(input.watermark).toBe(at('01:55'));
  input.report(1, EPOCH, AT_END, at('10:01'));
  expect(input.status(at('10:01')).map(({ state }) => state)).toEqual(['active', 'idle']);
  expect(input.watermark).toBe(at('05:01'));
  input.report(1, EPOCH, AT_END, at('20:00'));
  expect(input.watermark, 'now the busy one is the lesser').toBe(at('09:55'));
});

test('[T4] a partition that never had a record is idle from its first report on', () => {
  const input = inputOf(1);
  input.report(0, EPOCH, { position: 0, end: 0 }, at('10:00'));
  expect(input.watermark).toBe(at('05:00'));
});

test('[T4] the next record makes it active again; what took no longer than the longest delay is not late', () => {
  const input = inputOf(1);
  input.report(0, EPOCH, AT_END, at('10:00'));
  expect(input.observe(0, at('05:00'), at('10:00'))).toBe('ok');
  expect(input.status(at('10:00'))[0]?.state).toBe('active');
  input.publish(0, EPOCH, input.seal(0));
  expect(input.watermark, 'it does not fall back to the record').toBe(at('05:00'));
  expect(input.observe(0, at('05:00') - 1, at('10:00'))).toBe('late');
});

test('[T4] a clock that is set back moves nothing back', () => {
  const input = inputOf(1);
  input.report(0, EPOCH, AT_END, at('30:00'));
  input.report(0, EPOCH, AT_END, at('10:00'));
  expect(input.watermark).toBe(at('25:00'));
});
