import { describe, expect, test } from 'vitest';
import { BestWays, compareWays, type Way } from '../../src/join/best-way.ts';

function way(over: Partial<Way> = {}): Way {
  return {
    method: 'pod_interval',
    confidence: 0.6,
    gap: 0,
    provenance: 'platform',
    traceId: 'a'.repeat(32),
    spanId: 'a'.repeat(16),
    start: 1_000,
    end: 2_000,
    service: null,
    matched: () => ({ field: 'kubernetes.pod.uid', event: 'u', span: 'u' }),
    ...over,
  };
}

describe('of several ways', () => {
  // Each row differs from the one before in one thing, and is better by it.
  const ranked = [
    way({ confidence: 0.5, gap: 9 }),
    way({ confidence: 0.6, gap: -9 }),
    way({ gap: 5, method: 'payment_pod' }),
    way({ gap: -5 }),
    way({ gap: 5, start: 999, traceId: 'b'.repeat(32) }),
    way({ gap: 5, start: 999, spanId: 'b'.repeat(16) }),
    way({ gap: 5, start: 999 }),
  ];

  test('[J17] confidence decides, then the gap, the method, the start, the trace, the span', () => {
    for (const [n, worse] of ranked.entries()) {
      for (const better of ranked.slice(n + 1)) {
        expect(compareWays(better, worse)).toBeLessThan(0);
        expect(compareWays(worse, better)).toBeGreaterThan(0);
      }
    }
    expect(compareWays(way(), way())).toBe(0);
  });

  test('[J17] the best is kept, with every other method at its best, in any order', () => {
    for (const order of [ranked, ranked.toReversed()]) {
      const ways = new BestWays();
      for (const one of order) ways.offer(3, 7, one);
      const [best] = [...ways.all()];
      expect(best?.way).toEqual(ranked.at(-1));
      expect(best?.methods).toEqual(
        new Map([
          ['pod_interval', 0.6],
          ['payment_pod', 0.6],
        ]),
      );
      expect([ways.has(3, 7), ways.has(7, 3), ways.countOf(3)]).toEqual([true, false, 1]);
    }
  });
});
