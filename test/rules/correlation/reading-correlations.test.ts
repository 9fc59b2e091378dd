/** What a correlation rule may say, and every way in which one is refused. What they find: correlation-rules.test.ts. */
import { describe, expect, test } from 'vitest';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { loadRules } from '../../../src/rules/compile.ts';

const BASES = ['a', 'b']
  .map(
    (name) =>
      `title: ${name}\nname: ${name}\nid: 0000000${name}-bef0-4204-a928-ef5e620d6fcc\nlevel: ${name === 'a' ? 'low' : 'high'}\ntags: [attack.t1059, attack.t161${name === 'a' ? 0 : 1}]\nlogsource: {product: falco}\ndetection: {s: {r: ${name}}, condition: s}\n`,
  )
  .join('---\n');

function load(text: string): ReturnType<typeof loadRules> {
  return loadRules([
    { file: 'bases.yml', text: BASES },
    { file: 'c.yml', text },
  ]);
}

function problemsOf(text: string): string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_RULE') throw error;
    return error.problems.map(({ at, text: problem }) => `${at} ${problem}`);
  }
}

describe('a correlation rule', () => {
  test('takes severity and techniques from the rules it refers to, by name or id, where it says none', () => {
    const rules = load(
      'title: T\nname: p\ncorrelation: {type: temporal, rules: [a, 0000000B-bef0-4204-a928-ef5e620d6fcc], timespan: 1m}\n',
    );
    expect(rules.correlations).toHaveLength(1);
    expect(rules.correlations[0]).toMatchObject({
      id: 'sigma:p',
      severity: 75,
      techniques: ['T1059', 'T1610', 'T1611'],
      timespan: 60_000_000,
      condition: [{ order: 'gte', value: 2 }],
      generate: false,
    });
    expect(rules.byId.get('sigma:p')).toBe(rules.correlations[0]);
  });

  test('says its own', () => {
    const rules = load(
      'title: T\nname: p\nlevel: critical\ntags: [attack.t1098]\ngenerate: true\ncounterfoil: {tp: 0.9}\ncorrelation: {type: event_count, rules: a, group-by: [u, v], timespan: 2d, condition: {gte: 5}}\n',
    );
    expect(rules.correlations[0]).toMatchObject({
      severity: 95,
      techniques: ['T1098'],
      generate: true,
      tp: 0.9,
    });
  });

  test.each<[what: string, section: string, problems: string[]]>([
    ['no mapping', 'x', ['c.yml:3:14 correlation has to be a mapping']],
    [
      'nothing in it',
      '{}',
      [
        'c.yml:3:14 correlation has no type; add one of event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile, value_median',
        'c.yml:3:14 correlation has no rules; add a list',
        'c.yml:3:14 correlation has no timespan; add one, for instance 10m',
      ],
    ],
    [
      'a type that is none, a key that is none',
      '{type: near, rules: [a], timespan: 1m, window: 3}',
      [
        'c.yml:3:53 "window" is not known under correlation; use type, rules, group-by, timespan, condition, aliases, generate',
        'c.yml:3:21 near is no type of correlation; use one of event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile, value_median',
      ],
    ],
    [
      'a measure without a field, with two, and with a bound that is no number',
      '{type: value_sum, rules: [a], timespan: 1m, condition: {gt: x}}',
      [
        'c.yml:3:69 value_sum has no field in its condition; name the field whose numbers are looked at',
        'c.yml:3:74 gt has to be a number from -1000000000000000 to 1000000000000000',
      ],
    ],
    [
      'a measure of two fields',
      '{type: value_avg, rules: [a], timespan: 1m, condition: {field: [x, y], gt: 1}}',
      ['c.yml:3:77 field has to be a list of 1 to 1'],
    ],
    [
      'a percentile that is not said',
      '{type: value_percentile, rules: [a], timespan: 1m, condition: {field: x, gt: 1}}',
      ['c.yml:3:76 value_percentile has no percentile in its condition; add one, for instance 95'],
    ],
    [
      'a percentile that is none',
      '{type: value_percentile, rules: [a], timespan: 1m, condition: {field: x, gt: 1, percentile: 101}}',
      ['c.yml:3:106 percentile has to be a number from 0 to 100'],
    ],
    [
      'a percentile of a median',
      '{type: value_median, rules: [a], timespan: 1m, condition: {field: x, gt: 1, percentile: 50}}',
      ['c.yml:3:90 percentile belongs to value_percentile; leave it out of value_median'],
    ],
    [
      'a timespan that is none',
      '{type: temporal, rules: [a, b], timespan: 8d}',
      ['c.yml:3:56 timespan has to be a whole number with s, m, h or d, from 1s to 7d'],
    ],
    [
      'a rule twice',
      '{type: temporal, rules: [a, a], timespan: 1m}',
      ['c.yml:3:42 a stands twice in rules; leave one out'],
    ],
    [
      'a rule that nobody has',
      '{type: temporal, rules: [a, nope], timespan: 1m}',
      ['c.yml:3:42 no rule has the name or id nope; load the file that defines it'],
    ],
    [
      'itself',
      '{type: temporal, rules: [a, p], timespan: 1m}',
      ['c.yml:1:1 rule refers to itself, through the rules it correlates; take one of them out'],
    ],
    [
      'one rule together with nothing',
      '{type: temporal, rules: [a], timespan: 1m}',
      ['c.yml:3:14 temporal needs two rules or more, or a condition; one is there whenever it matches'],
    ],
    [
      'bounds that exclude each other',
      '{type: event_count, rules: [a], timespan: 1m, condition: {gt: 5, lt: 3}}',
      ['c.yml:3:71 nothing that event_count finds can be what the condition asks for; loosen a bound'],
    ],
    [
      'fewer records than one',
      '{type: event_count, rules: [a], timespan: 1m, condition: {lt: 1}}',
      ['c.yml:3:71 nothing that event_count finds can be what the condition asks for; loosen a bound'],
    ],
    [
      'more rules than there are',
      '{type: temporal, rules: [a, b], timespan: 1m, condition: {gte: 3}}',
      ['c.yml:3:71 nothing that temporal finds can be what the condition asks for; loosen a bound'],
    ],
    [
      'numbers between none',
      '{type: value_sum, rules: [a], timespan: 1m, condition: {field: x, gt: 1, lte: 1}}',
      ['c.yml:3:69 nothing that value_sum finds can be what the condition asks for; loosen a bound'],
    ],
    [
      'no condition',
      '{type: event_count, rules: [a], timespan: 1m}',
      ['c.yml:3:14 event_count has no condition; add one, for instance {gte: 10}'],
    ],
    [
      'no field',
      '{type: value_count, rules: [a], timespan: 1m, condition: {gte: 2}}',
      ['c.yml:3:71 value_count has no field in its condition; name the field whose values are counted'],
    ],
    [
      'a field that is not counted, a bound that is none',
      '{type: event_count, rules: [a], timespan: 1m, condition: {field: x, min: 2, gte: -1}}',
      [
        'c.yml:3:72 field belongs to value_count, value_sum, value_avg, value_percentile, value_median; leave it out of event_count',
        'c.yml:3:82 "min" is no bound; use one of gt, gte, lt, lte, eq, neq',
        'c.yml:3:95 gte has to be a whole number from 0 to 1000000',
      ],
    ],
    [
      'aliases that do not fit',
      '{type: temporal, rules: [a, b], group-by: [w], timespan: 1m, aliases: {w: {a: x, c: y}}}',
      [
        'c.yml:3:95 c is none of the rules of this correlation',
        'c.yml:3:85 alias w says nothing of b; add its field',
      ],
    ],
  ])('%s is refused at its place [G2]', (_what, section, problems) => {
    expect(problemsOf(`title: T\nname: p\ncorrelation: ${section}\n`)).toEqual(problems);
  });

  test('a circle of two, and a chain that is too long', () => {
    const rule = (name: string, below: string): string =>
      `title: T\nname: ${name}\ncorrelation: {type: event_count, rules: [${below}], timespan: 1m, condition: {gte: 1}}\n`;
    expect(problemsOf([rule('p', 'q'), rule('q', 'p')].join('---\n'))).toEqual([
      'c.yml:1:1 rule refers to itself, through the rules it correlates; take one of them out',
    ]);
    const chain = (length: number): string[] =>
      Array.from({ length }, (_, i) => rule(`p${i}`, i + 1 === length ? 'a' : `p${i + 1}`));
    for (const ordered of [chain, (length: number) => chain(length).toReversed()]) {
      expect(problemsOf(ordered(8).join('---\n'))).toEqual([]);
      expect(problemsOf(ordered(9).join('---\n'))).toHaveLength(1);
    }
  });
});
