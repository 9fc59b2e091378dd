import { expect, test } from 'vitest';
import { formatBytes, formatSeconds, Progress } from '../../src/cli/progress.ts';
import { Out } from '../../src/cli/terminal.ts';
import { FakeStream, ManualClock } from './fakes.ts';

function progressOn(isTTY: boolean, total: number | null, columns = 80) {
  const stream = new FakeStream(isTTY, columns);
  const clock = new ManualClock();
  return { stream, clock, progress: new Progress(new Out(stream, {}), clock, total) };
}

const at = (bytesRead: number, records: number, source = 'a') => ({
  input: 'spans',
  source,
  bytesRead,
  records,
});

test('says how much of all bytes is read and how long it will take', () => {
  const { stream, clock, progress } = progressOn(true, 4_000_000);
  clock.ms = 3_000;
  progress.update(at(1_000_000, 12_345));
  expect(stream.text).toBe('\r\u001b[2Kreading  25 % of 4.0 MB  spans: 12,345 records  9.0 s left');
});

test('adds up over files', () => {
  const { stream, clock, progress } = progressOn(true, 200);
  progress.update(at(100, 1, 'a'));
  clock.ms = 500;
  progress.update(at(50, 2, 'b'));
  expect(stream.written.at(-1)).toContain(' 75 % of 200 B');
});

test('at most ten times a second', () => {
  const { stream, clock, progress } = progressOn(true, 100);
  for (clock.ms = 0; clock.ms < 1_000; clock.ms += 1) progress.update(at(clock.ms / 10, clock.ms));
  expect(stream.written).toHaveLength(10);
});

test('never wider than the terminal', () => {
  const { stream, clock, progress } = progressOn(true, 4_000_000, 30);
  clock.ms = 2_000;
  progress.update(at(1_000_000, 1_234_567));
  expect(stream.text.replace('\r\u001b[2K', '').length).toBeLessThan(30);
});

test('of a pipe, whose size nobody knows, only what was read', () => {
  const { stream, progress } = progressOn(true, null);
  progress.update(at(1_500, 3));
  expect(stream.text).toContain('reading 1.5 kB  spans: 3 records');
});

test('wiped once, and only when there is something to wipe', () => {
  const { stream, progress } = progressOn(true, 100);
  progress.wipe();
  expect(stream.text).toBe('');
  progress.update(at(1, 1));
  progress.wipe();
  progress.wipe();
  expect(stream.written).toHaveLength(2);
});

test('says what goes on when all is read, and wipes it too', () => {
  const { stream, progress } = progressOn(true, 100);
  progress.note('all is read; evaluating');
  expect(stream.written.at(-1)).toContain('all is read; evaluating');
  progress.wipe();
  expect(stream.written).toHaveLength(2);
});

test('silent off a terminal', () => {
  const { stream, progress } = progressOn(false, 100);
  progress.update(at(50, 1));
  progress.note('evaluating');
  progress.wipe();
  expect(stream.text).toBe('');
});

test('figures for people', () => {
  expect([0, 999, 1_000, 999_949, 999_950, 12_345_678, 5e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '999.9 kB',
    '1.0 MB',
    '12.3 MB',
    '5.0 TB',
  ]);
  expect([0, 1_240, 12_600, 59_999, 125_000, 7_380_000, 896_400_000].map(formatSeconds)).toEqual([
    '0.0 s',
    '1.2 s',
    '13 s',
    '1 min 0 s',
    '2 min 5 s',
    '2 h 3 min',
    '10 d 9 h',
  ]);
});

test('of a whole that is known, in records or bytes', () => {
  const { stream, clock, progress } = progressOn(true, null);
  clock.ms = 2_000;
  progress.of({ done: 500, total: 2_000, unit: 'records' });
  expect(stream.written.at(-1)).toBe('\r\u001b[2Kreading  25 % of 2,000 records  6.0 s left');
  clock.ms = 3_000;
  progress.of({ done: 3, total: 4, unit: 'bytes' });
  expect(stream.written.at(-1)).toBe('\r\u001b[2Kreading  75 % of 4 B  1.0 s left');
  clock.ms = 4_000;
  progress.of({ done: 0, total: 0, unit: 'records' });
  expect(stream.written.at(-1)).toBe('\r\u001b[2Kreading   0 % of 0 records');
});
