// Goal: a server that is too busy is asked less and less often, and more again when it is well. Method: the example of the file, by hand.
import { expect, it } from 'vitest';
import { BulkPace } from '../../../src/adapters/elasticsearch/bulk-pace.ts';

it('halves at each failure and waits twice as long, and comes back step by step [E2]', () => {
  for (const drawn of [0, 0.5, 0.999]) {
    const pace = new BulkPace(4, () => drawn);
    expect(pace.allowed).toBe(4);
    expect(pace.failed()).toBeCloseTo(50 + drawn * 50);
    expect(pace.allowed).toBe(2);
    expect(pace.failed()).toBeCloseTo(100 + drawn * 100);
    expect(pace.allowed).toBe(1);
    for (let i = 0; i < 8; i += 1) pace.succeeded();
    expect(pace.allowed).toBe(3);
    expect(pace.failed()).toBeCloseTo(50 + drawn * 50);
  }
});

it('waits no longer than 15 s, and never allows less than one or more than the most [E2]', () => {
  const pace = new BulkPace(2, () => 0.999_999);
  const waits = Array.from({ length: 2_000 }, () => pace.failed());
  expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
  expect(pace.allowed).toBe(1);
  for (let i = 0; i < 100; i += 1) pace.succeeded();
  expect(pace.allowed).toBe(2);
});
