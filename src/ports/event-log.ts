/**
 * The ordered, durable input of the live engine (embedded: CRC-framed segments with group-commit fsync; production:
 * Kafka). Values are *projected and redacted* records: a log is a store, and nothing in clear may reach one.
 *
 * A position is (partition, offset); offsets are Numbers, exact up to 2^53: at a million records a second that is 285
 * years. They grow from entry to entry, and may leave gaps: on Kafka a large entry takes several, and its position is the last
 * of them. So nobody counts entries by offsets; the position behind an entry is its offset + 1. What is read before a commit is read again after a crash, so every effect must be idempotent.
 */
import type { Instant } from '../model/instant.ts';

export interface LogPosition {
  partition: number;
  offset: number;
}

export interface LogEntry {
  value: Uint8Array;
  /** Earliest and latest event time in the value; null where it holds none. What `scan` selects by; one stands for both. */
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
   * Resolves when the entry is durable; never before. Appends that wait together share one flush; entries get their
   * offsets in the order of the calls of one process. The value is the log's from now on: the caller does not change it any more.
   * @throws CounterfoilError CF_LOG_FULL when it cannot be kept (disk, `log.max_bytes`): nothing of it was. Later
   *   appends work again as soon as there is room. CF_OVER_LIMIT when the value is larger than 64 MiB. CF_BUSY when more
   *   waits than may. CF_UNREACHABLE when a server was away for too long: whether it was kept is not known, and appending it
   *   again may keep it twice. What one process appended behind an entry that failed, before it was told, fails too: nothing passes
   *   what comes before it
   */
  append(entry: LogEntry): Promise<LogPosition>;
  /**
   * Durable records from a position on, in order, in batches; waits for more, and ends when the signal is aborted or
   * the log is closed. Values may be kept, and are not changed.
   * @throws CounterfoilError CF_LOG_GONE when retention has dropped the position; CF_LOG_CORRUPT when a record cannot
   *   be read, or when the log ends before the position: what the reader has seen is not there any more
   */
  read(from: LogPosition, signal: AbortSignal): AsyncIterable<LogRecord[]>;
  /**
   * Durable records whose times meet the range, in order of offset; ends at the log's end as it was when called. Records
   * without times meet no range. The bytes of a value hold until the next batch is asked for: who keeps them, copies.
   * @throws CounterfoilError CF_LOG_GONE when retention overtakes the scan; CF_LOG_CORRUPT
   */
  scan(range: LogRange): AsyncIterable<LogRecord[]>;
  /** Oldest offset still kept. */
  begin(partition: number): Promise<number>;
  /**
   * Offset after the last durable record, as of the call, whoever appended it: equal to a reader's position means idle, not stalled.
   * May be asked for after every batch.
   */
  end(partition: number): Promise<number>;
  /**
   * Everything before the position has had its effects: retention may drop it once it is old. Never goes back. Where
   * a server keeps the log, it only shows how far behind a reader is, soon and not at once: its retention asks nobody.
   */
  commit(position: LogPosition): Promise<void>;
  /** Ends its readers; what was appended before is still answered. */
  close(): Promise<void>;
}
