/**
 * The accounts of the live engine (DESIGN 4.4): sums over the frames that were applied. A function of the log, so that it
 * is exact after a crash; what is in the log and not applied yet is in flight, and is added by whoever knows the log.
 */
import {
  countReason,
  emptyInputAccounts,
  type Accounting,
  type InputAccounts,
} from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import { sha256Hex } from '../../model/ids.ts';
import { formatPlace } from '../../model/place.ts';
import type { DeadLetter } from '../../ports/fact-store.ts';
import type { Frame } from './frame.ts';

type Letter = Omit<DeadLetter, 'at'>;

export class AccountBook {
  readonly accounting: Accounting = { inputs: {} };
  #letters: Letter[] = [];

  restore(accounting: Accounting): void {
    Object.assign(this.accounting.inputs, structuredClone(accounting.inputs));
  }

  applied({ input, account, refused }: Frame): void {
    const known = (this.accounting.inputs[input] ??= emptyInputAccounts());
    addAccounts(known, account);
    known.items.in_flight -= account.items.in_flight;
    known.items.accepted += account.items.in_flight;
    for (const { reason, text, place, excerpt } of refused) {
      const where = formatPlace(place);
      const id = sha256Hex(JSON.stringify([input, where, reason, text, excerpt])).slice(0, 32);
      this.#letters.push({ id, input, reason, text, place: where, excerpt });
    }
  }

  /** Dead letters since they were last taken. */
  takeDeadLetters(at: Instant): DeadLetter[] {
    const letters = this.#letters.map((letter) => ({ ...letter, at }));
    this.#letters = [];
    return letters;
  }
}

/** Adds the counts of `more` to `sum`. */
export function addAccounts(sum: InputAccounts, more: InputAccounts): void {
  sum.records += more.records;
  sum.decoded += more.decoded;
  sum.dead_lettered += more.dead_lettered;
  sum.in_flight += more.in_flight;
  for (const [reason, count] of Object.entries(more.ignored)) countReason(sum.ignored, reason, count);
  const { ignored, ...counts } = more.items;
  for (const [reason, count] of Object.entries(ignored)) countReason(sum.items.ignored, reason, count);
  for (const [name, count] of Object.entries(counts)) sum.items[name as keyof typeof counts] += count;
}
