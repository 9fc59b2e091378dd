/**
 * Money: integer minor units in a bigint beside an ISO 4217 code; decimal text at every edge; never a float.
 *
 * Why not a decimal library: the only operations are sums, comparisons and one conversion at the output, and
 * minor units make each of them exact by construction. The exponents come from the ISO 4217 list
 * (`currency-codes`): JPY has 0 decimals, EUR 2, KWD 3, CLF 4.
 *
 * Worked example: `48000.00` EUR -> 4800000n -> `48000.00`; `12.345` EUR is refused, `12.340` is 1234n.
 */
import { code as currencyOf, number as currencyNumbered } from 'currency-codes';

/** What ISO 4217 has added since the list: the Caribbean guilder, in place of ANG since 2025-03-31 (amendment 176). */
const ADDED: Readonly<Record<string, { number: string; digits: number }>> = {
  XCG: { number: '532', digits: 2 },
};

/** An amount in minor units of its currency. */
export interface Money {
  minor: bigint;
  currency: string;
}

/** Longer text is a mistake or an attack. */
const MAX_DIGITS = 30;
/**
 * The largest amount of one payment, either sign: documents carry minor units as a JSON integer beside the decimal
 * text, and that is exact up to here (90 trillion EUR). Sums are bounded by nothing.
 */
const MAX_MINOR = BigInt(Number.MAX_SAFE_INTEGER);
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Codes asked for before: the list is searched from its beginning. Only those that are on it are kept. */
const exponents = new Map<string, number>();

/** Decimals of an ISO 4217 currency (upper case), or undefined for a code that is not on the list. */
export function currencyExponent(currency: string): number | undefined {
  const known = exponents.get(currency);
  if (known !== undefined || !/^[A-Z]{3}$/.test(currency)) return known;
  const digits = (currencyOf(currency) ?? ADDED[currency])?.digits;
  if (digits !== undefined) exponents.set(currency, digits);
  return digits;
}

/** The ISO 4217 code of a numeric one (`978` is EUR), or undefined for a number that is not on the list. */
export function currencyOfNumber(digits: string): string | undefined {
  if (!/^\d{3}$/.test(digits)) return undefined;
  const added = Object.keys(ADDED).find((code) => ADDED[code]?.number === digits);
  return added ?? currencyNumbered(digits)?.code;
}

/**
 * Reads a decimal amount exactly.
 * @param text decimal text such as `48000.00`; no exponent, no grouping
 * @returns minor units, or undefined when the text is no decimal, the currency is unknown, the text is finer than the
 *   currency (a silent cut would change money), or the amount is beyond 2^53 - 1 minor units
 */
export function parseAmount(text: string, currency: string): bigint | undefined {
  const exponent = currencyExponent(currency);
  const m = DECIMAL.exec(text.trim());
  if (exponent === undefined || m === null || text.length > MAX_DIGITS) return undefined;
  const [, sign, whole = '', fraction = ''] = m;
  if (/[1-9]/.test(fraction.slice(exponent))) return undefined;
  const minor = BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, '0'));
  if (minor > MAX_MINOR) return undefined;
  return sign === '-' ? -minor : minor;
}

/** Minor units as decimal text with as many decimals as the currency has. */
export function formatAmount(minor: bigint, currency: string): string {
  const exponent = currencyExponent(currency) ?? 0;
  const sign = minor < 0n ? '-' : '';
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * Converts an amount with a decimal rate, exactly, rounding once, half to even.
 * @param rate decimal text: one unit of `from` is `rate` units of `to`
 */
export function convert(money: Money, rate: string, to: string): Money | undefined {
  return convertSum([{ money, rate }], to);
}

/** An amount and what one unit of its currency is in the target currency, as decimal text. */
export interface RatedMoney {
  money: Money;
  rate: string;
}

/**
 * Converts amounts of several currencies and sums them, exactly, rounding once, half to even.
 * @returns undefined when a rate is no decimal or a currency is not on the list; 0 for no amounts
 */
export function convertSum(amounts: readonly RatedMoney[], to: string): Money | undefined {
  const toExponent = currencyExponent(to);
  if (toExponent === undefined) return undefined;
  let numerator = 0n;
  let decimals = 0;
  for (const { money, rate } of amounts) {
    const m = DECIMAL.exec(rate);
    const fromExponent = currencyExponent(money.currency);
    if (m === null || m[1] === '-' || rate.length > MAX_DIGITS || fromExponent === undefined)
      return undefined;
    const fraction = m[3] ?? '';
    const finer = fraction.length + fromExponent;
    const common = Math.max(decimals, finer);
    const product = money.minor * BigInt((m[2] ?? '') + fraction);
    numerator = numerator * 10n ** BigInt(common - decimals) + product * 10n ** BigInt(common - finer);
    decimals = common;
  }
  return {
    minor: divideHalfEven(numerator * 10n ** BigInt(toExponent), 10n ** BigInt(decimals)),
    currency: to,
  };
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const sign = numerator < 0n ? -1n : 1n;
  const absolute = numerator * sign;
  const quotient = absolute / denominator;
  const twice = (absolute % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return sign * (up ? quotient + 1n : quotient);
}
