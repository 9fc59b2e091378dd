// Goal: UETRs keep payments apart, whatever else banks call alike; reports without one find their payment, or say that they name several.
import { describe, expect, test } from 'vitest';
import { decodePayments } from '../../../src/formats/payments/payment-formats.ts';
import { recoveryOf } from '../../../src/impact/recovery.ts';
import { buildPayments, PaymentTable } from '../../../src/join/payments.ts';
import type { Payment, PaymentAlias, PaymentEvent } from '../../../src/model/payment.ts';
import { shippedTable } from '../../impact/shipped.ts';
import { Dice } from '../dice.ts';
import { jsonOf, only, PLACE } from '../format-context.ts';
import { PAYMENT_CONTEXT } from '../payment-context.ts';
import { LONG, recall, report, someMessages, transfer, uetrOf, type Named } from './bank-messages.ts';

const WEEK = 7 * 86_400_000_000;
const recoverability = shippedTable();
const eventsOf = (records: readonly string[]) =>
  records.flatMap((record) => {
    const { items, refused } = decodePayments(record, PLACE, PAYMENT_CONTEXT);
    expect(refused).toEqual([]);
    return items;
  });
const built = (records: readonly string[]): Payment[] =>
  buildPayments(eventsOf(records), (rail, state) => recoverability.rank(rail, state));

/** The payments, after every record came twice and in many orders. */
function paymentsOf(records: readonly string[]): Payment[] {
  const expected = built(records);
  const dice = new Dice(11);
  for (let run = 0; run < 12; run += 1) {
    const shuffled = [...records, ...records]
      .map((record) => ({ record, key: dice.below(1_000_000) }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ record }) => record);
    expect(jsonOf(built(shuffled))).toBe(jsonOf(expected));
  }
  return expected;
}

const told = (payments: readonly Payment[]) =>
  payments.map(({ id, state, events, ambiguous }) => [id, state, events.length, ambiguous]);

const [U1, U2] = [uetrOf(1), uetrOf(2)];

const valueOf = (aliases: readonly PaymentAlias[], type: string): string | undefined =>
  aliases.find((alias) => alias.type === type)?.value;
/** Whether an event has a UETR and this transaction id. */
const isOf = ({ aliases }: PaymentEvent, transaction: string | undefined): boolean =>
  transaction !== undefined &&
  valueOf(aliases, 'uetr') !== undefined &&
  valueOf(aliases, 'iso20022_transaction') === transaction;

describe('[Y21] references of banks', () => {
  test.each<[name: string, ids: Named]>([
    ['message and instruction', { instruction: '7' }],
    ['message, instruction and sender', { instruction: '7', bank: 'BANKDEFF' }],
    ['message and a counter', { transaction: '1' }],
    ['the transaction id', { transaction: LONG }],
  ])('%s: two UETRs stay two payments', (_, ids) => {
    const payments = paymentsOf([transfer({ ...ids, uetr: U1 }), transfer({ ...ids, uetr: U2 })]);
    expect(told(payments)).toEqual([
      [U1, 'accepted', 1, false],
      [U2, 'accepted', 1, false],
    ]);
  });

  test.each<[name: string, transfer: Named, report: Named]>([
    ['message and instruction', { instruction: '7' }, { instruction: '7' }],
    [
      'message and instruction beside a transaction id',
      { transaction: LONG, instruction: '7' },
      { instruction: '7' },
    ],
    ['message and a counter', { transaction: '1', instruction: '7' }, { transaction: '1' }],
    ['the transaction id, of another message', { transaction: LONG }, { transaction: LONG, message: 'M9' }],
    [
      'addressed to the operator',
      { instruction: '7', bank: 'BANKDEFF' },
      { instruction: '7', bank: 'HUBXDEFF' },
    ],
  ])('a report and a recall without UETR find the payment: %s', (_, ids, named) => {
    const records = [transfer({ ...ids, uetr: U1 }), report(named, 'ACSC'), recall(named)];
    expect(told(paymentsOf(records))).toEqual([[U1, 'settled', 3, false]]);
    const without = only(paymentsOf([transfer(ids), ...records.slice(1)]));
    expect([without.state, without.events.length, without.amountMinor]).toEqual(['settled', 3, 4800n]);
  });

  test('a chain of references: what is tied to a payment is found by its names', () => {
    const records = [
      transfer({ uetr: U1, transaction: LONG, message: 'M1' }),
      report({ transaction: LONG, instruction: '5', message: 'M2' }, 'ACSP'),
      report({ instruction: '5', message: 'M2' }, 'ACSC', '15:30'),
    ];
    expect(told(paymentsOf(records))).toEqual([[U1, 'settled', 3, false]]);
  });

  test('of two that it may be, a report is of the one whose sender it answers', () => {
    const ids = { instruction: '7' };
    const records = [
      transfer({ ...ids, uetr: U1, bank: 'BANKDEFFXXX' }),
      transfer({ ...ids, uetr: U2, bank: 'OTHRDEFF' }),
      report({ ...ids, bank: 'OTHRDEFF' }, 'RJCT'),
      recall({ ...ids, bank: 'BANKDEFF' }),
    ];
    expect(told(paymentsOf(records))).toEqual([
      [U1, 'accepted', 2, false],
      [U2, 'rejected', 2, false],
    ]);
  });

  test('without UETRs, equal ids of two senders are two payments', () => {
    const ids = { instruction: '7' };
    const senders = ['BANKDEFF', 'OTHRDEFF'].map((bank) => transfer({ ...ids, bank }));
    const payments = paymentsOf([...senders, report({ ...ids, bank: 'OTHRDEFF' }, 'RJCT')]);
    expect(told(payments)).toEqual([
      ['BANKDEFF/M1/7', 'accepted', 1, false],
      ['OTHRDEFF/M1/7', 'rejected', 2, false],
    ]);
  });

  test('what names two is left apart from both, and says so', () => {
    const ids = { instruction: '7' };
    const records = [transfer({ ...ids, uetr: U1 }), transfer({ ...ids, uetr: U2 }), report(ids, 'RJCT')];
    const payments = paymentsOf(records);
    expect(told(payments)).toEqual([
      [U1, 'accepted', 1, false],
      [U2, 'accepted', 1, false],
      ['M1/7', 'rejected', 1, true],
    ]);
    const [, , left] = payments;
    if (left === undefined) throw new Error('no third payment');
    expect(recoveryOf(left, recoverability).flags).toContain('ambiguous_reference');
    // A span that carries the reference means any of them.
    const table = new PaymentTable(payments, WEEK);
    expect(table.resolve('M1/7', null, left.time)).toEqual({ payment: null, why: 'ambiguous_alias' });
    expect(table.resolve(U2, null, left.time)).toEqual({ payment: 1 });
  });

  test('a hundred thousand transfers that a bank calls alike cost no more than others', () => {
    const [one] = eventsOf([transfer({ instruction: '7', bank: 'BANKDEFF' })]);
    if (one === undefined) throw new Error('no event');
    const alike = Array.from({ length: 100_000 }, (_, i) => ({
      ...one,
      id: `pe_${i}`,
      aliases: i % 2 === 0 ? [...one.aliases, { type: 'uetr', value: `u${i}` }] : one.aliases.slice(0, 1),
    }));
    const from = performance.now();
    const payments = buildPayments(alike, () => 0);
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(payments).toHaveLength(50_001);
  });

  test('an own record whose id is the transaction id is the same payment, and keeps its id', () => {
    const own = JSON.stringify({
      id: LONG,
      time: '2026-03-10T13:00:00Z',
      state: 'accepted',
      rail: 'sepa_ct',
    });
    const record = JSON.parse(own) as string;
    const payments = paymentsOf([
      record,
      transfer({ transaction: LONG, uetr: U1 }),
      report({ transaction: LONG }, 'ACSC'),
    ]);
    expect(told(payments)).toEqual([[LONG, 'settled', 3, false]]);
  });

  test('whatever banks send, in any order: no payment has two UETRs, and no record is of two payments or of none', () => {
    const dice = new Dice(23);
    for (let run = 0; run < 60; run += 1) {
      const records = someMessages(dice, 12);
      const payments = paymentsOf(records);
      for (const { aliases } of payments)
        expect(aliases.filter(({ type }) => type === 'uetr').length).toBeLessThan(2);
      const ids = payments.flatMap(({ events }) => events.map(({ id }) => id));
      expect(ids.toSorted()).toEqual([...new Set(eventsOf(records).map(({ id }) => id))].toSorted());
      expect(new Set(payments.map(({ id }) => id)).size).toBe(payments.length);
      const doubtful = payments.filter(({ ambiguous }) => ambiguous === true);
      expect(doubtful.filter(({ aliases }) => valueOf(aliases, 'uetr') !== undefined)).toEqual([]);
      // Whatever else it names: a transaction id of one UETR only is of that payment.
      for (const { id, aliases } of eventsOf(records)) {
        const transaction = valueOf(aliases, 'iso20022_transaction');
        const holders = payments.filter(({ events }) => events.some((each) => isOf(each, transaction)));
        const home = payments.find(({ events }) => events.some((each) => each.id === id));
        expect(holders.length !== 1 || valueOf(aliases, 'uetr') !== undefined || home === holders[0]).toBe(
          true,
        );
      }
    }
  });
});
