/** Which matches are suppressed, until when, and what a suppression may not say. */
import { describe, expect, test } from 'vitest';
import { CounterfoilError } from '../../src/model/errors.ts';
import type { Suppression } from '../../src/model/suppression.ts';
import { loadRules } from '../../src/rules/compile.ts';
import { matchesOf } from '../../src/rules/evaluate.ts';
import { observationOf, type RawRecord } from './observation.ts';
import { ruleText } from './rule-text.ts';

const UNTIL = 1_000;
const ID = '929a690e-bef0-4204-a928-ef5e620d6fcc';
const RULES = [
  ruleText('s: {a|exists: true}\ncondition: s').replace('name: t', `name: t\nid: ${ID}`),
  ruleText('s: {a: x}\ncondition: s').replace('name: t', 'name: u'),
  `title: C\nname: c\ncorrelation: {type: temporal, rules: [t, u], timespan: 1m, generate: true}\n`,
].join('---\n');

function load(...suppress: Partial<Suppression>[]) {
  const entries = suppress.map((each) => ({ rule: 't', where: { a: 'x' }, until: UNTIL, why: 'w', ...each }));
  return loadRules([{ file: 'r.yml', text: RULES }], { P: ['x', 'y*'] }, entries);
}

/** The rules that make an event of a record, and those whose matches were suppressed. */
function seen(suppress: Partial<Suppression>, record: RawRecord, start = 0): [string[], string[]] {
  const suppressed: string[] = [];
  const observation = { ...observationOf(record), start, rule: { id: 'falco:Shell', name: 'Shell' } };
  const matches = matchesOf(observation, load(suppress), (ruleId) => suppressed.push(ruleId));
  return [matches.map(({ rule }) => rule.id), suppressed];
}

test('[G13] a field that no record of the rule begins with is told, and the names of public rules are known', () => {
  const doubts = (where: Suppression['where'], rule = 't'): string[] =>
    load({ where, rule }).doubts.map(({ at, text }) => `${at} ${text}`);
  expect(doubts({ 'user.username': 'x', apiGroup: 'apps' })).not.toContainEqual(
    expect.stringContaining('suppress'),
  );
  expect(doubts({ 'username|contains': 'x' })).toContainEqual(
    expect.stringMatching(/^suppress\[0\]\.where no record .* the field username, .*; write user\.username$/),
  );
  expect(doubts({ 'proc.name': 'x' }, 'falco:Shell')).toContainEqual(
    expect.stringMatching(/^suppress\[0\]\.where .*; write output_fields\.proc\.name$/),
  );
  const record = { a: 'z', objectRef: { apiGroup: 'apps' } };
  expect(seen({ where: { apiGroup: 'apps' } }, record)).toEqual([['falco:Shell'], ['sigma:t']]);
});

describe('a suppression [G9]', () => {
  test.each<[what: string, suppress: Partial<Suppression>, record: RawRecord, suppressed: string[]]>([
    ['by name', {}, { a: 'X' }, ['sigma:t']],
    ['by id', { rule: ID.toUpperCase() }, { a: 'x' }, ['sigma:t']],
    ['by the id of events', { rule: 'sigma:t' }, { a: 'x' }, ['sigma:t']],
    ['of a sensor', { rule: 'falco:Shell' }, { a: 'x' }, ['falco:Shell']],
    ['of another rule of a sensor', { rule: 'falco:Other' }, { a: 'x' }, []],
    ['of another record', {}, { a: 'y' }, []],
    ['all fields have to match', { where: { a: 'x', b: 1 } }, { a: 'x' }, []],
    ['one of several values', { where: { a: ['z', 'x'] } }, { a: 'x' }, ['sigma:t']],
    ['modifiers', { where: { 'a|startswith': 'x' } }, { a: 'xyz' }, ['sigma:t']],
    ['placeholders', { where: { 'a|expand': '%P%' } }, { a: 'yes' }, ['sigma:t']],
  ])('%s', (_what, suppress, record, suppressed) => {
    const all = [
      'falco:Shell',
      'sigma:t',
      ...(record['a'] === 'x' || record['a'] === 'X' ? ['sigma:u'] : []),
    ];
    expect(seen(suppress, record)).toEqual([all.filter((id) => !suppressed.includes(id)), suppressed]);
  });

  test('ends: a record at that time is not suppressed', () => {
    expect(seen({}, { a: 'x' }, UNTIL - 1)[1]).toEqual(['sigma:t']);
    expect(seen({}, { a: 'x' }, UNTIL)[1]).toEqual([]);
  });

  test('that cannot be meant is refused, each by its place in the list', () => {
    const faults = (): string[] => {
      try {
        load(
          { rule: 'nope' },
          { rule: 'c' },
          { where: { 'a|near': 'x', 'b|gt': 'y' } },
          { rule: 'sigma:nope' },
        );
        return [];
      } catch (error) {
        if (!(error instanceof CounterfoilError)) throw error;
        return error.problems.map(({ at, text }) => `${at}: ${text.slice(0, 40)}`);
      }
    };
    expect(faults()).toEqual([
      'suppress[0].rule: no rule has the name or id nope; a rule ',
      'suppress[1].rule: c correlates others; suppress matches of',
      'suppress[2].where: "near" is not a modifier; use one of con',
      'suppress[2].where: gt compares numbers; write a number with',
      'suppress[3].rule: no rule has the name or id sigma:nope; a',
    ]);
  });
});
