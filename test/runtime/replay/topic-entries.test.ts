/**
 * Goal: each record of a topic is one entry with all that it holds; one without a value, or that cannot be read, is counted and loses no other
 * [P5]. Method: topics in memory, and the frames read again.
 */
import { describe, expect, it } from 'vitest';
import { openBody } from '../../../src/adapters/file/body-source.ts';
import { createTopics } from '../../../src/adapters/embedded/topics.ts';
import type { Refusal } from '../../../src/model/refusal.ts';
import { decodeFrame, type Frame } from '../../../src/runtime/live/frame.ts';
import { topicEntries } from '../../../src/runtime/replay/topic-entries.ts';
import { paymentRecord } from '../../cli/small-case.ts';
import { frameBuilderOf } from '../../simulation/engine-driver.ts';
import { storyOptions } from '../../simulation/live-story.ts';

const ALL = { from: -Infinity, to: Infinity };

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

async function framesOf(
  values: readonly (Uint8Array | null)[],
  range = ALL,
): Promise<{ frames: Frame[]; refused: Refusal[]; read: number }> {
  const topics = createTopics();
  topics.create('pay', 1);
  for (const [i, value] of values.entries()) topics.append('pay', 0, value, i);
  const refused: Refusal[] = [];
  let read = 0;
  const entries = topicEntries([{ input: 'payments', topic: 'pay', history: topics.history('pay') }], range, {
    builder: frameBuilderOf(storyOptions()),
    open: (body) => openBody({ ...body, encoding: 'identity' }, { excerpt: () => '' }),
    onRead: (records) => void (read += records),
    onRefused: (refusals) => void refused.push(...refusals),
  });
  const frames: Frame[] = [];
  for await (const batch of entries) frames.push(...batch.map(({ value }) => decodeFrame(value)));
  return { frames, refused, read };
}

describe('[P5] the records of a topic', () => {
  it('are an entry each, also those without a value and those that cannot be read', async () => {
    const values = [bytes(paymentRecord('p1')), null, Buffer.from('{'), bytes(paymentRecord('p2'))];
    const { frames, refused, read } = await framesOf(values);
    expect(frames.map(({ payments }) => payments.length)).toEqual([1, 0, 0, 1]);
    expect(frames.map(({ account }) => account.records)).toEqual([1, 1, 1, 1]);
    expect(frames[1]?.account.ignored).toEqual({ tombstone: 1 });
    expect(refused.map(({ place }) => place.input)).toEqual(['pay/0@2']);
    expect(read).toBe(4);
    // No input is said to end, and no worker to have read it.
    expect(frames.every(({ ends, origin }) => !ends && origin === null)).toBe(true);
  });

  it('of a range are those that were appended in it', async () => {
    const values = ['p1', 'p2', 'p3'].map((id) => bytes(paymentRecord(id)));
    expect((await framesOf(values, { from: 1, to: 1 })).frames).toHaveLength(1);
  });
});
