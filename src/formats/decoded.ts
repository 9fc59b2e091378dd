/** What a format makes of one record: items that are taken, counts of those that are not, and refusals with reasons. */
import type { Refusal } from '../model/refusal.ts';

export interface Decoded<T> {
  items: T[];
  /** Items that are no facts, by reason. */
  ignored: Record<string, number>;
  refused: Pick<Refusal, 'reason' | 'text'>[];
}

export function taken<T>(items: T[]): Decoded<T> {
  return { items, ignored: {}, refused: [] };
}

export function refusedAs<T>(reason: Refusal['reason'], text: string): Decoded<T> {
  return { items: [], ignored: {}, refused: [{ reason, text }] };
}

/** A record that is no fact. */
export function ignoredAs<T>(reason: string): Decoded<T> {
  return { items: [], ignored: { [reason]: 1 }, refused: [] };
}

/** Several results as one. */
export function merged<T>(results: readonly Decoded<T>[]): Decoded<T> {
  const ignored: Record<string, number> = {};
  for (const result of results) {
    for (const [reason, count] of Object.entries(result.ignored))
      ignored[reason] = (ignored[reason] ?? 0) + count;
  }
  return {
    items: results.flatMap(({ items }) => items),
    ignored,
    refused: results.flatMap(({ refused }) => refused),
  };
}
