import { describe, expect, test } from 'vitest';
import { decodePayments } from '../../../src/formats/payments/payment-formats.ts';
import type { PaymentContext } from '../../../src/formats/payments/payment-context.ts';
import { jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { PAYMENT_CONTEXT, paymentReadingOf } from '../payment-context.ts';

const MAPPING = {
  id: '/tx/no',
  end_to_end_id: '/tx/e2e',
  time: '/booked~1at',
  state: 'status',
  states: { BOOKED: 'settled', '3': 'sent' },
  rail: '/scheme',
  rails: { SCT: 'sepa_ct' },
  rail_name: 'sepa_inst',
  amount: '/legs/0/value',
  currency: '/ccy',
  currency_name: 'EUR',
  customer: '/payer/id',
  customer_country: '/payer/country',
  merchant: '/shop',
  trace_id: '/trace',
  pod: '/where/pod',
  service: '/where/service',
  attributes: { cutoff_at: '/cutoff' },
};
const contextOf = (over: JsonObject = {}): PaymentContext => ({
  ...PAYMENT_CONTEXT,
  ...paymentReadingOf({ 'payments.mapping': JSON.stringify({ ...MAPPING, ...over }) }),
});
const RECORD: JsonObject = {
  tx: { no: 7, e2e: 'E1' },
  'booked/at': '2026-03-10T15:00:02+01:00',
  status: 'BOOKED',
  scheme: 'SCT',
  legs: [{ value: '48000.00' }],
  ccy: 'eur',
  payer: { id: 'c-1', country: 'DE', name: 'Ann Other', iban: 'DE00' },
  shop: 'm-1',
  trace: '4bf92f3577b34da6a3ce929d0e0e4736',
  where: { pod: 'ledger-1', service: 'ledger' },
  cutoff: '2026-03-10T16:00:00Z',
  note: 'private',
};
const decode = (record: unknown, over: JsonObject = {}) => decodePayments(record, PLACE, contextOf(over));

test('[Y15] a record of the user’s own form, with what is mapped and nothing else', () => {
  const event = only(decode(RECORD).items);
  expect(event).toMatchObject({
    ownId: '7',
    aliases: [{ type: 'end_to_end_id', value: 'E1' }],
    time: micros('2026-03-10T14:00:02.000000Z'),
    state: 'settled',
    rail: 'sepa_ct',
    amountMinor: 4_800_000n,
    currency: 'EUR',
    customerId: 'c-1',
    customerCountry: 'DE',
    merchantId: 'm-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    podName: 'ledger-1',
    service: 'ledger',
    attributes: { cutoff_at: '2026-03-10T16:00:00Z' },
  });
  expect(jsonOf(event)).not.toMatch(/Ann|DE00|private/);
});

describe('[Y15] what the record does not say', () => {
  test.each<[name: string, record: JsonObject, expected: JsonObject]>([
    ['the rail is that of the mapping', { ...RECORD, scheme: null }, { rail: 'sepa_inst' }],
    ['the currency is that of the mapping', { ...RECORD, ccy: '' }, { currency: 'EUR' }],
    ['a state that is not mapped stays itself', { ...RECORD, status: 'Odd' }, { state: 'odd' }],
    ['a state may be a number', { ...RECORD, status: 3 }, { state: 'sent' }],
    ['no amount is none', { ...RECORD, legs: [] }, { amountMinor: null }],
  ])('%s', (_, record, expected) => {
    expect(only(decode(record).items)).toMatchObject(expected);
  });
});

test.each<[form: string, time: unknown, expected: string | null]>([
  ['rfc3339', '2026-03-10T14:00:02', '2026-03-10T14:00:02.000000Z'],
  ['rfc3339', '10.03.2026', null],
  ['unix_seconds', 1_773_151_202, '2026-03-10T14:00:02.000000Z'],
  ['unix_seconds', '1773151202.25', '2026-03-10T14:00:02.250000Z'],
  ['unix_ms', 1_773_151_202_118, '2026-03-10T14:00:02.118000Z'],
  ['unix_ms', 'x', null],
  ['day_first', '10.03.2026 14:00:02', '2026-03-10T14:00:02.000000Z'],
  ['day_first', '10.3.2026, 14:00', '2026-03-10T14:00:00.000000Z'],
  ['day_first', '3/10/2026 14:00:02.5', '2026-10-03T14:00:02.500000Z'],
  ['month_first', '3/10/2026 9:00:02,118', '2026-03-10T09:00:02.118000Z'],
  ['month_first', '13/10/2026 14:00:02', null],
  ['day_first', '10.03.2026', null],
  ['day_first', '2026-03-10T14:00:02Z', null],
  ['unix_us', 1_773_151_202_118_000, '2026-03-10T14:00:02.118000Z'],
  ['unix_us', '1773151202118123', '2026-03-10T14:00:02.118123Z'],
])('[Y15] %s %j', (form, time, expected) => {
  const { items, refused } = decode({ ...RECORD, 'booked/at': time }, { time_form: form });
  expect(items.map((event) => event.time)).toEqual(expected === null ? [] : [micros(expected)]);
  expect(refused.map(({ reason }) => reason)).toEqual(expected === null ? ['bad_time'] : []);
});

test.each<[currency: string, amount: unknown, minor: bigint | null]>([
  ['EUR', 4800, 4800n],
  ['JPY', '4800', 4800n],
  ['EUR', '48.00', null],
])('[Y15] minor units: %s %j', (ccy, value, minor) => {
  const { items } = decode({ ...RECORD, ccy, legs: [{ value }] }, { amount_form: 'minor' });
  expect(items.map(({ amountMinor }) => amountMinor)).toEqual(minor === null ? [] : [minor]);
});

test.each<[amount: unknown, minor: bigint | null]>([
  ['1.234,56', 123_456n],
  ['1234,5', 123_450n],
  ['1.234.567', 123_456_700n],
  ['12', 1200n],
  [12.5, 1250n],
  ['1,234.56', null],
  ['1.23,4', null],
  ['12,345', null],
  ['-1,00', null],
  ['', null],
])('[Y15] a decimal comma: %j', (value, minor) => {
  const { items, refused } = decode({ ...RECORD, legs: [{ value }] }, { amount_form: 'decimal_comma' });
  expect(items.map(({ amountMinor }) => amountMinor)).toEqual(minor === null ? [] : [minor]);
  expect(refused.map(({ reason }) => reason)).toEqual(minor === null ? ['bad_amount'] : []);
});

test('[Y15] what the mapping does not fit is read as our own form, and formats with marks go before it', () => {
  const own = { id: 'p', time: '2026-03-10T14:00:02Z', state: 'sent', rail: 'sepa_ct' };
  expect(only(decode(own).items)).toMatchObject({ ownId: 'p', state: 'sent' });
  expect(decode({ notificationItems: [], status: 'BOOKED', 'booked/at': 'x' })).toMatchObject({
    items: [],
    refused: [],
  });
  expect(decode([]).refused.map(({ reason }) => reason)).toEqual(['wrong_shape']);
});

test('[Y15] a card number in a mapped id becomes a token', () => {
  expect(only(decode({ ...RECORD, tx: { no: '4111 1111 1111 1111' } }).items).ownId).toMatch(/^tok_/);
});
