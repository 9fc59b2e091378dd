import { describe, expect, test } from 'vitest';
import { PaymentTable, buildPayments } from '../../src/join/payments.ts';
import type { PaymentEvent } from '../../src/model/payment.ts';
import { at, paymentEvent } from './builders.ts';

const DAY = 86_400_000_000;
const RANKS: Record<string, number> = { authorized: 1, captured: 2, settled: 3 };
const rank = (_rail: string, state: string): number => RANKS[state] ?? 0;

function table(...events: PaymentEvent[]): PaymentTable {
  return new PaymentTable(buildPayments(events, rank), 7 * DAY);
}

describe('payments', () => {
  test('[J18] records that share a UETR are one payment under the smallest own id', () => {
    const uetr = [{ type: 'uetr', value: 'u-1' }];
    const [payment, ...rest] = buildPayments(
      [
        paymentEvent({ ownId: 'b', aliases: uetr }),
        paymentEvent({ ownId: 'a', aliases: uetr, time: at('00:01') }),
        paymentEvent({ ownId: 'z' }),
      ],
      rank,
    );
    expect(payment).toMatchObject({ id: 'a', supersededIds: ['b'], time: at('00:00') });
    expect(rest.map((other) => other.id)).toEqual(['z']);
  });

  test('[J18] a weak alias never merges', () => {
    const shared = [{ type: 'end_to_end_id', value: 'e-1' }];
    const payments = buildPayments(
      [paymentEvent({ ownId: 'a', aliases: shared }), paymentEvent({ ownId: 'b', aliases: shared })],
      rank,
    );
    expect(payments.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('[J18] the state is the latest by time, then rank, whatever the order of arrival', () => {
    const events = [
      paymentEvent({ state: 'captured', amountMinor: null }),
      paymentEvent({ state: 'authorized', amountMinor: 500n }),
    ];
    for (const order of [events, events.toReversed()]) {
      expect(buildPayments(order, rank)[0]).toMatchObject({
        state: 'captured',
        amountMinor: 500n,
        currency: 'EUR',
      });
    }
  });

  test('[J18] a state begins with the first of the records in a row that tell it', () => {
    const events = (['captured', 'authorized', 'captured', 'captured'] as const).map((state, hour) =>
      paymentEvent({ state, time: at(`0${hour}:00`), attributes: { hour: String(hour) } }),
    );
    for (const order of [events, events.toReversed()])
      expect(buildPayments(order, rank)[0]).toMatchObject({ state: 'captured', stateAt: at('02:00') });
  });

  test('a recall that is asked for leaves the state as it is, and alone means sent', () => {
    const recall = paymentEvent({ state: 'recall_asked', time: at('02:00') });
    const told = (...events: PaymentEvent[]) => {
      const [payment] = buildPayments(events, () => 0);
      return [payment?.state, payment?.stateAt];
    };
    const settled = paymentEvent({ state: 'settled', time: at('01:00') });
    const rejected = paymentEvent({ state: 'rejected', time: at('03:00') });
    expect(told(recall, settled)).toEqual(['settled', at('01:00')]);
    expect(told(settled, recall, paymentEvent({ state: 'settled', time: at('04:00') }))).toEqual([
      'settled',
      at('01:00'),
    ]);
    expect(told(rejected, recall)).toEqual(['rejected', at('03:00')]);
    expect(told(recall)).toEqual(['sent', at('02:00')]);
  });

  test('a payment without any own id is named by its UETR', () => {
    const [payment] = buildPayments(
      [paymentEvent({ ownId: null, aliases: [{ type: 'uetr', value: 'u-1' }] })],
      rank,
    );
    expect(payment).toMatchObject({ id: 'u-1', supersededIds: [] });
  });
});

describe('ids on spans', () => {
  const order = (value: string): PaymentEvent['aliases'] => [{ type: 'order_id', value }];

  test('[J15] a strong id wins over an alias of the same text', () => {
    const payments = table(paymentEvent({ ownId: 'x' }), paymentEvent({ ownId: 'y', aliases: order('x') }));
    const outcome = payments.resolve('x', null, at('00:00'));
    expect(outcome.payment === null ? null : payments.payments[outcome.payment]?.id).toBe('x');
  });

  test('[J15] a typed attribute finds aliases of its type only', () => {
    const payments = table(paymentEvent({ ownId: 'y', aliases: order('o-1') }));
    expect(payments.resolve('o-1', 'order_id', at('00:00'))).toEqual({ payment: 0 });
    expect(payments.resolve('o-1', null, at('00:00'))).toEqual({ payment: 0 });
    expect(payments.resolve('o-1', 'end_to_end_id', at('00:00'))).toEqual({
      payment: null,
      why: 'unknown_id',
    });
  });

  test('[J15] two payments within seven days of the span bind neither; a far one does not disturb', () => {
    const near = [
      paymentEvent({ ownId: 'a', aliases: order('o') }),
      paymentEvent({ ownId: 'b', aliases: order('o') }),
    ];
    expect(table(...near).resolve('o', null, at('00:00'))).toEqual({ payment: null, why: 'ambiguous_alias' });
    const far = paymentEvent({ ownId: 'b', aliases: order('o'), time: at('00:00') + 7 * DAY + 1 });
    expect(
      table(paymentEvent({ ownId: 'a', aliases: order('o') }), far).resolve('o', null, at('00:00')),
    ).toEqual({
      payment: 0,
    });
  });

  test('[J15] of many that have an alias, one is meant that is alone near the span', () => {
    const days = [0, 30, 60, 90, 90].map((day, i) =>
      paymentEvent({ ownId: `p${4 - i}`, aliases: order('o'), time: at('00:00') + day * DAY }),
    );
    const payments = table(...days);
    const meant = (day: number): string | undefined => {
      const outcome = payments.resolve('o', 'order_id', at('00:00') + day * DAY);
      return outcome.payment === null ? outcome.why : payments.payments[outcome.payment]?.id;
    };
    expect([-7, 0, 7, 23, 30, 37, 53, 67].map(meant)).toEqual([
      'p4',
      'p4',
      'p4',
      'p3',
      'p3',
      'p3',
      'p2',
      'p2',
    ]);
    expect([-8, 8, 83, 97, 98].map(meant)).toEqual(Array.from({ length: 5 }, () => 'ambiguous_alias'));
  });
});

describe('[J18] what many payments share costs each of them the same', { timeout: 120_000 }, () => {
  const MANY = 100_000;
  const spent = (work: () => void): number => {
    const began = process.threadCpuUsage();
    work();
    return process.threadCpuUsage(began).user / 1e6;
  };

  test('an alias', () => {
    const shared = [{ type: 'end_to_end_id', value: 'SALARY' }];
    const events = Array.from({ length: MANY }, (_, i) => paymentEvent({ ownId: `p${i}`, aliases: shared }));
    const payments = buildPayments(events, rank);
    const seconds = spent(() => {
      const found = new PaymentTable(payments, 7 * DAY);
      for (let span = 0; span < 10_000; span += 1) found.resolve('SALARY', null, at('00:00'));
    });
    expect(seconds).toBeLessThan(3);
  });

  test('a chain of references', () => {
    const events = Array.from({ length: 20_000 }, (_, i) =>
      paymentEvent({
        id: `pe_${i}`,
        ownId: null,
        aliases: [
          ...(i === 0
            ? [{ type: 'uetr', value: 'u' }]
            : [{ type: 'iso20022_transaction', value: `t${i - 1}` }]),
          { type: 'iso20022_transaction', value: `t${i}` },
        ],
      }),
    );
    const seconds = spent(() => expect(buildPayments(events, rank)).toHaveLength(1));
    expect(seconds).toBeLessThan(5);
  });
});
