/**
 * Where a bounded run ends in each partition, when it is told and not found: whatever is appended behind is of another run.
 *
 * A reader finds the end of a partition that nobody fills any more, and takes it for the end of the input. Where producers go on, or
 * have not begun, that would be too early; so whoever starts the run says where it ends, and the same records are read each time.
 *
 * Cost: a look at each batch. Worked example: partition 2 ends at 100. A batch of offsets 90 to 119 is handed on as 90 to 99, and then
 * the worker is told that it stands at the end; the batch is done when both are.
 */
import type { Instant } from '../../model/instant.ts';
import type { ReadPosition } from '../../ports/read-position.ts';
import type { SpanHistory } from '../../ports/span-history.ts';
import type { TopicBatch, TopicHandler } from '../../ports/topic-reader.ts';

/** The offset behind the last record, by partition; of a topic that is not named the end is found. */
export type EndOffsets = ReadonlyMap<string, readonly number[]>;

/** Of a partition that is not named: behind everything. */
export function endOf(ends: EndOffsets, topic: string, partition: number): number {
  return ends.get(topic)?.[partition] ?? Infinity;
}

/** A handler that is given what lies before the ends, and told of them. */
export class EndedHandler implements TopicHandler {
  readonly #inner: TopicHandler;
  readonly #ends: EndOffsets;

  constructor(inner: TopicHandler, ends: EndOffsets) {
    this.#inner = inner;
    this.#ends = ends;
  }

  async take(batch: TopicBatch, signal: AbortSignal): Promise<void> {
    const { topic, partition, records, after } = batch;
    const end = endOf(this.#ends, topic, partition);
    if (after.position < end) return this.#inner.take(batch, signal);
    const before = records.filter(({ offset }) => offset < end);
    const at = { position: end, end };
    if (before.length > 0) await this.#inner.take({ ...batch, records: before, after: at }, signal);
    await this.#inner.idle(topic, partition, at, 0);
  }

  async idle(topic: string, partition: number, at: ReadPosition, asked: Instant): Promise<void> {
    const end = endOf(this.#ends, topic, partition);
    if (end === Infinity) await this.#inner.idle(topic, partition, at, asked);
    else if (at.position >= end) await this.#inner.idle(topic, partition, { position: end, end }, asked);
  }
}

/** What was appended, up to the ends. */
export function endedHistory(history: SpanHistory, topic: string, ends: EndOffsets): SpanHistory {
  return {
    async *appended(range) {
      for await (const { partition, records } of history.appended(range)) {
        const end = endOf(ends, topic, partition);
        const before = records.filter(({ offset }) => offset < end);
        if (before.length > 0) yield { partition, records: before };
      }
    },
    size: (range) => history.size(range),
  };
}
