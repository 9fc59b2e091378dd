import { describe, expect, test } from 'vitest';
import { shapeOf } from '../../src/runtime/shape-of.ts';

describe('the shape of a refused record', () => {
  test('names keys and kinds, and no value', () => {
    const record = { id: 'pay_1', amount: 12.345, payer: { iban: 'DE02' }, ids: [], note: null, ok: true };
    expect(shapeOf(record)).toBe('{id: text, amount: number, payer: {…}, ids: […], note: null, ok: boolean}');
  });

  test('is short whatever the record', () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${'k'.repeat(500)}${i}`, i]));
    expect(shapeOf(wide).length).toBeLessThan(500);
    expect(shapeOf('text')).toBe('text');
    expect(shapeOf([1, 2])).toBe('[…]');
  });
});
