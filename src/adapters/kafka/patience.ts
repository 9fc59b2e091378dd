/**
 * Tries again while a broker is away: at once loud in the log, and at an end once it has been away for too long.
 *
 * Pauses grow from 100 ms to 2 s, each shortened by up to a fifth by chance, so that many workers do not come back in step. Giving
 * up counts from the first failure of a row: what works in between starts the count anew.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaFailed, isTransient } from './kafka-errors.ts';

export interface Patience {
  brokers: string;
  giveUpMs: number;
  /** In the form "to read topic x". */
  doing: string;
  signal: AbortSignal;
  /** Is told of every failure that will be tried again. */
  onRetry: (error: unknown, attempt: number) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Milliseconds to wait before an attempt, the first being number 1. */
export function pauseBefore(attempt: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.ceil(full * (0.8 + 0.2 * Math.random()));
}

/** Waits, or less long when the signal is aborted. */
export async function pauseUnless(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}

/** What a promise gives, or null as soon as the signal is aborted; then nobody hears of it any more. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  promise.catch(() => undefined);
  if (signal.aborted) return null;
  // A listener that is taken off again: racing against one lasting promise would add a reaction to it each time, for ever.
  let onAbort = (): void => undefined;
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * The result of an action, tried until it succeeds, fails for good, takes too long, or the signal is aborted.
 * @param mend is called before each new attempt, e.g. to ask for fresh metadata; what it throws is no news
 * @throws CounterfoilError of kafka-errors.ts; what the action threw when it was no error of the driver
 */
export async function patiently<T>(
  patience: Patience,
  action: () => Promise<T>,
  mend: () => Promise<void>,
): Promise<T> {
  let since: number | null = null;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      since ??= performance.now();
      const failed = (): unknown => kafkaFailed(patience.brokers, patience.doing, error);
      if (!isTransient(error) || patience.signal.aborted) throw failed();
      if (performance.now() - since > patience.giveUpMs) throw failed();
      patience.onRetry(error, attempt);
      await pauseUnless(pauseBefore(attempt), patience.signal);
      await mend().catch(() => undefined);
    }
  }
}
