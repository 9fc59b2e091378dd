/** Wakes one who waits; a call while nobody waits is not lost, several count as one. */
export class Wake {
  #called = false;
  #resolve: (() => void) | null = null;

  call(): void {
    this.#called = true;
    this.#resolve?.();
  }

  async next(): Promise<void> {
    if (!this.#called) await new Promise<void>((resolve) => (this.#resolve = resolve));
    this.#called = false;
    this.#resolve = null;
  }
}
