import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/formats/redaction/redact.ts';
import { shapeOf as shapeWith } from '../../src/runtime/shape-of.ts';

const redactor = createRedactor(() => new Uint8Array(32));
const shapeOf = (value: unknown): string => shapeWith(value, redactor);

describe('the shape of a refused record', () => {
  test('names keys and kinds, and no value', () => {
    const record = { id: 'pay_1', amount: 12.345, payer: { iban: 'DE02' }, ids: [], note: null, ok: true };
    expect(shapeOf(record)).toBe('{id: text, amount: number, payer: {…}, ids: […], note: null, ok: boolean}');
  });

  test('shows no part of a card number in a key, wherever the key is cut', () => {
    for (let before = 0; before < 40; before += 1) {
      const key = `${'k'.repeat(before)}4111111111111111`;
      expect(shapeOf({ [key]: 1 })).not.toMatch(/\d/);
      expect(shapeOf({ [`${key}${'z'.repeat(2000)}`]: 1 })).not.toMatch(/\d/);
    }
  });

  test('is short whatever the record', () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${'k'.repeat(500)}${i}`, i]));
    expect(shapeOf(wide).length).toBeLessThanOrEqual(120);
    expect(shapeOf('text')).toBe('text');
    expect(shapeOf([1, 2])).toBe('[…]');
  });
});
