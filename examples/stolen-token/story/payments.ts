/**
 * The payments of the story: 640 in ten minutes, on four rails in three currencies, each with its state changes.
 *
 * How a payment is known on its trace differs, as it does in companies: most by their own id on a span of the ledger,
 * some by an id on a span event of checkout, some by a reference, some only because their own record names the trace,
 * and some not at all.
 */
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import { at } from './time.ts';

export type Rail = 'card' | 'sepa_ct' | 'sepa_inst' | 'ach_credit';

/** What ties the payment to its trace. */
export type Binding =
  | 'ledger_span'
  | 'checkout_event'
  | 'uetr'
  | 'end_to_end_id'
  | 'order_id'
  | 'record'
  | 'none';

export interface StateChange {
  ms: number;
  state: string;
  attributes: Record<string, string>;
}

export interface StoryPayment {
  id: string;
  rail: Rail;
  amount: string;
  currency: 'EUR' | 'USD' | 'JPY';
  /** When the ledger books it. */
  ms: number;
  binding: Binding;
  traceId: string;
  uetr: string;
  endToEndId: string;
  orderId: string;
  customer: { id: string; country: string };
  merchant: string | null;
  service: string | null;
  states: StateChange[];
}

const COUNT = 640;
const RAILS: Record<Rail, number> = { card: 52, sepa_ct: 18, sepa_inst: 14, ach_credit: 16 };
const CARD_CURRENCIES = { EUR: 62, USD: 22, JPY: 16 };
const COUNTRIES = { DE: 40, NL: 14, FR: 16, ES: 10, US: 14, JP: 6 };

/** When the acquirer captures what the merchant has not captured at once, and how often. */
const CAPTURES = { '2026-03-10T14:30:00Z': 3, '2026-03-10T16:00:00Z': 4, '2026-03-10T20:00:00Z': 5 };
/** When captured payments are cleared and can no longer be cancelled. */
const CLEARING_TIME = '2026-03-10T22:00:00Z';
/** The two ACH files that are still to leave: 10:30 and 14:45 in New York. */
const TRANSMIT_TIMES = { morning: '2026-03-10T14:30:00Z', afternoon: '2026-03-10T18:45:00Z' };
/** Files that leave during the story, with what was accepted before `until`. */
const ACH_FILE = { until: at('02:30'), leaves: at('05:30') };
export const SEPA_FILE = { until: at('03:00'), leaves: at('06:00') };

/** The payment that the story points at: large, and booked while the attacker's shell was open in that container. */
export const BIG_PAYMENT = { index: 298, amount: '48000.00', rail: 'sepa_ct' as const, ms: at('04:41.350') };

export function buildPayments(random: SeededRandom): StoryPayment[] {
  const customers = Array.from({ length: 210 }, (_, n) => ({
    id: `cus_${String(1001 + n)}`,
    country: random.weighted(COUNTRIES),
  }));
  const payments: StoryPayment[] = [];
  for (let index = 0; index < COUNT; index += 1)
    payments.push(paymentOf(index, random, random.pick(customers)));
  return payments;
}

function paymentOf(index: number, random: SeededRandom, customer: StoryPayment['customer']): StoryPayment {
  const big = index === BIG_PAYMENT.index;
  const rail = big ? BIG_PAYMENT.rail : random.weighted(RAILS);
  const ms = big ? BIG_PAYMENT.ms : Math.round(1_500 + (index / COUNT) * 586_000 + random.integer(-900, 900));
  const currency = currencyOf(rail, random);
  const binding = big ? 'ledger_span' : bindingOf(rail, random);
  return {
    id: `pay_${String(index + 1).padStart(4, '0')}`,
    rail,
    currency,
    amount: big ? BIG_PAYMENT.amount : amountOf(rail, currency, random),
    ms,
    binding,
    traceId: random.hex(32),
    uetr: random.uuid(),
    endToEndId: `INV-${random.hex(4).toUpperCase()}-${random.pick(['KX', 'MW', 'TR', 'ZB'])}`,
    orderId: `ord-${random.hex(10)}`,
    customer,
    merchant: rail === 'card' ? `mer_${String(random.integer(1, 24)).padStart(2, '0')}` : null,
    service: binding === 'none' ? random.pick([null, null, 'ledger', 'branch-import']) : 'ledger',
    states: LIVES[rail](ms, random),
  };
}

function currencyOf(rail: Rail, random: SeededRandom): StoryPayment['currency'] {
  if (rail === 'card') return random.weighted(CARD_CURRENCIES);
  return rail === 'ach_credit' ? 'USD' : 'EUR';
}

/** References travel in bank transfers only, UETRs in European ones; cards have orders. */
function bindingOf(rail: Rail, random: SeededRandom): Binding {
  const common = { ledger_span: 50, checkout_event: 16, record: 10, none: 6 };
  if (rail === 'card') return random.weighted({ ...common, order_id: 9 });
  if (rail === 'ach_credit') return random.weighted({ ...common, end_to_end_id: 18 });
  return random.weighted({ ...common, uetr: 14, end_to_end_id: 10 });
}

/** Few large and many small ones. */
function amountOf(rail: Rail, currency: StoryPayment['currency'], random: SeededRandom): string {
  const [low, high] = {
    card: [4, 420],
    sepa_ct: [150, 30_000],
    sepa_inst: [10, 4_000],
    ach_credit: [90, 14_000],
  }[rail];
  const value = (low ?? 0) * ((high ?? 0) / (low ?? 1)) ** random.unit();
  if (currency === 'JPY') return String(Math.round(value * 160));
  return `${Math.floor(value)}.${String(random.integer(0, 99)).padStart(2, '0')}`;
}

function change(ms: number, state: string, attributes: Record<string, string> = {}): StateChange {
  return { ms, state, attributes };
}

/** What becomes of a payment within the story, by rail. */
const LIVES: Record<Rail, (ms: number, random: SeededRandom) => StateChange[]> = {
  card(ms, random) {
    const times = { capture_at: random.weighted(CAPTURES), clearing_at: CLEARING_TIME };
    const authorized = change(ms, 'authorized', times);
    if (random.chance(0.03)) return [authorized, change(ms + random.integer(20_000, 90_000), 'voided')];
    if (random.chance(0.62)) return [authorized];
    const captured = change(ms + random.integer(8_000, 60_000), 'captured');
    if (random.chance(0.96)) return [authorized, captured];
    return [authorized, captured, change(captured.ms + 45_000, 'refunded')];
  },
  sepa_ct(ms, random) {
    const accepted = change(ms, 'accepted');
    if (random.chance(0.02)) return [accepted, change(ms + 12_000, 'rejected')];
    if (ms >= SEPA_FILE.until) return [accepted];
    return [accepted, change(SEPA_FILE.leaves, 'sent', { settlement_date: '2026-03-11' })];
  },
  sepa_inst(ms, random) {
    const done = ms + random.integer(900, 7_500);
    return [change(ms, 'pending'), change(done, random.chance(0.04) ? 'rejected' : 'settled')];
  },
  ach_credit(ms, random) {
    const transmitAt = random.chance(0.35) ? TRANSMIT_TIMES.afternoon : TRANSMIT_TIMES.morning;
    if (ms >= ACH_FILE.until) return [change(ms, 'in_file', { transmit_at: transmitAt })];
    const sent = change(ACH_FILE.leaves, 'sent', { settlement_date: '2026-03-10' });
    return [change(ms, 'in_file', { transmit_at: '2026-03-10T14:05:30Z' }), sent];
  },
};
