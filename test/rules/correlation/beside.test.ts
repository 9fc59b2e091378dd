/** What stands beside `correlation` and would be passed over, mostly by its indent. */
import { expect, test } from 'vitest';
import { readRuleFile } from '../../../src/rules/rule-file.ts';

const RULE = `title: C
name: c
generate: true
correlation:
  type: temporal
  rules: [a, b]
  group-by: [user.username]
  timespan: 5m
`;

function problemsOf(text: string): string[] {
  return readRuleFile(text, 'c.yml').problems.map(({ at, text: problem }) => `${at} ${problem}`);
}

test('what stands there by right is no fault', () => {
  expect(problemsOf(RULE)).toEqual([]);
});

test.each([
  'group-by: [verb]',
  'condition: {gte: 2}',
  'timespan: 5m',
  'aliases: {}',
  'rules: [a]',
  'type: x',
])('[G2] a part of the section that is not indented is a fault: %s', (part) => {
  const [key = ''] = part.split(':');
  expect(problemsOf(`${RULE}${part}\n`)).toEqual([`c.yml:9:1 ${key} belongs under correlation; indent it`]);
});

test.each(['detection', 'filter'])('[G2] a rule is one of a kind: %s beside correlation', (key) => {
  expect(problemsOf(`${RULE}${key}: {s: {verb: get}, condition: s}\n`)).toEqual([
    `c.yml:9:1 a rule with correlation has no ${key}; write that as a document of its own`,
  ]);
});

test.each(['600', '1h30m', '[10m]', '0s', '8d'])('[G2] a timespan is a number and a unit: %s', (timespan) => {
  expect(problemsOf(RULE.replace('5m', timespan))).toEqual([
    'c.yml:8:13 timespan has to be a whole number with s, m, h or d, from 1s to 7d',
  ]);
});
