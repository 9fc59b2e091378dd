/**
 * What a server is asked for the sake of whoever looks at this process: asked once at a time, and not waited for longer than a moment. Those who
 * look (Prometheus, Kubernetes) give up soon, ask again, and must be told all else meanwhile.
 */
import { systemTimers } from '../../adapters/embedded/timers.ts';

const MOMENT_MS = 1_500;

export class Soon<T> {
  readonly #ask: () => Promise<T>;
  #asking: Promise<T | null> | null = null;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** Null: it does not answer, or cannot now. */
  async get(): Promise<T | null> {
    this.#asking ??= this.#ask()
      .catch(() => null)
      .finally(() => {
        this.#asking = null;
      });
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const cancel = systemTimers.after(MOMENT_MS, () => resolve(null));
    try {
      return await Promise.race([this.#asking, late]);
    } finally {
      cancel();
    }
  }
}
