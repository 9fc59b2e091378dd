import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutPansInBytes } from '../../../src/formats/redaction/byte-lists.ts';
import { BYTES, digitShapes, LISTED, RUNS } from '../../../src/formats/redaction/digit-shapes.ts';
import { findPans, hasIssuer, isPan, mayHoldPan } from '../../../src/formats/redaction/pan.ts';
import { checkDigit, groups, pans } from '../card-numbers.ts';

const found = (text: string): string[] => findPans(text).map(({ from, to }) => text.slice(from, to));

describe('isPan', () => {
  test('takes the test numbers that brands publish', () => {
    const published = [
      '4111111111111111',
      '4012888888881881',
      '4222222222222',
      '5555555555554444',
      '5105105105105100',
      '2223003122003222',
      '378282246310005',
      '371449635398431',
      '30569309025904',
      '38520000023237',
      '6011111111111117',
      '6011000990139424',
      '3530111333300000',
      '6200000000000005',
      '6759649826438453',
    ];
    expect(published.filter((digits) => !isPan(digits))).toEqual([]);
  });

  test('refuses a wrong check digit, a wrong length and a lead that no issuer has', () => {
    expect(isPan('4111111111111112')).toBe(false);
    expect(isPan('411111111111116')).toBe(false);
    expect(isPan('1773151202118999000')).toBe(false);
    expect(isPan('0000000000000000')).toBe(false);
    expect(isPan('')).toBe(false);
  });

  test('every made number is one, and no single changed digit of it is', () => {
    fc.assert(
      fc.property(pans, fc.nat(), fc.integer({ min: 1, max: 9 }), (pan, at, add) => {
        expect(isPan(pan)).toBe(true);
        const i = at % pan.length;
        expect(isPan(pan.slice(0, i) + ((Number(pan[i]) + add) % 10) + pan.slice(i + 1))).toBe(false);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  test('hasIssuer does not look at the sum', () => {
    expect(hasIssuer('4111111111111112')).toBe(true);
    expect(hasIssuer('41111111111111')).toBe(false);
  });

  test('the check digit of the tests is that of the published numbers', () => {
    expect(checkDigit('411111111111111')).toBe('1');
    expect(checkDigit('37828224631000')).toBe('5');
  });
});

describe('findPans', () => {
  test('finds a number in groups, with its whole extent', () => {
    expect(found('card 4111-1111 1111 1111.')).toEqual(['4111-1111 1111 1111']);
    expect(found('a 378282246310005 b 5555 5555 5555 4444 c')).toEqual([
      '378282246310005',
      '5555 5555 5555 4444',
    ]);
  });

  test('takes the longest extent, so that no digits of a number are left over', () => {
    // The first thirteen digits are a valid number too.
    const pan = '4222222222222';
    const long = `${pan}22${checkDigit(`${pan}22`)}`;
    expect(isPan(pan) && isPan(long)).toBe(true);
    expect(found([...long].join(' '))).toEqual([[...long].join(' ')]);
  });

  test('windows that overlap are one place', () => {
    // 60 4111 1111 1111 and 4111 1111 1111 1111 are both valid.
    const spans = findPans('60 4111 1111 1111 1111 1111');
    expect(spans).toHaveLength(1);
    expect('60 4111 1111 1111 1111 1111'.slice(spans[0]?.from, spans[0]?.to)).toContain(
      '4111 1111 1111 1111',
    );
  });

  test('begins and ends at the ends of groups: a long serial number is none', () => {
    expect(found('serial 94111111111111111999999999')).toEqual([]);
    expect(found('411111111111111100')).toEqual([]);
  });

  test('identifiers and times are none', () => {
    expect(found('2026-03-10T14:00:02.118999999+05:30')).toEqual([]);
    expect(found('41111111-1111-1111-1111-111111111111')).toEqual([]);
    expect(found('4111111111111111aaaa1111111111114111111111111111aaaa111111111111')).toEqual([]);
    expect(found('00-41111111111111110aaa111111111111-00f067aa0ba902b7-01')).toEqual([]);
  });

  test('but a time hides no number behind it', () => {
    expect(found('2026-03-10 14:00:02,4111111111111111,48.00')).toEqual(['4111111111111111']);
    expect(found('2026-03-10T14:00:02.4111111111111111')).toEqual(['4111111111111111']);
  });

  test('costs little on a megabyte of digits and spaces', () => {
    const text = '4 '.repeat(500_000);
    const best = Math.min(
      ...[1, 2, 3].map(() => {
        const began = process.threadCpuUsage();
        findPans(text);
        return process.threadCpuUsage(began).user / 1000;
      }),
    );
    expect(best).toBeLessThan(1000);
  });
});

describe('lists', () => {
  test.each([
    ['["4111","1111","1111","1111"]', '4111","1111","1111","1111'],
    ["{'a': ['3782', '822463', '10005']}", "3782', '822463', '10005"],
    ['[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]', '4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1'],
    ['7,4111,1111,1111,1111,12,27,123', '4111,1111,1111,1111'],
  ])('%s', (text, pan) => {
    expect(found(text)).toEqual([pan]);
  });

  test.each([
    '[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]',
    '1001,1002,1003,1004,4111,1111,1111,1111,1005',
    '41,11,11,11,11,11,11,11',
    '41111111,11111111',
    '411111,1111111111',
    '2604:4111:1111:1111:1111::1',
  ])('none: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  test('what is found in any shape has that shape', () => {
    const piece = fc.oneof(
      pans.map((pan) => groups(pan).join(',')),
      pans.map((pan) => [...pan].join('; ')),
      pans.map((pan) => [...Buffer.from(pan)].join(' ')),
      pans,
      fc.constantFrom('4', '1111', '822463', '52', ',', '", "', ' ', '-', '][', 'x', '\\n', ':', '\uff14'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const shapes = digitShapes(text);
        const runs = findPans(text, false);
        const missed = [
          (shapes & LISTED) === 0 && JSON.stringify(findPans(text)) !== JSON.stringify(runs),
          (shapes & RUNS) === 0 && runs.length > 0,
          (shapes & BYTES) === 0 && withoutPansInBytes(text) !== text,
        ];
        expect(missed, text).toEqual([false, false, false]);
      }),
      { seed: 2, numRuns: 20_000 },
    );
  });
});

test('mayHoldPan counts digits', () => {
  expect(mayHoldPan('1 2 3 4 5 6 7 8 9 0 1 2')).toBe(false);
  expect(mayHoldPan('1 2 3 4 5 6 7 8 9 0 1 2 3')).toBe(true);
});
