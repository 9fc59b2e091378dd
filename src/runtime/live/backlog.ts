/**
 * What is in the log and not applied yet: how much of it there is, and what it holds (DESIGN 4.4, `in_flight`).
 *
 * Added when the log has answered, taken off in the same step in which the accounts of the engine move; so the sum of both is
 * exact at any instant. What an earlier life appended is not here: it is counted when it is applied.
 */
import {
  emptyInputAccounts,
  type Accounting,
  type InputAccounts,
  type InputName,
} from '../../model/accounting.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import { addAccounts } from './account-book.ts';

interface Waiting {
  offset: number;
  bytes: number;
  input: InputName;
  account: InputAccounts;
}

export class Backlog {
  #bytes = 0;
  /** By offset, ascending; what stands before `#first` has been applied. */
  #waiting: Waiting[] = [];
  #first = 0;
  #next = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** The log answers in the order of offsets. What the engine has applied before the answer arrived is not taken up. */
  add({ offset }: LogPosition, bytes: number, input: InputName, account: InputAccounts): void {
    if (offset < this.#next) return;
    this.#waiting.push({ offset, bytes, input, account });
    this.#bytes += bytes;
  }

  /** Takes off what stands before the offset. */
  appliedUpTo(next: number): void {
    this.#next = next;
    for (; this.#first < this.#waiting.length; this.#first += 1) {
      const waiting = this.#waiting[this.#first];
      if (waiting === undefined || waiting.offset >= next) break;
      this.#bytes -= waiting.bytes;
    }
    // Cut now and then, so that taking one off costs nothing and the list still does not grow for ever.
    if (this.#first * 2 <= this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }

  /** These accounts with what waits, as in flight. */
  addedTo(applied: Accounting): Accounting {
    const sum = structuredClone(applied);
    for (const { input, account } of this.#waiting.slice(this.#first))
      addAccounts((sum.inputs[input] ??= emptyInputAccounts()), account);
    return sum;
  }
}
