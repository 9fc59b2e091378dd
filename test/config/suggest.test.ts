import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/config/suggest.ts';

const KNOWN = ['before', 'after', 'binding_horizon', 'max_span'];

test.each([
  ['befor', 'before'],
  ['beofre', 'before'],
  ['bindng_horizon', 'binding_horizon'],
  ['MAX_SPAN', 'max_span'],
  ['maxspan', 'max_span'],
])('%s means %s', (written, meant) => {
  expect(nearest(written, KNOWN)).toBe(meant);
});

test('what is near nothing gets no suggestion', () => {
  expect(nearest('currency', KNOWN)).toBeUndefined();
  expect(didYouMean('xyz', KNOWN)).toBe('');
  expect(nearest('x'.repeat(100_000), KNOWN)).toBeUndefined();
});
