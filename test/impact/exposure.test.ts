import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOf, exposuresOf, stepAt, type ExposedPayment } from '../../src/impact/exposure.ts';
import { recoveryOf, type RecoverablePayment } from '../../src/impact/recovery.ts';
import { formatInstant } from '../../src/model/instant.ts';
import type { Exposure } from '../../src/model/incident.ts';
import { formatAmount } from '../../src/model/money.ts';
import { payment, shippedTable, utc } from './shipped.ts';

const TABLE = shippedTable();
const NO_EXTRAS = new Map<string, bigint>();

function exposed(id: string, over: Partial<RecoverablePayment>): ExposedPayment {
  const of = payment(over);
  return { payment: { id, currency: of.currency }, recovery: recoveryOf(of, TABLE) };
}

const figures = ({
  currency,
  linkedMinor,
  stoppableMinor,
  recallableMinor,
  finalMinor,
  upperMinor,
}: Exposure): string =>
  [
    currency,
    ...[linkedMinor, stoppableMinor, recallableMinor, finalMinor, upperMinor].map((minor) =>
      formatAmount(minor, currency),
    ),
  ].join(' ');

/** The worked example of exposure.ts. */
const TRANSFER = exposed('p1', { rail: 'sepa_ct', state: 'accepted', amountMinor: 4_800_000n });
const LOST = exposed('p2', { rail: 'cash', amountMinor: 125_050n });
const CARD = exposed('p3', {
  currency: 'USD',
  amountMinor: 10_000n,
  attributes: {
    capture_at: '2026-03-10T15:30:00Z',
    clearing_at: '2026-03-10T20:00:00Z',
    payout_at: '2026-03-11T05:00:00Z',
  },
});
const YEN = exposed('p4', { currency: 'JPY', amountMinor: 500n, rail: 'sepa_inst', state: 'settled' });
const ALL = [TRANSFER, LOST, CARD, YEN];

describe('exposure', () => {
  it.each([
    [
      '2026-03-10T14:00:00Z',
      [
        'EUR 49250.50 48000.00 0.00 1250.50 49250.50',
        'JPY 500 0 500 0 500',
        'USD 100.00 100.00 0.00 0.00 100.00',
      ],
    ],
    [
      '2026-03-10T15:29:59.999999Z',
      [
        'EUR 49250.50 48000.00 0.00 1250.50 49250.50',
        'JPY 500 0 500 0 500',
        'USD 100.00 100.00 0.00 0.00 100.00',
      ],
    ],
    [
      '2026-03-10T15:30:00Z',
      [
        'EUR 49250.50 0.00 48000.00 1250.50 49250.50',
        'JPY 500 0 500 0 500',
        'USD 100.00 100.00 0.00 0.00 100.00',
      ],
    ],
    [
      '2026-03-11T05:00:00Z',
      [
        'EUR 49250.50 0.00 48000.00 1250.50 49250.50',
        'JPY 500 0 500 0 500',
        'USD 100.00 0.00 100.00 0.00 100.00',
      ],
    ],
    [
      '2030-01-01T00:00:00Z',
      [
        'EUR 49250.50 0.00 0.00 49250.50 49250.50',
        'JPY 500 0 0 500 500',
        'USD 100.00 0.00 0.00 100.00 100.00',
      ],
    ],
  ])('at %s, deadlines being exclusive [M2]', (asOf, expected) => {
    expect(exposuresOf(ALL, NO_EXTRAS, utc(asOf)).map(figures)).toEqual(expected);
  });

  it('counts a payment once, however often it is linked', () => {
    const [row] = exposuresOf([LOST, LOST, LOST], NO_EXTRAS, utc('2026-03-10T14:00:00Z'));
    expect(row).toMatchObject({ payments: 1, linkedMinor: 125_050n });
  });

  it('counts what is out, not what was', () => {
    const part = exposed('p', { rail: 'card', state: 'settled', attributes: { refunded: '200.00' } });
    const back = exposed('q', { rail: 'card', state: 'refunded' });
    const [row] = exposuresOf([part, back], NO_EXTRAS, utc('2026-03-10T14:00:00Z'));
    expect(row).toMatchObject({ payments: 2, linkedMinor: 100_000n, stoppableMinor: 100_000n });
  });

  it('adds what may have passed unseen to the upper bound, also in currencies of no linked payment', () => {
    const extras = new Map([
      ['EUR', 1_000n],
      ['CHF', 7n],
    ]);
    expect(exposuresOf([LOST], extras, utc('2026-03-10T14:00:00Z')).map(figures)).toEqual([
      'CHF 0.00 0.00 0.00 0.00 0.07',
      'EUR 1250.50 0.00 0.00 1250.50 1260.50',
    ]);
  });

  const money = fc.record({
    id: fc.integer({ min: 0, max: 30 }),
    rail: fc.constantFrom('card', 'sepa_ct', 'sepa_inst', 'ach_credit', 'cash'),
    state: fc.constantFrom(
      'authorized',
      'captured',
      'settled',
      'accepted',
      'sent',
      'pending',
      'in_file',
      'refunded',
    ),
    currency: fc.constantFrom('EUR', 'USD', 'JPY', 'KWD'),
    amountMinor: fc.bigInt({ min: 0n, max: 9_007_199_254_740_991n }),
    refunded: fc.option(fc.integer({ min: 0, max: 100_000 })),
    after: fc.integer({ min: 0, max: 4_000_000 }),
  });
  const START = utc('2026-01-01T00:00:00Z');

  it('adds up: linked = stoppable + recallable + final = what is out of the distinct payments [M1]', () => {
    fc.assert(
      fc.property(
        fc.array(money, { maxLength: 40 }),
        fc.integer({ min: 0, max: 40_000_000 }),
        (rows, seconds) => {
          const items = rows.map(({ id, refunded, after, currency, ...rest }) =>
            exposed(`${id} ${currency}`, {
              ...rest,
              currency,
              stateAt: START + after * 1_000_000,
              attributes: refunded === null ? {} : { refunded: String(refunded) },
            }),
          );
          const asOf = START + seconds * 1_000_000;
          const distinct = [...new Map(items.map((item) => [item.payment.id, item])).values()];
          for (const row of exposuresOf(items, NO_EXTRAS, asOf)) {
            const mine = distinct.filter(({ payment: { currency } }) => currency === row.currency);
            const out = mine.reduce((sum, { recovery }) => sum + recovery.remainingMinor, 0n);
            expect(row.stoppableMinor + row.recallableMinor + row.finalMinor).toBe(row.linkedMinor);
            expect(row.linkedMinor).toBe(out);
            expect(row.upperMinor).toBe(out);
            expect(row.payments).toBe(mine.length);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('only falls: what can be stopped never comes back as time passes [M2]', () => {
    fc.assert(
      fc.property(
        money,
        fc.integer({ min: 0, max: 1e7 }),
        fc.integer({ min: 0, max: 1e7 }),
        (row, from, more) => {
          const item = exposed('p', { ...row, stateAt: START, attributes: {} });
          const order = { stoppable: 2, recallable: 1, final: 0 };
          const before = stepAt(item.recovery, START + from * 1e6);
          const after = stepAt(item.recovery, START + (from + more) * 1e6);
          expect(order[after.class]).toBeLessThanOrEqual(order[before.class]);
          expect(after.recovery).toBeLessThanOrEqual(before.recovery);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the clock', () => {
  const rows = (items: ExposedPayment[], asOf: string): string[] =>
    clockOf(items, utc(asOf)).map(
      ({ deadline, currency, amountMinor, payments, actions }) =>
        `${formatInstant(deadline)} ${formatAmount(amountMinor, currency)} ${currency} ${payments} ${actions.join('+')}`,
    );

  it('has the deadlines ahead of what can be stopped, by time and currency', () => {
    expect(rows(ALL, '2026-03-10T14:00:00Z')).toEqual([
      '2026-03-10T15:30:00.000Z 48000.00 EUR 1 cancel',
      '2026-03-10T15:30:00.000Z 100.00 USD 1 void',
      '2026-03-10T20:00:00.000Z 100.00 USD 1 cancel_capture',
      '2026-03-11T05:00:00.000Z 100.00 USD 1 refund',
      '2026-07-08T20:00:00.000Z 100.00 USD 1 dispute',
      '2027-04-10T21:59:59.000Z 48000.00 EUR 1 recall',
    ]);
  });

  it('loses a payment when it can no longer be stopped', () => {
    expect(rows([TRANSFER], '2026-03-10T15:29:59.999Z')).toHaveLength(2);
    expect(rows([TRANSFER], '2026-03-10T15:30:00Z')).toEqual([]);
  });

  it('has no deadline that has come, of a payment that can still be stopped otherwise', () => {
    expect(rows([CARD], '2026-03-10T15:30:00Z')[0]).toContain('cancel_capture');
  });

  it('sums payments of one deadline, each once, and names all actions', () => {
    const other = exposed('p9', { attributes: { capture_at: '2026-03-10T15:30:00Z' }, amountMinor: 1n });
    const [first] = rows([TRANSFER, TRANSFER, other], '2026-03-10T14:00:00Z');
    expect(first).toBe('2026-03-10T15:30:00.000Z 48000.01 EUR 2 cancel+void');
  });

  it('leaves out payments of which nothing is out, and deadlines that never come', () => {
    const back = exposed('p', { attributes: { refunded: '1200.00' } });
    expect(rows([back], '2026-03-10T14:00:00Z')).toEqual([]);
    const ach = exposed('p', { rail: 'ach_credit', state: 'in_file', currency: 'USD' });
    expect(rows([ach], '2026-03-10T14:00:00Z').map((row) => row.split(' ').at(-1))).toEqual([
      'delete_entry',
      'reversing_entry',
    ]);
  });
});
