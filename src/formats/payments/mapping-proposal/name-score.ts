/**
 * How surely the name of a field means a part of a payment.
 *
 * What: a field's name is the words of all names on the way to it. Every ending of these words is looked up in the table of names, so that
 * `/payment/id`, `paymentId` and `core_payment_id` are found alike. What stands before the ending takes away: much where it says that another
 * thing is meant (`original_payment_id`, `/before/status`), a little where it says nothing. A weak name such as `id` counts only under what
 * means a payment: `/customer/id` is no payment's.
 *
 * Cost: MAX_WORDS lookups for each field. Worked example: `/amount/value` ends in `amount value`, a sure name: 1; `fee_amount` ends in `amount`
 * behind `fee`: 0.25.
 */
import { currencyExponent } from '../../../model/money.ts';
import { namesIn, wordsOf } from './name-words.ts';
import { PART_NAMES, type NamedPart } from './part-names.ts';

/** Of these a record has the real thing elsewhere. */
const OTHER = new Set(
  namesIn(
    `original, orig, parent, related, previous, prev, old, before, source, fee, fees, tax, vat, tip, refund, refunded, reversal, settlement, exchange, fx, balance,
     limit, min, max, count, retry, expected, batch, file, account, konto, vorher, vorherig, alt, gebuhr, steuer, ursprung, ursprunglich, ancien,
     frais, taxe, origine, precedent, schema, meta, metadata, fraud, risk, link, links, mandate, counter, counterparty`,
  ),
);
/** These say nothing about whose id, state or time it is. */
const NEUTRAL = new Set(
  namesIn(
    `payment, payments, pay, transaction, transactions, txn, tx, trx, transfer, data, object, payload, after, body, record, event, detail, details, item,
     row, fields, resource, content, message, core, info, header, zahlung, zahlungs, transaktion, transaktions, umsatz, vorgang, buchung, booking, paiement, operation, ordre, du,
     de, la, le, the`,
  ),
);
const MINOR = new Set(
  namesIn('minor, minors, minorunits, cent, cents, penny, pence, centimes, centime, rappen'),
);
const UNIT_WORDS = new Set([...MINOR, ...namesIn('in, units, unit, minor units, major')]);
const MAX_WORDS = 6;

/** Names that weigh less mean a part only where nothing else does. */
const WEAK = 0.5;

/** What a name is worth for each part; parts that it does not mean are left out. */
export function nameScores(path: readonly string[]): ReadonlyMap<NamedPart, number> {
  const words = path.flatMap((name) => wordsOf(name));
  const inLast = wordsOf(path.at(-1) ?? '').length;
  const scores = scoresOf(words, inLast);
  // `amount_eur_cents` is an amount; what else ends in a unit is not.
  const bare = withoutUnits(words);
  const amount = bare.length < words.length ? scoresOf(bare, inLast).get('amount') : undefined;
  if (amount !== undefined) scores.set('amount', Math.max(amount, scores.get('amount') ?? 0));
  return scores;
}

function scoresOf(words: readonly string[], inLast: number): Map<NamedPart, number> {
  const scores = new Map<NamedPart, number>();
  for (let length = 1; length <= Math.min(MAX_WORDS, words.length); length++) {
    const names = PART_NAMES.get(words.slice(-length).join(''));
    const before = words.slice(0, -length);
    for (const [part, weight] of names ?? []) {
      const { share, another } = behind(before, inLast - length, weight);
      scores.set(part, Math.max(weight * share, scores.get(part) ?? 0));
      scores.set('none', Math.max(another, scores.get('none') ?? 0));
    }
  }
  return scores;
}

/**
 * What the words before an ending leave of its weight, and how surely they say that another thing is meant.
 * @param ownWords of the words before, how many belong to the field's own name
 */
function behind(
  before: readonly string[],
  ownWords: number,
  weight: number,
): { share: number; another: number } {
  if (before.some((word) => OTHER.has(word))) return { share: 0.25, another: 0.9 };
  const telling = before.filter((word) => !NEUTRAL.has(word)).length;
  if (telling === 0) return { share: 1, another: 0 };
  if (weight < WEAK) return { share: 0.3, another: 0.6 };
  return { share: ownWords > 0 ? 0.85 : 1, another: 0 };
}

function withoutUnits(words: readonly string[]): string[] {
  const isUnit = (word: string | undefined): boolean =>
    word !== undefined && (UNIT_WORDS.has(word) || currencyExponent(word.toUpperCase()) !== undefined);
  const bare = [...words];
  while (bare.length > 1 && isUnit(bare.at(-1))) bare.pop();
  return bare;
}

/** Whether the name says that an amount is in minor units. */
export function saysMinorUnits(path: readonly string[]): boolean {
  return path.flatMap((name) => wordsOf(name)).some((word) => MINOR.has(word));
}

/** The currency that the name of an amount ends in, as `amount_eur` and `amount_eur_cents` do. */
export function currencyInName(path: readonly string[]): string | null {
  const words = wordsOf(path.at(-1) ?? '');
  const units = words.slice(withoutUnits(words).length).map((word) => word.toUpperCase());
  return units.find((code) => currencyExponent(code) !== undefined) ?? null;
}
