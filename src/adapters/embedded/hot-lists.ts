/**
 * Which events are hot under which span keys.
 *
 * What: a list a key, in order of event id, and the keys of each event, so that it can be taken off. Lists are copied
 * when they change: a reader keeps what it was given, and reading, which every flush of spans does, copies nothing.
 * Cost: a change takes time in proportion to the list, a look-up one access a key; a key without entries costs nothing.
 *
 * Worked example: e2 and e1 under `n:a`: the list is e1, e2; dropping e2 leaves e1, dropping e1 removes the list.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { HotEntry } from '../../ports/window-store.ts';

export class HotLists {
  readonly #maxEntries: number;
  readonly #lists = new Map<string, readonly HotEntry[]>();
  readonly #keys = new Map<string, Set<string>>();
  #entries = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** An event under two keys counts twice. */
  get entries(): number {
    return this.#entries;
  }

  /** @throws CounterfoilError CF_OVER_LIMIT when there would be too many: none was put */
  put(spanKeys: ReadonlySet<string>, { eventId, from, to }: HotEntry): void {
    const former = this.#keys.get(eventId) ?? new Set<string>();
    const added = spanKeys.difference(former).size;
    if (this.#entries + added > this.#maxEntries) {
      const hint = 'shorten the look-back or the late horizon, or alert on less';
      throw new CounterfoilError('CF_OVER_LIMIT', `${this.#maxEntries} events wait for spans: ${hint}`);
    }
    if (spanKeys.size === 0) return;
    const entry = Object.freeze({ eventId, from, to });
    for (const key of spanKeys) this.#lists.set(key, withEntry(this.#lists.get(key) ?? [], entry));
    this.#keys.set(eventId, former.union(spanKeys));
    this.#entries += added;
  }

  drop(eventId: string): void {
    const keys = this.#keys.get(eventId) ?? new Set<string>();
    this.#keys.delete(eventId);
    this.#entries -= keys.size;
    for (const key of keys) {
      const left = (this.#lists.get(key) ?? []).filter((entry) => entry.eventId !== eventId);
      if (left.length === 0) this.#lists.delete(key);
      else this.#lists.set(key, left);
    }
  }

  /** The list of a key; it never changes. */
  of(spanKey: string): readonly HotEntry[] | undefined {
    return this.#lists.get(spanKey);
  }
}

function withEntry(list: readonly HotEntry[], entry: HotEntry): readonly HotEntry[] {
  const at = placeOf(list, entry.eventId);
  return list.toSpliced(at, list[at]?.eventId === entry.eventId ? 1 : 0, entry);
}

/** Index of the first entry whose id is not smaller. */
function placeOf(list: readonly HotEntry[], eventId: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.eventId ?? '') < eventId) low = middle + 1;
    else high = middle;
  }
  return low;
}
