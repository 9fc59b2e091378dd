import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/canonical-json.ts';
import { contentId, incidentId, linkId } from '../../src/model/ids.ts';
import type { Json } from '../../src/model/json.ts';

/** Base32 by arithmetic: 128 bits and two zero bits are 26 digits of five. */
function slowId(prefix: string, canonical: string): string {
  const hash = BigInt(`0x${createHash('sha256').update(canonical).digest('hex').slice(0, 32)}`) << 2n;
  const digits = Array.from({ length: 26 }, (_, i) => Number((hash >> BigInt(5 * (25 - i))) & 31n));
  return `${prefix}_${digits.map((digit) => 'abcdefghijklmnopqrstuvwxyz234567'[digit]).join('')}`;
}

describe('ids [F1]', () => {
  it('are prefix and lower-case base32 of the first 128 bits of SHA-256 over canonical JSON', () => {
    expect(linkId('default', 'ev_a', 'pay_1')).toBe(slowId('lk', '["link","default","ev_a","pay_1"]'));
    expect(incidentId('acme', 'ev_a')).toBe(slowId('inc', '["incident","acme","ev_a"]'));
    expect(contentId('ev', ['event', null, 1])).toBe(slowId('ev', '["event",null,1]'));
  });

  it('have one form', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (tuple) => {
        expect(contentId('pe', tuple)).toMatch(/^pe_[a-z2-7]{25}[aeimquy4]$/);
        expect(contentId('pe', tuple)).toBe(slowId('pe', canonicalJson(tuple)));
      }),
      { numRuns: 100 },
    );
  });
});

describe('canonical JSON [F1]', () => {
  it.each<[Json, string]>([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [{ '\u20ac': 1, '\r': 2, '1': 3 }, '{"\\r":2,"1":3,"€":1}'],
    [[1e21, 0.000001, -0, 100], '[1e+21,0.000001,0,100]'],
    ['\ud800x', '"\ufffdx"'],
    [{ ['__proto__']: 1 }, '{"__proto__":1}'],
  ])('of %j is %s', (value, text) => expect(canonicalJson(value)).toBe(text));

  it('is that of a library by others, for any value', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('1', '10', '9', '__proto__'),
    );
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom<Json>(null, true, false, -0, 1e21, 1e-7, '\u2028', '\u007f', '"\\/\b\u0001'),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(names, tie('value'), { maxKeys: 12 }),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => {
        expect(canonicalJson(json)).toBe(canonicalize(json));
      }),
      { seed: 5, numRuns: 3000 },
    );
  });

  it('has no text for numbers that JSON does not have', () => {
    for (const none of [NaN, Infinity, -Infinity]) expect(() => canonicalJson([none])).toThrow(RangeError);
  });

  it('of names that are one once they are well-formed, the last counts', () => {
    expect(canonicalJson({ '\ud800': 1, '\udfff': 2, b: 3 })).toBe('{"b":3,"\ufffd":2}');
  });

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(turned as Json)).toBe(canonicalJson(value as Json));
      }),
    );
  });
});
