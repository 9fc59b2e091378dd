/**
 * Names with a time each, handed out in the order of their times.
 *
 * What: a binary heap beside a Map from name to its time in force. A name that is moved or deleted stays in the heap as a
 * leftover, recognised when it comes up because the Map says otherwise. Why lazily: taking an entry out of the middle
 * needs its place, and a Map of places that every swap writes costs more than the leftovers do. Why they cannot pile
 * up: when they outnumber what is in force, the heap is built anew from the Map, which its insertions have paid for.
 *
 * Order: by time, then by name, so that it never depends on the order of insertion.
 * Cost: O(log n) a change; a small object and a place in the Map per entry, leftovers at most as many again.
 * Worked example: a at 10, b at 20, a moved to 30: before 25 there is only b; the leftover (a, 10) came up and was dropped.
 * Source: Williams, Algorithm 232 (Heapsort), CACM 1964.
 */
import type { Instant } from '../model/instant.ts';

export interface Deadline {
  id: string;
  at: Instant;
}

/** Leftovers that are not worth building anew for. */
const FEW = 64;

export class DeadlineHeap {
  #heap: Deadline[] = [];
  readonly #inForce = new Map<string, Instant>();

  get size(): number {
    return this.#inForce.size;
  }

  /** Entries that a move or a deletion left in the heap. */
  get leftovers(): number {
    return this.#heap.length - this.#inForce.size;
  }

  has(id: string): boolean {
    return this.#inForce.has(id);
  }

  /** Adds a name, or moves it. */
  set(id: string, at: Instant): void {
    if (this.#inForce.get(id) === at) return;
    this.#inForce.set(id, at);
    this.#heap.push({ id, at });
    this.#rise(this.#heap.length - 1);
    this.#trim();
  }

  /** False where it was not there. */
  delete(id: string): boolean {
    const deleted = this.#inForce.delete(id);
    this.#trim();
    return deleted;
  }

  /** Takes out everything that lies strictly before an instant, by time, then name. */
  takeBefore(instant: Instant): Deadline[] {
    const taken: Deadline[] = [];
    for (let top = this.#heap[0]; top !== undefined && top.at < instant; top = this.#heap[0]) {
      this.#removeTop();
      if (this.#inForce.get(top.id) !== top.at) continue;
      this.#inForce.delete(top.id);
      taken.push(top);
    }
    return taken;
  }

  #trim(): void {
    if (this.#heap.length <= 2 * this.#inForce.size + FEW) return;
    // A sorted array is a heap.
    this.#heap = Array.from(this.#inForce, ([id, at]) => ({ id, at })).toSorted(byTime);
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    let at = from;
    for (let child = this.#lesserChild(at); child < this.#heap.length; child = this.#lesserChild(at)) {
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  /** Beyond the heap where there is none. */
  #lesserChild(parent: number): number {
    const left = 2 * parent + 1;
    const [a, b] = [this.#heap[left], this.#heap[left + 1]];
    return a !== undefined && b !== undefined && byTime(b, a) < 0 ? left + 1 : left;
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const [a, b] = [this.#heap[lower], this.#heap[upper]];
    if (a === undefined || b === undefined || byTime(a, b) >= 0) return false;
    this.#heap[lower] = b;
    this.#heap[upper] = a;
    return true;
  }
}

function byTime(a: Deadline, b: Deadline): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
