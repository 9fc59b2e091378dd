/**
 * How much of a payment was captured and given back in all, from what its state events say.
 *
 * What: some sources state the sum (Stripe's charge, our own form), others each part by itself (Adyen). A sum counts as of its latest statement; of several
 * at one instant the largest, since sums grow. Without one the parts are added, each reference once. What did not come about after all is taken off: from
 * parts all of it, from a sum what came after it, because the sum cannot have known.
 * Why not the last part: two refunds of 15 would leave 15 that are gone, and be counted as money that can still be stopped. Why by reference: webhooks are
 * repeated, and come in any order.
 *
 * Cost: one pass over the attributes of the events.
 * Worked example: refunds R1 15.00 EUR, R2 5.00 EUR, R1 again, and R2 failed -> refunded 15.00.
 * Source: docs.adyen.com, partial captures and refunds; docs.stripe.com, the object Charge; reference/impact section 1.2 (what remains).
 */
import type { Instant } from '../model/instant.ts';
import { formatAmount, parseAmount } from '../model/money.ts';
import { isPart, PARTED, partMinor, type Parted } from '../model/payment-parts.ts';
import type { PaymentEvent } from '../model/payment.ts';

type Attributes = Record<string, string>;

/** @param events in the order of their times */
export function attributesOf(events: readonly PaymentEvent[], currency: string): Attributes {
  const attributes = Object.create(null) as Attributes;
  for (const event of events)
    for (const [name, value] of Object.entries(event.attributes)) if (!isPart(name)) attributes[name] = value;
  for (const whole of Object.keys(PARTED) as Parted[]) {
    const sum = sumOf(whole, events, currency);
    if (sum !== null) attributes[whole] = formatAmount(sum > 0n ? sum : 0n, currency);
  }
  return attributes;
}

/** Whether parts were captured that did not fail later, in any currency: the payment itself may not have been seen. */
export function hasCapturedPart(events: readonly PaymentEvent[]): boolean {
  const values = events.flatMap(({ attributes }) =>
    Object.entries(attributes).flatMap(([name, value]) => (isPart(name) ? [value] : [])),
  );
  const currencies = new Set(values.map((value) => value.slice(value.lastIndexOf(' ') + 1)));
  return [...currencies].some((currency) => {
    const captured = total(partsOf('captured_part:', events, currency, -Infinity));
    return captured > total(partsOf(`${PARTED.captured}:`, events, currency, -Infinity));
  });
}

/** Null: nothing that is understood was said of it. */
function sumOf(whole: Parted, events: readonly PaymentEvent[], currency: string): bigint | null {
  const stated = latestSum(whole, events, currency);
  const undone = total(partsOf(`${PARTED[whole]}:`, events, currency, stated?.time ?? -Infinity));
  if (stated !== null) return stated.minor - undone;
  const parts = partsOf(`${whole}_part:`, events, currency, -Infinity);
  return parts.size === 0 ? null : total(parts) - undone;
}

function latestSum(
  whole: Parted,
  events: readonly PaymentEvent[],
  currency: string,
): { minor: bigint; time: Instant } | null {
  let latest: { minor: bigint; time: Instant } | null = null;
  for (const { attributes, time } of events) {
    const text = attributes[whole];
    const minor = text === undefined ? undefined : parseAmount(text, currency);
    if (minor === undefined) continue;
    if (latest === null || latest.time < time || latest.minor < minor) latest = { minor, time };
  }
  return latest;
}

/** By reference; of two contents under one reference the larger, whichever came first. */
function partsOf(
  prefix: string,
  events: readonly PaymentEvent[],
  currency: string,
  after: Instant,
): Map<string, bigint> {
  const parts = new Map<string, bigint>();
  for (const { attributes, time } of events) {
    if (time <= after) continue;
    for (const [name, value] of Object.entries(attributes)) {
      const minor = name.startsWith(prefix) ? partMinor(value, currency) : undefined;
      if (minor !== undefined && minor > (parts.get(name) ?? -1n)) parts.set(name, minor);
    }
  }
  return parts;
}

function total(parts: ReadonlyMap<string, bigint>): bigint {
  return [...parts.values()].reduce((sum, minor) => sum + minor, 0n);
}
