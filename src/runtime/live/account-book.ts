/**
 * The accounts of the live engine (DESIGN 4.4): sums over the frames that were applied. A function of the log, so that it
 * is exact after a crash; what is in the log and not applied yet is in flight, and is added by whoever knows the log.
 */
import {
  addReasons,
  countReason,
  emptyInputAccounts,
  type Accounting,
  type InputAccounts,
  type InputName,
} from '../../model/accounting.ts';
import type { Instant } from '../../model/instant.ts';
import { sha256Hex } from '../../model/ids.ts';
import { formatPlace } from '../../model/place.ts';
import type { DeadLetter, Redriven } from '../../ports/fact-store.ts';
import type { Admitted } from './admission.ts';
import type { Frame } from './frame.ts';
import { sourceOf, type Origin } from './origin.ts';
import type { RecordCount } from './span-notes.ts';

type Letter = Omit<DeadLetter, 'at' | 'redrivenAt'>;

export class AccountBook {
  readonly accounting: Accounting = { inputs: {} };
  /** Of each partition of a topic, the offset up to which records are counted: workers may read them again. */
  readonly #counted = new Map<string, number>();
  #letters: Letter[] = [];
  #redriven: Redriven[] = [];

  restore(accounting: Accounting, counted: Readonly<Record<string, number>>): void {
    // What an earlier version kept may lack some counts.
    for (const [input, account] of Object.entries(accounting.inputs))
      addAccounts((this.accounting.inputs[input as InputName] ??= emptyInputAccounts()), account);
    for (const [source, offset] of Object.entries(counted)) this.#counted.set(source, offset);
  }

  /** What `restore` takes. */
  get counted(): Record<string, number> {
    return Object.fromEntries(this.#counted);
  }

  /** @returns whether the frame's own account was counted: it was not before */
  applied(frame: Frame, admitted: Admitted): boolean {
    const { input, account, refused, redrives, origin, notes } = frame;
    const known = (this.accounting.inputs[input] ??= emptyInputAccounts());
    const counts =
      (origin === null || notes === null) && (origin === null || this.#isNew(origin, origin.offset));
    if (origin !== null && notes !== null) this.#addCounts(known, origin, notes.counts);
    else if (counts) addApplied(known, account, admitted);
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
    return counts;
  }

  /** Whether a record was not counted yet; from now on it is. */
  #isNew(origin: Origin, offset: number | null): boolean {
    if (offset === null) return false;
    const source = sourceOf(origin);
    if (offset < (this.#counted.get(source) ?? 0)) return false;
    this.#counted.set(source, offset + 1);
    return true;
  }

  #addCounts(known: InputAccounts, origin: Origin, counts: readonly RecordCount[]): void {
    for (const [offset, account] of counts) {
      if (!this.#isNew(origin, offset)) continue;
      if (typeof account !== 'number') addAccounts(known, account);
      else {
        known.records += 1;
        known.decoded += 1;
        known.items.decoded += account;
        known.items.accepted += account;
      }
    }
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

/** What was decoded is let in, or not. */
function addApplied(known: InputAccounts, account: InputAccounts, admitted: Admitted): void {
  addAccounts(known, account);
  const { skewed, beyondHorizon, late, refusedItems } = admitted;
  known.items.in_flight -= account.items.in_flight;
  known.items.accepted += account.items.in_flight - skewed - beyondHorizon - refusedItems;
  known.items.refused += refusedItems;
  known.items.skewed += skewed;
  known.items.beyond_horizon += beyondHorizon;
  known.items.late += late;
  for (const { reason, count } of admitted.refused) countReason(known.refused, reason, count);
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
  addReasons(sum.ignored, more.ignored);
  addReasons(sum.refused, more.refused);
  const { ignored, flagged, ...counts } = more.items;
  addReasons(sum.items.ignored, ignored);
  addReasons(sum.items.flagged, flagged);
  for (const [name, count] of Object.entries(counts)) sum.items[name as keyof typeof counts] += count;
}
