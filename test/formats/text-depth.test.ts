import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nestsDeeper } from '../../src/formats/text-depth.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('[X1] text is as deep as what it says, whatever its strings hold', () => {
  const odd = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ']', '}', 'a') });
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 8 },
      odd,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(odd, tie('tree'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.integer({ min: 0, max: 9 }), (value, levels) => {
      const text = JSON.stringify(value, null, 9).padEnd(levels + 2);
      expect(nestsDeeper(text, levels)).toBe(depthOf(value) > levels);
    }),
  );
});

test('[X1] text that never ends takes no longer than its length', () => {
  const from = performance.now();
  for (const text of ['["'.repeat(500_000), '\\'.repeat(1_000_000), `"${'\\"'.repeat(500_000)}`])
    nestsDeeper(text, 64);
  expect(performance.now() - from).toBeLessThan(1_000);
});
