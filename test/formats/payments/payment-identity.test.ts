// Goal: payments that are different stay different, the same ones meet, and no amount is taken for a card number.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { decodePayment } from '../../../src/formats/payments/payment-json.ts';
import { canonicalJson } from '../../../src/model/canonical-json.ts';
import { contentId } from '../../../src/model/ids.ts';
import type { Json } from '../../../src/model/json.ts';
import type { PaymentEvent } from '../../../src/model/payment.ts';
import { checkDigit } from '../card-numbers.ts';
import { CONTEXT, only, PLACE, type JsonObject } from '../format-context.ts';

const payment = (over: JsonObject): JsonObject => ({
  id: 'pay_1',
  time: '2026-03-10T14:00:02Z',
  state: 'accepted',
  rail: 'sepa_ct',
  ...over,
});
const decode = (over: JsonObject) => decodePayment(payment(over), PLACE, CONTEXT);
const one = (over: JsonObject): PaymentEvent => only(decode(over).items);

describe('placeholders are no ids: every payment without a reference would be one payment', () => {
  const file = readFileSync(new URL('../../../data/attributes.yaml', import.meta.url), 'utf8');
  const { placeholders } = parse(file) as { placeholders: { value: string }[] };
  const values = placeholders.flatMap(({ value }) => [value, value.toLowerCase(), ` ${value} `]);

  test.each([...new Set(values)])('%j', (value) => {
    expect(one({ uetr: value, psp_reference: value, ids: [{ type: 'uetr', value }] }).aliases).toEqual([]);
    expect(decode({ id: value }).refused.map(({ reason }) => reason)).toEqual(['missing_id']);
    expect(decode({ id: undefined, uetr: value }).refused.map(({ reason }) => reason)).toEqual([
      'missing_id',
    ]);
  });
});

test('types of aliases are one word however they are written', () => {
  const spellings = {
    end_to_end_id: ['endToEndId', 'EndToEndId', 'End-To-End ID', 'end.to.end.id', 'END_TO_END_ID'],
    psp_reference: ['pspReference', 'PSPReference', 'psp-reference', 'PSP reference'],
    uetr: ['UETR', 'Uetr'],
  };
  for (const [type, written] of Object.entries(spellings)) {
    for (const spelling of written) {
      expect(one({ ids: [{ type: spelling, value: 'v' }] }).aliases, spelling).toEqual([
        { type, value: 'v' },
      ]);
    }
  }
  // Only so is a reference strong enough to stand alone.
  expect(one({ id: undefined, ids: [{ type: 'pspReference', value: 'p' }] }).ownId).toBeNull();
});

test('the id of the event is made of the record as it came', () => {
  const record = payment({
    id: 881,
    uetr: '9B2F1C1E-5D3A-4C7E-8F21-00000000000A',
    ids: [{ type: 'order', value: ' x ' }],
    customer: { country: 'DE' },
    merchant: {},
    amount: '1.00',
    currency: 'EUR',
  }) as Json;
  const expected = contentId('pe', ['payment', 'default', 'payments', [canonicalJson(record)]]);
  expect(only(decodePayment(record, PLACE, CONTEXT).items).id).toBe(expected);
});

test('what else is known of customer and merchant is kept, names and accounts are not', () => {
  const party = {
    id: 'c-1',
    country: 'DE',
    segment: 'gold',
    name: 'secret',
    iban: 'secret',
    name_2: 'secret',
  };
  expect(one({ customer: party, merchant: { id: 'm-1', mcc: 5411 } }).attributes).toEqual({
    'customer.segment': 'gold',
    'merchant.mcc': '5411',
  });
});

describe('an amount with the digits of a card number is an amount', () => {
  /** `leading` and zeros, and a last decimal that makes the Luhn sum right. */
  const amountOf = (leading: string, whole: number, decimals: number): string => {
    const digits = leading.padEnd(whole + decimals - 1, '0');
    const all = digits + checkDigit(digits);
    return `${all.slice(0, whole)}.${all.slice(whole)}`;
  };
  const AMOUNTS: readonly (readonly [string, string])[] = [
    [amountOf('45', 11, 2), 'IDR'],
    [amountOf('50', 11, 2), 'EUR'],
    [amountOf('36', 12, 2), 'COP'],
    [amountOf('5', 10, 3), 'KWD'],
    [amountOf('37', 12, 3), 'IQD'],
  ];

  test.each(AMOUNTS)('%s %s', (amount, currency) => {
    expect(one({ amount, currency }).amountMinor).toBe(BigInt(amount.replace('.', '')));
    expect(one({ attributes: { captured: amount } }).attributes).toEqual({ captured: amount });
    expect(CONTEXT.redactor.text(`paid ${amount} ${currency}`)).toBe(`paid ${amount} ${currency}`);
  });

  test.each([
    '4111111111111111',
    '4222222222222',
    '4111111111111111.00',
    '4111.1111.1111.1111',
    '411111111111.1111',
  ])('%s is none', (text) => {
    expect(CONTEXT.redactor.text(text)).not.toContain('1111');
    expect(CONTEXT.redactor.text(text)).not.toContain('2222');
    expect(decode({ amount: text, currency: 'JPY' }).refused.map(({ reason }) => reason)).toEqual([
      'bad_amount',
    ]);
  });
});

describe('numbers that lost their digits before anybody could look at them', () => {
  // Both are numbers of a card issuer, too large to be exact: what is left of them is the same mark.
  const lost = [JSON.parse('4000000000000000006'), JSON.parse('4000000000000000114')] as number[];

  test('are no ids: two payments would be one', () => {
    for (const id of lost) {
      expect(decode({ id }).refused.map(({ reason }) => reason)).toEqual(['missing_id']);
      const { aliases, customerId } = one({
        psp_reference: id,
        ids: [{ type: 'uetr', value: id }],
        customer: { id },
      });
      expect([aliases, customerId]).toEqual([[], null]);
    }
  });

  test('are no amounts: a payment of 1e400 is not one without an amount', () => {
    const amount = JSON.parse('1e400') as number;
    expect(decode({ amount, currency: 'EUR' }).refused.map(({ reason }) => reason)).toEqual(['bad_amount']);
  });
});
