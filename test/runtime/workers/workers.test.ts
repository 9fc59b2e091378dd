/**
 * Goal: what a worker tells the engine is all that it read, once, however its servers fail [S5]. Method: the real workers over stores in
 * memory and topics that are lists; what they append is read back as frames.
 */
import { describe, expect, it } from 'vitest';
import { openBody } from '../../../src/adapters/file/body-source.ts';
import { CounterfoilError, type ErrorCode } from '../../../src/model/errors.ts';
import type { LogEntry } from '../../../src/ports/event-log.ts';
import type { TopicBatch, TopicHandler, TopicRecord } from '../../../src/ports/topic-reader.ts';
import { AccountBook } from '../../../src/runtime/live/account-book.ts';
import { decodeFrame, type Frame } from '../../../src/runtime/live/frame.ts';
import { RecordWorker } from '../../../src/runtime/workers/record-worker.ts';
import { SpanWorker } from '../../../src/runtime/workers/span-worker.ts';
import type { RecordBody } from '../../../src/runtime/workers/topic-input.ts';
import { engineOptions } from '../../guarantees/engine.ts';
import { settingsOf } from '../../oracle/scenario.ts';
import { frameBuilderOf, TIME } from '../../simulation/engine-driver.ts';
import { clock, HOUR, payment, request } from '../../simulation/live-story.ts';
import { LossyStores } from '../../simulation/lossy-stores.ts';
import { ManualTime } from '../../simulation/manual-timers.ts';

const OPTIONS = engineOptions(
  { audit: [], alerts: [], events: [], spans: [], payments: [], cluster: null },
  settingsOf({
    spanProvenance: 'platform',
    maxPaymentsPerTrace: 1000,
    maxPodsPerEvent: 200,
    nodeInterval: false,
  }),
);
const NEVER = new AbortController().signal;
const opened = (body: RecordBody): ReturnType<typeof openBody> =>
  openBody({ ...body, encoding: 'identity' }, { excerpt: () => '' });

/** A log that fails as often as it is told to; what is given at once behind one that fails, fails with it. */
class Links {
  failures = 0;
  #fails = false;
  code: ErrorCode = 'CF_UNREACHABLE';
  readonly entries: LogEntry[] = [];

  async append(entry: LogEntry): Promise<{ partition: number; offset: number }> {
    if (this.failures > 0 || this.#fails) {
      if (!this.#fails) this.failures -= 1;
      this.#fails = true;
      queueMicrotask(() => (this.#fails = false));
      throw new CounterfoilError(this.code, 'away');
    }
    this.entries.push(entry);
    return { partition: 0, offset: this.entries.length - 1 };
  }

  get frames(): Frame[] {
    return this.entries.map(({ value }) => decodeFrame(value));
  }
}

/** The wall clock of the story. */
class StoryTime extends ManualTime {
  override now(): number {
    return clock(0) + super.now();
  }
}

interface Fixture {
  links: Links;
  time: StoryTime;
  stores: LossyStores;
  troubles: (string | null)[];
}

function fixture(): Fixture {
  return { links: new Links(), time: new StoryTime(), stores: new LossyStores(), troubles: [] };
}

function spanWorker(
  { links, time, stores, troubles }: Fixture,
  mode: 'live' | 'bounded' = 'live',
): SpanWorker {
  const [windows, traces] = [stores.windows(), stores.traces()];
  return new SpanWorker(
    { builder: frameBuilderOf(OPTIONS), windows, traces, links, open: opened, clock: time, timers: time },
    {
      topics: ['spans'],
      mode,
      cluster: null,
      join: OPTIONS.settings,
      time: TIME,
      onTrouble: (error) => troubles.push(error?.code ?? null),
    },
  );
}

const valueOf = (...records: object[]): Uint8Array =>
  Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));

function batch(topic: string, records: Partial<TopicRecord>[], first = 0): TopicBatch {
  const full = records.map((record, at) => ({ offset: first + at, value: null, at: 0, ...record }));
  const position = first + records.length;
  return { topic, partition: 0, records: full, after: { position, end: position } };
}

/** Takes a batch while time goes on. */
async function take(worker: TopicHandler, time: StoryTime, of: TopicBatch): Promise<void> {
  let done = false;
  const taking = worker.take(of, NEVER).finally(() => (done = true));
  for (let turn = 0; turn < 200 && !done; turn += 1) {
    time.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await taking;
}

describe('[S5] a worker of spans', () => {
  it('tells who was seen before it tells what was met, and wider times of them later', async () => {
    const at = fixture();
    const worker = spanWorker(at);
    await take(worker, at.time, batch('spans', [{ value: valueOf(request(-60, 'p1', 1)) }]));
    await take(worker, at.time, batch('spans', [{ value: valueOf(request(-30, 'p2', 2)) }], 1));
    const [first, second] = at.links.frames.map(({ notes }) => notes);
    expect(first?.identities).toHaveLength(1);
    // The second is within the second in which wider times wait.
    expect(second?.identities).toEqual([]);
    await worker.idle('spans', 0, { position: 2, end: 2 }, clock(1));
    const told = at.links.frames.at(-1);
    expect(told?.notes?.identities[0]?.last).toBeGreaterThan(first?.identities[0]?.last ?? Infinity);
    expect(told?.origin?.idle).toEqual({ at: { position: 2, end: 2 }, asked: clock(1) });
  });

  it('counts every record by its offset, those that hold nothing too, and keeps what it must refuse', async () => {
    const at = fixture();
    const records: Partial<TopicRecord>[] = [
      { value: valueOf(request(-60, 'p1', 1), request(-59, 'p2', 2)) },
      { value: null },
      { unreadable: 'the checksum does not match' },
      { value: valueOf(request(10 * HOUR, 'p3', 3)) },
      { value: Buffer.from('{"resourceSpans":') },
    ];
    await take(spanWorker(at), at.time, batch('spans', records, 7));
    const [frame] = at.links.frames;
    expect(frame?.notes?.counts.map(([offset]) => offset)).toEqual([7, 8, 9, 10, 11]);
    const [two, tombstone, damaged, ahead, cut] = (frame?.notes?.counts ?? []).map(([, account]) => account);
    expect(two).toMatchObject({ records: 2, decoded: 2, items: { accepted: 2 } });
    expect(tombstone).toMatchObject({ records: 1, ignored: { tombstone: 1 } });
    expect(damaged).toMatchObject({ records: 1, dead_lettered: 1 });
    expect(ahead).toMatchObject({ decoded: 1, items: { accepted: 0, skewed: 1 } });
    expect(cut).toMatchObject({ dead_lettered: 1 });
    const refused = frame?.refused.map(({ reason, place }) => [reason, place.input]);
    expect(refused).toEqual([
      ['unreadable', 'spans/0@9'],
      ['skewed', 'spans/0@10'],
      ['truncated', 'spans/0@11'],
    ]);
  });

  it('waits for a log that is away, says so once, and loses nothing', async () => {
    const at = fixture();
    at.links.failures = 5;
    await take(spanWorker(at), at.time, batch('spans', [{ value: valueOf(request(-60, 'p1', 1)) }]));
    expect(at.links.entries).toHaveLength(1);
    expect(at.troubles).toEqual(['CF_UNREACHABLE', null]);
  });

  it('gives up what waits when it is stopped, so that nothing of it is committed', async () => {
    const at = fixture();
    at.links.failures = Infinity;
    const worker = spanWorker(at);
    const taking = worker.take(batch('spans', [{ value: valueOf(request(-60, 'p1', 1)) }]));
    at.time.advance(100);
    await expect.poll(() => worker.troubled).toBe(true);
    worker.giveUp();
    await expect(taking).rejects.toMatchObject({ code: 'CF_UNREACHABLE' });
  });

  it('takes up a window that was lost, and writes again what it was about to', async () => {
    const at = fixture();
    const worker = spanWorker(at);
    at.stores.lose();
    await take(worker, at.time, batch('spans', [{ value: valueOf(request(-60, 'p1', 1)) }]));
    expect((await at.stores.windows().usage()).chunks).toBe(1);
  });

  it('in a bounded run says once that a partition has ended, when it stands at its end', async () => {
    const at = fixture();
    const worker = spanWorker(at, 'bounded');
    await worker.idle('spans', 0, { position: 3, end: 4 }, 0);
    expect(at.links.frames).toEqual([]);
    for (let again = 0; again < 2; again += 1) await worker.idle('spans', 0, { position: 4, end: 4 }, 0);
    expect(at.links.frames.map(({ ends, origin }) => [ends, origin?.topic])).toEqual([[true, 'spans']]);
  });
});

describe('[S5] a worker of records', () => {
  const recordWorker = ({ links, time }: Fixture): RecordWorker =>
    new RecordWorker(
      { builder: frameBuilderOf(OPTIONS), links, open: opened, timers: time },
      { topics: [{ topic: 'paid', input: 'payments' }], mode: 'live' },
    );

  it('makes a frame of each record, which says where it stood', async () => {
    const at = fixture();
    const records = [
      { value: valueOf(payment(1, 'p1'), payment(2, 'p2')) },
      { value: null },
      { unreadable: 'it unpacks to more than is allowed' },
    ];
    await take(recordWorker(at), at.time, batch('paid', records, 40));
    expect(at.links.frames.map(({ origin, payments }) => [origin?.offset, payments.length])).toEqual([
      [40, 2],
      [41, 0],
      [42, 0],
    ]);
    expect(at.links.frames.map(({ account }) => account.dead_lettered)).toEqual([0, 0, 1]);
    expect(at.links.frames[2]?.refused[0]).toMatchObject({
      reason: 'unreadable',
      place: { input: 'paid/0@42' },
    });
  });

  it('waits for a log that is away', async () => {
    const at = fixture();
    at.links.failures = 3;
    await take(recordWorker(at), at.time, batch('paid', [{ value: valueOf(payment(1, 'p1')) }]));
    expect(at.links.frames.map(({ payments }) => payments.length)).toEqual([1]);
  });

  it('tells nothing of a later record before it has told all of an earlier one, whatever fails', async () => {
    const at = fixture();
    at.links.failures = 1;
    const records = [1, 2, 3].map((minute) => ({ value: valueOf(payment(minute, `p${minute}`)) }));
    await take(recordWorker(at), at.time, batch('paid', records, 40));
    // Engines count a record once, by an offset that only grows: one that is passed would not be counted at all.
    const book = new AccountBook();
    const counts = { skewed: 0, beyondHorizon: 0, late: 0, refusedItems: 0 };
    for (const frame of at.links.frames)
      book.applied(frame, { frame, ...counts, refused: [], setAside: null, place: '' });
    expect(book.accounting.inputs.payments?.records).toBe(3);
  });

  it('fails with what does not pass by itself, as a whole', async () => {
    const at = fixture();
    at.links.failures = Infinity;
    at.links.code = 'CF_SERVER_SETUP';
    const records = [1, 2, 3].map((minute) => ({ value: valueOf(payment(minute, `p${minute}`)) }));
    const taken = recordWorker(at).take(batch('paid', records));
    await expect(taken).rejects.toMatchObject({ code: 'CF_SERVER_SETUP' });
  });
});
