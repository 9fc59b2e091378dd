/** Sigma filters: what they do to the rules they name, and every way in which one is refused. */
import { describe, expect, test } from 'vitest';
import { CounterfoilError } from '../../src/model/errors.ts';
import { loadRules } from '../../src/rules/compile.ts';
import { matchesOf } from '../../src/rules/evaluate.ts';
import { observationOf, type RawRecord } from './observation.ts';

const ID = '929a690e-bef0-4204-a928-ef5e620d6fcc';
const RULES = `title: Exec
name: exec
id: ${ID}
level: low
logsource: {product: kubernetes, service: audit}
detection: {selection: {verb: create}, other: {verb: get}, condition: 1 of them}
---
title: Erase
name: erase
level: low
logsource: {product: kubernetes, service: audit}
detection: {selection: {verb: delete}, condition: selection}
---
title: Shell
name: shell
level: low
logsource: {product: falco}
detection: {selection: {rule: Shell}, condition: selection}
---
title: Many
name: many
correlation: {type: event_count, rules: [exec], timespan: 1m, condition: {gte: 2}}
`;
const HEAD = 'title: F\nlogsource: {product: kubernetes, service: audit}\n';

function load(...filters: string[]): ReturnType<typeof loadRules> {
  return loadRules([
    { file: 'f.yml', text: filters.join('---\n') },
    { file: 'r.yml', text: RULES },
  ]);
}

function filter(section: string): string {
  return `${HEAD}filter: ${section}\n`;
}

function hits(rules: ReturnType<typeof loadRules>, record: RawRecord): string[] {
  return matchesOf(observationOf(record), rules).map(({ rule }) => rule.id);
}

const CI = '{rules: [exec], selection: {user: ci}, condition: not selection}';

describe('a filter', () => {
  test('is a condition that matches of the rules it names have to meet too [G11]', () => {
    const rules = load(filter(CI));
    expect(hits(rules, { verb: 'create', user: 'ci' })).toEqual([]);
    expect(hits(rules, { verb: 'create', user: 'alice' })).toEqual(['sigma:exec']);
    // Its selection is not that of the rule, and is none of the rule's `them`.
    expect(hits(rules, { verb: 'list', user: 'ci' })).toEqual([]);
    expect(hits(rules, { verb: 'list', user: 'alice' })).toEqual([]);
    expect(hits(rules, { verb: 'delete', user: 'ci' })).toEqual(['sigma:erase']);
  });

  test('names rules by id or name, one or several, or means every rule of its log source [G11]', () => {
    const record = (verb: string): RawRecord => ({ verb, user: 'ci' });
    for (const rules of [`[${ID.toUpperCase()}, erase]`, 'any', 'ALL']) {
      const loaded = load(filter(CI.replace('[exec]', rules)));
      expect([...hits(loaded, record('create')), ...hits(loaded, record('delete'))]).toEqual([]);
      expect(loaded.bySource.falco[0]?.matches({ rule: 'Shell', user: 'ci' })).toBe(true);
    }
    const one = load(filter(CI.replace('[exec]', 'exec')));
    expect([...hits(one, record('create')), ...hits(one, record('delete'))]).toEqual(['sigma:erase']);
  });

  test('holds beside others, in any order [G11]', () => {
    const bob =
      '{rules: any, selection: {user|startswith: bo}, other: {user: bobby}, condition: not selection or other}';
    for (const filters of [
      [CI, bob],
      [bob, CI],
    ]) {
      const rules = load(...filters.map(filter));
      const found = ['ci', 'bob', 'bobby', 'alice'].filter(
        (user) => hits(rules, { verb: 'create', user }).length > 0,
      );
      expect(found).toEqual(['bobby', 'alice']);
    }
  });

  test('takes values from placeholders', () => {
    const text = filter(CI.replace('user: ci', "'user|expand': '%bots%'"));
    const files = [
      { file: 'f.yml', text },
      { file: 'r.yml', text: RULES },
    ];
    const rules = loadRules(files, { bots: ['ci', 'cd'] });
    expect(hits(rules, { verb: 'create', user: 'cd' })).toEqual([]);
  });
});

function problemsOf(...filters: string[]): string[] {
  try {
    load(...filters);
    return [];
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_RULE') throw error;
    return error.problems.map(({ at, text }) => `${at} ${text}`);
  }
}

describe('a filter that is wrong', () => {
  test.each<[what: string, text: string, problems: string[]]>([
    [
      'nothing in it',
      'filter: {}\n',
      [
        'f.yml:1:1 rule has no title; add one',
        expect.stringContaining('f.yml:1:1 rule has no logsource'),
        'f.yml:1:9 filter has no rules; add a list of names or ids, or any',
        'f.yml:1:9 filter has no condition; add one, for instance condition: selection',
      ],
    ],
    ['no mapping', filter('x'), ['f.yml:3:9 filter has to be a mapping']],
    [
      'no rules in a list',
      filter(CI.replace('[exec]', '[]')),
      ['f.yml:3:17 rules has to be a list of 1 to 1000, or any'],
    ],
    [
      'a rule that is no text',
      filter(CI.replace('[exec]', '[{}]')),
      ['f.yml:3:18 rules has to be text that is not empty; put it in quotes'],
    ],
    [
      'a condition that names what is not there',
      filter(CI.replace('not selection', 'not x')),
      ['f.yml:3:63 condition names x, but the detection defines selection'],
    ],
    [
      'an id that is none',
      `id: x\n${filter(CI)}`,
      ['f.yml:1:5 id has to be a UUID; a name for people goes under name'],
    ],
    [
      'rules that are not there, correlate, or look at other records',
      filter(CI.replace('[exec]', '[nope, many, shell]')),
      [
        'f.yml:3:18 no rule has the name or id nope; load the file that defines it',
        'f.yml:3:24 many correlates others; filter the rules it refers to',
        'f.yml:3:30 shell is for another log source; write a filter for that',
      ],
    ],
    [
      'one that costs too much',
      filter(
        CI.replace('user: ci', `user: [${Array.from({ length: 9_999 }, (_, n) => `u${n}`).join(', ')}]`),
      ),
      [
        'f.yml:1:1 the rule at r.yml:1:1 costs 10007 comparisons per record with its filters; at most 10000 are allowed; shorten them',
      ],
    ],
  ])('%s is refused at its place [G2]', (_what, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test('counts as a rule where there are too many', () => {
    const many = Array.from({ length: 998 }, () => filter(CI)).join('---\n');
    const files = Array.from({ length: 6 }, (_, index) => ({ file: `${index}.yml`, text: many }));
    expect(() => loadRules([{ file: 'r.yml', text: RULES }, ...files])).toThrow(
      '5992 rules and filters; at most 5000 are loaded',
    );
  });
});
