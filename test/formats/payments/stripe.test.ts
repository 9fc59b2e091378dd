import { describe, expect, test } from 'vitest';
import { decodeStripe, isStripe } from '../../../src/formats/payments/stripe.ts';
import type { PaymentEvent } from '../../../src/model/payment.ts';
import { fixture, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { PAYMENT_CONTEXT } from '../payment-context.ts';

const sample = (name: string): JsonObject => JSON.parse(fixture(`stripe/${name}.json`)) as JsonObject;
const event = (type: string, object: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...sample('event'),
  type,
  created: 1_773_151_202,
  data: { object },
  ...more,
});
const decode = (record: unknown) => decodeStripe(record, PLACE, PAYMENT_CONTEXT);
const one = (type: string, object: JsonObject, more: JsonObject = {}): PaymentEvent =>
  only(decode(event(type, object, more)).items);
const reasons = (record: unknown): string[] => decode(record).refused.map(({ reason }) => reason);

describe('[Y1] the sample records', () => {
  test('an event about something else is no payment', () => {
    expect(isStripe(sample('event'))).toBe(true);
    expect(decode(sample('event'))).toEqual({ items: [], ignored: { no_payment: 1 }, refused: [] });
  });

  test('a charge', () => {
    expect(one('charge.succeeded', sample('charge'))).toMatchObject({
      ownId: null,
      aliases: [{ type: 'charge', value: 'ch_1PgafuB7WZ01zgkWXYmPNZs8' }],
      time: micros('2026-03-10T14:00:02.000000Z'),
      state: 'authorized',
      rail: 'card',
      amountMinor: 100n,
      currency: 'USD',
      customerId: null,
      attributes: {},
    });
  });

  test('a payment intent', () => {
    expect(one('payment_intent.created', sample('payment_intent'))).toMatchObject({
      ownId: 'pi_1PgafyB7WZ01zgkWSjxsAJo3',
      aliases: [],
      time: micros('2026-03-10T14:00:02.000000Z'),
      state: 'created',
      rail: 'card',
      amountMinor: 1099n,
      currency: 'USD',
    });
  });

  test('names, mail and the last digits of a card are not kept', () => {
    const text = jsonOf([
      one('charge.succeeded', sample('charge')),
      one('payment_intent.created', sample('payment_intent')),
    ]);
    for (const word of ['Jenny', '4242', 'secret', 'Test Charge', 'fingerprint', 'AOB934RVNwzk6xtn'])
      expect(text).not.toContain(word);
  });
});

describe('[Y2] states', () => {
  const intent = (status: string): JsonObject => ({ ...sample('payment_intent'), status });
  const charge = (over: JsonObject): JsonObject => ({ ...sample('charge'), ...over });
  const dispute = (status: string): JsonObject => ({
    object: 'dispute',
    id: 'dp_1',
    charge: 'ch_1',
    payment_intent: 'pi_1',
    amount: 100,
    currency: 'usd',
    status,
    reason: 'fraudulent',
  });

  test.each<[type: string, object: JsonObject, state: string]>([
    ['payment_intent.created', intent('requires_payment_method'), 'created'],
    ['payment_intent.requires_action', intent('requires_action'), 'created'],
    ['payment_intent.processing', intent('processing'), 'created'],
    ['payment_intent.payment_failed', intent('requires_payment_method'), 'failed'],
    ['payment_intent.amount_capturable_updated', intent('requires_capture'), 'authorized'],
    ['payment_intent.succeeded', intent('succeeded'), 'captured'],
    ['payment_intent.canceled', intent('canceled'), 'cancelled'],
    ['payment_intent.canceled', { ...intent('canceled'), amount_received: 40 }, 'captured'],
    [
      'payment_intent.amount_capturable_updated',
      { ...intent('requires_capture'), amount_received: 40 },
      'captured',
    ],
    ['payment_intent.dreamt', intent('Dreaming'), 'payment_intent/dreaming'],
    ['charge.pending', charge({ status: 'pending' }), 'created'],
    ['charge.succeeded', charge({ captured: false }), 'authorized'],
    ['charge.captured', charge({ captured: true }), 'captured'],
    ['charge.failed', charge({ status: 'failed' }), 'failed'],
    ['charge.expired', charge({ captured: false }), 'expired'],
    ['charge.refunded', charge({ captured: true, refunded: true }), 'refunded'],
    ['charge.refunded', charge({ captured: true, refunded: false }), 'captured'],
    ['charge.updated', charge({ captured: true, disputed: true }), 'chargeback'],
    ['charge.refunded', charge({ captured: true, disputed: true, refunded: true }), 'refunded'],
    ['charge.dispute.created', dispute('needs_response'), 'chargeback'],
    ['charge.dispute.closed', dispute('won'), 'settled'],
    ['charge.dispute.closed', dispute('lost'), 'returned'],
    ['charge.dispute.closed', dispute('prevented'), 'refunded'],
    ['charge.dispute.closed', dispute('charge_refunded'), 'refunded'],
  ])('%s', (type, object, state) => {
    expect(one(type, object).state).toBe(state);
  });

  test.each(['needs_response', 'under_review', 'closed'])(
    'an inquiry (%s) is no fact, and is counted',
    (status) => {
      expect(decode(event('charge.dispute.created', dispute(`warning_${status}`)))).toEqual({
        items: [],
        ignored: { inquiry: 1 },
        refused: [],
      });
    },
  );

  test('an event of the test mode says so', () => {
    const record = event('charge.succeeded', charge({ captured: true }));
    const [test1, live, untold] = [false, true, undefined].map((livemode) =>
      only(decode({ ...record, livemode }).items),
    );
    expect(test1?.attributes['test_mode']).toBe('true');
    expect([live?.attributes, untold?.attributes]).toEqual([untold?.attributes, untold?.attributes]);
    expect(untold?.attributes).not.toHaveProperty('test_mode');
  });

  test.each<[amounts: [amount: number, captured: number, refunded: number], refunded: string | undefined]>([
    [[20_675, 20_675, 375], '3.75'],
    // The rest was released, which Stripe counts as refunded.
    [[20_675, 20_300, 375], '0.00'],
    [[20_675, 20_300, 675], '3.00'],
    // The rest may still be captured.
    [[20_675, 10_000, 500], '5.00'],
    [[20_675, 20_300, 0], undefined],
  ])('of %j came back: what was never captured is none of it', ([amount, captured, refunded], expected) => {
    const object = charge({ captured: true, amount, amount_captured: captured, amount_refunded: refunded });
    expect(one('charge.refunded', object).attributes['refunded']).toBe(expected);
  });

  test('what was captured and given back, and until when an authorisation holds', () => {
    const details = { type: 'card', card: { capture_before: 1_773_755_999 } };
    const object = charge({
      captured: true,
      amount_captured: 80,
      amount_refunded: 30,
      payment_method_details: details,
    });
    expect(one('charge.refunded', object).attributes).toEqual({
      captured: '0.80',
      refunded: '0.10',
      authorization_expires_at: '2026-03-17T13:59:59.000Z',
      test_mode: 'true',
    });
  });

  test('a dispute and a refund do not say what the payment came to', () => {
    expect(one('charge.dispute.created', dispute('needs_response'))).toMatchObject({
      ownId: 'pi_1',
      amountMinor: null,
      attributes: { reason: 'fraudulent' },
    });
    const refund = { object: 'refund', id: 're_1', charge: 'ch_1', amount: 30, currency: 'usd' };
    expect(one('refund.failed', { ...refund, status: 'failed' })).toMatchObject({
      ownId: null,
      aliases: [{ type: 'charge', value: 'ch_1' }],
      state: 'captured',
      amountMinor: null,
      attributes: { 'refund_undone:re_1': '0.30 USD' },
    });
    expect(decode(event('refund.created', { ...refund, status: 'succeeded' })).ignored).toEqual({
      refund_part: 1,
    });
  });
});

test('[Y3] ids: the intent, its charge, and what a shop puts into metadata; an id that is a card number becomes a token', () => {
  const object = {
    ...sample('charge'),
    payment_intent: { id: 'pi_9', object: 'payment_intent' },
    customer: 'cus_1',
    metadata: {
      order_id: 'ORD-1',
      transaction_id: '4111 1111 1111 1111',
      trace_id: '4BF92F3577B34DA6A3CE929D0E0E4736',
    },
  };
  const event1 = one('charge.succeeded', object, {
    account: 'acct_1',
    request: { id: 'req_1', idempotency_key: 'key-1' },
  });
  expect(event1).toMatchObject({
    ownId: 'pi_9',
    customerId: 'cus_1',
    merchantId: 'acct_1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  });
  expect(event1.aliases.map(({ type }) => type)).toEqual([
    'charge',
    'order_id',
    'transaction_id',
    'idempotency_key',
  ]);
  expect(event1.aliases[2]?.value).toMatch(/^tok_[0-9a-f]{32}$/);
});

test('[Y4] an event is its evt_ id, whatever else of it differs', () => {
  const record = event('charge.succeeded', sample('charge'));
  const again = { ...record, pending_webhooks: 7 };
  const other = { ...record, id: 'evt_2' };
  const id = (value: unknown): string => only(decode(value).items).id;
  expect(id(again)).toBe(id(record));
  expect(id(other)).not.toBe(id(record));
  expect(id(event('charge.succeeded', { ...sample('charge'), amount: 101 }))).not.toBe(id(record));
});

test.each<[currency: string, amount: unknown, minor: bigint | null]>([
  ['jpy', 4800, 4800n],
  ['kwd', 4800, 4800n],
  ['isk', 10_000, 100n],
  ['isk', 10_050, null],
  ['ugx', 500, 5n],
  ['ugx', 550, null],
  ['mga', 5, 500n],
  ['clp', 500, 500n],
  ['huf', 500, 500n],
  ['twd', 500, 500n],
  ['bhd', 5120, 5120n],
  ['usd', -1, null],
  ['usd', 1.5, null],
  ['usd', '100', 100n],
  ['usd', null, null],
  ['usd', 2 ** 53, null],
  ['xyz', 1, null],
])('[Y5] %s %j', (currency, amount, minor) => {
  const { items, refused } = decode(event('charge.succeeded', { ...sample('charge'), currency, amount }));
  expect(items.map(({ amountMinor }) => amountMinor)).toEqual(minor === null ? [] : [minor]);
  expect(refused.map(({ reason }) => reason)).toEqual(minor === null ? ['bad_amount'] : []);
});

test('what is missing', () => {
  expect(reasons({})).toEqual(['wrong_shape']);
  expect(reasons(event('charge.succeeded', sample('charge'), { created: null }))).toEqual(['missing_time']);
  expect(reasons(event('charge.succeeded', sample('charge'), { created: -1 }))).toEqual(['bad_time']);
  expect(reasons(event('charge.succeeded', sample('charge'), { id: null }))).toEqual(['missing_id']);
  expect(reasons(event('charge.succeeded', { ...sample('charge'), id: null }))).toEqual(['missing_id']);
});

test('[Y6] the rail of an intent that offers several methods is told by its charge', () => {
  const offers = { ...sample('payment_intent'), payment_method_types: ['card', 'klarna'] };
  expect(one('payment_intent.created', offers).rail).toBe('unknown');
  const details = { ...sample('charge'), payment_method_details: { type: 'klarna' } };
  expect(one('charge.succeeded', details).rail).toBe('klarna');
});
