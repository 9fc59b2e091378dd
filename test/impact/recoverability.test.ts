import { describe, expect, it } from 'vitest';
import { readDataValue } from '../../src/config/data-files.ts';
import { parseRecoverability, type RecoverabilityTable } from '../../src/impact/recoverability.ts';
import { calendars, dataFaults, shippedTable } from './shipped.ts';

const RATE = { low: 0, mode: 0.5, high: 1 };

function table(states: unknown, rest: object = {}): RecoverabilityTable {
  return parseRecoverability({ version: 1, ...rest, rails: { r: { states } } }, calendars(), 'r.yaml');
}

describe('the table that comes with Counterfoil', () => {
  const value = readDataValue('recoverability.yaml').value as {
    rails: Record<
      string,
      {
        states: Record<
          string,
          { remaining?: string; actions?: { id: string; basis: string; source: string }[] }
        >;
      }
    >;
  };

  it('covers the years that its calendars cover, and no others', () => {
    expect(shippedTable([2024, 2025, 2026, 2027, 2028]).rails.size).toBe(4);
    expect(dataFaults(() => shippedTable([2028, 2029]))).toEqual([
      expect.stringMatching(/#\/calendars TARGET has no dates for 2029/),
      expect.stringMatching(/#\/calendars US_BANK has no dates for 2029/),
    ]);
  });

  const states = Object.entries(value.rails).flatMap(([rail, table]) =>
    Object.entries(table.states).map(([name, state]) => ({ rail, name, ...state })),
  );

  it('says of every action where it comes from', () => {
    const silent = states.flatMap(({ rail, name, actions = [] }) =>
      actions
        .filter(({ basis, source }) => !['published', 'assumption'].includes(basis) || source.length < 20)
        .map(({ id }) => `${rail} ${name} ${id}`),
    );
    expect(silent).toEqual([]);
  });

  it('has nothing left in the states that end a payment, and actions in all others', () => {
    const ended = [
      'cancelled',
      'rejected',
      'voided',
      'refunded',
      'returned',
      'reversed',
      'failed',
      'expired',
    ];
    // Of what was only asked for nothing is out yet.
    const nothing = new Set([...ended, 'created']);
    const astray = states.filter(
      ({ name, remaining, actions = [] }) =>
        (remaining === 'none') !== nothing.has(name) || (actions.length === 0) !== nothing.has(name),
    );
    expect(astray).toEqual([]);
    for (const rail of Object.values(value.rails)) {
      expect(Object.keys(rail.states)).toEqual(
        expect.arrayContaining(ended.filter((name) => name !== 'voided')),
      );
    }
  });

  it('ranks the states of a rail in the order that payments take', () => {
    const shipped = shippedTable();
    const inOrder = (rail: string, states: string[]): void => {
      const ranks = states.map((state) => shipped.rank(rail, state));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(new Set(ranks).size).toBe(states.length);
    };
    inOrder('card', ['authorized', 'captured', 'settled', 'chargeback', 'refunded']);
    inOrder('sepa_ct', ['accepted', 'sent', 'settled', 'returned']);
    inOrder('sepa_inst', ['pending', 'settled', 'returned']);
    inOrder('ach_credit', ['in_file', 'sent', 'settled', 'returned']);
    expect(shipped.rank('card', 'no such state')).toBe(-1);
    expect(shipped.rank('no such rail', 'settled')).toBe(-1);
  });
});

describe('a table of recoverability', () => {
  it('takes the ranks from the order of the file where it states none', () => {
    const parsed = table({ a: {}, b: {}, c: {} });
    expect(['a', 'b', 'c'].map((state) => parsed.rank('r', state))).toEqual([0, 1, 2]);
  });

  it('reads the form of the reference, names of calendars included', () => {
    const value = {
      version: 1,
      calendars: { TARGET: { file: 'cal/target.yaml' }, BANKS: { file: 'cal/us_bank.yaml' } },
      rails: {
        ach_credit: {
          terminal: false,
          states: {
            in_file: {
              actions: [
                {
                  id: 'delete_entry',
                  control: 'unilateral',
                  until: {
                    any_earliest: [
                      { attr: 'transmit_at' },
                      { time: '14:45', tz: 'America/New_York', calendar: 'BANKS', when: 'same_day_window_2' },
                    ],
                  },
                  recovery: { low: 0.98, mode: 1, high: 1, dist: 'pert' },
                  then_state: 'sent',
                  basis: 'assumption',
                  source: 'x',
                },
              ],
            },
            sent: {},
          },
        },
      },
    };
    const parsed = parseRecoverability(value, calendars(), 'r.yaml');
    expect(parsed.state('ach_credit', 'in_file')?.actions[0]?.until.form).toBe('any_earliest');
  });

  it('is refused with all of its faults at once', () => {
    const states = {
      a: {
        rank: -1,
        remaining: 'some',
        actions: [
          { id: 'x', control: 'unilateral', recovery: RATE },
          { id: 'y', control: 'consent', recovery: { low: 0.5, mode: 0.4, high: 1 }, then_state: 'nowhere' },
          { id: 'z', control: 'maybe', until: 'never', recovery: { low: 0, mode: 0, high: 1.5 } },
          { control: 'none', recovery: RATE, basis: 'guess', untill: 'never' },
        ],
      },
      b: [],
    };
    expect(dataFaults(() => table(states, { version: 2 }))).toEqual([
      'r.yaml#/version must be 1',
      'r.yaml#/rails/r/states/a/rank must be an integer from 0 to 1000000',
      'r.yaml#/rails/r/states/a/remaining must be one of all, captured, none',
      'r.yaml#/rails/r/states/a/actions/0 a unilateral action needs until: money is stoppable only before a deadline',
      'r.yaml#/rails/r/states/a/actions/1/recovery must have low, mode and high, numbers from 0 to 1, with low <= mode <= high',
      'r.yaml#/rails/r/states/a/actions/2/control must be one of unilateral, consent, none',
      'r.yaml#/rails/r/states/a/actions/2/recovery must have low, mode and high, numbers from 0 to 1, with low <= mode <= high',
      expect.stringMatching(/actions\/3\/untill is not known here/),
      'r.yaml#/rails/r/states/a/actions/3/basis must be one of published, assumption',
      'r.yaml#/rails/r/states/a/actions/3/id must be text',
      'r.yaml#/rails/r/states/a/actions/3/recovery must be 0 where control is none',
      'r.yaml#/rails/r/states/b must be a map',
      'r.yaml#/rails/r/states/a/actions/1/then_state nowhere is no state of this rail',
    ]);
  });

  it.each([[['a', 'a']], [['a', 'b', 'a']], [['a', 'b', 'c', 'b']]])(
    'is refused when then_state runs in a circle: %j',
    (path) => {
      const to = (state: string): unknown => {
        const next = path[path.indexOf(state) + 1];
        return { actions: [{ id: 'x', control: 'consent', recovery: RATE, then_state: next }] };
      };
      const states = Object.fromEntries([...new Set(path)].map((state) => [state, to(state)]));
      expect(dataFaults(() => table(states)).join()).toContain('then_state must not come back');
    },
  );

  it('may come to one state by two ways', () => {
    const go = (state: string): unknown => ({
      id: state,
      control: 'consent',
      recovery: RATE,
      then_state: state,
    });
    expect(() =>
      table({ a: { actions: [go('b'), go('c')] }, b: { actions: [go('c')] }, c: {} }),
    ).not.toThrow();
  });

  it.each([
    [null],
    [[]],
    ['x'],
    [{ version: 1 }],
    [{ version: 1, rails: { r: null } }],
    [{ version: 1, rails: { r: {} } }],
  ])('is refused, not met with a crash: %j', (value) =>
    expect(dataFaults(() => parseRecoverability(value, {}, 'r.yaml')).length).toBeGreaterThan(0),
  );

  it('is refused when it names a calendar that is not there', () => {
    expect(dataFaults(() => table({}, { calendars: { X: { file: 'cal/moon.yaml' } } }))).toEqual([
      'r.yaml#/calendars/X/file is no calendar of the folder calendars',
    ]);
  });
});
