/** Files of rule tests that are clumsy or hostile: bounded, and refused with a place. */
import { expect, test } from 'vitest';
import { readRuleTests } from '../../src/rules/testing/read-rule-tests.ts';

const problemsOf = (text: string): string[] =>
  readRuleTests(text, 'a.test.yml').problems.map((problem) => `${problem.at} ${problem.text}`);
const many = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join('');

test.each([
  ['a case', 'rule: x\nhits:\n  a: &a\n    b: *a\n', '4:5'],
  ['a base', 'rule: x\nbase: &b {c: *b}\nhits: {a: {}}\n', '2:10'],
])('%s that refers to itself is refused', (_what, text, at) => {
  expect(problemsOf(text)).toEqual([
    `a.test.yml:${at} record is deeper than 64 levels, or refers to itself; write it out`,
  ]);
});

test('records that are deeper than any that comes in are refused [G8]', () => {
  const deep = `rule: x\nhits: {a: ${'{a: '.repeat(80)}1${'}'.repeat(80)}}\n`;
  expect(problemsOf(deep)[0]).toContain('record is deeper than 64 levels');
});

test('many records over a large base are bounded together, which is said once [G8]', () => {
  const base = `{${many(2_000, (index) => `k${index}: 1, `)}}`;
  const cases = many(300, (index) => `  t${index}: [${'{},'.repeat(100)}]\n`);
  expect(problemsOf(`rule: x\nbase: ${base}\nhits:\n${cases}`)).toEqual([
    expect.stringMatching(
      /^a\.test\.yml:\d+:\d+ records of the file have more than 2000000 values together; split it$/,
    ),
  ]);
});
