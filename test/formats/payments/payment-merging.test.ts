// Goal: state events of one payment meet, whatever format and order they come in, and the payment is the same under any order.
import { describe, expect, test } from 'vitest';
import { decodePayments } from '../../../src/formats/payments/payment-formats.ts';
import { recoveryOf } from '../../../src/impact/recovery.ts';
import { buildPayments } from '../../../src/join/payments.ts';
import type { Payment, PaymentEvent } from '../../../src/model/payment.ts';
import { shippedTable } from '../../impact/shipped.ts';
import { Dice } from '../dice.ts';
import { fixture, jsonOf, only, PLACE, type JsonObject } from '../format-context.ts';
import { PAYMENT_CONTEXT } from '../payment-context.ts';

const table = shippedTable();
const rank = (rail: string, state: string): number => table.rank(rail, state);
const eventsOf = (records: readonly unknown[]): PaymentEvent[] =>
  records.flatMap((record) => {
    const { items, refused } = decodePayments(record, PLACE, PAYMENT_CONTEXT);
    expect(refused).toEqual([]);
    return items;
  });

/** The payments, after every record came twice and in many orders. */
function paymentsOf(records: readonly unknown[]): Payment[] {
  const expected = buildPayments(eventsOf(records), rank);
  const dice = new Dice(7);
  for (let run = 0; run < 20; run += 1) {
    const shuffled = [...records, ...records]
      .map((record) => ({ record, key: dice.below(1_000_000) }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ record }) => record);
    expect(jsonOf(buildPayments(eventsOf(shuffled), rank))).toBe(jsonOf(expected));
  }
  return expected;
}

const notification = (over: JsonObject): JsonObject => ({
  notificationItems: [
    {
      NotificationRequestItem: {
        eventCode: 'AUTHORISATION',
        success: 'true',
        eventDate: '2026-03-10T15:00:02+01:00',
        pspReference: 'P1',
        paymentMethod: 'visa',
        ...over,
      },
    },
  ],
});
const sample = (name: string): JsonObject => JSON.parse(fixture(`stripe/${name}.json`)) as JsonObject;
const stripe = (id: string, type: string, created: number, object: JsonObject): JsonObject => ({
  id,
  object: 'event',
  type,
  created,
  data: { object },
});

describe('[Y19] one payment of many records', () => {
  const intent = { ...sample('payment_intent'), id: 'pi_1', latest_charge: 'ch_1' };
  const charge = { ...sample('charge'), id: 'ch_1', payment_intent: 'pi_1', amount: 1099 };

  test('Stripe: events of one second are ordered by their states', () => {
    const payment = only(
      paymentsOf([
        stripe('evt_1', 'payment_intent.succeeded', 200, {
          ...intent,
          status: 'succeeded',
          amount_received: 1099,
        }),
        stripe('evt_2', 'payment_intent.created', 200, { ...intent, latest_charge: null }),
        stripe('evt_3', 'charge.succeeded', 200, charge),
        stripe('evt_4', 'charge.captured', 200, { ...charge, captured: true, amount_captured: 1099 }),
      ]),
    );
    expect(payment).toMatchObject({
      id: 'pi_1',
      aliases: [{ type: 'charge', value: 'ch_1' }],
      rail: 'card',
      state: 'captured',
      amountMinor: 1099n,
      currency: 'USD',
      attributes: { captured: '10.99' },
    });
    expect(payment.events).toHaveLength(4);
  });

  test('Stripe: a charge without its intent meets it by the intent that names it; a late event does not turn it back', () => {
    const payment = only(
      paymentsOf([
        stripe('evt_1', 'charge.refunded', 300, {
          ...charge,
          payment_intent: null,
          captured: true,
          refunded: true,
          amount_refunded: 1099,
        }),
        stripe('evt_2', 'payment_intent.succeeded', 200, { ...intent, status: 'succeeded' }),
      ]),
    );
    expect(payment).toMatchObject({ id: 'pi_1', state: 'refunded', attributes: { refunded: '10.99' } });
  });

  test('Adyen: what comes later names the reference of the authorisation; two attempts of one order stay two', () => {
    const item = (over: JsonObject): JsonObject =>
      notification({ merchantReference: 'ORD-1', amount: { currency: 'EUR', value: 4800 }, ...over });
    const payments = paymentsOf([
      item({}),
      item({
        eventCode: 'CAPTURE',
        pspReference: 'M1',
        originalReference: 'P1',
        eventDate: '2026-03-10T16:00:02+01:00',
      }),
      item({ pspReference: 'P2', success: 'false' }),
    ]);
    expect(payments.map(({ id, state, amountMinor }) => [id, state, amountMinor])).toEqual([
      ['P1', 'captured', 4800n],
      ['P2', 'rejected', 4800n],
    ]);
  });

  describe('[Y20] what was captured and given back', () => {
    const item = (over: JsonObject): JsonObject =>
      notification({ amount: { currency: 'EUR', value: 10_000 }, ...over });
    const step = (
      eventCode: string,
      pspReference: string,
      value: number,
      more: JsonObject = {},
    ): JsonObject =>
      item({
        eventCode,
        pspReference,
        originalReference: 'P1',
        eventDate: '2026-03-11T15:00:02+01:00',
        amount: { currency: 'EUR', value },
        ...more,
      });
    const adyen = (...steps: JsonObject[]) => {
      const payment = only(paymentsOf([item({}), ...steps]));
      const { captured, refunded } = payment.attributes;
      return { captured, refunded, left: recoveryOf(payment, table).remainingMinor };
    };

    test('Adyen: parts are added by their references, not the last one taken', () => {
      const [capture1, capture2] = [step('CAPTURE', 'C1', 6_000), step('CAPTURE', 'C2', 4_000)];
      expect(adyen(capture1)).toEqual({ captured: '60.00', refunded: undefined, left: 6_000n });
      expect(adyen(capture1, capture2, step('REFUND', 'R1', 1_500), step('REFUND', 'R2', 500))).toEqual({
        captured: '100.00',
        refunded: '20.00',
        left: 8_000n,
      });
    });

    test('Adyen: what did not come about after all is taken off, whatever it is called', () => {
      const steps = [step('CAPTURE', 'C1', 6_000), step('CAPTURE', 'C2', 4_000), step('REFUND', 'R1', 1_500)];
      expect(adyen(...steps, step('CAPTURE_FAILED', 'C2', 4_000))).toMatchObject({ captured: '60.00' });
      expect(adyen(...steps, step('REFUND_FAILED', 'R1', 1_500))).toMatchObject({ refunded: '0.00' });
      expect(adyen(...steps, step('REFUNDED_REVERSED', 'X1', 1_500))).toMatchObject({ refunded: '0.00' });
      expect(adyen(...steps, step('REFUND', 'R2', 500, { success: 'false' }))).toMatchObject({
        refunded: '15.00',
      });
    });

    const stateOf = (...steps: JsonObject[]) => {
      const payment = only(paymentsOf([item({}), ...steps]));
      return [payment.state, recoveryOf(payment, table).remainingMinor];
    };

    test.each(['EXPIRE', 'CANCELLATION', 'TECHNICAL_CANCEL', 'CANCEL_OR_REFUND', 'AUTHORISATION_ADJUSTMENT'])(
      'Adyen: %s after a partial capture is of the rest: what was captured stays so',
      (eventCode) => {
        const later = { eventDate: '2026-03-12T15:00:02+01:00' };
        const end = step(eventCode, 'X1', 10_000, later);
        expect(stateOf(step('CAPTURE', 'C1', 6_000), end)).toEqual(['captured', 6_000n]);
        expect(stateOf(end)).not.toEqual(['captured', 6_000n]);
        // A capture that failed leaves nothing.
        const failed = step('CAPTURE_FAILED', 'C1', 6_000);
        expect(stateOf(step('CAPTURE', 'C1', 6_000), failed, end)).toEqual(stateOf(end));
        expect(
          stateOf(
            step('CAPTURE', 'C1', 6_000),
            end,
            step('CHARGEBACK', 'D1', 6_000, { eventDate: '2026-04-12T15:00:02+01:00' }),
          ),
        ).toEqual(['chargeback', 6_000n]);
      },
    );

    test('Adyen: an authorisation that was not seen takes nothing from what was captured', () => {
      const end = step('EXPIRE', 'X1', 10_000, { eventDate: '2026-03-12T15:00:02+01:00' });
      expect(only(paymentsOf([step('CAPTURE', 'C1', 6_000), end])).state).toBe('captured');
    });

    test('Adyen: a capture that fails after a good one leaves the payment captured; alone, it was authorised', () => {
      const failed = step('CAPTURE', 'C2', 4_000, {
        success: 'false',
        eventDate: '2026-03-12T15:00:02+01:00',
      });
      expect(stateOf(step('CAPTURE', 'C1', 6_000), failed)).toEqual(['captured', 6_000n]);
      expect(stateOf(failed)).toEqual(['authorized', 10_000n]);
      expect(only(paymentsOf([failed])).state).toBe('authorized');
      const second = step('CAPTURE_FAILED', 'C2', 4_000, { eventDate: '2026-03-12T15:00:02+01:00' });
      expect(stateOf(step('CAPTURE', 'C1', 6_000), step('CAPTURE', 'C2', 4_000), second)).toEqual([
        'captured',
        6_000n,
      ]);
    });

    test('Adyen: a refund that fails ends no chargeback', () => {
      const failed = step('REFUND', 'R1', 6_000, {
        success: 'false',
        eventDate: '2026-03-12T15:00:02+01:00',
      });
      expect(stateOf(step('CAPTURE', 'C1', 6_000), step('CHARGEBACK', 'D1', 6_000), failed)).toEqual([
        'chargeback',
        6_000n,
      ]);
    });

    test('Adyen: a part in another currency than the payment adds nothing', () => {
      expect(adyen(step('REFUND', 'R1', 1_500, { amount: { currency: 'USD', value: 1_500 } }))).toMatchObject(
        {
          refunded: undefined,
          left: 10_000n,
        },
      );
    });

    test('Stripe: the sum of the charge, of one second the larger; one that failed later is taken off', () => {
      const refunded = (id: string, created: number, amount: number): JsonObject =>
        stripe(id, 'charge.refunded', created, {
          ...charge,
          captured: true,
          amount_captured: 1099,
          amount_refunded: amount,
        });
      const failed = (created: number): JsonObject =>
        stripe('evt_f', 'refund.failed', created, {
          object: 'refund',
          id: 're_1',
          charge: 'ch_1',
          payment_intent: 'pi_1',
          amount: 300,
          currency: 'usd',
          status: 'failed',
        });
      const sums = [refunded('evt_1', 200, 300), refunded('evt_2', 200, 500), refunded('evt_3', 100, 900)];
      const of = (...records: JsonObject[]) => only(paymentsOf(records)).attributes['refunded'];
      expect(of(...sums)).toBe('5.00');
      expect(of(...sums, failed(300))).toBe('2.00');
      expect(of(...sums, failed(150))).toBe('5.00');
    });
  });

  test('Stripe: an inquiry, and a charge that still says that it was disputed, leave the state', () => {
    const captured = stripe('evt_1', 'charge.captured', 200, {
      ...charge,
      captured: true,
      amount_captured: 1099,
    });
    const updated = (id: string, created: number): JsonObject =>
      stripe(id, 'charge.updated', created, {
        ...charge,
        captured: true,
        amount_captured: 1099,
        disputed: true,
      });
    const dispute = (id: string, created: number, status: string): JsonObject =>
      stripe(id, 'charge.dispute.updated', created, {
        object: 'dispute',
        id: 'dp_1',
        charge: 'ch_1',
        payment_intent: 'pi_1',
        amount: 1099,
        currency: 'usd',
        status,
      });
    const stateOf = (...records: JsonObject[]) => only(paymentsOf(records)).state;
    expect(stateOf(captured, dispute('evt_2', 300, 'warning_needs_response'), updated('evt_3', 310))).toBe(
      'captured',
    );
    expect(stateOf(captured, dispute('evt_2', 300, 'needs_response'), updated('evt_3', 310))).toBe(
      'chargeback',
    );
    expect(
      stateOf(
        captured,
        dispute('evt_2', 300, 'needs_response'),
        dispute('evt_4', 400, 'won'),
        updated('evt_3', 410),
      ),
    ).toBe('settled');
    expect(stateOf(updated('evt_3', 310))).toBe('chargeback');
  });

  test('ISO 20022: a report without a scheme leaves the rail; transfer, report and recall are one', () => {
    const at = (time: string, message: string): string =>
      `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:x">${message.replace('TIME', `<CreDtTm>${time}</CreDtTm>`)}</Document>`;
    const transfer = at(
      '2026-03-10T14:00:00Z',
      '<FIToFICstmrCdtTrf><GrpHdr><MsgId>M1</MsgId>TIME</GrpHdr><CdtTrfTxInf><PmtId><EndToEndId>NOTPROVIDED</EndToEndId><TxId>20260310BANK000001</TxId><UETR>9b2f1c1e-5d3a-4c7e-8f21-00000000000a</UETR></PmtId><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><IntrBkSttlmAmt Ccy="EUR">48.00</IntrBkSttlmAmt></CdtTrfTxInf></FIToFICstmrCdtTrf>',
    );
    const settled = at(
      '2026-03-10T15:00:00Z',
      '<FIToFIPmtStsRpt><GrpHdr><MsgId>R1</MsgId>TIME</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId></OrgnlGrpInfAndSts><TxInfAndSts><OrgnlTxId>20260310BANK000001</OrgnlTxId><TxSts>ACSC</TxSts></TxInfAndSts></FIToFIPmtStsRpt>',
    );
    const recall = at(
      '2026-03-10T14:30:00Z',
      '<FIToFIPmtCxlReq><Assgnmt><Id>C1</Id>TIME</Assgnmt><Undrlyg><TxInf><OrgnlUETR>9B2F1C1E-5D3A-4C7E-8F21-00000000000A</OrgnlUETR><CxlRsnInf><Rsn><Cd>FRAD</Cd></Rsn></CxlRsnInf></TxInf></Undrlyg></FIToFIPmtCxlReq>',
    );
    expect(only(paymentsOf([settled, recall, transfer]))).toMatchObject({
      id: '9b2f1c1e-5d3a-4c7e-8f21-00000000000a',
      rail: 'sepa_ct',
      state: 'settled',
      amountMinor: 4800n,
      attributes: { reason: 'FRAD', iso_message: 'pacs.002' },
    });
    expect(only(paymentsOf([settled])).rail).toBe('unknown');
  });

  test('ISO 8583: a reversal with DE90 is of the payment that it reverses', () => {
    const elements = {
      '4': '000000004800',
      '7': '0310140002',
      '11': '003316',
      '32': '200',
      '39': '00',
      '49': '978',
    };
    const payment = only(
      paymentsOf([
        {
          mti: '0400',
          elements: {
            ...elements,
            '7': '0310150002',
            '11': '9',
            '90': '020000331603101400020000000020000000000000',
          },
        },
        { mti: '0210', elements },
      ]),
    );
    expect(payment).toMatchObject({
      id: '200/003316/2026-03-10T14:00:02',
      state: 'reversed',
      amountMinor: 4800n,
    });
  });
});
