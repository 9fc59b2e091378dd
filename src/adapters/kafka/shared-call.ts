/**
 * A question that many ask at once, asked once at a time.
 *
 * An answer is only given to those who had asked before the question left, so it is never older than their call. Worked example: A
 * asks, the question leaves; B and C ask meanwhile: when A is answered, one more leaves, for both.
 */
export class SharedCall<T> {
  readonly #ask: () => Promise<T>;
  #current: Promise<T> | null = null;
  #next: Promise<T> | null = null;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  call(): Promise<T> {
    const { promise } =
      this.#current === null
        ? { promise: this.#start() }
        : { promise: (this.#next ??= this.#after(this.#current)) };
    return promise;
  }

  #start(): Promise<T> {
    const current = this.#ask().finally(() => {
      if (this.#current === current) this.#current = null;
    });
    this.#current = current;
    return current;
  }

  async #after(current: Promise<T>): Promise<T> {
    await current.catch(() => undefined);
    this.#next = null;
    return await this.#start();
  }
}
