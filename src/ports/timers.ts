/** Something to be done later. Tests fire timers by hand, so nothing that waits is tested by waiting. */
export interface Timers {
  /** @returns cancels it */
  after(ms: number, action: () => void): () => void;
}
