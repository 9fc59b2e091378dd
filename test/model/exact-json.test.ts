// Goal: no number of a payment is rounded without a word [X6]. Method: numbers that a double holds and those that it does not, in every spelling.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseExactly } from '../../src/model/exact-json.ts';

test.each<[source: string, value: number | string]>([
  ['0', 0],
  ['-0', -0],
  ['48000.00', 48000],
  ['48000.0000000000000000', 48000],
  ['0.1', 0.1],
  ['1e3', 1000],
  ['1.5E+2', 150],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', '9007199254740993'],
  ['12345678901234567891', '12345678901234567891'],
  ['-12345678901234567891', '-12345678901234567891'],
  ['4800.000000000000001', '4800.000000000000001'],
  ['0.30000000000000001', '0.30000000000000001'],
  ['1e-400', '1e-400'],
  ['1e999', '1e999'],
  ['0e999', 0],
  ['18446744073709551615', '18446744073709551615'],
  ['18446744073709551616', '18446744073709551616'],
])('[X6] %s', (source, value) => {
  for (const text of [source, `[${source}]`, `{"a":${source}}`, `{"a": [1,\n${source} ]}`]) {
    const expected = JSON.parse(text.replace(source, JSON.stringify(value).replace('null', '0'))) as unknown;
    expect(parseExactly(text)).toEqual(Object.is(value, -0) ? JSON.parse(text) : expected);
  }
});

describe('[X6] any JSON', () => {
  it('is what JSON.parse gives, where every number is one that a double holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseExactly(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps keys that name a prototype as keys', () => {
    const text = '{"__proto__":{"a":12345678901234567891},"constructor":{"prototype":1e999}}';
    const value = parseExactly(text) as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it('throws as JSON.parse does', () => {
    expect(() => parseExactly('{"a":12345678901234567891')).toThrow(SyntaxError);
  });

  it('costs no more than a search where no number is long', () => {
    const text = JSON.stringify({ a: '1'.repeat(2_000_000), b: Array.from({ length: 50_000 }, (_, i) => i) });
    const from = performance.now();
    parseExactly(text);
    expect(performance.now() - from).toBeLessThan(500);
  });
});
