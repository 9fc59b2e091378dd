/**
 * Raw records of one topic of spans once more, by time: what the retro lane, traces named by late events and the counts of what was
 * seen of payments read (DESIGN 4.5). The topic keeps them for as long as its retention says.
 */
import type { Instant } from '../model/instant.ts';
import type { TopicRecord } from './topic-reader.ts';

export interface SpanHistory {
  /**
   * Every record that was appended in the range, both ends included, partition by partition, in batches; ends at the topic's end as it
   * was when called. May be called again.
   * @throws CounterfoilError CF_LOG_GONE when retention has overtaken the range's beginning
   */
  appended(range: {
    from: Instant;
    to: Instant;
  }): AsyncIterable<{ partition: number; records: readonly TopicRecord[] }>;
}
