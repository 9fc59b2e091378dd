/**
 * Small numbers for the span keys of the window, so that a header holds four bytes instead of a text.
 *
 * A key keeps its number while a bucket holds it; then the number is free for another key, so that pods that come and go
 * leave nothing behind. Cost: one look-up a chunk. Worked example: `n:a` gets 0, `n:b` 1; when the last bucket with `n:a`
 * is dropped, the next new key gets 0.
 */

/** What a Map entry, the text and its place in the lists take, besides its characters; estimated. */
const ENTRY_BYTES = 100;

export class KeyNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  /** How many buckets hold the key of a number. */
  readonly #holders: number[] = [];
  readonly #free: number[] = [];
  #characters = 0;

  get bytes(): number {
    return this.#numbers.size * ENTRY_BYTES + this.#characters * 2;
  }

  find(key: string): number | undefined {
    return this.#numbers.get(key);
  }

  /** The number of a key, a new one where it has none; who asks for one holds it. */
  numberOf(key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#names.length;
    this.#names[number] = key;
    this.#holders[number] = 0;
    this.#numbers.set(key, number);
    this.#characters += key.length;
    return number;
  }

  hold(number: number): void {
    this.#holders[number] = (this.#holders[number] ?? 0) + 1;
  }

  release(number: number): void {
    const left = (this.#holders[number] ?? 0) - 1;
    this.#holders[number] = left;
    if (left > 0) return;
    const key = this.#names[number] ?? '';
    this.#numbers.delete(key);
    this.#characters -= key.length;
    this.#names[number] = '';
    this.#free.push(number);
  }
}
