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
  /** When it was appended, as the broker or its producer said; 0 where neither did. */
  at: Instant;
  /**
   * Why it cannot be read: damaged, or more would be unpacked than is allowed. It has no value then, and stands for all records of
   * its batch up to its offset; the text is for a dead letter. Absent of a record that was read.
   */
  unreadable?: string;
}

export interface TopicBatch {
  topic: string;
  partition: number;
  /** In order of offset; gaps are compacted away or aborted. At least one. Bytes hold for as long as somebody keeps them. */
  records: readonly TopicRecord[];
  /** Where the reader stands after it, and where the partition ended at the fetch. */
  after: ReadPosition;
}

export interface TopicHandler {
  /**
   * Resolves when all effects of the batch are durable; then, and not before, it may be committed. Batches of one partition come one
   * after the other, those of several at the same time. A rejection stops the reader, but for one after the signal was aborted.
   * @param signal is aborted when the partition is taken away, which the group waits for a while to let happen: what is not done is
   *   better left to the next owner. What resolves all the same is committed, if the group still takes it
   */
  take(batch: TopicBatch, signal: AbortSignal): Promise<void>;
  /**
   * The owner of a partition stands at its end, and nothing came; about once a second, but not while paused. Everything that was
   * appended before `asked` was taken, records of transactions that have not ended included. A rejection stops the reader.
   * @param asked wall clock before the end was asked for, so that nothing appended meanwhile is older than promised
   */
  idle(topic: string, partition: number, at: ReadPosition, asked: Instant): Promise<void>;
}

/** A partition that a reader owns. */
export interface OwnedByReader {
  topic: string;
  partition: number;
}

/** One partition as a reader of its group knows it, for metrics and readiness. */
export interface PartitionLag extends OwnedByReader {
  /** Next offset to be taken: everything before it was. */
  position: number;
  end: number;
}

export interface TopicReader {
  /** Partitions that the broker lists, of each topic that is read. */
  partitions(): Promise<ReadonlyMap<string, readonly number[]>>;
  /**
   * Reads until stopped; a group that never committed begins at the oldest record. Rejects with what the handler threw, or with
   * CF_UNREACHABLE when it gave up. Whatever ends it, it has left the group, and committed what was taken. Called once.
   */
  run(handler: TopicHandler): Promise<void>;
  /** Stops fetching; records that were fetched are not handed out until `resume`. Lag grows, memory does not. It stays in the group. */
  pause(): void;
  resume(): void;
  /** What it owns now, as it knows, without asking anybody; nothing while its group is being shared out anew. */
  owned(): readonly OwnedByReader[];
  /** Of the partitions that this reader owns now; none while its group is being shared out anew. */
  lag(): Promise<PartitionLag[]>;
  /** Finishes what is being taken, commits, leaves the group; then `run` resolves. */
  stop(): Promise<void>;
}
