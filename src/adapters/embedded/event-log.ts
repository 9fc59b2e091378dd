/**
 * The event log of one machine: checksummed frames in segment files, in `log` below the data folder.
 *
 * The parts: log-frame.ts (bytes), log-segment.ts (one file), log-recovery.ts (opening after a crash), log-writer.ts (group
 * commit, failures), log-retention.ts (what goes), log-tail.ts and log-reader.ts (reading). One partition, number 0.
 *
 * One process: whoever opens a log holds the lock of its data folder (incident-index-file.ts), which also keeps a
 * second writer from the index. The log takes none of its own, so nothing stale is ever in the way of opening it.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { CounterfoilError } from '../../model/errors.ts';
import { MICROS_PER_MS, type Instant } from '../../model/instant.ts';
import type { EventLog, LogEntry, LogPosition, LogRange, LogRecord } from '../../ports/event-log.ts';
import { logClosed, logFull } from './log-errors.ts';
import { NODE_FILES, type LogFiles } from './log-files.ts';
import { MAX_VALUE_BYTES } from './log-frame.ts';
import { readLog, scanLog } from './log-reader.ts';
import { openLog, type OpenedLog } from './log-recovery.ts';
import { LogState, type LogContext } from './log-state.ts';
import { LogWriter } from './log-writer.ts';

export interface EventLogSettings {
  /** The data folder; it exists. */
  directory: string;
  /** Segments are about this large, default 64 MiB; at most a quarter of `maxBytes`, or nothing could ever go. */
  segmentBytes?: number;
  /** The most that all segments may hold; default 20 GB. */
  maxBytes?: number;
  /** How long after its last write a segment is kept; default 25 h. */
  retentionMs?: number;
  /** What is kept in memory for readers that keep up; default 16 MiB. */
  tailBytes?: number;
  /** Most that a batch of a reader holds, but for a single larger record; default 1 MiB. */
  batchBytes?: number;
}

/** What lies outside, for tests to put in place of it. */
export interface EventLogSurroundings {
  files?: LogFiles;
  now?: () => Instant;
  /** A salt for a new segment: 32 bits that no sender of records can know. */
  salt?: () => number;
}

export interface EmbeddedEventLog extends EventLog {
  /** What a crash had left behind the last record, and was cut off at opening. None of it was ever acknowledged. */
  readonly recovered: { truncatedBytes: number };
  /** Drops what is old, or too much, and committed; returns how many segments went. */
  retain(): Promise<number>;
  /** What it holds, for metrics. */
  usage(): { bytes: number; segments: number };
}

const DEFAULTS = {
  segmentBytes: 64 * 2 ** 20,
  maxBytes: 20e9,
  retentionMs: 25 * 3_600_000,
  tailBytes: 16 * 2 ** 20,
  batchBytes: 2 ** 20,
};
const SALTS = 2 ** 32;

/**
 * Opens or creates the log of a data folder, whose lock the caller holds.
 * @throws CounterfoilError CF_LOG_CORRUPT when something is damaged that was acknowledged; CF_LOG_FULL when the disk
 *   does not take a first segment
 */
export async function openEventLog(
  settings: EventLogSettings,
  surroundings: EventLogSurroundings = {},
): Promise<EmbeddedEventLog> {
  const { directory, segmentBytes, maxBytes, retentionMs, tailBytes, batchBytes } = {
    ...DEFAULTS,
    ...settings,
  };
  const context: LogContext = {
    files: surroundings.files ?? NODE_FILES,
    folder: join(directory, 'log'),
    now: surroundings.now ?? (() => Date.now() * MICROS_PER_MS),
    salt: surroundings.salt ?? (() => randomInt(SALTS)),
    segmentBytes: Math.min(segmentBytes, Math.floor(maxBytes / 4)),
    maxBytes,
    retentionMicros: retentionMs * MICROS_PER_MS,
    batchBytes,
  };
  try {
    return new SegmentedLog(context, await openLog(context), tailBytes);
  } catch (error) {
    throw logFull(context.folder, error);
  }
}

class SegmentedLog implements EmbeddedEventLog {
  readonly recovered: { truncatedBytes: number };
  readonly #context: LogContext;
  readonly #state: LogState;
  readonly #writer: LogWriter;

  constructor(context: LogContext, opened: OpenedLog, tailBytes: number) {
    this.#context = context;
    this.#state = new LogState(opened.segments, tailBytes);
    this.#writer = new LogWriter(context, this.#state, opened.active);
    this.recovered = { truncatedBytes: opened.truncatedBytes };
  }

  async partitions(): Promise<readonly number[]> {
    return [0];
  }

  async append(entry: LogEntry): Promise<LogPosition> {
    if (this.#state.closed) throw logClosed();
    if (entry.value.length > MAX_VALUE_BYTES) {
      const text = `A record of ${entry.value.length} bytes is more than the ${MAX_VALUE_BYTES} that the log takes`;
      throw new CounterfoilError('CF_OVER_LIMIT', `${text}; send smaller ones`);
    }
    return await this.#writer.append(entry);
  }

  read(from: LogPosition, signal: AbortSignal): AsyncIterable<LogRecord[]> {
    checkPartition(from.partition);
    return readLog(this.#context, this.#state, from.offset, signal);
  }

  scan(range: LogRange): AsyncIterable<LogRecord[]> {
    if (this.#state.closed) throw logClosed();
    return scanLog(this.#context, this.#state, range);
  }

  async begin(partition: number): Promise<number> {
    checkPartition(partition);
    return this.#state.begin;
  }

  async end(partition: number): Promise<number> {
    checkPartition(partition);
    return this.#state.end;
  }

  async commit({ partition, offset }: LogPosition): Promise<void> {
    checkPartition(partition);
    this.#state.committed = Math.max(this.#state.committed, offset);
  }

  async retain(): Promise<number> {
    if (this.#state.closed) throw logClosed();
    return await this.#writer.retain();
  }

  usage(): { bytes: number; segments: number } {
    return { bytes: this.#state.bytes, segments: this.#state.segments.length };
  }

  async close(): Promise<void> {
    if (this.#state.closed) return;
    this.#state.closed = true;
    this.#state.wake();
    await this.#writer.close();
  }
}

function checkPartition(partition: number): void {
  if (partition !== 0)
    throw new CounterfoilError('CF_INTERNAL', `The embedded log has no partition ${partition}`);
}
