/**
 * What is counted of the members in a window: distinct records (event_count), distinct values (value_count), distinct rules
 * (temporal), or the longest run of rules in order (temporal_ordered).
 *
 * A window moves: members enter at its end and leave at its beginning, so a count costs what moved and not what is in it.
 * For runs in order nothing has to leave: of every length the latest beginning is kept of a run that ends in each rule; a
 * run lies in the window when that beginning does. A member of rule k lengthens the best runs of the rules before k.
 *
 * Cost: constant per member and value; for runs n^2 per member, n the number of rules (at most 32).
 * Worked example of a run: rules a, b, c; a at 1, b at 2, a at 3, c at 4. Runs that end in c with length 3 begin at 1 (a, b,
 * c); with length 2 at 3 (a at 3, c). In a window from 0 the count is 3, in a window from 2 it is 2.
 */
import type { Instant } from '../../model/instant.ts';
import type { CorrelationType } from './correlation-rule.ts';
import type { Member } from './member.ts';

export interface Tally {
  enter(member: Member<unknown>): void;
  leave(member: Member<unknown>): void;
  /** The count in a window that begins at `from`, and where what is counted begins. */
  count(from: Instant): { count: number; from: Instant };
}

export function tallyOf(type: CorrelationType, references: number): Tally {
  switch (type) {
    case 'event_count':
      return new DistinctTally(({ id }) => [id]);
    case 'value_count':
      return new DistinctTally(({ values }) => values);
    case 'temporal':
      return new DistinctTally(({ reference }) => [String(reference)]);
    default:
      return new OrderTally(references);
  }
}

class DistinctTally implements Tally {
  readonly #valuesOf: (member: Member<unknown>) => readonly string[];
  readonly #counts = new Map<string, number>();

  constructor(valuesOf: (member: Member<unknown>) => readonly string[]) {
    this.#valuesOf = valuesOf;
  }

  enter(member: Member<unknown>): void {
    for (const value of this.#valuesOf(member)) this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  leave(member: Member<unknown>): void {
    for (const value of this.#valuesOf(member)) {
      const left = (this.#counts.get(value) ?? 0) - 1;
      if (left > 0) this.#counts.set(value, left);
      else this.#counts.delete(value);
    }
  }

  count(from: Instant): { count: number; from: Instant } {
    return { count: this.#counts.size, from };
  }
}

class OrderTally implements Tally {
  /** By length - 1, then by the rule that the run ends in: the latest beginning. */
  readonly #latest: number[][];

  constructor(references: number) {
    this.#latest = Array.from({ length: references }, () => Array<number>(references).fill(-Infinity));
  }

  enter({ reference, at }: Member<unknown>): void {
    // From the longest to the shortest: a member is no part of a run twice.
    for (let length = reference; length >= 0; length -= 1) {
      const row = this.#latest[length] ?? [];
      const begin = length === 0 ? at : Math.max(...(this.#latest[length - 1] ?? []).slice(0, reference));
      if (begin > (row[reference] ?? -Infinity)) row[reference] = begin;
    }
  }

  leave(): void {}

  count(from: Instant): { count: number; from: Instant } {
    for (let length = this.#latest.length; length > 0; length -= 1) {
      const begin = Math.max(...(this.#latest[length - 1] ?? []));
      if (begin >= from) return { count: length, from: begin };
    }
    return { count: 0, from };
  }
}
