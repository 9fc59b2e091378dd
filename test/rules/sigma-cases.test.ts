/** Every row of sigma-cases.ts, and that there are as many as the specification asks for. */
import { describe, expect, test } from 'vitest';
import { PLACEHOLDERS, SIGMA_CASES } from './sigma-cases.ts';
import { holds } from './rule-text.ts';

describe.each(Object.entries(SIGMA_CASES))('%s', (_about, rows) => {
  test.each(rows)('[G1] %s | %j -> %s', (field, record, expected) => {
    expect(holds(`s:\n  ${field}\ncondition: s`, record, PLACEHOLDERS)).toBe(expected);
  });
});

test('there are at least 200 rows', () => {
  expect(Object.values(SIGMA_CASES).flat().length).toBeGreaterThanOrEqual(200);
});
