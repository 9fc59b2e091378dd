/**
 * The ordered, durable input of the live engine (embedded: CRC-framed segments with group-commit fsync; production:
 * Kafka). Drawn here for both: a position is (partition, offset), a commit is explicit and only ever follows the
 * effects of what it covers (DESIGN section 7).
 */
export interface LogPosition {
  partition: number;
  /** Next offset to read; text, because Kafka offsets are 64-bit. */
  offset: string;
}

export interface LogRecord {
  position: LogPosition;
  key: Uint8Array | null;
  /** Null is a tombstone and is skipped, counted. */
  value: Uint8Array | null;
  headers: Readonly<Record<string, Uint8Array>>;
}

export interface LogBatch {
  records: LogRecord[];
  /** The log's end when the batch was fetched: equal to our position means idle, not stalled. */
  end: LogPosition;
}

export interface EventLog {
  /** Partitions as the log itself lists them, so that an unowned one still holds the watermark back. */
  partitions(): Promise<number[]>;
  /** Resolves when the records are durable; never before. */
  append(partition: number, values: readonly Uint8Array[]): Promise<LogPosition>;
  /** Batches from the committed position, for the partitions this worker owns. */
  read(signal: AbortSignal): AsyncIterable<LogBatch>;
  /** Only after every effect of the records before it is acknowledged. */
  commit(position: LogPosition): Promise<void>;
  seek(position: LogPosition): Promise<void>;
}
