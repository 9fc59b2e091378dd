import { expect, test } from 'vitest';
import { formatByteSize, parseByteSize } from '../../src/config/byte-sizes.ts';
import { formatDuration, parseDuration } from '../../src/config/durations.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['1us', 1],
  ['500ms', 500_000],
  ['60s', 60_000_000],
  ['15m', 900_000_000],
  ['1h30m', 5_400_000_000],
  ['7d', 604_800_000_000],
  [' 2s ', 2_000_000],
])('%s is %d microseconds', (text, micros) => {
  expect(parseDuration(text)).toBe(micros);
});

test.each([
  '',
  '60',
  '1.5h',
  '-1s',
  '1m1h',
  '1s1s',
  '5 m',
  'm',
  '1w',
  '1e3s',
  '99999999999999d',
  '1s '.repeat(2),
])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what is written parses to what it was', () => {
  for (const micros of [0, 1, 999, 1_000, 61_000_001, 5_400_000_000, 90_061_001_001]) {
    expect(parseDuration(formatDuration(micros))).toBe(micros);
  }
  expect(formatDuration(5_400_000_000)).toBe('1h30m');
});

test('sizes', () => {
  expect(parseByteSize('4096')).toBe(4096);
  expect(parseByteSize('64MiB')).toBe(64 * 1024 * 1024);
  expect(parseByteSize('1 GB')).toBe(1_000_000_000);
  expect(parseByteSize('1XB')).toBeUndefined();
  expect(parseByteSize('-1')).toBeUndefined();
  expect(formatByteSize(256 * 1024 * 1024)).toBe('256MiB');
  expect(formatByteSize(1000)).toBe('1000');
});
