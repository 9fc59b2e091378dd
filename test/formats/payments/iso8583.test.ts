import { describe, expect, test } from 'vitest';
import { isIso8583 } from '../../../src/formats/payments/iso8583-elements.ts';
import { decodeIso8583 } from '../../../src/formats/payments/iso8583.ts';
import { recoveryOf } from '../../../src/impact/recovery.ts';
import { buildPayments } from '../../../src/join/payments.ts';
import type { PaymentEvent } from '../../../src/model/payment.ts';
import { shippedTable } from '../../impact/shipped.ts';
import { fixture, jsonOf, micros, only, PLACE } from '../format-context.ts';
import { PAYMENT_CONTEXT, paymentReadingOf } from '../payment-context.ts';

const decode = (record: unknown, context = PAYMENT_CONTEXT) => decodeIso8583(record, PLACE, context);
type Elements = Record<string, unknown>;
const BASE: Elements = {
  '2': '4111111111111111',
  '3': '000000',
  '4': '000000004800',
  '7': '0310140002',
  '11': '003316',
  '32': '00000000200',
  '35': '4111111111111111=29121010000000000000',
  '37': '606914003316',
  '41': 'TERM0001',
  '42': 'SHOP0001       ',
  '49': '978',
};
const message = (mti: string, over: Elements = {}): Elements => ({ mti, elements: { ...BASE, ...over } });
const one = (mti: string, over: Elements = {}): PaymentEvent => only(decode(message(mti, over)).items);
const reasons = (record: unknown): string[] => decode(record).refused.map(({ reason }) => reason);
const OWN = '200/003316/2026-03-10T14:00:02';

describe('[Y1] the sample: a reversal, as JSON and as XML', () => {
  const text = fixture('iso8583/iso_reversal_message.json');
  const xml = fixture('iso8583/iso_reversal_message.xml');
  const expected = {
    ownId: '200/003316/2025-09-08T06:45:19',
    aliases: [{ type: 'rrn', value: '600020000000' }],
    time: micros('2026-01-09T08:06:46.000000Z'),
    state: 'reversed',
    rail: 'card',
    amountMinor: 30_000n,
    currency: 'IDR',
    merchantId: '00003430003948',
    attributes: { mti: '0400', mcc: '9601', settlement_date: '2025-08-09' },
  };

  test('JSON', () => {
    const record: unknown = JSON.parse(text);
    expect(isIso8583(record)).toBe(true);
    expect(only(decode(record).items)).toMatchObject(expected);
  });

  test('XML of moov, and the same message as jPOS writes it', () => {
    expect(isIso8583(xml)).toBe(true);
    const jpos = xml
      .replaceAll(/<Element Number="(\d+)">([^<]*)<\/Element>/g, '<field id="$1" value="$2"/>')
      .replace(/<MTI>(\d+)<\/MTI>/, '<field id="0" value="$1"/>')
      .replace(/<Bitmap>.*<\/Bitmap>/, '')
      .replaceAll('isoMessage', 'isomsg');
    expect(isIso8583(jpos)).toBe(true);
    for (const each of [xml, jpos]) expect(decode(each)).toEqual(decode(JSON.parse(text)));
  });

  test('XML of jPOS, whose composed fields are messages within the message', () => {
    const inner = '<isomsg id="48"><field id="0" value="1"/><field id="4" value="1"/></isomsg>';
    const more = '<field id="55"><isomsg><field id="32" value="9"/></isomsg></field>';
    const fields = Object.entries(BASE).map(([id, value]) => `<field id="${id}" value="${String(value)}"/>`);
    const [first = '', ...rest] = fields;
    const jpos = `<isomsg><field id="0" value="0110"/>${first}${inner}${more}${rest.join('')}</isomsg>`;
    expect(decode(jpos)).toEqual(decode(message('0110')));
  });

  test('the elements under their numbers, without anything around them', () => {
    const { mti, elements } = JSON.parse(text) as { mti: string; elements: Elements };
    expect(decode({ ...elements, '0': mti })).toEqual(decode(JSON.parse(text)));
  });
});

test('[Y13] a message is acquirer, trace number and time; retrieval reference and terminal; never the trace number alone', () => {
  expect(one('0110', { '39': '00' })).toMatchObject({
    ownId: OWN,
    aliases: [
      { type: 'rrn_terminal', value: '606914003316/TERM0001' },
      { type: 'rrn', value: '606914003316' },
    ],
    time: micros('2026-03-10T14:00:02.000000Z'),
    amountMinor: 4800n,
    currency: 'EUR',
    merchantId: 'SHOP0001',
  });
  expect(one('0110', { '32': '' }).ownId).toBeNull();
  expect(reasons(message('0110', { '32': ' ', '41': undefined }))).toEqual(['missing_id']);
  expect(reasons(message('0110', { '32': undefined, '37': undefined }))).toEqual(['missing_id']);
});

test.each<[mti: string, response: string | undefined, state: string]>([
  ['0100', undefined, 'created'],
  ['0110', '00', 'authorized'],
  ['0110', '10', 'authorized'],
  ['0110', '05', 'rejected'],
  ['1110', '000', 'authorized'],
  ['0200', undefined, 'created'],
  ['0210', '00', 'captured'],
  ['0210', '51', 'rejected'],
  ['0220', '00', 'captured'],
  ['0400', undefined, 'reversed'],
  ['0410', '00', 'reversed'],
  ['0410', '12', 'captured'],
  ['0422', undefined, 'chargeback'],
  ['0402', undefined, 'chargeback'],
  ['0412', '00', 'chargeback'],
  ['0420', undefined, 'reversed'],
  ['0421', undefined, 'reversed'],
  ['0430', '00', 'reversed'],
  ['0120', undefined, 'authorized'],
  ['0220', undefined, 'captured'],
  ['0221', undefined, 'captured'],
  ['0220', '05', 'rejected'],
])('[Y2] %s %s', (mti, response, state) => {
  expect(one(mti, { '39': response }).state).toBe(state);
});

test.each<[mti: string, response: string | undefined, state: string]>([
  ['0200', undefined, 'created'],
  ['0210', '00', 'refunded'],
  ['0210', '51', 'rejected'],
  ['0220', undefined, 'refunded'],
  ['0110', '00', 'refunded'],
  ['0400', undefined, 'reversed'],
  ['0410', '12', 'refunded'],
])('[Y2] a refund, %s %s: nothing of it is out', (mti, response, state) => {
  const event = one(mti, { '3': '200000', '39': response });
  expect([event.ownId, event.state, event.amountMinor]).toEqual([OWN, state, 4800n]);
  const [payment] = buildPayments([event], () => 0);
  if (payment === undefined) throw new Error('no payment');
  expect(recoveryOf(payment, shippedTable()).remainingMinor).toBe(0n);
});

test('[Y2] other credits are money that goes its way: a deposit, a payment to a card', () => {
  for (const code of ['210000', '260000', '000000'])
    expect(one('0210', { '3': code, '39': '00' }).state).toBe('captured');
});

test.each<[mti: string, response: string, state: string]>([
  ['1110', '002', 'authorized'],
  ['1110', '100', 'rejected'],
  ['1410', '400', 'reversed'],
  ['1410', '180', 'captured'],
])('[Y2] answers of three digits: %s %s', (mti, response, state) => {
  expect(one(mti, { '39': response }).state).toBe(state);
});

describe('[Y13] a reversal is an event of the payment that it names', () => {
  const original = '020000331603101400020000000020000000000000';

  test('in full', () => {
    expect(one('0400', { '7': '0310150000', '11': '999999', '90': original })).toMatchObject({
      ownId: OWN,
      state: 'reversed',
      amountMinor: 4800n,
    });
  });

  test('in part: the payment goes on with the amount that replaces it', () => {
    const over = { '7': '0310150000', '90': original, '95': `000000001200${'0'.repeat(30)}` };
    expect(one('0400', over)).toMatchObject({ ownId: OWN, state: 'captured', amountMinor: 1200n });
    const nothing = { ...over, '95': '0'.repeat(42) };
    expect(one('0400', nothing)).toMatchObject({ ownId: OWN, state: 'reversed', amountMinor: 4800n });
  });

  test('one that was declined leaves an authorisation what it was', () => {
    const asked = { '7': '0310150000', '39': '12', '90': `0100${original.slice(4)}` };
    expect(one('0410', asked)).toMatchObject({ ownId: OWN, state: 'authorized' });
  });

  test('zeros for the acquirer mean that of the message; a completion is named so too, a credit is not', () => {
    const over = { '7': '0310150000', '11': '999999', '37': undefined };
    const zeros = { ...over, '90': `${original.slice(0, 20)}${'0'.repeat(22)}` };
    expect(one('0420', zeros)).toMatchObject({ ownId: OWN, state: 'reversed' });
    expect(one('0220', zeros)).toMatchObject({ ownId: OWN, state: 'captured' });
    expect(one('0220', { ...zeros, '3': '200000' }).ownId).toBe('200/999999/2026-03-10T15:00:00');
    expect(reasons(message('0420', { ...zeros, '32': undefined }))).toEqual(['missing_id']);
  });

  test('what names no message is an event of its own', () => {
    for (const odd of ['0', 'x'.repeat(42), original.slice(1)]) {
      expect(one('0400', { '90': odd }).ownId).toBe(OWN);
    }
  });
});

describe('[Y14] a time without a year is in the year that brings it nearest', () => {
  const at = (near: string, sent: string) =>
    decode(message('0100', { '7': sent }), {
      ...PAYMENT_CONTEXT,
      ...paymentReadingOf({ 'inputs.payments.near': near }),
    });
  test.each<[near: string, sent: string, time: string]>([
    ['2026-01-01T00:00:10Z', '1231235959', '2025-12-31T23:59:59.000000Z'],
    ['2025-12-31T23:59:59Z', '0101000010', '2026-01-01T00:00:10.000000Z'],
    ['2026-07-01T00:00:00Z', '1230000000', '2026-12-30T00:00:00.000000Z'],
    ['2026-07-01T00:00:00Z', '1231000001', '2025-12-31T00:00:01.000000Z'],
    ['2025-12-10T00:00:00Z', '0229120000', '2024-02-29T12:00:00.000000Z'],
    ['2027-03-10T00:00:00Z', '0229120000', '2028-02-29T12:00:00.000000Z'],
  ])('read at %s, %s', (near, sent, time) => {
    expect(only(at(near, sent).items).time).toBe(micros(time));
  });

  test.each(['0230120000', '1301000000', '0310240000', '0310', 'x', '031014000212'])('%s is none', (sent) => {
    expect(at('2026-03-10T00:00:00Z', sent).refused.map(({ reason }) => reason)).toEqual(['bad_time']);
  });
});

test.each<[amount: unknown, currency: unknown, minor: bigint | null]>([
  ['000000004800', '392', 4800n],
  ['000000004800', '414', 4800n],
  ['999999999999', '978', 999_999_999_999n],
  ['4800', '978', null],
  [4800, '978', null],
  ['000000004800', '000', null],
  ['000000004800', undefined, null],
])('[Y5] DE4 %j in %j', (amount, currency, minor) => {
  const { items } = decode(message('0100', { '4': amount, '49': currency }));
  // An amount that is no text is none at all.
  const expected = typeof amount === 'number' ? [null] : minor === null ? [] : [minor];
  expect(items.map(({ amountMinor }) => amountMinor)).toEqual(expected);
});

test('card number, track data and terminal data are not kept', () => {
  expect(jsonOf(one('0100', { '52': 'AAAABBBBCCCCDDDD', '55': '9F2608' }))).not.toMatch(
    /4111|2912|AAAA|9F26/,
  );
});

test('other messages are no payments; what is none at all is refused', () => {
  expect(decode(message('0800')).ignored).toEqual({ no_payment: 1 });
  expect(decode(message('0302')).ignored).toEqual({ no_payment: 1 });
  expect(reasons({ mti: '04', elements: {} })).toEqual(['wrong_shape']);
  expect(reasons(message('0100', { '7': undefined }))).toEqual(['missing_time']);
  expect(reasons('<isomsg><field id="0" value="0100"/>')).toEqual(['truncated']);
  expect(reasons('<!DOCTYPE x><isomsg/>')).toEqual(['unsafe_xml']);
  const twice =
    '<isomsg><field id="0" value="0100"/><field id="4" value="1"/><field id="4" value="2"/></isomsg>';
  expect(reasons(twice)).toEqual(['wrong_shape']);
});

test('[Y13] references and terminals of zeros are none, and merge nothing', () => {
  expect(one('0110', { '37': '000000000000' }).aliases).toEqual([]);
  expect(one('0110', { '41': '00000000' }).aliases).toEqual([{ type: 'rrn', value: '606914003316' }]);
});

test('the currency may be three letters', () => {
  expect(one('0110', { '49': 'EUR' })).toMatchObject({ amountMinor: 4800n, currency: 'EUR' });
  expect(reasons(message('0110', { '49': 'QQQ' }))).toEqual(['bad_amount']);
});
