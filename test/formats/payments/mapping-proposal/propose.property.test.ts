// Goal: a mapping that somebody has in mind is proposed back from nothing but records, whatever their names' style, their nesting and the order of
// records and fields. Method: a random mapping makes random records among fields that only look alike; the names come from a table of this test.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fields } from '../../../../src/formats/fields.ts';
import { mappingOf } from '../../../../src/formats/payments/mapping-proposal/proposal.ts';
import { proposed } from './proposed.ts';

const PARTS = ['id', 'time', 'state', 'rail', 'amount', 'currency', 'customer'] as const;
type Part = (typeof PARTS)[number];

/** Each name as its words. */
const NAMES: Readonly<Record<Part, readonly string[]>> = {
  id: ['payment id', 'transaction id', 'txn reference', 'Zahlungs nummer', 'numéro paiement'],
  time: ['status changed at', 'event time', 'occurred at', 'Zeitpunkt', 'horodatage'],
  state: ['status', 'payment state', 'Zahlungs status', 'statut'],
  rail: ['scheme', 'payment method', 'Zahlungs art', 'moyen paiement'],
  amount: ['amount', 'payment amount', 'Betrag', 'montant'],
  currency: ['currency', 'currency code', 'ccy', 'Währung', 'devise'],
  customer: ['customer id', 'payer id', 'Kunden nummer', 'numéro client'],
};

const STYLES: Readonly<Record<string, (words: string[]) => string>> = {
  snake: (words) => words.join('_').toLowerCase(),
  upper: (words) => words.join('_').toUpperCase(),
  camel: (words) => words.map((word, i) => (i === 0 ? word.toLowerCase() : capital(word))).join(''),
  title: (words) => words.map(capital).join(' '),
  kebab: (words) => words.join('-').toLowerCase(),
};
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

/** Looks alike and is something else. */
const DECOYS: Readonly<Record<string, (i: number) => string | number>> = {
  event_id: (i) => `evt-${i}`,
  original_payment_id: (i) => `orig-${i}`,
  fee_amount: (i) => `${i}.10`,
  fee_currency: () => 'GBP',
  created_at: (i) => new Date(Date.UTC(2026, 1, 1, 0, 0, i)).toISOString(),
  previous_status: () => 'settled',
  debtor_iban: () => 'DE89370400440532013000',
  description: (i) => `invoice of ${i}`,
  version: (i) => i % 3,
};

const TIMES: Readonly<Record<string, (second: number) => string | number>> = {
  rfc3339: (second) => new Date(1_773_151_202_000 + second * 1000).toISOString(),
  unix_ms: (second) => 1_773_151_202_118 + second * 1000,
  unix_seconds: (second) => 1_773_151_202 + second,
  unix_us: (second) => String(1_773_151_202_118_000 + second * 1_000_000),
};
const AMOUNTS: Readonly<Record<string, (cents: number) => string>> = {
  decimal: (cents) => (cents / 100).toFixed(2),
  decimal_comma: (cents) => (cents / 100).toFixed(2).replace('.', ','),
};
const STATES: Readonly<Record<string, string>> = {
  BOOKED: 'settled',
  Storniert: 'cancelled',
  rejeté: 'rejected',
};
const RAILS: Readonly<Record<string, string>> = { SEPA: 'sepa_ct', SCT_INST: 'sepa_inst' };

const style = fc.constantFrom(...Object.keys(STYLES));
const storyOf = fc.record({
  names: fc.tuple(...PARTS.map((part) => fc.constantFrom(...NAMES[part]))),
  style,
  nested: fc.boolean(),
  decoys: fc.subarray(Object.keys(DECOYS)),
  timeForm: fc.constantFrom(...Object.keys(TIMES)),
  amountForm: fc.constantFrom(...Object.keys(AMOUNTS)),
  records: fc.integer({ min: 24, max: 60 }),
  each: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});
type Story = typeof storyOf extends fc.Arbitrary<infer T> ? T : never;

const nameOf = (story: Story, part: Part): string => {
  const words = story.names[PARTS.indexOf(part)] ?? '';
  return STYLES[story.style]?.(words.split(' ')) ?? words;
};

/** A sequence of numbers that looks random. */
const hashed = (seed: number, i: number): number => Math.imul(seed + i * 7919, 0x9e3779b1) >>> 0;
const pickFrom = (names: Readonly<Record<string, unknown>>, n: number): string => {
  const keys = Object.keys(names);
  return keys[n % keys.length] ?? '';
};

function recordsOf(story: Story): Fields[] {
  const { seed, each, timeForm, amountForm, decoys, nested } = story;
  return Array.from({ length: story.records }, (_, i): Fields => {
    const random = hashed(seed, i);
    const fields: [string, Fields[string]][] = [
      [nameOf(story, 'id'), `P-${seed}-${Math.floor(i / each)}`],
      [nameOf(story, 'time'), TIMES[timeForm]?.(random % 86_400)],
      [nameOf(story, 'state'), pickFrom(STATES, i)],
      [nameOf(story, 'rail'), pickFrom(RAILS, i)],
      [nameOf(story, 'amount'), AMOUNTS[amountForm]?.(1 + (random % 1_000_000))],
      [nameOf(story, 'currency'), i % 2 === 0 ? 'EUR' : 'CHF'],
      [nameOf(story, 'customer'), `C${random % 11}`],
      ...decoys.map((name): [string, Fields[string]] => [name, DECOYS[name]?.(i)]),
    ];
    const turned = [...fields.slice(random % fields.length), ...fields.slice(0, random % fields.length)];
    const record = Object.fromEntries(turned);
    return nested ? { meta: { version: 1 }, data: record } : record;
  });
}

test('[Z2] a mapping is found again in the records that it made', () => {
  fc.assert(
    fc.property(storyOf, (story) => {
      const mapping = mappingOf(proposed(recordsOf(story)));
      const at = (part: Part): string =>
        story.nested ? `/data/${nameOf(story, part)}` : nameOf(story, part);
      expect(mapping).toEqual({
        parts: Object.fromEntries(PARTS.map((part) => [part, at(part)])),
        attributes: {},
        states: STATES,
        rails: RAILS,
        rail: null,
        currency: null,
        timeForm: story.timeForm,
        amountForm: story.amountForm,
      });
    }),
    { numRuns: 300 },
  );
});

test('[Z4] the order of the records does not matter, nor that of their fields, for any records', () => {
  const scalar = fc.oneof(
    fc.constantFrom(
      'EUR',
      'settled',
      'BOOKED',
      '',
      '2026-03-10T14:00:02Z',
      '12,50',
      'p-1',
      'p-2',
      '4111111111111111',
    ),
    fc.integer({ min: -5, max: 2 ** 40 }),
    fc.boolean(),
    fc.constant(null),
  );
  const name = fc.constantFrom(
    'id',
    'payment_id',
    'status',
    'time',
    'updated_at',
    'amount',
    'currency',
    'type',
    '0',
    'a/b',
    '~',
    'x',
  );
  const { record } = fc.letrec<{ record: Fields; value: Fields[string] }>((tie) => ({
    record: fc.dictionary(name, tie('value'), { maxKeys: 8 }),
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      tie('record'),
      fc.array(tie('value'), { maxLength: 3 }),
    ) as fc.Arbitrary<Fields[string]>,
  }));
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 0 }),
      (records, turn) => {
        const other = [
          ...records.slice(turn % records.length),
          ...records.slice(0, turn % records.length),
        ].toReversed();
        const turned = other.map((each) => Object.fromEntries(Object.entries(each).toReversed()));
        expect(proposed(turned)).toEqual(proposed(records));
      },
    ),
    { numRuns: 300 },
  );
});
