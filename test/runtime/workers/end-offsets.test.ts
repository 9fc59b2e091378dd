/** Goal: a bounded run reads up to where it was told, is told of that end once it stands there, and of no other [S12]. */
import { describe, expect, it } from 'vitest';
import type { SpanHistory } from '../../../src/ports/span-history.ts';
import type { TopicBatch, TopicHandler, TopicRecord } from '../../../src/ports/topic-reader.ts';
import { EndedHandler, endedHistory } from '../../../src/runtime/workers/end-offsets.ts';

const ENDS = new Map([['spans', [10, 0]]]);
const NEVER = new AbortController().signal;

/** Notes what it is given. */
class Noting implements TopicHandler {
  readonly seen: string[] = [];

  async take({ topic, partition, records }: TopicBatch): Promise<void> {
    this.seen.push(`${topic} ${partition}: ${records.map(({ offset }) => offset).join(' ')}`);
  }

  async idle(topic: string, partition: number, { position, end }: { position: number; end: number }) {
    this.seen.push(`${topic} ${partition}: at ${position} of ${end}`);
  }
}

function recordsOf(...offsets: number[]): TopicRecord[] {
  return offsets.map((offset) => ({ offset, value: null, at: 0 }));
}

function batchOf(topic: string, partition: number, ...offsets: number[]): TopicBatch {
  const position = (offsets.at(-1) ?? 0) + 1;
  return { topic, partition, records: recordsOf(...offsets), after: { position, end: position } };
}

describe('[S12] ends that were told', () => {
  it('cut the batch in which they lie, and are told then', async () => {
    const noting = new Noting();
    const handler = new EndedHandler(noting, ENDS);
    await handler.take(batchOf('spans', 0, 7, 8), NEVER);
    await handler.take(batchOf('spans', 0, 9, 10, 11), NEVER);
    await handler.take(batchOf('spans', 0, 12), NEVER);
    expect(noting.seen).toEqual([
      'spans 0: 7 8',
      'spans 0: 9',
      'spans 0: at 10 of 10',
      'spans 0: at 10 of 10',
    ]);
  });

  it('are not there before they are reached, though the partition ends', async () => {
    const noting = new Noting();
    const handler = new EndedHandler(noting, ENDS);
    await handler.idle('spans', 0, { position: 9, end: 9 }, 0);
    expect(noting.seen).toEqual([]);
    await handler.idle('spans', 0, { position: 10, end: 10 }, 0);
    await handler.idle('spans', 1, { position: 5, end: 5 }, 0);
    expect(noting.seen).toEqual(['spans 0: at 10 of 10', 'spans 1: at 0 of 0']);
  });

  it('are found where none were told', async () => {
    const noting = new Noting();
    const handler = new EndedHandler(noting, ENDS);
    await handler.take(batchOf('audit', 0, 10), NEVER);
    await handler.idle('audit', 0, { position: 11, end: 11 }, 0);
    expect(noting.seen).toEqual(['audit 0: 10', 'audit 0: at 11 of 11']);
  });

  it('hold for who reads the topic once more', async () => {
    const all: SpanHistory = {
      size: async () => 4,
      async *appended() {
        yield { partition: 0, records: recordsOf(8, 9, 10) };
        yield { partition: 1, records: recordsOf(0) };
      },
    };
    const seen: unknown[] = [];
    for await (const { partition, records } of endedHistory(all, 'spans', ENDS).appended({ from: 0, to: 1 }))
      seen.push([partition, records.map(({ offset }) => offset)]);
    expect(seen).toEqual([[0, [8, 9]]]);
  });
});
