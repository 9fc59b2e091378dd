/**
 * Raw records of one topic once more, by time: of spans for the retro lane, for traces named by late events and for the counts of what was
 * seen of payments (DESIGN 4.5); of every input for a replay. The topic keeps them for as long as its retention says.
 */
import type { Instant } from '../model/instant.ts';
import type { TopicRecord } from './topic-reader.ts';

/** Times of appending, both ends included. */
export interface HistoryRange {
  /** -Infinity: all that is kept, however much that is. */
  from: Instant;
  to: Instant;
}

export interface SpanHistory {
  /**
   * Every record that was appended in the range, partition by partition, in batches; ends at the topic's end as it was when called. May be
   * called again.
   * @throws CounterfoilError CF_LOG_GONE when retention has overtaken the range's beginning
   */
  appended(range: HistoryRange): AsyncIterable<{ partition: number; records: readonly TopicRecord[] }>;
  /** About how many records `appended` reads for the range, at least as many as it gives; asked for to show progress. */
  size(range: HistoryRange): Promise<number>;
}
