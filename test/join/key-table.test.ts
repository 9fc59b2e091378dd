import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { KeyTable, hexWord, wordHex, wordsOfHex } from '../../src/join/key-table.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });

describe('key table', () => {
  test('numbers keys in the order of first insertion and finds them again after growing', () => {
    const table = new KeyTable(16);
    for (let i = 0; i < 5000; i += 1) expect(table.insert(0, 0, 0, i)).toBe(i);
    for (let i = 0; i < 5000; i += 1) expect(table.find(0, 0, 0, i)).toBe(i);
    expect(table.find(0, 0, 1, 0)).toBe(-1);
    expect(table.size).toBe(5000);
  });

  test('agrees with a Map of strings on any keys', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word, word), { maxLength: 300 }), (keys) => {
        const table = new KeyTable(4);
        const model = new Map<string, number>();
        for (const key of keys) {
          const expected = model.get(key.join()) ?? model.size;
          model.set(key.join(), expected);
          expect(table.insert(...key)).toBe(expected);
        }
        for (const key of keys) expect(table.find(...key)).toBe(model.get(key.join()));
      }),
      { numRuns: 200 },
    );
  });

  test('hex goes to words and back', () => {
    const hex = 'deadbeef00000001fffffffe12345678';
    expect(wordsOfHex(hex)).toEqual([0xdeadbeef, 1, 0xfffffffe, 0x12345678]);
    expect(wordsOfHex(hex).map(wordHex).join('')).toBe(hex);
    expect(hexWord('0123456789abcdef', 8)).toBe(0x89abcdef);
  });
});
