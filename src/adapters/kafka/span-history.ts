/**
 * The records of a topic once more, by the time of their appending.
 *
 * The broker's time index says where the first record at or after an instant is; from there a partition is read up to its end as it
 * was at the call. Times that producers set may go back, so nothing is left out before that end; where the broker sets them, they never do, and
 * reading stops at the first later one.
 *
 * Cost: all records from the beginning of the range on, one fetch in memory and one on its way.
 */
import { CounterfoilError } from '../../model/errors.ts';
import { isInstant, MICROS_PER_MS, type Instant } from '../../model/instant.ts';
import type { HistoryRange, SpanHistory } from '../../ports/span-history.ts';
import type { TopicRecord } from '../../ports/topic-reader.ts';
import type { KafkaConnection } from './connection.ts';
import { toTopicRecord } from './owned-partition.ts';
import { PartitionReader } from './partition-reader.ts';
import { TopicAccess } from './topic-access.ts';

export interface SpanHistorySettings {
  topic: string;
  /** Most that a fetch brings, but for one larger batch; default 1 MiB. */
  batchBytes?: number;
}

/** What is read of a partition: from an offset on, up to before another. */
interface Stretch {
  partition: number;
  from: number;
  until: number;
  /** Oldest offset kept. */
  begin: number;
}

const DEFAULT_BATCH_BYTES = 2 ** 20;
const WAIT_MS = 100;

/** Opens nothing: each call of `appended` has connections of its own. */
export function kafkaSpanHistory(connection: KafkaConnection, settings: SpanHistorySettings): SpanHistory {
  return new KafkaSpanHistory(connection, settings);
}

class KafkaSpanHistory implements SpanHistory {
  readonly #connection: KafkaConnection;
  readonly #settings: SpanHistorySettings;

  constructor(connection: KafkaConnection, settings: SpanHistorySettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  async size(range: HistoryRange): Promise<number> {
    const stretches = await this.#stretches(range);
    return stretches.reduce((sum, { from, until }) => sum + Math.max(0, until - from), 0);
  }

  appended(range: HistoryRange): AsyncIterable<{ partition: number; records: readonly TopicRecord[] }> {
    const stretches = this.#stretches(range);
    stretches.catch(() => undefined);
    return this.#read(range, stretches);
  }

  async *#read(
    range: HistoryRange,
    stretches: Promise<Stretch[]>,
  ): AsyncGenerator<{ partition: number; records: readonly TopicRecord[] }> {
    for (const stretch of await stretches) {
      const { partition } = stretch;
      for await (const records of this.#partition(stretch, range)) yield { partition, records };
    }
  }

  /** Ends first: what comes after the call is not before them. */
  async #stretches({ from, to }: HistoryRange): Promise<Stretch[]> {
    const { topic } = this.#settings;
    const access = new TopicAccess(this.#connection, [topic]);
    try {
      await access.open();
      if (from > to) return [];
      return await access.patiently(`to look up times in topic ${topic}`, async () => {
        const partitions = access.partitions(topic);
        const ends = await access.offsets(topic, partitions, 'end');
        const begins = await access.offsets(topic, partitions, 'begin');
        const firsts =
          from === -Infinity ? begins : await access.offsets(topic, partitions, millisecondOf(from));
        return partitions.map((partition) => stretchOf(partition, { begins, firsts, ends }));
      });
    } finally {
      await access.close();
    }
  }

  async *#partition(stretch: Stretch, range: HistoryRange): AsyncGenerator<TopicRecord[]> {
    const { topic, batchBytes = DEFAULT_BATCH_BYTES } = this.#settings;
    const { partition, from, until, begin } = stretch;
    if (from >= until) return;
    const size = { partitionBytes: batchBytes, totalBytes: batchBytes, waitMs: WAIT_MS };
    const reader = new PartitionReader(this.#connection, { topic, partition }, size);
    const { signal } = new AbortController();
    // The oldest record of all tells whether older ones were dropped.
    let isOldest = from === begin && begin > 0 && range.from > -Infinity;
    try {
      for await (const { error, records, next } of reader.from(from, signal)) {
        if (error !== 0) throw this.#gone(partition);
        const [first] = records;
        if (isOldest && first !== undefined && first.timestamp > millisecondOf(range.from))
          throw this.#gone(partition);
        isOldest &&= first === undefined;
        const before = records.filter(({ offset }) => offset < until);
        const wanted = before.map(toTopicRecord).filter(({ at }) => at >= range.from && at <= range.to);
        if (wanted.length > 0) yield wanted;
        const last = before.at(-1);
        const isPast = last?.brokerTime === true && last.timestamp * MICROS_PER_MS > range.to;
        if (next >= until || isPast) return;
      }
    } finally {
      void reader.close();
    }
  }

  #gone(partition: number): CounterfoilError {
    const { topic } = this.#settings;
    const text = `Topic ${topic}, partition ${partition}, does not keep the beginning of the range any more`;
    return new CounterfoilError(
      'CF_LOG_GONE',
      `${text}; ask for a later one, or set its retention.ms higher`,
    );
  }
}

/** What the broker looks up: the millisecond that holds the instant. */
function millisecondOf(instant: Instant): number {
  return isInstant(instant) ? Math.floor(instant / MICROS_PER_MS) : 0;
}

function stretchOf(
  partition: number,
  { begins, firsts, ends }: Record<'begins' | 'firsts' | 'ends', ReadonlyMap<number, number>>,
): Stretch {
  const [begin, first, until] = [begins, firsts, ends].map((offsets) => offsets.get(partition) ?? 0) as [
    number,
    number,
    number,
  ];
  // -1: there is no record of that time or later.
  return { partition, from: first < 0 ? until : Math.max(first, begin), until, begin };
}
