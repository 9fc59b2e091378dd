/**
 * Parts of a payment that were captured or given back, as attributes of its state events: `refunded_part:REF` is `15.00 EUR`. A name for each part,
 * so that records that come again, or in another order, say the same; `join/payment-parts.ts` adds them up.
 */
import { formatAmount, parseAmount } from './money.ts';

/** What parts add up to, and what takes off it: a part that did not come about after all. */
export const PARTED = { captured: 'capture_undone', refunded: 'refund_undone' } as const;

export type Parted = keyof typeof PARTED;
type PartKind = `${Parted}_part` | (typeof PARTED)[Parted];

/** @param reference of the one part, by which it is told from the others; safe to keep */
export function partName(kind: PartKind, reference: string): string {
  return `${kind}:${reference}`;
}

export function partValue(minor: bigint, currency: string): string {
  return `${formatAmount(minor, currency)} ${currency}`;
}

/** Whether an attribute is a part, of any kind. */
export function isPart(name: string): boolean {
  return Object.entries(PARTED).some(
    ([whole, undone]) => name.startsWith(`${whole}_part:`) || name.startsWith(`${undone}:`),
  );
}

/** The amount of a part; undefined where it is none, or in another currency than the payment. */
export function partMinor(value: string, currency: string): bigint | undefined {
  const amount = value.endsWith(` ${currency}`) ? value.slice(0, -currency.length - 1) : '';
  return parseAmount(amount, currency);
}
