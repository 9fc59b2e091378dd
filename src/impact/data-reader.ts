/**
 * Reads plain values of data files (parsed YAML) and collects every fault with its JSON pointer, instead of stopping
 * at the first: who edits a table wants one list. What a reader returns counts only when it found no fault.
 */
import { CounterfoilError, type Problem } from '../model/errors.ts';

export type Members = Readonly<Record<string, unknown>>;

const NO_MEMBERS: Members = Object.freeze({});

/** No table that people edit comes near; it bounds the work that a hostile file can cause. */
const MAX_PROBLEMS = 1_000;

export class DataReader {
  readonly problems: Problem[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Notes a fault at a JSON pointer. */
  fault(pointer: string, text: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ at: `${this.#file}#${pointer}`, text });
  }

  /** A map whose keys are all in `known`; null allows any key. */
  map(value: unknown, pointer: string, known: readonly string[] | null): Members {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fault(pointer, 'must be a map');
      return NO_MEMBERS;
    }
    for (const key of Object.keys(value)) {
      if (known !== null && !known.includes(key)) {
        this.fault(pointerTo(pointer, key), `is not known here; known are ${known.join(', ')}`);
      }
    }
    return value as Members;
  }

  list(value: unknown, pointer: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.fault(pointer, 'must be a list');
    return [];
  }

  text(value: unknown, pointer: string): string {
    if (typeof value === 'string' && value !== '') return value;
    this.fault(pointer, 'must be text');
    return '';
  }

  oneOf<T extends string>(value: unknown, pointer: string, allowed: readonly [T, ...T[]]): T {
    const found = allowed.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    this.fault(pointer, `must be one of ${allowed.join(', ')}`);
    return allowed[0];
  }

  /** An integer from `min` to `max`. */
  integer(value: unknown, pointer: string, min: number, max: number): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    this.fault(pointer, `must be an integer from ${min} to ${max}`);
    return min;
  }

  /** @throws CounterfoilError CF_DATA_FILE with all faults, when there is one */
  finish(what: string): void {
    if (this.problems.length > 0) {
      throw new CounterfoilError('CF_DATA_FILE', `${this.#file} is not a valid ${what}.`, this.problems);
    }
  }
}

/** RFC 6901. */
export function pointerTo(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
