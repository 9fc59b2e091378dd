/** What a correlation rule may say, every way in which one is refused, and what it means in cases worked out by hand. */
import { describe, expect, test } from 'vitest';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { loadRules } from '../../../src/rules/compile.ts';
import { outOfReach } from '../../../src/rules/correlation/out-of-reach.ts';
import type { OracleCorrelation, OracleRecord } from '../../oracle/correlation.ts';
import { correlatorOf, documentOf, leafOf, loaded, shown } from './played.ts';

const BASE: OracleCorrelation = {
  name: 'p',
  type: 'event_count',
  rules: ['a'],
  groupBy: ['user'],
  aliases: {},
  field: null,
  percentile: null,
  timespan: 300,
  condition: { gte: 3 },
};

/** `a x 0`: rule a, user x, at minute 0; more after it is `field=value`. */
function recordsOf(lines: readonly string[]): OracleRecord[] {
  return lines.map((line, index) => {
    const [rule = '', user = '', minute = '', ...others] = line.split(' ');
    const fields = Object.fromEntries(others.map((other) => other.split('=') as [string, string]));
    return { id: `${index}`, rule, at: Number(minute) * 60, fields: { user, ...fields } };
  });
}

function played(rules: readonly Partial<OracleCorrelation>[], lines: readonly string[]): string[] {
  const set = loaded(rules.map((rule) => documentOf({ ...BASE, ...rule })));
  const correlator = correlatorOf(set);
  for (const record of recordsOf(lines)) correlator.add(leafOf(set, record));
  correlator.advance(1e13);
  correlator.settle();
  return shown(correlator.matches());
}

describe('event_count', () => {
  test.each<[what: string, lines: string[], matches: string[]]>([
    ['too few', ['a x 0', 'a x 1'], []],
    ['enough', ['a x 0', 'a x 1', 'a x 2'], ['p ["x"] @120: 0a 1a 2a']],
    ['both ends of the timespan belong to it', ['a x 0', 'a x 3', 'a x 5'], ['p ["x"] @300: 0a 1a 2a']],
    ['one second more does not', ['a x 0', 'a x 3', 'a x 5.02'], []],
    ['another group', ['a x 0', 'a y 1', 'a x 2'], []],
    ['the same time counts', ['a x 1', 'a x 1', 'a x 1'], ['p ["x"] @60: 0a 1a 2a']],
    [
      'what goes on within a timespan is one match',
      ['a x 0', 'a x 2', 'a x 4', 'a x 6', 'a x 20'],
      ['p ["x"] @240: 0a 1a 2a 3a'],
    ],
    [
      'what goes on longer is one match a timespan',
      ['a x 0', 'a x 1', 'a x 2', 'a x 6', 'a x 7', 'a x 8'],
      ['p ["x"] @120: 0a 1a 2a 3a 4a', 'p ["x"] @480: 3a 4a 5a'],
    ],
    ['other rules do not count', ['a x 0', 'b x 1', 'a x 2'], []],
  ])('%s [G4]', (_what, lines, matches) => {
    expect(played([{}], lines)).toEqual(matches);
  });

  test('a range is looked at in every window', () => {
    const range = { condition: { gt: 1, lte: 2 } };
    expect(played([range], ['a x 0', 'a x 1', 'a x 2'])).toEqual(['p ["x"] @60: 0a 1a']);
  });

  test('without group-by everything is one group', () => {
    expect(played([{ groupBy: [] }], ['a x 0', 'a y 1', 'a z 2'])).toEqual(['p [] @120: 0a 1a 2a']);
  });

  test('a record that two of the rules match counts once', () => {
    const set = loaded([documentOf({ ...BASE, rules: ['a', 'b'] })]);
    const correlator = correlatorOf(set);
    for (const record of recordsOf(['a x 0', 'b x 0', 'a x 1'])) {
      const id = record.at === 0 ? 'same' : 'other';
      correlator.add(leafOf(set, { ...record, id }));
    }
    correlator.settle();
    expect(correlator.matches()).toEqual([]);
  });

  test('a record with several values is in the group of each, and one without is in none', () => {
    const set = loaded([documentOf({ ...BASE, condition: { gte: 1 } })]);
    const correlator = correlatorOf(set);
    const record = (user: string | string[] | undefined): OracleRecord => ({
      id: '0',
      rule: 'a',
      at: 0,
      fields: { user },
    });
    correlator.add(leafOf(set, record(['x', 'y', 'x'])));
    correlator.add(leafOf(set, { ...record(undefined), id: '1' }));
    const many = Array.from({ length: 17 }, (_, index) => `u${index}`);
    correlator.add(leafOf(set, { ...record(many), id: '2' }));
    correlator.settle();
    expect(shown(correlator.matches())).toEqual(['p ["x"] @0: 0a', 'p ["y"] @0: 0a']);
    expect(correlator.losses.no_group).toBe(2);
  });
});

describe('value_count, temporal, temporal_ordered', () => {
  const values: Partial<OracleCorrelation> = { type: 'value_count', field: 'ip', condition: { gte: 2 } };
  const together: Partial<OracleCorrelation> = {
    type: 'temporal',
    rules: ['a', 'b'],
    condition: { gte: 2 },
  };
  const inOrder: Partial<OracleCorrelation> = { ...together, type: 'temporal_ordered' };

  test.each<[what: string, rule: Partial<OracleCorrelation>, lines: string[], matches: string[]]>([
    ['one value', values, ['a x 0 ip=1', 'a x 1 ip=1'], []],
    ['two values', values, ['a x 0 ip=1', 'a x 1 ip=2'], ['p ["x"] @60: 0a 1a']],
    ['no value', values, ['a x 0 ip=1', 'a x 1'], []],
    ['either order', together, ['b x 0', 'a x 1'], ['p ["x"] @60: 0b 1a']],
    ['one of them', together, ['b x 0', 'b x 1'], []],
    ['too far apart', together, ['b x 0', 'a x 6'], []],
    ['in order', inOrder, ['a x 0', 'b x 1'], ['p ["x"] @60: 0a 1b']],
    ['not in order', inOrder, ['b x 0', 'a x 1'], []],
    ['at the same time', inOrder, ['b x 1', 'a x 1'], ['p ["x"] @60: 0b 1a']],
    [
      'what stood before the run is no part of it',
      inOrder,
      ['b x 0', 'a x 1', 'b x 2'],
      ['p ["x"] @120: 1a 2b'],
    ],
    [
      'two of three are enough where the condition says so',
      { ...inOrder, rules: ['a', 'b', 'c'] },
      ['a x 0', 'c x 1'],
      ['p ["x"] @60: 0a 1c'],
    ],
  ])('%s [G4]', (_what, rule, lines, matches) => {
    expect(played([rule], lines)).toEqual(matches);
  });

  test('aliases say where each rule has the field', () => {
    const rule = {
      ...together,
      groupBy: ['who'],
      aliases: { who: { a: 'source', b: 'target' } },
    };
    const lines = ['a - 0 source=1 target=9', 'b - 1 source=9 target=1', 'b - 1 source=1 target=8'];
    expect(played([rule], lines)).toEqual(['p ["1"] @60: 0a 1b']);
  });

  test('a chain: many failures, then a success, by whatever host', () => {
    const failures = { name: 'many', groupBy: ['host'], timespan: 600 };
    const chain = { ...inOrder, name: 'then', rules: ['many', 'b'], timespan: 3_600 };
    const lines = ['a x 0 host=1', 'a x 1 host=1', 'a x 2 host=1', 'b x 9', 'b y 9'];
    expect(played([failures, chain], lines)).toContain('then ["x"] @540: 0a 1a 2a 3b');
    // The success came before the third failure.
    expect(played([failures, chain], [...lines.slice(0, 3), 'b x 1'])).not.toContain(
      expect.stringContaining('then'),
    );
  });
});

describe('value_sum, value_avg, value_percentile, value_median', () => {
  const sum = (condition: Record<string, number>): Partial<OracleCorrelation> => ({
    type: 'value_sum',
    field: 'n',
    condition,
  });
  const of = (
    type: OracleCorrelation['type'],
    condition: Record<string, number>,
  ): Partial<OracleCorrelation> => ({ ...sum(condition), type });
  const rank = (percentile: number, condition: Record<string, number>): Partial<OracleCorrelation> => ({
    ...of('value_percentile', condition),
    percentile,
  });

  test.each<[what: string, rule: Partial<OracleCorrelation>, lines: string[], matches: string[]]>([
    ['a sum', sum({ gt: 9 }), ['a x 0 n=4', 'a x 1 n=6'], ['p ["x"] @60: 0a 1a']],
    ['a sum of another window', sum({ gt: 9 }), ['a x 0 n=4', 'a x 6 n=6'], []],
    ['decimals are decimals', sum({ eq: 0.3 }), ['a x 0 n=0.1', 'a x 1 n=0.2'], ['p ["x"] @60: 0a 1a']],
    [
      'great and small numbers lose nothing',
      sum({ eq: 0.1 }),
      ['a x 0 n=100000000000000000000', 'a x 0 n=0.1', 'a x 0 n=-100000000000000000000'],
      ['p ["x"] @0: 0a 1a 2a'],
    ],
    ['what is below zero takes away', sum({ gte: 5 }), ['a x 0 n=6', 'a x 0 n=-2'], []],
    ['what is no number is none', sum({ lt: 9 }), ['a x 0 n=much', 'a x 0'], []],
    ['zero is a number', sum({ lt: 9 }), ['a x 0 n=0'], ['p ["x"] @0: 0a']],
    [
      'an average',
      of('value_avg', { lt: 0.5 }),
      ['a x 0 n=0', 'a x 0 n=0', 'a x 0 n=1'],
      ['p ["x"] @0: 0a 1a 2a'],
    ],
    [
      'a third is more than 0.333',
      of('value_avg', { gt: 0.333 }),
      ['a x 0 n=0', 'a x 0 n=0', 'a x 0 n=1'],
      ['p ["x"] @0: 0a 1a 2a'],
    ],
    ['an average of none', of('value_avg', { neq: 1 }), ['a x 0'], []],
    [
      'a median between two',
      of('value_median', { eq: 6 }),
      ['a x 0 n=20', 'a x 0 n=1', 'a x 0 n=10', 'a x 0 n=2'],
      ['p ["x"] @0: 0a 1a 2a 3a'],
    ],
    [
      'the least is the percentile 0',
      rank(0, { eq: 1 }),
      ['a x 0 n=20', 'a x 0 n=1', 'a x 0 n=1'],
      ['p ["x"] @0: 0a 1a 2a'],
    ],
    [
      'a percentile between two',
      rank(90, { eq: 9.1 }),
      Array.from({ length: 10 }, (_, n) => `a x 0 n=${n + 1}`),
      ['p ["x"] @0: 0a 1a 2a 3a 4a 5a 6a 7a 8a 9a'],
    ],
  ])('%s [G10]', (_what, rule, lines, matches) => {
    expect(played([rule], lines)).toEqual(matches);
  });

  test('a record that two of the rules match counts once, and so do its equal numbers [G10]', () => {
    const set = loaded([documentOf({ ...BASE, ...sum({ eq: 5 }), rules: ['a', 'b'] })]);
    const correlator = correlatorOf(set);
    for (const rule of ['a', 'b'])
      correlator.add(leafOf(set, { id: '0', rule, at: 0, fields: { user: 'x', n: [2, '2', 3] } }));
    correlator.advance(1);
    correlator.settle();
    expect(shown(correlator.matches())).toEqual(['p ["x"] @0: 0a 0b']);
  });

  test('a sum that may fall is told when the watermark has passed, and again when a late number changes it [G10]', () => {
    const set = loaded([documentOf({ ...BASE, ...sum({ gt: 9 }) })]);
    const correlator = correlatorOf(set);
    const [first, late] = recordsOf(['a x 1 n=10', 'a x 0 n=-5']).map((record) => leafOf(set, record));
    if (first === undefined || late === undefined) throw new Error('two leaves');
    correlator.add(first);
    expect(correlator.settle()).toEqual([]);
    correlator.advance(60_000_000);
    expect(correlator.settle().map(({ kind }) => kind)).toEqual(['new']);
    correlator.add(late);
    expect(correlator.settle().map(({ kind }) => kind)).toEqual(['withdrawn']);
  });

  test('records without a value are counted [G6]', () => {
    const set = loaded([documentOf({ ...BASE, ...sum({ gt: 9 }) })]);
    const correlator = correlatorOf(set);
    const many = Array.from({ length: 17 }, (_, n) => n);
    for (const n of ['much', many, 1])
      correlator.add(leafOf(set, { id: String(n), rule: 'a', at: 0, fields: { user: 'x', n } }));
    expect(correlator.losses.no_value).toBe(2);
    expect(correlator.size).toBe(3);
  });
});

describe('late matches', () => {
  test('revise what was found, and withdraw it where it is not so any more [G5]', () => {
    const set = loaded([documentOf({ ...BASE, condition: { eq: 2 } })]);
    const correlator = correlatorOf(set);
    const [first, second, third] = recordsOf(['a x 0', 'a x 0', 'a x 0']).map((record) =>
      leafOf(set, record),
    );
    if (first === undefined || second === undefined || third === undefined) throw new Error('three leaves');
    correlator.add(first);
    correlator.add(second);
    // Nothing is said of a count that may grow before the watermark has passed.
    expect(correlator.settle()).toEqual([]);
    correlator.advance(1);
    expect(correlator.settle().map(({ kind }) => kind)).toEqual(['new']);
    correlator.add(third);
    expect(correlator.settle().map(({ kind }) => kind)).toEqual(['withdrawn']);
  });

  test('too late ones are counted', () => {
    const set = loaded([documentOf(BASE)]);
    const correlator = correlatorOf(set, { lateHorizon: 60_000_000 });
    correlator.advance(61_000_000);
    for (const record of recordsOf(['a x 0', 'a x 0.02'])) correlator.add(leafOf(set, record));
    expect(correlator.losses.too_late).toBe(1);
    expect(correlator.size).toBe(1);
  });
});

describe('at a limit [G6]', () => {
  const set = loaded([documentOf({ ...BASE, condition: { gte: 2 } })]);
  const lines = Array.from({ length: 10 }, (_, index) => `a x ${index}`);

  test('the oldest members of a full group go, and the newest match all the same', () => {
    const correlator = correlatorOf(set, { groupMembers: 3 });
    for (const record of recordsOf(lines)) correlator.add(leafOf(set, record));
    correlator.settle();
    expect(correlator.size).toBe(3);
    expect(correlator.losses.group_full).toBe(7);
    expect(shown(correlator.matches())).toEqual(['p ["x"] @480: 7a 8a 9a']);
  });

  test('no more groups and members are taken', () => {
    const groups = correlatorOf(set, { groups: 2 });
    for (const user of ['x', 'y', 'z'])
      for (const record of recordsOf([`a ${user} 0`])) groups.add(leafOf(set, record));
    expect([groups.size, groups.losses.too_many_groups]).toEqual([2, 1]);
    const members = correlatorOf(set, { members: 4 });
    for (const record of recordsOf(lines)) members.add(leafOf(set, record));
    expect([members.size, members.losses.too_many_members]).toEqual([4, 6]);
  });

  test('a group that is left empty takes the place of none', () => {
    const [x, y, z] = ['x', 'y', 'z'].flatMap((user) =>
      recordsOf([`a ${user} 0`]).map((record) => leafOf(set, record)),
    );
    if (x === undefined || y === undefined || z === undefined) throw new Error('three leaves');
    const taken = correlatorOf(set, { groups: 1 });
    taken.add(x);
    taken.settle();
    taken.remove(x);
    taken.settle();
    taken.add(y);
    expect([taken.size, taken.losses.too_many_groups]).toEqual([1, 0]);
    const full = correlatorOf(set, { groups: 2, members: 1 });
    for (const leaf of [x, y, z]) full.add(leaf);
    expect(full.losses).toMatchObject({ too_many_members: 2, too_many_groups: 0 });
  });
});

describe('a condition that a full group cannot meet', () => {
  test.each<[rule: Partial<OracleCorrelation>, refused: boolean]>([
    [{ condition: { gte: 100 } }, false],
    [{ condition: { gte: 101 } }, true],
    [{ condition: { gt: 100 } }, true],
    [{ condition: { gt: 2, eq: 101 } }, true],
    [{ condition: { lte: 1_000, neq: 500 } }, false],
    [{ type: 'value_count', field: 'ip', condition: { gte: 1_600 } }, false],
    [{ type: 'value_count', field: 'ip', condition: { gte: 1_601 } }, true],
    [{ type: 'value_sum', field: 'n', condition: { gte: 1e9 } }, false],
  ])('%j is refused: %s [G6]', (rule, refused) => {
    const { correlations } = loaded([documentOf({ ...BASE, ...rule })]);
    const problems = outOfReach(correlations, 100).map(({ text }) => text);
    expect(problems.filter((text) => text.includes('a group keeps 100 matches; lower it'))).toEqual(problems);
    expect(problems).toHaveLength(refused ? 1 : 0);
  });
});

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
