import { expect, test } from 'vitest';
import { readDataValue } from '../../../src/config/data-files.ts';
import { parseStateTable } from '../../../src/formats/payments/payment-states.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { RECALL_ASKED } from '../../../src/model/payment.ts';
import { shippedTable } from '../../impact/shipped.ts';

type Formats = Record<
  string,
  { rails: Record<string, string>; states: Record<string, Record<string, string>> }
>;
const { file, value } = readDataValue('states.yaml');
const table = parseStateTable(value, file);
const formats = (value as { formats: Formats }).formats;

test('[Y18] every state that ships for a rail with deadlines is one of that rail', () => {
  const { rails } = shippedTable();
  const astray: string[] = [];
  for (const [format, { states, rails: names }] of Object.entries(formats)) {
    for (const rail of new Set(Object.values(names))) {
      const known = rails.get(rail);
      const stated = { ...states['*'], ...states[rail] };
      if (format === 'adyen')
        for (const code of Object.keys(stated)) if (isForeign(rail, code)) delete stated[code];
      for (const [code, state] of Object.entries(stated))
        if (known !== undefined && state !== RECALL_ASKED && !known.has(state))
          astray.push(`${format} ${rail} ${code} -> ${state}`);
    }
  }
  expect(astray).toEqual([]);
});

test('[Y18] a report of ISO 20022 that does not name the scheme has a state of each that its transfer may be of', () => {
  const { rails } = shippedTable();
  const { states, rails: names } = formats['iso20022'] ?? { states: {}, rails: {} };
  for (const rail of new Set(Object.values(names)))
    for (const state of Object.values(states['*'] ?? {}).filter((each) => each !== RECALL_ASKED))
      expect([rail, state, rails.get(rail)?.has(state) ?? true]).toEqual([rail, state, true]);
});

/** Adyen's transfers are never of the methods of its notifications, and the other way round. */
function isForeign(rail: string, code: string): boolean {
  const transfer = code.startsWith('transfer/');
  return rail === 'card' ? false : !transfer;
}

test('[Y18] what the table does not have is itself, in lower case', () => {
  expect(table.railOf('adyen', ['Klarna'], 'Klarna')).toBe('klarna');
  expect(table.railOf('adyen', [], null)).toBe('unknown');
  expect(table.railOf('adyen', ['constructor', 'visa'], 'x')).toBe('card');
  expect(table.stateOf('iso20022', 'sepa_inst', 'ACSP')).toBe('pending');
  expect(table.stateOf('iso20022', 'target2', 'ACSP')).toBe('sent');
  expect(table.stateOf('iso20022', 'target2', 'QQ')).toBe('qq');
});

test.each<[format: 'iso20022' | 'adyen', codes: string[]]>([
  // ISO 20022, ExternalPaymentTransactionStatus1Code; PRES is of requests for payment, which are other messages.
  [
    'iso20022',
    'ACCC ACCP ACFC ACFW ACIS ACPD ACSC ACSP ACTC ACWC ACWP BLCK CANC CPUC PATC PDNG RCVC RCVD RJCT RVCM RVMC RVNA RVNC RVNM'.split(
      ' ',
    ),
  ],
  // Transfers of cards that are issued: docs.adyen.com, transfer webhooks, status of an event.
  [
    'adyen',
    'approvalPending authAdjustmentAuthorised authAdjustmentError authAdjustmentRefused authorised booked bookingPending cancelled capturePending captureReversalPending captureReversed captured capturedExternally chargeback chargebackExternally chargebackPending chargebackReversalPending chargebackReversed error expired failed received refundPending refundReversalPending refundReversed refunded refundedExternally refused returned secondChargeback secondChargebackPending'
      .split(' ')
      .map((status) => `transfer/${status}`),
  ],
])(
  '[Y18] every status that %s documents for a payment has a state with deadlines, or none that is left',
  (format, codes) => {
    const { rails } = shippedTable();
    const known = format === 'adyen' ? ['card'] : ['sepa_ct', 'sepa_inst', 'rtp', 'fednow'];
    for (const rail of known)
      for (const code of codes)
        expect([rail, code, rails.get(rail)?.has(table.stateOf(format, rail, code))]).toEqual([
          rail,
          code,
          true,
        ]);
  },
);

test('[Y18] money that is blocked at the bank of the payee has not come back', () => {
  for (const rail of ['sepa_ct', 'sepa_inst', 'rtp', 'unknown'])
    expect(table.stateOf('iso20022', rail, 'BLCK')).toBe('settled');
});

test('a table that is wrong is refused with every fault and its place', () => {
  const problems = (broken: unknown): string[] => {
    try {
      parseStateTable(broken, 'states.yaml');
    } catch (error) {
      if (error instanceof CounterfoilError) return error.problems.map(({ at, text }) => `${at}: ${text}`);
    }
    return [];
  };
  expect(problems(null)).toContain('states.yaml#: expected an object');
  const stripe = {
    basis: 'rumour',
    rails: { card: 'Card' },
    states: { '*': { a: 7 }, 'Sepa CT': {} },
    more: 1,
  };
  const found = problems({ schema: 'states/2', formats: { ...formats, stripe, sepa: {} } });
  expect(found).toEqual([
    'states.yaml#/schema: expected states/1',
    'states.yaml#/formats/sepa: unknown key; known are stripe, adyen, iso20022, iso8583',
    'states.yaml#/formats/stripe/more: unknown key; known are basis, source, rails, states',
    'states.yaml#/formats/stripe/basis: expected one of published, observed, assumption',
    'states.yaml#/formats/stripe/source: expected a text',
    'states.yaml#/formats/stripe/rails/card: expected a name of lower-case letters, digits and _',
    'states.yaml#/formats/stripe/states/*/a: expected a name of lower-case letters, digits and _',
    'states.yaml#/formats/stripe/states/Sepa CT: expected a rail or *',
  ]);
});
