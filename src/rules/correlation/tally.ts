/**
 * What is counted or measured of the members in a window: distinct records (event_count), distinct values (value_count),
 * distinct rules (temporal), the longest run of rules in order (temporal_ordered), or the numbers of a field (measure.ts).
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
import type { CorrelationRule } from './correlation-rule.ts';
import { PercentileMeasure, SumMeasure, type Measure } from './measure.ts';
import type { Member } from './member.ts';

/** What a window holds, to be compared with the bounds of a condition. */
export interface Counted {
  /** Below zero where it is less than the bound, above where it is more. */
  compare(bound: number): number;
  /** Where what is counted begins. */
  from: Instant;
}

export interface Tally {
  enter(member: Member<unknown>): void;
  leave(member: Member<unknown>): void;
  /** What a window holds that begins at `from`; null where there is nothing to compare, so that no condition holds. */
  counted(from: Instant): Counted | null;
}

/** @param members all that may enter */
export function tallyOf(rule: CorrelationRule, members: readonly Member<unknown>[]): Tally {
  switch (rule.type) {
    case 'event_count':
      return new DistinctTally(({ id }) => [id]);
    case 'value_count':
      return new DistinctTally(({ values }) => values);
    case 'temporal':
      return new DistinctTally(({ reference }) => [String(reference)]);
    case 'temporal_ordered':
      return new OrderTally(rule.references.length);
    case 'value_sum':
    case 'value_avg':
      return new NumberTally(new SumMeasure({ average: rule.type === 'value_avg' }));
    default: {
      const numbers = members.flatMap((member) => [...member.numbers.values()]);
      return new NumberTally(new PercentileMeasure(rule.percentile ?? 50, numbers));
    }
  }
}

class DistinctTally implements Tally {
  readonly #valuesOf: (member: Member<unknown>) => readonly string[];
  readonly #held = new Held<string>();

  constructor(valuesOf: (member: Member<unknown>) => readonly string[]) {
    this.#valuesOf = valuesOf;
  }

  enter(member: Member<unknown>): void {
    for (const value of this.#valuesOf(member)) this.#held.enter(value);
  }

  leave(member: Member<unknown>): void {
    for (const value of this.#valuesOf(member)) this.#held.leave(value);
  }

  counted(from: Instant): Counted {
    return { compare: (bound) => this.#held.size - bound, from };
  }
}

/** A number of a record counts once, however many members it stands behind. */
class NumberTally implements Tally {
  readonly #measure: Measure;
  readonly #held = new Held<string>();

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  enter({ numbers }: Member<unknown>): void {
    for (const [key, value] of numbers) if (this.#held.enter(key)) this.#measure.add(value);
  }

  leave({ numbers }: Member<unknown>): void {
    for (const [key, value] of numbers) if (this.#held.leave(key)) this.#measure.take(value);
  }

  counted(from: Instant): Counted | null {
    if (this.#held.size === 0) return null;
    return { compare: (bound) => this.#measure.compare(bound), from };
  }
}

/** What is in a window, and how often. */
class Held<T> {
  readonly #counts = new Map<T, number>();

  get size(): number {
    return this.#counts.size;
  }

  /** @returns whether it was not there */
  enter(value: T): boolean {
    const before = this.#counts.get(value) ?? 0;
    this.#counts.set(value, before + 1);
    return before === 0;
  }

  /** @returns whether it is not there any more */
  leave(value: T): boolean {
    const left = (this.#counts.get(value) ?? 0) - 1;
    if (left > 0) this.#counts.set(value, left);
    else this.#counts.delete(value);
    return left === 0;
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

  counted(from: Instant): Counted {
    const run = this.#longestRun(from);
    return { compare: (bound) => run.length - bound, from: run.from };
  }

  #longestRun(from: Instant): { length: number; from: Instant } {
    for (let length = this.#latest.length; length > 0; length -= 1) {
      const begin = Math.max(...(this.#latest[length - 1] ?? []));
      if (begin >= from) return { length, from: begin };
    }
    return { length: 0, from };
  }
}
