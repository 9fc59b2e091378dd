/**
 * Facts and documents again (SPEC P): records of an old log or of files go through a bounded engine of their own.
 *
 * What: each entry is appended to the new log, then applied; now and then the engine settles, and in the end it finishes, so that every
 * document is final. Nobody waits for an answer meanwhile, so it settles seldom: after two seconds, and after four times as long as the
 * last settle took; an engine that has more and more to evaluate spends a fifth of its time on it, and not all of it.
 *
 * No clock decides what is said: when it settles changes what is published on the way, and not the end (SPEC T15). The wall
 * clock of records plays no part either: the engine is bounded.
 *
 * Why the new log keeps them: facts alone cannot be asked about another pod (`retro`), nor met by a late event (`run`).
 *
 * Cost: that of the live engine, and a copy of the log. Worked example: 2,000 frames of 500 spans, half a second of settling after two of
 * applying, then one second after four: ten settles, and the finish, in which all is evaluated once more.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog, LogEntry, LogRecord } from '../../ports/event-log.ts';

/** What a replay needs of the engine. */
export interface ReplayedEngine {
  apply(records: readonly LogRecord[], now: number): Promise<void>;
  settle(checkpoint: boolean, now: number): Promise<void>;
  finish(): Promise<void>;
}

export interface ReplayParts {
  engine: ReplayedEngine;
  /** Holds nothing yet, and drops nothing before the end. */
  log: Pick<EventLog, 'append'>;
  clock: Pick<Clock, 'elapsedMs'>;
  /** Asks it to stop: what was done so far is of no use then. */
  signal: AbortSignal;
  /** Called when everything is read, and the rest is evaluation. */
  onRead?: () => void;
}

const SETTLE_MS = 2_000;
/** So many times what a settle took goes by before the next. */
const SETTLE_SHARE = 4;
/** A bounded engine asks for none. */
const NO_CLOCK = 0;

/**
 * Replays entries to their end; returns how many there were. Once all are read it can no longer be stopped.
 * @throws CounterfoilError CF_STOPPING when it was asked to stop; whatever the log and the engine throw
 */
export async function replay(
  entries: AsyncIterable<LogEntry[]>,
  { engine, log, clock, signal, onRead }: ReplayParts,
): Promise<number> {
  let count = 0;
  let nextSettle = clock.elapsedMs() + SETTLE_MS;
  for await (const batch of entries) {
    goOn(signal);
    await engine.apply(await appended(log, batch), NO_CLOCK);
    count += batch.length;
    const now = clock.elapsedMs();
    if (now < nextSettle) continue;
    await engine.settle(true, NO_CLOCK);
    const settled = clock.elapsedMs();
    nextSettle = settled + Math.max(SETTLE_MS, SETTLE_SHARE * (settled - now));
  }
  // Who stops a pipeline ends its other side first.
  goOn(signal);
  onRead?.();
  await engine.settle(true, NO_CLOCK);
  await engine.finish();
  return count;
}

function goOn(signal: AbortSignal): void {
  if (signal.aborted) throw new CounterfoilError('CF_STOPPING', 'The replay was stopped before its end');
}

/** One flush for all of them. */
async function appended(log: ReplayParts['log'], entries: readonly LogEntry[]): Promise<LogRecord[]> {
  return await Promise.all(entries.map(async (entry) => ({ ...(await log.append(entry)), ...entry })));
}
