/** Seeded chance: mulberry32, 32 bits of state, good enough to vary scenarios and the same on every machine. */

export interface Dice {
  /** Integer in [low, high], both included. */
  int(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Index of `weights`, in proportion to them. */
  weighted(weights: readonly number[]): number;
  shuffle<T>(items: readonly T[]): T[];
  /** Hex digits with a letter in every fourth place, so that no run of digits looks like a card number. */
  hex(length: number): string;
}

/** The dice of a seed. */
export function createDice(seed: number): Dice {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const at = <T>(from: readonly T[], index: number): T => {
    const found = from[index];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  };
  return {
    int,
    chance: (probability) => next() < probability,
    pick: (from) => at(from, int(0, from.length - 1)),
    weighted(weights) {
      let left = next() * weights.reduce((sum, weight) => sum + weight, 0);
      return Math.max(
        0,
        weights.findIndex((weight) => (left -= weight) < 0),
      );
    },
    shuffle(items) {
      const rest = [...items];
      for (let i = rest.length - 1; i > 0; i--) {
        const j = int(0, i);
        [rest[i], rest[j]] = [at(rest, j), at(rest, i)];
      }
      return rest;
    },
    hex: (length) =>
      Array.from({ length }, (_, i) =>
        i % 4 === 0 ? 'abcdef'[int(0, 5)] : '0123456789abcdef'[int(0, 15)],
      ).join(''),
  };
}
