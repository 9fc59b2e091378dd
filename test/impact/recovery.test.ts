import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepAt } from '../../src/impact/exposure.ts';
import { parseRecoverability } from '../../src/impact/recoverability.ts';
import { recoveryOf } from '../../src/impact/recovery.ts';
import { formatInstant } from '../../src/model/instant.ts';
import { formatAmount, parseAmount } from '../../src/model/money.ts';
import { naiveStep, type PlainAction, type PlainStates } from './naive-recovery.ts';
import { chainText, payment, shippedTable, utc } from './shipped.ts';

const TABLE = shippedTable();

/** Worked by hand from data/recoverability.yaml and a wall calendar; 2026-03-10 is a Tuesday, CET, EDT since the 8th. */
const EXAMPLES: [string, Parameters<typeof payment>[0], string[]][] = [
  [
    'card, authorized, with the time of capture',
    { rail: 'card', state: 'authorized', attributes: { capture_at: '2026-03-10T20:00:00Z' } },
    [
      'stoppable void 2026-03-10T20:00:00.000Z',
      'stoppable cancel_capture 2026-03-11T17:00:00.000Z',
      'stoppable refund 2026-03-12T05:00:00.000Z',
      // 120 days after it counts as settled, Wednesday 18:00 in Berlin.
      'recallable dispute 2026-07-09T17:00:00.000Z',
      'final - -',
    ],
  ],
  [
    'card, authorized, without: seven days',
    { rail: 'card', state: 'authorized' },
    [
      'stoppable void 2026-03-17T14:00:00.000Z',
      'stoppable cancel_capture 2026-03-17T17:00:00.000Z',
      'stoppable refund 2026-03-18T05:00:00.000Z',
      'recallable dispute 2026-07-15T17:00:00.000Z',
      'final - -',
    ],
  ],
  [
    'card, settled on Good Friday morning, payout and settlement stated',
    {
      rail: 'card',
      state: 'settled',
      stateAt: utc('2026-04-03T08:00:00Z'),
      attributes: { payout_at: '2026-04-05T06:00:00Z', settlement_date: '2026-04-03T08:00:00+02:00' },
    },
    ['stoppable refund 2026-04-05T06:00:00.000Z', 'recallable dispute 2026-08-01T06:00:00.000Z', 'final - -'],
  ],
  [
    'card, chargeback',
    { rail: 'card', state: 'chargeback' },
    ['recallable dispute 2026-04-09T14:00:00.000Z', 'final - -'],
  ],
  [
    'SEPA transfer before the cut-off',
    { rail: 'sepa_ct', state: 'accepted' },
    ['stoppable cancel 2026-03-10T15:30:00.000Z', 'recallable recall 2027-04-10T21:59:59.000Z', 'final - -'],
  ],
  [
    'SEPA transfer on the eve of Easter, after the cut-off',
    { rail: 'sepa_ct', state: 'accepted', stateAt: utc('2026-04-02T15:00:00Z') },
    ['stoppable cancel 2026-04-07T14:30:00.000Z', 'recallable recall 2027-05-07T21:59:59.000Z', 'final - -'],
  ],
  [
    'SEPA transfer with the cut-off of its own bank',
    {
      rail: 'sepa_ct',
      state: 'accepted',
      attributes: { cutoff_at: '2026-03-10T18:00:00Z', settlement_date: '2026-03-11' },
    },
    ['stoppable cancel 2026-03-10T18:00:00.000Z', 'recallable recall 2027-04-11T21:59:59.000Z', 'final - -'],
  ],
  [
    'SEPA transfer whose stated cut-off is past: as sent, from the start',
    { rail: 'sepa_ct', state: 'accepted', attributes: { cutoff_at: '2026-03-10T14:00:00Z' } },
    ['recallable recall 2027-04-10T21:59:59.000Z', 'final - -'],
  ],
  [
    'SEPA instant, ten seconds',
    { rail: 'sepa_inst', state: 'pending' },
    ['stoppable reject 2026-03-10T14:00:10.000Z', 'recallable recall 2027-04-10T21:59:59.000Z', 'final - -'],
  ],
  [
    'ACH in the file: 10:00 in New York, so the 10:30 window',
    { rail: 'ach_credit', state: 'in_file' },
    [
      'stoppable delete_entry 2026-03-10T14:30:00.000Z',
      'recallable reversing_entry 2026-03-18T03:59:59.000Z',
      'recallable return_request -',
    ],
  ],
  [
    'ACH in the file on Friday evening before a holiday on Monday',
    { rail: 'ach_credit', state: 'in_file', stateAt: utc('2026-02-13T22:00:00Z') },
    [
      'stoppable delete_entry 2026-02-17T15:30:00.000Z',
      'recallable reversing_entry 2026-02-25T04:59:59.000Z',
      'recallable return_request -',
    ],
  ],
  [
    'ACH sent, settlement stated',
    { rail: 'ach_credit', state: 'sent', attributes: { settlement_date: '2026-07-02' } },
    // Friday 3 July is a business day, because the 4th is a Saturday.
    ['recallable reversing_entry 2026-07-10T03:59:59.000Z', 'recallable return_request -'],
  ],
  ['refunded', { rail: 'card', state: 'refunded' }, ['final - -']],
];

describe('what can be done', () => {
  it.each(EXAMPLES)('%s', (_what, over, chain) => {
    expect(chainText(recoveryOf(payment(over), TABLE))).toEqual(chain);
  });

  it('is nothing, and flagged, where rail or state is unknown', () => {
    const finalOnly = [{ class: 'final', action: null, until: null, recovery: 0 }];
    const rail = recoveryOf(payment({ rail: 'barter' }), TABLE);
    expect(rail).toEqual({ remainingMinor: 120_000n, chain: finalOnly, flags: ['unknown_rail'] });
    const state = recoveryOf(payment({ state: 'pondering' }), TABLE);
    expect(state).toEqual({ remainingMinor: 120_000n, chain: finalOnly, flags: ['unknown_state'] });
  });

  it('is flagged where the deadline of the stated state was past already', () => {
    const past = { rail: 'sepa_ct', state: 'accepted', attributes: { cutoff_at: '2026-03-10T14:00:00Z' } };
    expect(recoveryOf(payment(past), TABLE).flags).toEqual(['state_inferred']);
    const ahead = { ...past, attributes: { cutoff_at: '2026-03-10T14:00:00.000001Z' } };
    expect(recoveryOf(payment(ahead), TABLE).flags).toEqual([]);
  });

  it('is not flagged where the stated state just has nothing left', () => {
    const old = {
      rail: 'card',
      state: 'chargeback',
      attributes: { representment_due_at: '2026-01-01T00:00:00Z' },
    };
    expect(recoveryOf(payment(old), TABLE)).toMatchObject({
      chain: [{ class: 'final', until: null }],
      flags: [],
    });
  });

  it('does not fail beyond the years of the calendars: what cannot be told counts as past', () => {
    const late = recoveryOf(
      payment({ rail: 'sepa_ct', state: 'accepted', stateAt: utc('2031-03-10T14:00:00Z') }),
      TABLE,
    );
    expect(chainText(late)).toEqual(['recallable recall 2032-04-10T21:59:59.000Z', 'final - -']);
  });
});

describe('what is still out', () => {
  it.each([
    ['card', 'authorized', 'EUR', '1200.00', {}, '1200.00'],
    ['card', 'captured', 'EUR', '1200.00', { captured: '900.00' }, '900.00'],
    ['card', 'settled', 'USD', '1200.00', { captured: '900.00', refunded: '0.01' }, '899.99'],
    // What is not captured yet can still be: all of it is out.
    ['card', 'authorized', 'JPY', '1200', { captured: '900' }, '1200'],
    ['card', 'captured', 'JPY', '1200', { captured: '900', refunded: '1' }, '899'],
    ['card', 'captured', 'KWD', '120.500', { refunded: '0.001' }, '120.499'],
    ['card', 'refunded', 'KWD', '120.500', {}, '0.000'],
    ['card', 'settled', 'EUR', '1200.00', { refunded: '1200.00' }, '0.00'],
    ['card', 'settled', 'EUR', '1200.00', { refunded: '1300.00' }, '0.00'],
    ['card', 'captured', 'EUR', '1200.00', { captured: '9000.00' }, '1200.00'],
    ['sepa_ct', 'settled', 'EUR', '48000.00', { refunded: '8000' }, '40000.00'],
    ['sepa_ct', 'returned', 'EUR', '48000.00', {}, '0.00'],
    ['sepa_ct', 'sent', 'USD', '48000.00', {}, '48000.00'],
    ['sepa_ct', 'sent', 'BHD', '48000.125', { refunded: '0.125' }, '48000.000'],
    ['sepa_inst', 'pending', 'EUR', '10.00', {}, '10.00'],
    ['sepa_inst', 'settled', 'USD', '10.00', { refunded: '2.50' }, '7.50'],
    ['sepa_inst', 'rejected', 'JPY', '10', {}, '0'],
    ['ach_credit', 'in_file', 'USD', '999999.99', {}, '999999.99'],
    ['ach_credit', 'reversed', 'EUR', '10.00', {}, '0.00'],
    ['ach_credit', 'sent', 'KRW', '5000', { refunded: '5000' }, '0'],
    ['barter', 'x', 'EUR', '10.00', { refunded: '4.00' }, '6.00'],
    // Nonsense says nothing.
    ['card', 'settled', 'EUR', '10.00', { refunded: 'all', captured: '' }, '10.00'],
    ['card', 'settled', 'EUR', '10.00', { refunded: '-5.00', captured: '-5.00' }, '10.00'],
    ['card', 'settled', 'EUR', '10.00', { refunded: '1.005' }, '10.00'],
    ['card', 'settled', 'EUR', '-10.00', {}, '0.00'],
  ])('of %s %s %s %s with %j is %s', (rail, state, currency, amount, attributes, left) => {
    const amountMinor = parseAmount(amount, currency) ?? 0n;
    const { remainingMinor } = recoveryOf(payment({ rail, state, currency, amountMinor, attributes }), TABLE);
    expect(formatAmount(remainingMinor, currency)).toBe(left);
  });
});

const START = utc('2026-03-10T14:00:00Z');
const at = (second: number): number => START + second * 1_000_000;

/** A table whose deadlines are attributes d0..d9, which payments state as seconds after START, or not at all. */
const deadline = fc.integer({ min: 0, max: 9 });
const action = (states: number, from: number): fc.Arbitrary<PlainAction> =>
  fc.record({
    // Ids differ between states, so that a wrong move shows.
    id: fc.constantFrom('a', 'b', 'c', 'd').map((letter) => `${from}${letter}`),
    control: fc.constantFrom('unilateral' as const, 'consent' as const, 'none' as const),
    // Later states often last for ever, so that it shows which of them was entered.
    deadline: fc.oneof(
      { weight: 9, arbitrary: deadline },
      { weight: from === 0 ? 0 : 6, arbitrary: fc.constant('never' as const) },
    ),
    mode: fc.constantFrom(0, 0.2, 0.5, 0.5, 1),
    next: fc.option(fc.integer({ min: from + 1, max: states - 1 }), { freq: 2 }),
  });

const tables: fc.Arbitrary<PlainStates> = fc
  .tuple(
    ...[0, 1, 2, 3].map((from) =>
      fc.record({
        remaining: fc.constantFrom('all' as const, 'all' as const, 'all' as const, 'none' as const),
        actions: fc.array(action(5, from), { maxLength: 4 }),
      }),
    ),
  )
  .map((states) => [...states, { remaining: 'all' as const, actions: [] }]);

function parsed(states: PlainStates): ReturnType<typeof parseRecoverability> {
  const form = ({ id, control, deadline: name, mode, next }: PlainAction): unknown => ({
    id,
    control,
    until: name === 'never' ? 'never' : { attr: `d${name}` },
    recovery: control === 'none' ? { low: 0, mode: 0, high: 0 } : { low: 0, mode, high: 1 },
    ...(next === null ? {} : { then_state: `s${next}` }),
  });
  const entries = states.map(({ remaining, actions }, i) => [
    `s${i}`,
    { remaining, actions: actions.map(form) },
  ]);
  return parseRecoverability(
    { version: 1, rails: { r: { states: Object.fromEntries(entries) } } },
    {},
    'r.yaml',
  );
}

describe('the chain', () => {
  const stated = fc.array(fc.option(fc.integer({ min: -3, max: 9 }), { freq: 6 }), {
    minLength: 10,
    maxLength: 10,
  });

  it('gives at every instant what a naive walk through time gives [M2]', () => {
    fc.assert(
      fc.property(tables, stated, fc.integer({ min: 0, max: 12 }), (states, deadlines, second) => {
        const attributes = Object.fromEntries(
          deadlines.flatMap((d, i) => (d === null ? [] : [[`d${i}`, formatInstant(at(d))]])),
        );
        const recovery = recoveryOf(
          payment({ rail: 'r', state: 's0', stateAt: START, attributes }),
          parsed(states),
        );
        const step = stepAt(recovery, at(second));
        const expected = naiveStep(states, deadlines, second);
        expect({ class: step.class, action: step.action, recovery: step.recovery }).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it('has rising deadlines, and an end', () => {
    fc.assert(
      fc.property(tables, stated, (states, deadlines) => {
        const attributes = Object.fromEntries(
          deadlines.flatMap((d, i) => (d === null ? [] : [[`d${i}`, formatInstant(at(d))]])),
        );
        const { chain } = recoveryOf(
          payment({ rail: 'r', state: 's0', stateAt: START, attributes }),
          parsed(states),
        );
        const untils = chain.map(({ until }) => until);
        expect(untils.at(-1)).toBeNull();
        const finite = untils.slice(0, -1).map((until) => until ?? -1);
        expect(finite).toEqual([...new Set(finite)].toSorted((a, b) => a - b));
        expect(finite.every((until) => until > START)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('prefers the highest mode, then what we decide alone, then the later deadline', () => {
    const one = (id: string, control: 'unilateral' | 'consent', name: number, mode: number): PlainAction => ({
      id,
      control,
      deadline: name,
      mode,
      next: null,
    });
    const first = (...actions: PlainAction[]): string | null =>
      stepAt(
        recoveryOf(
          payment({
            rail: 'r',
            state: 's0',
            stateAt: START,
            attributes: { d1: formatInstant(at(5)), d2: formatInstant(at(9)) },
          }),
          parsed([{ remaining: 'all', actions }]),
        ),
        START,
      ).action;
    expect(first(one('a', 'unilateral', 2, 0.4), one('b', 'consent', 1, 0.5))).toBe('b');
    expect(first(one('a', 'consent', 2, 0.5), one('b', 'unilateral', 1, 0.5))).toBe('b');
    expect(first(one('a', 'consent', 1, 0.5), one('b', 'consent', 2, 0.5))).toBe('b');
    expect(first(one('a', 'consent', 2, 0.5), one('b', 'consent', 2, 0.5))).toBe('a');
  });
});
