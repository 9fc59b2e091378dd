import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, instantOfUnixNanos, parseInstant } from '../../src/model/instant.ts';

describe('an instant', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-03-10T14:00:02.118Z', 1_773_151_202_118_000],
    ['2026-03-10T15:00:02.118+01:00', 1_773_151_202_118_000],
    ['2026-03-10T09:30:02.118-0430', 1_773_151_202_118_000],
    ['2026-03-10 14:00:02,118z', 1_773_151_202_118_000],
    // What is finer than a microsecond is cut, not rounded.
    ['2026-03-10T14:00:02.118999999Z', 1_773_151_202_118_999],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
    ['2016-12-31T23:59:60Z', 1_483_228_800_000_000],
  ])('%s is %i microseconds', (text, micros) => expect(parseInstant(text)).toBe(micros));

  it.each([
    '2026-03-10T14:00:02',
    '2026-03-10',
    '2025-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-10T24:00:00Z',
    '2026-03-10T14:60:00Z',
    '2026-03-10T14:00:61Z',
    '1969-12-31T23:59:59Z',
    '2256-01-01T00:00:00Z',
    '1773151202',
    '',
  ])('%j is none', (text) => expect(parseInstant(text)).toBeUndefined());

  it('comes back from its text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000_000_000_000_000 }), (micros) => {
        expect(parseInstant(formatInstant(micros))).toBe(micros);
      }),
    );
  });

  it('is written with three decimals, or six', () => {
    expect(formatInstant(1_773_151_202_000_000)).toBe('2026-03-10T14:00:02.000Z');
    expect(formatInstant(1_773_151_202_118_001)).toBe('2026-03-10T14:00:02.118001Z');
  });
});

describe('nanoseconds', () => {
  it.each([
    ['1773151202118999999', 1_773_151_202_118_999],
    [1_773_151_202_118_999_999n, 1_773_151_202_118_999],
    ['0', 0],
    ['999', 0],
  ])('%s are cut', (nanos, micros) => expect(instantOfUnixNanos(nanos)).toBe(micros));

  it.each([['-1'], ['1.5'], ['1e9'], [''], [-1n], ['99999999999999999999']])('%s are no instant', (nanos) =>
    expect(instantOfUnixNanos(nanos)).toBeUndefined(),
  );
});
