import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { timeSettings } from '../../src/config/time-settings.ts';

const SECOND = 1_000_000;
const of = (flags: Record<string, string[]>): ReturnType<typeof timeSettings> =>
  timeSettings(loadConfig({ file: null, env: {}, flags, cwd: '/', home: '/' }).config);

test('the defaults are those of the design', () => {
  expect(of({})).toEqual({
    outOfOrderness: 5 * SECOND,
    maxEventDelay: 300 * SECOND,
    maxSkew: 60 * SECOND,
    grace: 30 * SECOND,
    stalledAfter: 60 * SECOND,
  });
});

test('every one of the four options sets its own figure', () => {
  const flags = {
    'join.out_of_orderness': ['1s'],
    'join.max_event_delay': ['2s'],
    'join.max_skew': ['3s'],
    'join.grace': ['4s'],
  };
  expect(of(flags)).toMatchObject({
    outOfOrderness: SECOND,
    maxEventDelay: 2 * SECOND,
    maxSkew: 3 * SECOND,
    grace: 4 * SECOND,
  });
});
