/**
 * Raw records of input topics, shared out among the workers of a group: each partition has one owner at a time, and what its
 * owner did not finish is read again by the next. So every effect must be idempotent, and nothing is committed before it.
 */
import type { ReadPosition } from './read-position.ts';
import type { Instant } from '../model/instant.ts';

export interface TopicRecord {
  offset: number;
  /** Null: a tombstone. */
  value: Uint8Array | null;
  /** When it was appended, as the broker or its producer said. */
  at: Instant;
}

export interface TopicBatch {
  topic: string;
  partition: number;
  /** In order of offset; gaps are compacted away or aborted. At least one. */
  records: readonly TopicRecord[];
  /** Where the reader stands after it, and where the partition ended at the fetch. */
  after: ReadPosition;
}

export interface TopicHandler {
  /**
   * Resolves when all effects of the batch are durable; then, and not before, it may be committed. A rejection stops the reader.
   * @param signal is aborted when the partition was taken away: what is not done is better left to the next owner
   */
  take(batch: TopicBatch, signal: AbortSignal): Promise<void>;
  /**
   * The owner of a partition stands at its end, and nothing came; about once a second.
   * @param asked wall clock before the end was asked for, so that nothing appended meanwhile is older than promised
   */
  idle(topic: string, partition: number, at: ReadPosition, asked: Instant): Promise<void>;
}

/** One partition as a reader of its group knows it, for metrics and readiness. */
export interface PartitionLag {
  topic: string;
  partition: number;
  /** Next offset to be read; null: nothing was read yet. */
  position: number | null;
  end: number;
}

export interface TopicReader {
  /** Partitions that the broker lists, of each topic that is read. */
  partitions(): Promise<ReadonlyMap<string, readonly number[]>>;
  /** Reads until stopped. Rejects with what the handler threw, or with CF_UNREACHABLE when it gave up. */
  run(handler: TopicHandler): Promise<void>;
  /** Stops fetching; records that were fetched are not handed out until `resume`. Lag grows, memory does not. */
  pause(): void;
  resume(): void;
  /** Of the partitions that this reader owns now. */
  lag(): Promise<PartitionLag[]>;
  /** Sets every partition of the group that this reader owns back to the records appended at or after the instant. */
  seekBack(to: Instant): Promise<void>;
  /** Finishes what is being taken, commits, leaves the group. */
  stop(): Promise<void>;
}
