/**
 * Accounting of one run, by input (DESIGN 4.4). Nothing is dropped silently, and these two equations prove it at
 * any instant:
 *
 *   records = decoded + ignored + dead_lettered + in_flight
 *   items decoded = accepted + ignored + skewed + refused + beyond_horizon + in_flight
 *
 * `late`, `duplicate` and `flagged` are subsets of `accepted`; `refused` of an input says why, of records and items together. A record is a line, an array element or a protobuf message; an
 * item is one event, observation, span, payment state or flow in it.
 */

export interface ItemAccounts {
  decoded: number;
  accepted: number;
  ignored: Record<string, number>;
  skewed: number;
  refused: number;
  beyond_horizon: number;
  late: number;
  duplicate: number;
  /** Of the accepted ones, those with something to be looked at, by what it is. */
  flagged: Record<string, number>;
  in_flight: number;
}

export interface InputAccounts {
  records: number;
  decoded: number;
  ignored: Record<string, number>;
  dead_lettered: number;
  /** What was refused or set aside, by reason; a record that is refused for several counts under each. */
  refused: Record<string, number>;
  in_flight: number;
  items: ItemAccounts;
}

/** Names of the inputs, as in the command line and `--stats`. */
export type InputName = 'audit' | 'alerts' | 'events' | 'spans' | 'payments';

export type Accounting = { inputs: Partial<Record<InputName, InputAccounts>> };

export function emptyInputAccounts(): InputAccounts {
  return {
    records: 0,
    decoded: 0,
    ignored: {},
    dead_lettered: 0,
    refused: {},
    in_flight: 0,
    items: {
      decoded: 0,
      accepted: 0,
      ignored: {},
      skewed: 0,
      refused: 0,
      beyond_horizon: 0,
      late: 0,
      duplicate: 0,
      flagged: {},
      in_flight: 0,
    },
  };
}

/** Adds to a counter by reason. */
export function countReason(counters: Record<string, number>, reason: string, by = 1): void {
  counters[reason] = (counters[reason] ?? 0) + by;
}

/** Adds counters by reason. @param more absent where an earlier version wrote it */
export function addReasons(counters: Record<string, number>, more: Record<string, number> | undefined): void {
  for (const [reason, count] of Object.entries(more ?? {})) countReason(counters, reason, count);
}

/** The equations that do not hold, in words; empty when the accounts add up. */
export function accountingErrors(accounting: Accounting): string[] {
  const errors: string[] = [];
  for (const [name, input] of Object.entries(accounting.inputs)) {
    const records = input.decoded + total(input.ignored) + input.dead_lettered + input.in_flight;
    if (records !== input.records) errors.push(`${name}: ${input.records} records, ${records} accounted for`);
    const { items } = input;
    const known =
      items.accepted +
      total(items.ignored) +
      items.skewed +
      items.refused +
      items.beyond_horizon +
      items.in_flight;
    if (known !== items.decoded)
      errors.push(`${name}: ${items.decoded} items decoded, ${known} accounted for`);
    if (items.late > items.accepted || items.duplicate > items.accepted) {
      errors.push(`${name}: late and duplicate items must be accepted ones`);
    }
  }
  return errors;
}

function total(counters: Record<string, number>): number {
  return Object.values(counters).reduce((sum, n) => sum + n, 0);
}
