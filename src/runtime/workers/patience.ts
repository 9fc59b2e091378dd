/**
 * What fails for a while is tried again until it works: a server that cannot be reached, a store without room. Nothing is lost by waiting,
 * since the reader hands out no more of a partition meanwhile; its lag grows, and is shown.
 *
 * Everything done with it may be done twice. It ends with the worker: then whoever waits is told what it was that failed.
 */
import type { CounterfoilError, ErrorCode } from '../../model/errors.ts';
import type { Timers } from '../../ports/timers.ts';

const PASSING: readonly ErrorCode[] = ['CF_UNREACHABLE', 'CF_OVER_LIMIT', 'CF_BUSY', 'CF_LOG_FULL'];
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface PatienceSettings {
  timers: Timers;
  /** Is told when something begins to fail, and (null) when it works again. */
  onTrouble?: (error: CounterfoilError | null) => void;
}

export class Patience {
  readonly #settings: PatienceSettings;
  readonly #waiting = new Set<() => void>();
  #stopped = false;
  #troubled = 0;

  constructor(settings: PatienceSettings) {
    this.#settings = settings;
  }

  /** Whether something is failing now. */
  get troubled(): boolean {
    return this.#troubled > 0;
  }

  /** @throws what the action throws that does not pass by itself; after `stop`, anything */
  async until<T>(action: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      try {
        const done = await action();
        if (failures > 0) this.#end();
        return done;
      } catch (error) {
        if (this.#stopped || !isPassing(error)) {
          if (failures > 0) this.#end();
          throw error;
        }
        if (failures === 0) this.#begin(error);
        await this.#pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures));
      }
    }
  }

  /** Nobody waits any longer. */
  stop(): void {
    this.#stopped = true;
    for (const wake of this.#waiting) wake();
  }

  #begin(error: CounterfoilError): void {
    this.#troubled += 1;
    if (this.#troubled === 1) this.#settings.onTrouble?.(error);
  }

  #end(): void {
    this.#troubled -= 1;
    if (this.#troubled === 0) this.#settings.onTrouble?.(null);
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        cancel();
        resolve();
      };
      const cancel = this.#settings.timers.after(ms, wake);
      this.#waiting.add(wake);
    });
  }
}

/** Whether it passes by itself. */
export function isPassing(error: unknown): error is CounterfoilError {
  return PASSING.includes((error as Partial<CounterfoilError>).code as ErrorCode);
}
