/** What correlation rules find, in cases worked out by hand. How they are read: reading-correlations.test.ts. */
import { describe, expect, test } from 'vitest';
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
