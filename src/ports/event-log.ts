/**
 * The ordered, durable input of the live engine (embedded: CRC-framed segments with group-commit fsync; production:
 * Kafka). Values are *projected and redacted* records: a log is a store, and nothing in clear may reach one.
 *
 * A position is (partition, offset); offsets are Numbers, exact up to 2^53: at a million records a second that is 285
 * years. What is read before a commit is read again after a crash, so every effect must be idempotent.
 */
import type { Instant } from '../model/instant.ts';

export interface LogPosition {
  partition: number;
  offset: number;
}

export interface LogEntry {
  value: Uint8Array;
  /** Earliest and latest event time in the value; null where it holds none. What `scan` selects by. */
  from: Instant | null;
  to: Instant | null;
}

export interface LogRecord extends LogEntry, LogPosition {}

export interface LogRange {
  /** Inclusive; -Infinity and Infinity leave a side open. */
  from: Instant;
  to: Instant;
}

export interface EventLog {
  /** As the log itself lists them, so that an unowned one still holds the watermark back. */
  partitions(): Promise<readonly number[]>;
  /**
   * Resolves when the entry is durable; never before. Appends that wait together share one flush.
   * @throws CounterfoilError CF_LOG_FULL when it cannot be kept (disk, `log.max_bytes`): nothing of it was
   */
  append(entry: LogEntry): Promise<LogPosition>;
  /** Durable records from a position on, in order, in batches; waits for more until the signal is aborted. */
  read(from: LogPosition, signal: AbortSignal): AsyncIterable<LogRecord[]>;
  /** Durable records whose times meet the range, in order of offset; ends at the log's end as it was when called. */
  scan(range: LogRange): AsyncIterable<LogRecord[]>;
  /** Oldest offset still kept. */
  begin(partition: number): Promise<number>;
  /** Offset after the last durable record: equal to a reader's position means idle, not stalled. */
  end(partition: number): Promise<number>;
  /** Everything before the position has had its effects: retention may drop it once it is old. */
  commit(position: LogPosition): Promise<void>;
  close(): Promise<void>;
}
