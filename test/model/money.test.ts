import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, convertSum, currencyExponent, formatAmount, parseAmount } from '../../src/model/money.ts';

const LARGEST = 9_007_199_254_740_991n;

describe('an amount', () => {
  it.each([
    ['48000.00', 'EUR', 4_800_000n],
    ['48000', 'EUR', 4_800_000n],
    ['0.5', 'EUR', 50n],
    ['12.340', 'EUR', 1_234n],
    ['500', 'JPY', 500n],
    ['500.00', 'JPY', 500n],
    ['0.001', 'KWD', 1n],
    ['1.0001', 'CLF', 10_001n],
    ['1.5', 'XCG', 150n],
    ['-12.34', 'EUR', -1_234n],
    [' 1.00 ', 'EUR', 100n],
    ['0', 'XXX', 0n],
    ['90071992547409.91', 'EUR', LARGEST],
    ['-90071992547409.91', 'EUR', -LARGEST],
  ])('%j %s is %s minor units', (text, currency, minor) => expect(parseAmount(text, currency)).toBe(minor));

  it.each([
    ['12.345', 'EUR'],
    ['0.5', 'JPY'],
    ['0.0001', 'KWD'],
    ['1e3', 'EUR'],
    ['1,000.00', 'EUR'],
    ['.5', 'EUR'],
    ['5.', 'EUR'],
    ['', 'EUR'],
    ['+5', 'EUR'],
    ['NaN', 'EUR'],
    ['1'.repeat(31), 'EUR'],
    ['5', 'eur'],
    ['5', 'QQQ'],
    // Beyond what a document can carry exactly.
    ['90071992547409.92', 'EUR'],
    ['9007199254740992', 'JPY'],
  ])('%j %s is refused', (text, currency) => expect(parseAmount(text, currency)).toBeUndefined());

  it('comes back from its text, in every currency', () => {
    const currency = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'CLF');
    fc.assert(
      fc.property(currency, fc.bigInt({ min: -LARGEST, max: LARGEST }), (code, minor) => {
        const text = formatAmount(minor, code);
        expect(parseAmount(text, code)).toBe(minor);
        expect(text.split('.')[1]?.length ?? 0).toBe(currencyExponent(code));
      }),
    );
  });
});

describe('conversion', () => {
  it.each([
    [100n, 'USD', '0.90', 'EUR', 90n],
    [5n, 'USD', '0.90', 'EUR', 4n],
    [15n, 'USD', '0.90', 'EUR', 14n],
    [-15n, 'USD', '0.90', 'EUR', -14n],
    [10_000n, 'USD', '149.255', 'JPY', 14_926n],
    [1_000n, 'JPY', '0.00205', 'KWD', 2_050n],
    [1_500n, 'KWD', '3.02', 'EUR', 453n],
  ])('%s minor %s at %s is %s: %s', (minor, from, rate, to, expected) => {
    expect(convert({ minor, currency: from }, rate, to)).toEqual({ minor: expected, currency: to });
  });

  it.each([['-1'], ['x'], [''], ['1e2'], ['1'.repeat(31)]])('refuses the rate %j', (rate) => {
    expect(convert({ minor: 1n, currency: 'USD' }, rate, 'EUR')).toBeUndefined();
  });

  it('refuses currencies that are none', () => {
    expect(convert({ minor: 1n, currency: 'QQQ' }, '1', 'EUR')).toBeUndefined();
    expect(convert({ minor: 1n, currency: 'EUR' }, '1', 'QQQ')).toBeUndefined();
  });

  it('sums exactly and rounds once: never further than half a unit off, in any order', () => {
    const amount = fc.record({
      minor: fc.bigInt({ min: -1_000_000n, max: 1_000_000n }),
      currency: fc.constantFrom('USD', 'JPY', 'KWD'),
      rate: fc.integer({ min: 1, max: 9_999_999 }),
    });
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 8 }), (amounts) => {
        const rated = amounts.map(({ minor, currency, rate }) => ({
          money: { minor, currency },
          rate: `${Math.floor(rate / 10_000)}.${String(rate % 10_000).padStart(4, '0')}`,
        }));
        // Everything in 1e-7 of a euro: minor x rate is in 10^-(4 + decimals of the currency).
        const scale = { USD: 10n, JPY: 1_000n, KWD: 1n } as const;
        const exact = amounts.reduce(
          (sum, { minor, currency, rate }) => sum + minor * BigInt(rate) * scale[currency],
          0n,
        );
        const sum = convertSum(rated, 'EUR')?.minor ?? 0n;
        const off = sum * 100_000n - exact;
        expect(off <= 50_000n && off >= -50_000n).toBe(true);
        expect(convertSum(rated.toReversed(), 'EUR')?.minor).toBe(sum);
      }),
    );
  });
});
