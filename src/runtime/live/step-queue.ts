/** Steps that never overlap: each waits for the one before. The first that fails is the last: the others do nothing. */
export class StepQueue {
  readonly #onFailure: () => void;
  #tail: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | null = null;

  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
  }

  /** Resolves when it is done, or nothing is done any more; never rejects. */
  run(step: () => Promise<void>): Promise<void> {
    this.#tail = this.#after(this.#tail, step);
    return this.#tail;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#onFailure();
  }

  /** Waits for all steps. @throws what one of them failed with */
  async end(): Promise<void> {
    await this.#tail;
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #after(before: Promise<void>, step: () => Promise<void>): Promise<void> {
    await before;
    if (this.#failure !== null) return;
    try {
      await step();
    } catch (error) {
      this.fail(error);
    }
  }
}
