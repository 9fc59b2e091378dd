/**
 * How many bulk requests are under way at once, and how long to wait after a failure.
 *
 * What: additive increase, multiplicative decrease: a request that went well allows a quarter of one more, one that the server was too
 * busy for halves what is allowed and sets a wait that doubles with every failure in a row. The wait is drawn at random between half of it
 * and all of it, so that workers that failed together do not come back together.
 *
 * Worked example: 4 allowed, a 429: 2 allowed, wait 50 to 100 ms; another: 1 allowed, 100 to 200 ms; eight that go well: 3 allowed.
 * Source: AIMD after Chiu and Jain (1989); "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
 */
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 15_000;
const GAIN = 0.25;

export class BulkPace {
  readonly #most: number;
  readonly #random: () => number;
  #allowed: number;
  #failures = 0;

  /** @param random at least 0, below 1 */
  constructor(most: number, random: () => number) {
    this.#most = most;
    this.#random = random;
    this.#allowed = most;
  }

  /** Requests that may be under way at once; at least one. */
  get allowed(): number {
    return Math.floor(this.#allowed);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#allowed = Math.min(this.#most, this.#allowed + GAIN);
  }

  /** @returns how long to wait, in milliseconds */
  failed(): number {
    const longest = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    this.#allowed = Math.max(1, this.#allowed / 2);
    return longest / 2 + (this.#random() * longest) / 2;
  }
}
