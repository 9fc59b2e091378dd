/**
 * Bytes of requests between their first header and their answer. What does not fit is refused before its body is read, so
 * memory stays below the bound whatever arrives. One budget for all listeners of the process.
 */
export class ByteBudget {
  readonly #max: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.#max = maxBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** @returns gives the bytes back, once; null: there is no room. A single large request is let in when it is alone. */
  take(bytes: number): (() => void) | null {
    if (this.#used > 0 && this.#used + bytes > this.#max) return null;
    this.#used += bytes;
    let held = bytes;
    return () => {
      this.#used -= held;
      held = 0;
    };
  }
}
