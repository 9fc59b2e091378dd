/**
 * Amounts that providers write as whole numbers of the smallest unit, as minor units of ISO 4217.
 *
 * Why not taken as they are: for a few currencies providers count in other units than ISO 4217 does, for reasons of their
 * history. An amount that is finer than the currency is refused: a silent cut would change money.
 *
 * Stripe has a list of currencies without decimals, on which MGA stands (ISO 4217: 2); ISK and UGX have none any more either, and are still written with
 * two (`special cases`). HUF and TWD are whole in payouts only: payments have two decimals. Adyen marks four currencies as different from the standard.
 * All others are those of ISO 4217, three decimals (BHD, JOD, KWD, OMR, TND) included.
 *
 * Worked example: Stripe's 10000 ISK are hundredths -> 100 ISK; 10050 ISK is refused.
 * Source, read on 2026-11-26: docs.stripe.com/currencies (zero-decimal currencies, special cases), support.stripe.com, "Deprecation of fractional ISK
 * charges and refunds"; docs.adyen.com/development-resources/currency-codes ("differs from standard": CLP, CVE, IDR, ISK).
 */
import { currencyExponent } from '../../model/money.ts';

/** Decimals that a provider counts in, where they differ from ISO 4217. */
export const STRIPE_DECIMALS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };
export const ADYEN_DECIMALS: Readonly<Record<string, number>> = { CLP: 2, CVE: 0, IDR: 0, ISK: 2 };

/** Digits of 90 trillion euros; more is beyond what a payment may be (model/money.ts). */
const WHOLE = /^\d{1,16}$/;

/**
 * @param value a whole number, or its decimal text
 * @returns undefined where it is no amount: negative, a fraction, too large, too fine, or of an unknown currency
 */
export function minorUnits(
  value: unknown,
  currency: string,
  decimals: Readonly<Record<string, number>>,
): bigint | undefined {
  const exponent = currencyExponent(currency);
  const text = typeof value === 'number' ? String(value) : value;
  if (exponent === undefined || typeof text !== 'string' || !WHOLE.test(text)) return undefined;
  const finer = (decimals[currency] ?? exponent) - exponent;
  const stated = BigInt(text);
  const scale = 10n ** BigInt(Math.abs(finer));
  if (finer > 0 && stated % scale !== 0n) return undefined;
  const minor = finer > 0 ? stated / scale : stated * scale;
  return minor > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : minor;
}
