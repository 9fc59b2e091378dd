// The naive model of the window store, and the commands that are tried on both.
import fc from 'fast-check';
import { bucketEnd, bucketOf } from '../../src/model/span-bucket.ts';
import type { HotEntry, SpanChunk, WindowStore } from '../../src/ports/window-store.ts';
import { BUCKET, chunkOf, shown } from './window-store-chunks.ts';

export type Command =
  | { do: 'spans'; chunks: SpanChunk[] }
  | { do: 'event'; spanKeys: string[]; entry: HotEntry }
  | { do: 'drop'; eventIds: string[] }
  | { do: 'expire'; before: number };

const spanKeys = fc.constantFrom('n:prod/a/b-0', 'u:1', 'c:0123456789ab', 'n:prod/a/b-00', 'n:é');
const eventIds = fc.constantFrom('ev_1', 'ev_2', 'ev_3');
const buckets = fc.integer({ min: BUCKET, max: BUCKET + 5 });
/** Mostly at an edge. */
const instants = fc
  .tuple(buckets, fc.constantFrom(-1, 0, 1, 4_999_999))
  .map(([bucket, shift]) => bucketEnd(bucket - 1) + shift);
const chunks = fc
  .record({
    spanKey: spanKeys,
    bucket: buckets,
    partition: fc.constantFrom(0, 1, 10),
    offset: fc.constantFrom(0, 2, 10, 2 ** 32, 2 ** 32 + 2),
    length: fc.oneof(
      { weight: 30, arbitrary: fc.integer({ min: 0, max: 60 }) },
      { weight: 10, arbitrary: fc.constantFrom(1_100, 5_000) },
      { weight: 1, arbitrary: fc.constant(300_000) },
    ),
    content: fc.nat(3),
  })
  .map((parts) => chunkOf(parts));

export const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('spans'), chunks: fc.array(chunks, { maxLength: 5 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('event'),
        spanKeys: fc.array(spanKeys, { maxLength: 4 }),
        entry: fc
          .tuple(eventIds, instants, fc.nat(9))
          .map(([eventId, from, length]) => ({ eventId, from, to: from + length })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('drop'), eventIds: fc.array(eventIds) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('expire'), before: instants }) },
  ),
  { maxLength: 40, size: 'max' },
) as fc.Arbitrary<Command[]>;

/** Runs a command on a store; gives all that can be seen of it and after it. */
export async function outcomeOf(store: WindowStore, command: Command): Promise<unknown> {
  let answer: unknown = null;
  if (command.do === 'spans') answer = Object.fromEntries(await store.putSpans(command.chunks));
  if (command.do === 'event') answer = shown(await store.putEvent(command.spanKeys, command.entry));
  if (command.do === 'drop') await store.dropEvents(command.eventIds);
  if (command.do === 'expire') await store.expire(command.before);
  const { chunks: count, hotEntries, lateChunks } = await store.usage();
  return { answer, chunks: count, hotEntries, lateChunks, completeFrom: await store.completeFrom() };
}

const compare = (a: string | number, b: string | number): number => Number(a > b) - Number(a < b);

/** Everything in two maps, nothing clever. */
export class WindowModel {
  readonly #chunks = new Map<string, SpanChunk>();
  readonly #hot = new Map<string, { spanKey: string; entry: HotEntry }>();
  #before = -Infinity;
  #lateChunks = 0;

  outcomeOf(command: Command): unknown {
    return {
      answer: this.#answer(command),
      chunks: this.#chunks.size,
      hotEntries: this.#hot.size,
      lateChunks: this.#lateChunks,
      completeFrom: this.#before === -Infinity ? -Infinity : bucketEnd(bucketOf(this.#before) - 1),
    };
  }

  #answer(command: Command): unknown {
    if (command.do === 'spans') return this.#putSpans(command.chunks);
    if (command.do === 'event') return shown(this.#putEvent(command.spanKeys, command.entry));
    if (command.do === 'drop') {
      for (const [id, { entry }] of this.#hot)
        if (command.eventIds.includes(entry.eventId)) this.#hot.delete(id);
    } else {
      this.#before = Math.max(this.#before, command.before);
      for (const [id, { bucket }] of this.#chunks) if (this.#isExpired(bucket)) this.#chunks.delete(id);
    }
    return null;
  }

  #putSpans(all: SpanChunk[]): Record<string, HotEntry[]> {
    for (const chunk of all) {
      const { spanKey, bucket, partition, offset } = chunk;
      if (this.#isExpired(bucket)) this.#lateChunks += 1;
      else this.#chunks.set(JSON.stringify([spanKey, bucket, partition, offset]), chunk);
    }
    const hot: Record<string, HotEntry[]> = {};
    for (const { spanKey } of all) {
      const entries = [...this.#hot.values()].filter((each) => each.spanKey === spanKey);
      const sorted = entries.map(({ entry }) => entry).toSorted((a, b) => compare(a.eventId, b.eventId));
      if (sorted.length > 0) hot[spanKey] = sorted;
    }
    return hot;
  }

  #putEvent(keys: string[], entry: HotEntry): SpanChunk[] {
    for (const spanKey of keys) this.#hot.set(JSON.stringify([spanKey, entry.eventId]), { spanKey, entry });
    return [...this.#chunks.values()]
      .filter(({ spanKey, bucket }) => keys.includes(spanKey) && bucket >= bucketOf(entry.from))
      .toSorted(
        (a, b) =>
          compare(a.bucket, b.bucket) ||
          compare(a.partition, b.partition) ||
          compare(a.offset, b.offset) ||
          compare(a.spanKey, b.spanKey),
      );
  }

  #isExpired(bucket: number): boolean {
    return bucketEnd(bucket) <= this.#before;
  }
}
