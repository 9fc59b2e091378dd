// Goal: a stranger is counted and seen, and cannot fill the log.
import { expect, it } from 'vitest';
import type { Refusal } from '../../src/api/access-guard.ts';
import { RefusalLog } from '../../src/cli/refusal-log.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import { MetricBook } from '../../src/telemetry/metric-book.ts';
import { ManualClock } from './fakes.ts';

const REFUSAL: Refusal = {
  reason: 'unknown_key',
  method: 'GET',
  route: '/api/v1/incidents',
  address: '10.0.0.9',
  keyId: null,
  fault: null,
};

it('writes so many lines a minute, counts all, and says how many it did not write', () => {
  const lines: string[] = [];
  const clock = new ManualClock();
  const book = new MetricBook();
  const log = new RefusalLog({ log: (_level, _event, detail = '') => void lines.push(detail) }, book, clock);
  for (let i = 0; i < 500; i += 1) log.add(REFUSAL);
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe('unknown_key, GET /api/v1/incidents from 10.0.0.9');
  clock.ms = 60_000;
  const fault = new CounterfoilError('CF_KEY_FILE', 'keys.json is no JSON');
  log.add({ ...REFUSAL, reason: 'key_file', route: '', fault });
  expect(lines.at(-1)).toBe(
    'key_file, GET a path that is not there from 10.0.0.9: keys.json is no JSON; 480 more before it were not said',
  );
  log.add(REFUSAL);
  expect(lines.at(-1)).toBe(lines[0]);
  const counts = book.samples().map(({ labels, value }) => [labels['reason'], value]);
  expect(counts).toEqual([
    ['unknown_key', 501],
    ['key_file', 1],
  ]);
});
