import { describe, expect, test } from 'vitest';
import { decodeAdyen, isAdyen } from '../../../src/formats/payments/adyen.ts';
import { decodePayments } from '../../../src/formats/payments/payment-formats.ts';
import type { PaymentEvent } from '../../../src/model/payment.ts';
import { fixture, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { PAYMENT_CONTEXT } from '../payment-context.ts';

const sample = (name: string): unknown => JSON.parse(fixture(`adyen/${name}.json`));
const decode = (record: unknown) => decodeAdyen(record, PLACE, PAYMENT_CONTEXT);
const item = (over: JsonObject): JsonObject => ({
  NotificationRequestItem: {
    eventCode: 'AUTHORISATION',
    success: 'true',
    eventDate: '2026-03-10T15:00:02+01:00',
    pspReference: 'PSP1',
    merchantReference: 'ORD-1',
    merchantAccountCode: 'Shop',
    amount: { currency: 'EUR', value: 4800 },
    paymentMethod: 'mc',
    ...over,
  },
});
const notify = (...items: unknown[]): JsonObject => ({ live: 'true', notificationItems: items });
const one = (over: JsonObject): PaymentEvent => only(decode(notify(item(over))).items);

describe('[Y1] the sample records', () => {
  const CAPTURE = {
    time: micros('2017-01-25T17:08:19.000000Z'),
    rail: 'card',
    merchantId: 'MagentoMerchantTest2',
  };
  test.each<[name: string, expected: Partial<PaymentEvent>]>([
    [
      'authorisationTrue',
      {
        ownId: null,
        aliases: [
          { type: 'psp_reference', value: '123456789' },
          { type: 'order_id', value: '8313842560770001' },
        ],
        time: micros('2017-01-19T15:42:03.000000Z'),
        state: 'authorized',
        rail: 'card',
        amountMinor: 10_100n,
        currency: 'EUR',
        merchantId: 'MagentoMerchantTest2',
        attributes: { event_code: 'AUTHORISATION' },
      },
    ],
    [
      'captureTrue',
      {
        ...CAPTURE,
        aliases: [
          { type: 'psp_reference', value: 'ORIGINAL_PSP' },
          { type: 'order_id', value: '00000001' },
        ],
        state: 'captured',
        amountMinor: null,
        attributes: { event_code: 'CAPTURE', 'captured_part:PSP_REFERENCE': '236.23 USD' },
      },
    ],
    [
      'captureFalse',
      {
        ...CAPTURE,
        state: 'authorized',
        amountMinor: null,
        attributes: { event_code: 'CAPTURE', no_change: 'failed_step' },
      },
    ],
    [
      'refundTrue',
      {
        time: micros('2017-02-17T10:11:44.000000Z'),
        state: 'captured',
        amountMinor: null,
        attributes: { event_code: 'REFUND', 'refunded_part:PSP_REFERENCE': '15.00 EUR' },
      },
    ],
    [
      'refundFalse',
      {
        time: micros('2017-02-17T10:04:07.000000Z'),
        state: 'captured',
        attributes: { event_code: 'REFUND', no_change: 'failed_step' },
      },
    ],
  ])('%s', (name, expected) => {
    expect(isAdyen(sample(name))).toBe(true);
    expect(only(decode(sample(name)).items)).toMatchObject(expected);
  });

  test('accountHolderCreated is no payment', () => {
    expect(isAdyen(sample('accountHolderCreated'))).toBe(true);
    expect(decode(sample('accountHolderCreated'))).toEqual({
      items: [],
      ignored: { no_payment: 1 },
      refused: [],
    });
  });
});

test.each<[step: string, success: unknown, state: string | null]>([
  ['AUTHORISATION', 'true', 'authorized'],
  ['AUTHORISATION', 'false', 'rejected'],
  ['AUTHORISATION', true, 'authorized'],
  ['CANCELLATION', 'true', 'voided'],
  ['CANCELLATION', 'false', null],
  ['EXPIRE', 'true', 'expired'],
  ['CAPTURE_FAILED', 'true', 'authorized'],
  ['CHARGEBACK', 'true', 'chargeback'],
  ['CHARGEBACK_REVERSED', 'true', 'settled'],
  ['SECOND_CHARGEBACK', 'true', 'returned'],
  ['PREARBITRATION_LOST', 'true', 'returned'],
  ['PREARBITRATION_WON', 'true', 'settled'],
  ['AUTHORISATION_ADJUSTMENT', 'true', 'authorized'],
  ['AUTHORISATION_ADJUSTMENT', 'false', null],
  ['REPORT_AVAILABLE', 'true', null],
])('[Y2] %s %j', (eventCode, success, state) => {
  const { items, ignored } = decode(notify(item({ eventCode, success })));
  expect(items.map((event) => event.state)).toEqual(state === null ? [] : [state]);
  expect(Object.values(ignored)).toEqual(state === null ? [1] : []);
});

test('[Y7] items of one webhook are taken one by one', () => {
  const { items, refused } = decode(
    notify(
      item({}),
      item({ eventDate: 'yesterday' }),
      7,
      item({ pspReference: 'PSP2' }),
      item({ pspReference: null }),
    ),
  );
  expect(items.map(({ aliases }) => aliases[0]?.value)).toEqual(['PSP1', 'PSP2']);
  expect(refused.map(({ reason }) => reason)).toEqual(['bad_time', 'wrong_shape', 'missing_id']);
});

test('an adjustment states the new amount of the authorisation', () => {
  const over = { eventCode: 'AUTHORISATION_ADJUSTMENT', originalReference: 'PSP1', pspReference: 'PSP3' };
  expect(one({ ...over, amount: { currency: 'EUR', value: 5200 } })).toMatchObject({
    aliases: [{ type: 'psp_reference', value: 'PSP1' }, { type: 'order_id' }],
    amountMinor: 5200n,
  });
  expect(one({ ...over, eventCode: 'PREARBITRATION_LOST' }).amountMinor).toBeNull();
});

test('what cancels or gives back says which it did', () => {
  const over = { eventCode: 'CANCEL_OR_REFUND', originalReference: 'PSP1', pspReference: 'PSP3' };
  const states = ['cancel', 'refund', undefined].map(
    (action) => one({ ...over, additionalData: { 'modification.action': action } }).state,
  );
  expect(states).toEqual(['voided', 'refunded', 'voided']);
});

test('an item of the test mode says so', () => {
  const modeOf = (live: unknown) => only(decode({ ...notify(item({})), live }).items).attributes['test_mode'];
  expect(['false', false, 'true', undefined].map(modeOf)).toEqual(['true', 'true', undefined, undefined]);
});

test('a repeated webhook is the same event, another step is another', () => {
  expect(one({ reason: 'again' }).id).toBe(one({}).id);
  expect(one({ success: 'false' }).id).not.toBe(one({}).id);
});

test.each<[method: string, rail: string]>([
  ['visa', 'card'],
  ['visa_applepay', 'card'],
  ['mc_googlepay', 'card'],
  ['sepadirectdebit', 'sepa_dd'],
  ['Klarna', 'klarna'],
])('[Y6] %s', (paymentMethod, rail) => {
  expect(one({ paymentMethod }).rail).toBe(rail);
});

test.each<[currency: string, value: unknown, minor: bigint | null]>([
  ['CLP', 10_000, 100n],
  ['IDR', 100, 10_000n],
  ['CVE', 7, 700n],
  ['ISK', 10_000, 100n],
  ['ISK', 10_050, null],
  ['JPY', 7, 7n],
  ['BHD', 7, 7n],
  ['UGX', 7, 7n],
  ['HUF', 700, 700n],
  ['MGA', 700, 700n],
  ['EUR', '4800', 4800n],
  ['EUR', 1.5, null],
  ['XXQ', 1, null],
])('[Y5] %s %j', (currency, value, minor) => {
  const { items } = decode(notify(item({ amount: { currency, value } })));
  expect(items.map(({ amountMinor }) => amountMinor)).toEqual(minor === null ? [] : [minor]);
});

describe('transfers of the balance platform', () => {
  const transfer = (over: JsonObject, type = 'balancePlatform.transfer.updated'): JsonObject => ({
    type,
    environment: 'live',
    timestamp: '2026-03-10T15:00:02+01:00',
    data: {
      id: '3JNC3N5Q',
      reference: 'ORD-7',
      amount: { currency: 'EUR', value: 4800 },
      status: 'booked',
      category: 'bank',
      priority: 'instant',
      direction: 'outgoing',
      accountHolder: { id: 'AH1', description: 'Shelly' },
      counterparty: { bankAccount: { accountIdentification: { iban: 'NL00TEST' } } },
      ...over,
    },
  });

  test('a booked instant transfer', () => {
    const event = only(decode(transfer({})).items);
    expect(event).toMatchObject({
      ownId: '3JNC3N5Q',
      aliases: [{ type: 'order_id', value: 'ORD-7' }],
      time: micros('2026-03-10T14:00:02.000000Z'),
      state: 'settled',
      rail: 'sepa_inst',
      amountMinor: 4800n,
      customerId: 'AH1',
      attributes: { direction: 'outgoing' },
    });
    expect(jsonOf(event)).not.toMatch(/NL00TEST|Shelly/);
  });

  test.each<[over: JsonObject, rail: string, state: string]>([
    [{ priority: 'regular', status: 'authorised' }, 'sepa_ct', 'accepted'],
    [{ priority: 'regular', status: 'booked' }, 'sepa_ct', 'sent'],
    [
      { priority: 'regular', amount: { currency: 'USD', value: 1 }, status: 'received' },
      'ach_credit',
      'in_file',
    ],
    [{ category: 'issuedCard', priority: null, status: 'authorised' }, 'card', 'authorized'],
    [{ category: 'issuedCard', priority: null, status: 'captured' }, 'card', 'captured'],
    [{ category: 'issuedCard', priority: null, status: 'expired' }, 'card', 'expired'],
    [{ category: 'issuedCard', priority: null, status: 'chargebackReversed' }, 'card', 'settled'],
    [{ status: 'bookingPending' }, 'sepa_inst', 'pending'],
    [{ category: 'grants', priority: null, status: 'booked' }, 'grants', 'sent'],
    [{ status: 'returned' }, 'sepa_inst', 'returned'],
  ])('%j', (over, rail, state) => {
    expect(only(decode(transfer(over)).items)).toMatchObject({ rail, state });
  });

  test('what is missing', () => {
    const reasons = (record: unknown): string[] => decode(record).refused.map(({ reason }) => reason);
    expect(reasons(transfer({ status: null }))).toEqual(['wrong_shape']);
    expect(reasons({ ...transfer({}), timestamp: null })).toEqual(['missing_time']);
    expect(reasons({ ...transfer({}), timestamp: '2026-03-10' })).toEqual(['bad_time']);
    expect(reasons(transfer({ id: ' ' }))).toEqual(['missing_id']);
    expect(decode(transfer({}, 'balancePlatform.report.created')).ignored).toEqual({ no_payment: 1 });
  });
});

test('[F25] a webhook without an item is counted', () => {
  expect(decodePayments(notify(), PLACE, PAYMENT_CONTEXT)).toEqual({
    items: [],
    ignored: { empty_list: 1 },
    refused: [],
  });
});
