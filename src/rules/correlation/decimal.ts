/**
 * Decimal numbers of any size and any fineness, exactly: so that a sum is the same in any order, and 0.1 and 0.2 are 0.3.
 *
 * Why: sums of floats depend on the order of what is added, and numbers that come late are added in another one (SPEC G5).
 * A number is taken as it is written shortest, which is how records write it: 0.1 is one tenth, not its nearest double.
 *
 * Cost: integers of a size that grows with the fineness; numbers of records fit in a few words. The largest and the smallest
 * double together take 600 digits, and no more.
 * Worked example: 0.5 + 25 -> {units: 5, scale: 1} + {units: 25, scale: 0} -> {units: 255, scale: 1}, which is 25.5.
 */
export interface Decimal {
  units: bigint;
  /** Decimals of the units; not below zero. */
  scale: number;
}

export const ZERO: Decimal = { units: 0n, scale: 0 };

/** A finite number as it is written shortest. */
export function decimalOf(value: number): Decimal {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const units = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale };
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

export function times({ units, scale }: Decimal, factor: bigint): Decimal {
  return { units: units * factor, scale };
}

/** Below zero where a is less than b, above where it is more. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const difference = unitsAt(a, scale) - unitsAt(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function unitsAt({ units, scale }: Decimal, finer: number): bigint {
  return finer === scale ? units : units * 10n ** BigInt(finer - scale);
}
