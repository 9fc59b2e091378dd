/** Wakes those who wait; a call while nobody waits is not lost, several count as one. */
export class Wake {
  #called = false;
  #waiting: PromiseWithResolvers<void> | null = null;

  call(): void {
    if (this.#waiting === null) this.#called = true;
    else this.#waiting.resolve();
    this.#waiting = null;
  }

  async next(): Promise<void> {
    if (this.#called) {
      this.#called = false;
      return;
    }
    this.#waiting ??= Promise.withResolvers<void>();
    await this.#waiting.promise;
  }
}
