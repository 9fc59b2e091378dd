import { describe, expect, test } from 'vitest';
import { decodePayment, isPayment } from '../../../src/formats/payments/payment-json.ts';
import type { PaymentEvent } from '../../../src/model/payment.ts';
import { CONTEXT, jsonOf, micros, only, PLACE, type JsonObject } from '../format-context.ts';
import { paymentRecord } from '../sample-records.ts';

const decode = (value: unknown) => decodePayment(value, PLACE, CONTEXT);
const one = (over: JsonObject = {}): PaymentEvent => only(decode({ ...paymentRecord(), ...over }).items);
const reasons = (over: JsonObject): string[] =>
  decode({ ...paymentRecord(), ...over }).refused.map(({ reason }) => reason);

test('a full payment', () => {
  expect(isPayment(paymentRecord())).toBe(true);
  const { id, ...event } = one();
  expect(id).toMatch(/^pe_[a-z2-7]{26}$/);
  expect(event).toEqual({
    tenant: 'default',
    ownId: 'pay_881',
    aliases: [
      { type: 'uetr', value: '9b2f1c1e-5d3a-4c7e-8f21-000000000001' },
      { type: 'psp_reference', value: 'psp-1' },
      { type: 'end_to_end_id', value: 'e2e-1' },
      { type: 'order_id', value: 'ORD-2026-000123' },
      { type: 'rrn', value: '614092' },
    ],
    time: micros('2026-03-10T14:00:02.118999Z'),
    state: 'accepted',
    rail: 'sepa_ct',
    amountMinor: 4_800_000n,
    currency: 'EUR',
    customerId: 'cus-1',
    customerCountry: 'DE',
    merchantId: 'mer-1',
    service: 'ledger',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    podUid: 'u-ledger',
    podName: 'ledger-1',
    namespace: 'payments',
    cluster: 'prod-eu',
    containerId: '5892b41bcf46',
    attributes: { capture_at: '2026-03-11T00:00:00Z', note: 'none', 'extra.deep.field': 'kept' },
  });
});

test('the id depends on the content alone', () => {
  const record = paymentRecord();
  const turned = Object.fromEntries(Object.entries(record).toReversed());
  expect(only(decode(turned).items).id).toBe(one().id);
  expect(one({ note: 'other' }).id).not.toBe(one().id);
});

describe('amounts', () => {
  test.each([
    ['48000', 'EUR', 4_800_000n],
    ['0.01', 'eur', 1n],
    ['48000', 'JPY', 48_000n],
    ['1.234', 'KWD', 1_234n],
    [48000.5, 'EUR', 4_800_050n],
    [1000, 'JPY', 1_000n],
    [999999999999999, 'JPY', 999_999_999_999_999n],
  ])('%j %s', (amount, currency, minor) => {
    expect(one({ amount, currency }).amountMinor).toBe(minor);
  });

  test.each([
    ['12.345', 'EUR', 'bad_amount'],
    ['-1.00', 'EUR', 'bad_amount'],
    ['1e3', 'EUR', 'bad_amount'],
    ['1,000.00', 'EUR', 'bad_amount'],
    ['100.5', 'JPY', 'bad_amount'],
    ['90071992547409.92', 'EUR', 'bad_amount'],
    [0.1 + 0.2, 'EUR', 'bad_amount'],
    [-5, 'EUR', 'bad_amount'],
    [1e21, 'EUR', 'bad_amount'],
    [true, 'EUR', 'bad_amount'],
    [['1'], 'EUR', 'bad_amount'],
    ['1.00', 'XYZ', 'unknown_currency'],
    ['1.00', undefined, 'unknown_currency'],
    ['1.00', 'constructor', 'unknown_currency'],
  ])('%j %s is %s', (amount, currency, reason) => {
    expect(reasons({ amount, currency })).toEqual([reason]);
  });

  test('none is none, and then the currency says nothing', () => {
    expect(one({ amount: undefined })).toMatchObject({ amountMinor: null, currency: null });
    expect(one({ amount: null, currency: 'none' })).toMatchObject({ amountMinor: null, currency: null });
  });

  test('what is wrong is said without what was written', () => {
    const { refused } = decode({ ...paymentRecord(), amount: '4111x', currency: 'JPY' });
    expect(refused[0]?.text).toContain('"48000"');
    expect(refused[0]?.text).not.toContain('4111');
  });
});

describe('ids', () => {
  test('are text; a whole number is its text; a UUID is in lower case', () => {
    expect(one({ id: 881 }).ownId).toBe('881');
    expect(one({ id: ' 9B2F1C1E-5D3A-4C7E-8F21-00000000000A ' }).ownId).toBe(
      '9b2f1c1e-5d3a-4c7e-8f21-00000000000a',
    );
    expect(one({ id: 1.5 }).ownId).toBeNull();
    expect(one({ id: 2 ** 60 }).ownId).toBeNull();
    expect(one({ id: 'x'.repeat(257) }).ownId).toBeNull();
  });

  test('without an own id a strong alias is enough, a weak one is not', () => {
    const none = { id: undefined, uetr: undefined, psp_reference: undefined };
    expect(reasons(none)).toEqual(['missing_id']);
    expect(one({ ...none, uetr: 'u' }).ownId).toBeNull();
    expect(one({ ...none, psp_reference: 'p' }).ownId).toBeNull();
    expect(one({ ...none, ids: [{ type: 'UETR', value: 'u' }] }).aliases[0]).toEqual({
      type: 'end_to_end_id',
      value: 'e2e-1',
    });
  });

  test('a card number is one token in every id field, however it is written', () => {
    const number = {
      id: 4111111111111111,
      uetr: '4111 1111 1111 1111',
      psp_reference: '4111-1111-1111-1111',
    };
    const event = one({
      ...number,
      ids: [{ type: 'card', value: '4111111111111111' }, 'x', { type: 'n', value: 4111111111111111 }],
      customer: { id: '4111.1111.1111.1111' },
      merchant: { id: 5555555555554444 },
    });
    const token = event.ownId;
    expect(token).toMatch(/^tok_[0-9a-f]{32}$/);
    const values = event.aliases.filter(({ type }) => ['uetr', 'psp_reference', 'card', 'n'].includes(type));
    expect(values.map(({ value }) => value)).toEqual([token, token, token, token]);
    expect(event.customerId).toBe(token);
    expect(event.merchantId).toMatch(/^tok_/);
    expect(event.merchantId).not.toBe(token);
  });

  test('ids that hold different card numbers stay different', () => {
    expect(one({ id: 'a-4111111111111111' }).ownId).not.toBe(one({ id: 'a-5555555555554444' }).ownId);
  });

  test('[X2] a record with more than a hundred further ids is refused', () => {
    const ids = Array.from({ length: 150 }, (_, i) => ({ type: 'x', value: `v${i}` }));
    expect(one({ ids: ids.slice(0, 100) }).aliases.filter(({ type }) => type === 'x')).toHaveLength(100);
    expect(reasons({ ids })).toEqual(['too_many_items']);
  });
});

describe('attributes', () => {
  test('[X2] a record with more than two hundred is refused, wherever they stand; what is never kept does not count', () => {
    const many = Object.fromEntries(Array.from({ length: 199 }, (_, i) => [`k${i}`, i]));
    expect(reasons({ attributes: { ...many, one_more: 1 } })).toEqual(['too_many_items']);
    expect(reasons({ attributes: many, unknown: { one_more: 1 } })).toEqual(['too_many_items']);
    expect(reasons({ attributes: many, customer: { one_more: 1 } })).toEqual(['too_many_items']);
    const dropped = { ...many, iban: 'secret', nothing: null, list: [1] };
    expect(Object.keys(one({ attributes: dropped, k0: 'again' }).attributes)).toHaveLength(200);
  });

  test('names of persons and accounts are dropped, in every spelling and at every depth', () => {
    const personal = {
      iban: 'secret',
      debtor_iban: 'secret',
      debtorIban: 'secret',
      IBAN: 'secret',
      'debtor.iban': 'secret',
      accountNumber: 'secret',
      account_no: 'secret',
      creditorAccount: { id: 'secret' },
      account: { a: 'secret' },
      firstName: 'secret',
      last_name: 'secret',
      holderName: 'secret',
      cardHolder: 'secret',
      name: 'secret',
      email: 'secret',
      customerEmail: 'secret',
      phoneNumber: 'secret',
      mobile_phone: 'secret',
      homeAddress: 'secret',
      taxId: 'secret',
      nationalId: 'secret',
      birthDate: 'secret',
      date_of_birth: 'secret',
      ssn: 'secret',
      cardNumber: 'secret',
      pan: 'secret',
      cvv: 'secret',
      cardCvc: 'secret',
      pin: 'secret',
      track2: 'secret',
    };
    const event = one({ attributes: personal, ...personal, deep: { er: personal } });
    expect(jsonOf(event)).not.toContain('secret');
    expect(event.attributes).toEqual({ 'extra.deep.field': 'kept' });
  });

  test('are text, at most two hundred, and no lists', () => {
    // One is in every record here.
    const many = Object.fromEntries(Array.from({ length: 199 }, (_, i) => [`k${i}`, i]));
    expect(Object.keys(one({ attributes: many }).attributes)).toHaveLength(200);
    expect(one({ attributes: { a: 1.5, b: true, c: null, d: [1], e: { f: 'g' } } }).attributes).toEqual({
      a: '1.5',
      b: 'true',
      'e.f': 'g',
      'extra.deep.field': 'kept',
    });
    expect(one({ attributes: 'text' }).attributes).toEqual({ 'extra.deep.field': 'kept' });
  });
});

test('a trace id, else that of a traceparent', () => {
  const id = '0af7651916cd43dd8448eb211c80319c';
  expect(one({ trace_id: undefined, traceparent: `00-${id}-b7ad6b7169203331-01` }).traceId).toBe(id);
  expect(one({ trace_id: 'none', traceparent: 'none' }).traceId).toBeNull();
});

test('refused', () => {
  expect(reasons({ state: undefined })).toEqual(['wrong_shape']);
  expect(reasons({ rail: '' })).toEqual(['wrong_shape']);
  expect(reasons({ time: undefined })).toEqual(['missing_time']);
  expect(reasons({ time: '2026-03-10' })).toEqual(['bad_time']);
  for (const value of [null, 7, 'x', [paymentRecord()]]) {
    expect(decode(value).refused.map(({ reason }) => reason)).toEqual(['wrong_shape']);
  }
});
