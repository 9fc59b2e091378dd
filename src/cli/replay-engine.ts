/** The parts of a replay on one machine: store, log and windows in a folder of their own, and a bounded engine over them. */
import { openEmbeddedStore } from '../adapters/embedded/embedded-store.ts';
import { openEventLog } from '../adapters/embedded/event-log.ts';
import { createWindowStore } from '../adapters/embedded/window-store.ts';
import type { Config } from '../config/options.ts';
import type { Accounting } from '../model/accounting.ts';
import { CounterfoilError } from '../model/errors.ts';
import type { LogEntry } from '../ports/event-log.ts';
import { Engine } from '../runtime/live/engine.ts';
import type { EngineOptions } from '../runtime/live/engine-options.ts';
import { replay, type ReplayParts } from '../runtime/replay/replay.ts';

/** SQLite has no more room. */
const SQLITE_FULL = 13;

export interface ReplayDone {
  /** Records of the new log. */
  records: number;
  bytes: number;
  accounting: Accounting;
}

/**
 * Replays entries into a folder, and closes it.
 * @throws CounterfoilError CF_LOG_FULL when the disk or `log.max_bytes` is; CF_STOPPING
 */
export async function replayInto(
  folder: string,
  entries: AsyncIterable<LogEntry[]>,
  options: EngineOptions,
  config: Config,
  around: Pick<ReplayParts, 'clock' | 'signal' | 'onRead'>,
): Promise<ReplayDone> {
  const store = openEmbeddedStore(folder, 'write', { tenant: config.tenant });
  // No bound and no end of keeping here: the log would drop its beginning for them, which the last step needs.
  const log = await openEventLog({ directory: folder, maxBytes: Infinity, retentionMs: Infinity });
  const windows = createWindowStore({ maxBytes: config['window.max_bytes'] });
  try {
    const engine = new Engine({ log, windows, facts: store.facts, index: store.index }, options);
    await engine.start();
    const append = async (entry: LogEntry): ReturnType<typeof log.append> => {
      if (log.usage().bytes > config['log.max_bytes']) throw overBound(config['log.max_bytes']);
      return await log.append(entry);
    };
    const records = await replay(entries, { ...around, engine, log: { append } });
    return { records, bytes: log.usage().bytes, accounting: engine.accounting };
  } catch (error) {
    throw fullOf(error);
  } finally {
    await log.close();
    await windows.close();
    store.close();
  }
}

/** The log would hold more than it may, and nothing of it can be left out. */
export function overBound(maxBytes: number): CounterfoilError {
  return new CounterfoilError(
    'CF_LOG_FULL',
    `What is replayed is more than the ${maxBytes} bytes that a log may hold. Allow more with --log-max-bytes, or replay less with --from and --to`,
  );
}

function fullOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || error.errcode !== SQLITE_FULL) return error;
  return new CounterfoilError('CF_LOG_FULL', 'The disk is full. Make room, or name a folder on another disk');
}
