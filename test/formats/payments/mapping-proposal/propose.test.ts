// Goal: what a person would map is proposed, what is unsure is said, and what cannot be known is not guessed. Method: records as banks, PSPs,
// ERP systems and change streams write them, with mappings that are stated by hand.
import { describe, expect, test } from 'vitest';
import type { Fields } from '../../../../src/formats/fields.ts';
import { mappingOf } from '../../../../src/formats/payments/mapping-proposal/proposal.ts';
import { namesOf, partsOf, proposed } from './proposed.ts';

const rows = (count: number, make: (i: number) => Fields): Fields[] =>
  Array.from({ length: count }, (_, i) => make(i));
const pick = <T>(from: readonly T[], i: number): T => {
  const found = from[i % from.length];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};
const iso = (i: number): string => new Date(Date.UTC(2026, 2, 10, 14, 0, i)).toISOString();
const ms = (i: number): number => Date.UTC(2026, 2, 10, 14, 0, i);

test('[Z2] a bank: columns in German, decimal commas, times without a zone', () => {
  const proposal = proposed(
    rows(60, (i) => ({
      'Zahlungs-ID': `Z${i >> 1}`,
      'Auftragsnr.': `A${i % 9}`,
      Buchungszeit: `2026-03-10 14:00:${String(i).padStart(2, '0')}`,
      Status: pick(['GEBUCHT', 'IN BEARBEITUNG', 'STORNIERT', 'Q-17'], i),
      Zahlungsart: pick(['SEPA-Überweisung', 'Echtzeitüberweisung'], i),
      Betrag: `1.0${String(i).padStart(2, '0')},50`,
      Währung: 'EUR',
      Kundennummer: `K${i % 7}`,
      IBAN: 'DE89370400440532013000',
      Verwendungszweck: `Miete ${i}`,
    })),
  );
  expect(partsOf(proposal)).toEqual({
    id: 'Zahlungs-ID',
    order_id: 'Auftragsnr.',
    time: 'Buchungszeit',
    state: 'Status',
    rail: 'Zahlungsart',
    amount: 'Betrag',
    currency: 'Währung',
    customer: 'Kundennummer',
  });
  expect(namesOf(proposal.states)).toEqual({
    GEBUCHT: 'settled',
    'IN BEARBEITUNG': 'accepted',
    STORNIERT: 'cancelled',
    'Q-17': null,
  });
  expect(namesOf(proposal.rails)).toEqual({
    'SEPA-Überweisung': 'sepa_ct',
    Echtzeitüberweisung: 'sepa_inst',
  });
  expect(proposal).toMatchObject({
    timeForm: 'rfc3339',
    localTime: true,
    amountForm: 'decimal_comma',
    amountFormUnsure: false,
    railName: null,
    missing: [],
  });
});

test('[Z2] a PSP: nested, epoch milliseconds, an event id beside the id, two times, whole numbers', () => {
  const proposal = proposed(
    rows(60, (i) => ({
      event_id: `evt_${i}`,
      data: {
        payment: {
          id: `pay_${i >> 1}`,
          status: pick(['authorized', 'captured', 'odd_one'], i),
          method: { type: pick(['visa', 'mastercard'], i) },
          amount: { value: 100 + i * 37, currency: pick(['EUR', 'USD'], i) },
          fees: { amount: 3 * i, currency: 'EUR' },
          createdAt: ms(i),
          updatedAt: ms(5 * i),
          customer: { id: `c${i % 5}`, country: 'DE', name: 'Ann Other' },
        },
      },
      traceId: String(i).padStart(32, 'ab'),
    })),
  );
  expect(partsOf(proposal)).toEqual({
    id: '/data/payment/id',
    time: '/data/payment/updatedAt',
    state: '/data/payment/status',
    rail: '/data/payment/method/type',
    amount: '/data/payment/amount/value',
    currency: '/data/payment/amount/currency',
    customer: '/data/payment/customer/id',
    customer_country: '/data/payment/customer/country',
    trace_id: 'traceId',
  });
  expect(namesOf(proposal.rails)).toEqual({ visa: 'card', mastercard: 'card' });
  expect(namesOf(proposal.states)).toEqual({ authorized: 'authorized', captured: 'captured', odd_one: null });
  expect(proposal).toMatchObject({ timeForm: 'unix_ms', amountForm: 'minor', amountFormUnsure: true });
  const time = proposal.parts.find(({ part }) => part === 'time');
  expect(time?.others.map(({ pointer }) => pointer)).toEqual(['/data/payment/createdAt']);
});

test('[Z2] a change stream without a schema: what is now, not what was', () => {
  const row = (i: number): Fields => ({
    payment_id: 1000 + (i >> 1),
    amount_cents: i * 11,
    currency_code: 'EUR',
    state: pick(['BOOKED', 'NEW'], i),
    rail: 'sepa_ct',
    updated_at: ms(i) * 1000,
  });
  const proposal = proposed(
    rows(40, (i) => ({
      before: row(i),
      after: row(i + 1),
      source: { ts_ms: ms(i), table: 'payments', lsn: i },
      op: 'u',
      ts_ms: ms(i),
    })),
  );
  expect(partsOf(proposal)).toMatchObject({
    id: '/after/payment_id',
    state: '/after/state',
    rail: '/after/rail',
    amount: '/after/amount_cents',
    currency: '/after/currency_code',
    time: '/after/updated_at',
  });
  expect(proposal).toMatchObject({ timeForm: 'unix_us', amountForm: 'minor', amountFormUnsure: false });
});

test('[Z2] in French, with the currency in the name of the amount and no rail', () => {
  const proposal = proposed(
    rows(30, (i) => ({
      'Référence paiement': `P${i}`,
      Horodatage: iso(i),
      Statut: pick(['Exécuté', 'En attente', 'Rejeté'], i),
      montant_eur: `${i}.50`,
      'Numéro client': `C${i % 4}`,
    })),
  );
  expect(partsOf(proposal)).toEqual({
    id: 'Référence paiement',
    time: 'Horodatage',
    state: 'Statut',
    amount: 'montant_eur',
    customer: 'Numéro client',
  });
  expect(namesOf(proposal.states)).toEqual({
    Exécuté: 'settled',
    'En attente': 'accepted',
    Rejeté: 'rejected',
  });
  expect(proposal).toMatchObject({ currencyName: 'EUR', railName: 'unknown', amountForm: 'decimal' });
  expect(proposal.missing.map(({ what, blocks }) => [what, blocks])).toEqual([['rail', false]]);
});

test('[Z2] columns without names: by their values, where these tell', () => {
  const proposal = proposed(
    rows(30, (i) => ({
      '1': `tx-${i}`,
      '2': iso(i),
      '3': pick(['settled', 'rejected'], i),
      '4': 'EUR',
      '5': `${i}.00`,
    })),
  );
  expect(partsOf(proposal)).toEqual({ id: '1', time: '2', state: '3', currency: '4' });
  expect(proposal.parts.every(({ byName }) => !byName)).toBe(true);
  expect(proposal.missing.map(({ what }) => what)).toEqual(['rail', 'amount']);
});

describe('[Z3] what is not guessed', () => {
  const base = (i: number): Fields => ({ payment_id: `p${i}`, status: 'settled', updated_at: iso(i) });

  test('without an id, a time or a state there is no mapping, and it says what was close', () => {
    const { missing, ...rest } = proposed(
      rows(20, (i) => ({
        event_id: `e${i}`,
        customer: { id: `c${i}` },
        created_at: '10.03.2026',
        note: `n${i}`,
      })),
    );
    expect(missing.map(({ what, blocks }) => [what, blocks])).toEqual([
      ['id', true],
      ['time', true],
      ['state', true],
      ['rail', false],
      ['amount', false],
    ]);
    expect(mappingOf({ missing, ...rest })).toBeNull();
    expect(rest.unread).toEqual([{ pointer: 'created_at', why: 'days without a time' }]);
  });

  test('a number that comes once for each payment and is called an order’s is told as what may be the id', () => {
    const { missing } = proposed(
      rows(20, (i) => ({ Auftragsnummer: `A${i}`, Status: 'gebucht', Zeitpunkt: iso(i), Betrag: '1,50' })),
    );
    expect(missing[0]).toMatchObject({ what: 'id', candidates: [{ pointer: 'Auftragsnummer' }] });
  });

  test('a thousand without cents among amounts with commas does not make them decimals', () => {
    const form = (amounts: readonly string[]): string =>
      proposed(rows(30, (i) => ({ ...base(i), amount: pick(amounts, i), currency: 'EUR' }))).amountForm;
    expect(form(['12,50', '7,00', '1.234'])).toBe('decimal_comma');
    expect(form(['12.50', '1.234'])).toBe('decimal');
  });

  test('an amount without a currency is told, and left out of the mapping', () => {
    const proposal = proposed(rows(20, (i) => ({ ...base(i), amount: `${i}.00` })));
    expect(partsOf(proposal)).not.toHaveProperty('amount');
    expect(proposal.amountAlone?.pointer).toBe('amount');
    expect(mappingOf(proposal)).toMatchObject({ rail: 'unknown', currency: null });
  });

  test.each<[name: string, field: string, value: (i: number) => Fields[string]]>([
    ['another payment’s id', 'original_payment_id', (i) => `o${i}`],
    ['an account', 'iban', () => 'DE89370400440532013000'],
    ['a number that lost digits', 'id', (i) => 2 ** 60 + i * 1024],
  ])('%s is no id', (_, field, value) => {
    const proposal = proposed(
      rows(20, (i) => ({ [field]: value(i), status: 'settled', updated_at: iso(i) })),
    );
    expect(partsOf(proposal)).not.toHaveProperty('id');
  });

  test('a sample of one payment alone has its id by a name that is good, and only by that', () => {
    const one = (field: string): Record<string, string> =>
      partsOf(proposed(rows(30, (i) => ({ [field]: 'p1', status: 'settled', updated_at: iso(i) }))));
    expect(one('payment_id')).toMatchObject({ id: 'payment_id' });
    expect(one('number')).not.toHaveProperty('id');
  });

  test('records in one list are not one payment', () => {
    const proposal = proposed([{ payments: rows(5, base) }]);
    expect(mappingOf(proposal)).toBeNull();
    expect(partsOf(proposal)).toEqual({});
  });

  test('states that are card numbers, long, or full of digits are counted and not shown', () => {
    const states = ['4111 1111 1111 1111', 'BOOKED', `x${'y'.repeat(60)}`, 'no. 123456789'];
    const { states: found } = proposed(
      rows(40, (i) => ({ ...base(i), status: pick(states, i % 13 === 0 ? i : 1) })),
    );
    expect(namesOf(found)).toEqual({ BOOKED: 'settled' });
    expect(found.hidden).toBe(3);
  });

  test('a word that is not known is shown where it comes again', () => {
    const states = ['BOOKED', 'PARKED', 'Ann Other'];
    const { states: found } = proposed(
      rows(20, (i) => ({ ...base(i), status: pick(states, i === 0 ? 2 : i % 2) })),
    );
    expect(namesOf(found)).toEqual({ BOOKED: 'settled', PARKED: null });
    expect(found.hidden).toBe(1);
  });

  test('a column that is called after a card number is not looked at', () => {
    const proposal = proposed(rows(20, (i) => ({ ...base(i), '4111111111111111': 'EUR' })));
    expect(JSON.stringify(proposal)).not.toContain('4111');
  });
});

describe('[Z2] a word is the state that the rails of the sample have', () => {
  test.each<[rail: string, word: string, ours: string]>([
    ['sepa_ct', 'Processing', 'accepted'],
    ['ach_credit', 'Processing', 'in_file'],
    ['card', 'Processing', 'created'],
    ['ach_credit', 'queued', 'in_file'],
    ['card', 'succeeded', 'captured'],
    ['sepa_ct', 'succeeded', 'settled'],
    ['sepa_ct', 'ACSC', 'settled'],
    ['sepa_inst', 'PDNG', 'pending'],
    ['card', 'requires_capture', 'authorized'],
    ['card', 'CHARGEBACK', 'chargeback'],
    ['sepa_ct', 'erledigt', 'settled'],
    ['sepa_ct', 'ausgefuehrt', 'settled'],
  ])('%s %s', (rail, word, ours) => {
    const { states } = proposed(
      rows(20, (i) => ({
        payment_id: `p${i}`,
        status: word,
        updated_at: iso(i),
        rail,
        amount: '1.00',
        currency: 'EUR',
      })),
    );
    expect(namesOf(states)).toEqual({ [word]: ours });
  });
});

describe('[Z2] amounts', () => {
  test.each<[name: string, field: string, value: unknown, currency: string, form: string, unsure: boolean]>([
    ['decimal text', 'amount', '12.50', 'EUR', 'decimal', false],
    ['a decimal number', 'amount', 12.5, 'EUR', 'decimal', false],
    ['a comma', 'amount', '12,50', 'EUR', 'decimal_comma', false],
    ['cents by name', 'amountMinor', 1250, 'EUR', 'minor', false],
    ['whole numbers', 'amount', 1250, 'EUR', 'minor', true],
    ['whole numbers of a currency without decimals', 'amount', 1250, 'JPY', 'decimal', false],
  ])('%s', (_, field, value, currency, amountForm, amountFormUnsure) => {
    const proposal = proposed(
      rows(20, (i) => ({
        payment_id: `p${i}`,
        status: 'settled',
        updated_at: iso(i),
        [field]: value as number,
        currency,
      })),
    );
    expect(partsOf(proposal)).toMatchObject({ amount: field });
    expect(proposal).toMatchObject({ amountForm, amountFormUnsure });
  });
});

describe('[Z2] days and months in the order of people', () => {
  test.each<[name: string, time: (day: number) => string, days: number, form: string, unsure: boolean]>([
    ['points', (day) => `${day}.3.2026 14:00:02`, 28, 'day_first', false],
    ['slashes, the day first', (day) => `${day}/03/2026 14:00`, 28, 'day_first', false],
    ['slashes, the month first', (day) => `03/${day}/2026, 14:00:02`, 28, 'month_first', false],
    ['slashes, no day that tells', (day) => `03/${day}/2026 14:00`, 12, 'day_first', true],
  ])('%s', (_, time, days, timeForm, timeFormUnsure) => {
    const proposal = proposed(
      rows(40, (i) => ({ payment_id: `p${i}`, status: 'settled', updated_at: time(1 + (i % days)) })),
    );
    expect(partsOf(proposal)).toMatchObject({ time: 'updated_at' });
    expect(proposal).toMatchObject({ timeForm, timeFormUnsure, localTime: true });
  });
});

test('[Z2] what deadlines are computed from', () => {
  const proposal = proposed(
    rows(20, (i) => ({
      payment_id: `p${i}`,
      status: 'settled',
      updated_at: iso(i),
      Wertstellung: '2026-03-11',
      cutOffTime: iso(i + 100),
      payout_date: '11.03.2026',
    })),
  );
  expect(mappingOf(proposal)?.attributes).toEqual({
    settlement_date: 'Wertstellung',
    cutoff_at: 'cutOffTime',
  });
});

test('[Z3] limits: of a huge record some fields are looked at, and the others counted or left', () => {
  const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`z${i}`, i]));
  let deep: Fields = { payment_id: 'p' };
  for (let i = 0; i < 50; i++) deep = { deep };
  const proposal = proposed(
    rows(20, (i) => ({ payment_id: `p${i}`, status: 'settled', time: iso(i), ...wide, deep })),
  );
  expect(partsOf(proposal)).toEqual({ id: 'payment_id', time: 'time', state: 'status' });
});
