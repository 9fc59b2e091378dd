/**
 * Random numbers that are the same on every machine and in every year: what generated examples and benchmarks need,
 * because their files are compared byte by byte.
 *
 * What: splitmix32 for the state, one 32-bit step per draw. Why not Math.random: it cannot be seeded. Cost: three
 * multiplications a draw. Worked example: two generators with seed 7 give the same sequence; `fork` gives a third
 * that is independent of how many draws the first has made since.
 * Source: the 32-bit finaliser of MurmurHash3 over a Weyl sequence (splitmix, Steele et al. 2014).
 */

const HEX = '0123456789abcdef';

export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits, as an unsigned integer. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  }

  /** A generator of its own for one part of the work, so that a change there leaves the other parts as they are. */
  fork(name: string): SeededRandom {
    let hash = this.#state;
    for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    return new SeededRandom(hash);
  }

  /** At least 0, below 1. */
  unit(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** Integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** One of the names, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    throw new Error('nothing to choose from');
  }

  /** As many hex digits, lower case. */
  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.bits().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  /** A UUID of version 4. */
  uuid(): string {
    const h = this.hex(32);
    const variant = HEX[8 + this.integer(0, 3)] ?? '8';
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
  }
}
