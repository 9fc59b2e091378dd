/** Patterns against a matcher that tries everything, and hostile texts against the clock of comparisons. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob, parseGlob } from '../../src/rules/glob.ts';
import { holds } from './rule-text.ts';

/** Every way to split the text, exponential and obviously right. */
function bruteForce(pattern: string[], text: string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return text.length === 0;
  if (head === '*') return text.some((_, i) => bruteForce(rest, text.slice(i))) || bruteForce(rest, []);
  const [first, ...others] = text;
  if (first === undefined) return false;
  return (head === '?' || head === `\\${first}` || head === first) && bruteForce(rest, others);
}

test('a pattern matches what trying everything says', () => {
  const parts = fc.array(fc.constantFrom('a', 'b', '*', '?', '\\*', '\\?', '\u{1F600}'), { maxLength: 7 });
  const texts = fc.array(fc.constantFrom('a', 'b', '*', '?', '\u{1F600}'), { maxLength: 8 });
  fc.assert(
    fc.property(parts, texts, (pattern, text) => {
      expect(matchesGlob(parseGlob(pattern.join('')), text.join(''))).toBe(bruteForce(pattern, text));
    }),
    { numRuns: 5_000, seed: 42 },
  );
});

describe('hostile texts [G2]', () => {
  /** Best of three, because other work on the machine only ever adds. */
  function milliseconds(run: () => void): number {
    const times = [0, 1, 2].map(() => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
    return Math.min(...times);
  }

  test.each([
    ["a|re: '(a+)+$'", (n: number) => `${'a'.repeat(n)}!`],
    ["a|re: '^(a|a)*b$'", (n: number) => 'a'.repeat(n)],
    ["a|re|i: '(x+x+)+y'", (n: number) => 'x'.repeat(n)],
    ["a: '*a*a*a*a*a*a*a*b'", (n: number) => 'a'.repeat(n)],
    ["a|contains: 'a?a?a?a?b'", (n: number) => 'a'.repeat(n)],
  ])('%s stays linear', (field, text) => {
    const detection = `s:\n  ${field}\ncondition: s`;
    const time = (n: number): number => {
      const record = { a: text(n) };
      return milliseconds(() => expect(holds(detection, record)).toBe(false));
    };
    time(1_000);
    const [short, long] = [time(20_000), time(200_000)];
    // Ten times the text: quadratic would be a hundred times. 20 ms of slack for what does not grow.
    expect(long).toBeLessThan(30 * short + 20);
  });

  test('a catastrophic expression on 30 characters does not take a second', () => {
    expect(
      milliseconds(() =>
        holds("s:\n  a|re: '^(([a-z])+.)+[A-Z]([a-z])+$'\ncondition: s", { a: 'a'.repeat(60) }),
      ),
    ).toBeLessThan(200);
  });
});
