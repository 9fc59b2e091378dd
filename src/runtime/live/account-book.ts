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
import type { DeadLetter, Redriven } from '../../ports/fact-store.ts';
import type { Admitted } from './admission.ts';
import type { Frame } from './frame.ts';

type Letter = Omit<DeadLetter, 'at' | 'redrivenAt'>;

export class AccountBook {
  readonly accounting: Accounting = { inputs: {} };
  #letters: Letter[] = [];
  #redriven: Redriven[] = [];

  restore(accounting: Accounting): void {
    Object.assign(this.accounting.inputs, structuredClone(accounting.inputs));
  }

  applied({ input, account, refused, redrives }: Frame, admitted: Admitted): void {
    const known = (this.accounting.inputs[input] ??= emptyInputAccounts());
    addAccounts(known, account);
    const { skewed, beyondHorizon, late, refusedItems } = admitted;
    known.items.in_flight -= account.items.in_flight;
    known.items.accepted += account.items.in_flight - skewed - beyondHorizon - refusedItems;
    known.items.refused += refusedItems;
    known.items.skewed += skewed;
    known.items.beyond_horizon += beyondHorizon;
    known.items.late += late;
    for (const { reason, text, laterThan } of admitted.refused)
      this.#letters.push({
        id: letterId([input, reason, text, admitted.place]),
        input,
        reason,
        text,
        place: admitted.place,
        excerpt: null,
        laterThan,
      });
    for (const { reason, text, place, excerpt } of refused) {
      const where = formatPlace(place);
      const id = letterId([input, where, reason, text, excerpt]);
      this.#letters.push({ id, input, reason, text, place: where, excerpt, laterThan: null });
    }
    if (redrives !== null) this.#redriven.push(redrives);
  }

  /** Dead letters since they were last taken. */
  takeDeadLetters(at: Instant): DeadLetter[] {
    const letters = this.#letters.map((letter) => ({ ...letter, at, redrivenAt: null }));
    this.#letters = [];
    return letters;
  }

  /** Letters that were put through again since they were last taken. */
  takeRedriven(): Redriven[] {
    const redriven = this.#redriven;
    this.#redriven = [];
    return redriven;
  }
}

/** By content and place, so that a redelivery is the same letter. */
function letterId(parts: readonly (string | null)[]): string {
  return sha256Hex(JSON.stringify(parts)).slice(0, 32);
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
