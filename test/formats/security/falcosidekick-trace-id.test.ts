import { describe, expect, test } from 'vitest';
import { fnv1a128, madeUpTraceId } from '../../../src/formats/security/falcosidekick-trace-id.ts';

describe('fnv1a128', () => {
  test.each([
    ['', '6c62272e07bb014262b821756295c58d'],
    ['a', 'd228cb696f1a8caf78912b704e4a8964'],
    ['ab', '08809544bbab1be95aa0733055b69a62'],
    ['abc', 'a68d622cec8b5822836dbc7977af7f3b'],
    ['foobar', '343e1662793c64bf6f0d3597ba446f18'],
  ])('of %j is %s, as published', (text, hash) => {
    expect(fnv1a128(text)).toBe(hash);
  });

  test('is over bytes of UTF-8', () => {
    expect(fnv1a128('é')).not.toBe(fnv1a128('\u00e9'.normalize('NFD')));
    expect(fnv1a128('é')).toHaveLength(32);
  });
});

describe('madeUpTraceId [J16]', () => {
  test('namespace and pod, else the container, else the host', () => {
    expect(madeUpTraceId('default', 'alpine', 'c1', 'h1')).toBe(fnv1a128('default:alpine'));
    expect(madeUpTraceId(null, 'alpine', 'c1', 'h1')).toBe(fnv1a128('c1'));
    expect(madeUpTraceId('default', null, 'host', 'h1')).toBe(fnv1a128('h1'));
    expect(madeUpTraceId(null, null, null, 'h1')).toBe(fnv1a128('h1'));
    expect(madeUpTraceId(null, null, 'host', null)).toBeNull();
    expect(madeUpTraceId(null, null, null, null)).toBeNull();
  });

  test('names longer than any real one are not hashed', () => {
    expect(madeUpTraceId('n', 'p'.repeat(1_000_000), null, null)).toBeNull();
  });
});
