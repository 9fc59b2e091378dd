import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../tools/seeded-random.ts';

describe('seeded random numbers', () => {
  const draws = (random: SeededRandom, count: number): number[] =>
    Array.from({ length: count }, () => random.bits());

  it('are the same for the same seed, and for nobody else', () => {
    expect(draws(new SeededRandom(7), 50)).toEqual(draws(new SeededRandom(7), 50));
    expect(draws(new SeededRandom(7), 50)).not.toEqual(draws(new SeededRandom(8), 50));
    // Pinned, because generated files are compared byte by byte.
    expect(new SeededRandom(7).hex(16)).toBe('2316a329737a208a');
  });

  it('of a fork have a sequence of their own', () => {
    const random = new SeededRandom(7);
    expect(draws(random.fork('a'), 20)).not.toEqual(draws(random.fork('b'), 20));
  });

  it('spread evenly over a range, both ends included', () => {
    const random = new SeededRandom(1);
    const counts = new Map<number, number>();
    for (let n = 0; n < 60_000; n += 1) {
      const value = random.integer(1, 6);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('choose by weight, and make UUIDs of version 4', () => {
    const random = new SeededRandom(3);
    const heads = Array.from({ length: 10_000 }, () => random.weighted({ heads: 3, tails: 1 })).filter(
      (side) => side === 'heads',
    );
    expect(Math.abs(heads.length - 7_500)).toBeLessThan(300);
    expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
