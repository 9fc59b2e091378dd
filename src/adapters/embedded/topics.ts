/**
 * Topics of one process, in memory: partitions, groups that share them out, and their records once more by time.
 *
 * What workers do on Kafka runs on these without a server, by the same contract (both pass the same suites). Not durable, and without retention:
 * who needs that has the event log. Groups rebalance as on Kafka, all at once (topic-group.ts).
 */
import type { Instant } from '../../model/instant.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SpanHistory } from '../../ports/span-history.ts';
import type { Timers } from '../../ports/timers.ts';
import type { TopicReader, TopicRecord } from '../../ports/topic-reader.ts';
import { TopicGroup, type TopicTable } from './topic-group.ts';
import { MemoryTopicReader } from './topic-reader.ts';

export interface EmbeddedTopics {
  create(topic: string, partitions: number): void;
  /** @returns its offset */
  append(topic: string, partition: number, value: Uint8Array | null, at: Instant): number;
  reader(group: string, topics: readonly string[], time: { clock: Clock; timers: Timers }): TopicReader;
  history(topic: string): SpanHistory;
  /** What a crash does to a member: it is gone, and finishes nothing. */
  lose(reader: TopicReader): void;
}

/** Records that a batch holds at most. */
const BATCH_RECORDS = 500;

/** Topics that nobody else sees, none at first. */
export function createTopics(): EmbeddedTopics {
  return new MemoryTopics();
}

class MemoryTopics implements EmbeddedTopics, TopicTable {
  readonly #topics = new Map<string, TopicRecord[][]>();
  readonly #groups = new Map<string, TopicGroup>();

  create(topic: string, partitions: number): void {
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, () => []),
    );
  }

  append(topic: string, partition: number, value: Uint8Array | null, at: Instant): number {
    const records = this.partitionsOf(topic)[partition];
    if (records === undefined)
      throw new CounterfoilError('CF_SERVER_SETUP', `Topic ${topic} has no partition ${partition}`);
    const offset = records.push({ offset: records.length, value, at }) - 1;
    for (const group of this.#groups.values()) group.wake();
    return offset;
  }

  partitionsOf(topic: string): TopicRecord[][] {
    const partitions = this.#topics.get(topic);
    if (partitions === undefined) throw new CounterfoilError('CF_SERVER_SETUP', `There is no topic ${topic}`);
    return partitions;
  }

  reader(name: string, topics: readonly string[], time: { clock: Clock; timers: Timers }): TopicReader {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = new TopicGroup(this)));
    return new MemoryTopicReader(this, group, { topics, batchRecords: BATCH_RECORDS }, time);
  }

  history(topic: string): SpanHistory {
    const partitions = (): TopicRecord[][] => this.partitionsOf(topic);
    return {
      appended: ({ from, to }) => {
        const ends = partitions().map((records) => records.length);
        return inRange(partitions(), ends, (at) => at >= from && at <= to);
      },
      // In memory all of them are looked at.
      size: async () => partitions().reduce((sum, records) => sum + records.length, 0),
    };
  }

  lose(reader: TopicReader): void {
    if (reader instanceof MemoryTopicReader) reader.lose();
  }
}

async function* inRange(
  partitions: readonly (readonly TopicRecord[])[],
  ends: readonly number[],
  isWanted: (at: Instant) => boolean,
): AsyncGenerator<{ partition: number; records: readonly TopicRecord[] }> {
  for (const [partition, all] of partitions.entries())
    for (let from = 0, end = ends[partition] ?? 0; from < end; from += BATCH_RECORDS) {
      const records = all.slice(from, Math.min(end, from + BATCH_RECORDS)).filter(({ at }) => isWanted(at));
      if (records.length > 0) yield { partition, records };
    }
}
