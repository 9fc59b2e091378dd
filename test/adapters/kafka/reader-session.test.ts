// Goal: what a session does when a broker answers what it seldom does. Method: the session, and a broker that answers what it is told to.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/embedded/clock.ts';
import type { FetchedPartition } from '../../../src/adapters/kafka/fetch-response.ts';
import type { GroupMember, Standing } from '../../../src/adapters/kafka/group-member.ts';
import { OwnedPartition } from '../../../src/adapters/kafka/owned-partition.ts';
import { ReaderSession } from '../../../src/adapters/kafka/reader-session.ts';
import type { TopicAccess } from '../../../src/adapters/kafka/topic-access.ts';
import type { TopicHandler } from '../../../src/ports/topic-reader.ts';

const TOPIC = 't';
const OUT_OF_RANGE = 1;

const answer = (offsets: readonly number[], error = 0): FetchedPartition => ({
  topic: TOPIC,
  partition: 0,
  error,
  begin: 0,
  end: 100,
  next: (offsets.at(-1) ?? -1) + 1,
  records: offsets.map((offset) => ({
    offset,
    timestamp: 0,
    brokerTime: false,
    value: Buffer.from('x'),
    headers: new Map<string, Buffer>(),
    unreadable: null,
  })),
});

interface Broker {
  fetches: number;
  /** What the next fetches bring; then nothing for as long as a broker holds a fetch. */
  answers: FetchedPartition[];
  standing: Standing;
  at: number;
}

function session(broker: Broker, handler: Partial<TopicHandler>): ReaderSession {
  const access = {
    partitions: () => [0],
    leader: () => 1,
    patiently: async <T>(_doing: string, action: () => Promise<T>): Promise<T> => await action(),
    offsets: async () => new Map([[0, broker.at]]),
    mend: async () => undefined,
    noteRetry: () => undefined,
    fetch: async () => {
      broker.fetches += 1;
      const next = broker.answers.length > 1 ? broker.answers.shift() : broker.answers[0];
      // As long as a round trip, or as a broker holds a fetch.
      await pause(next === undefined ? 500 : 1);
      return next === undefined ? [] : [next];
    },
  } as unknown as TopicAccess;
  const member = {
    heartbeat: async () => 'member',
    commit: async () => broker.standing,
  } as unknown as GroupMember;
  const sizes = { partitionBytes: 1, fetchBytes: 1, bufferBytes: 1_000 };
  const times = { sessionMs: 60_000, heartbeatMs: 1_000, commitMs: 1_000, probeMs: 1_000, concurrency: 8 };
  return new ReaderSession(
    {
      topics: [TOPIC],
      access,
      member,
      handler: { take: async () => undefined, idle: async () => undefined, ...handler },
      clock: systemClock,
      settings: { ...sizes, ...times },
      isPaused: () => false,
      onJump: () => undefined,
    },
    [new OwnedPartition({ topic: TOPIC, partition: 0 }, 0)],
  );
}

describe('[K4] a session of a reader', () => {
  it('does not ask without a pause for records that retention took while those before them are being taken', async () => {
    const broker: Broker = {
      fetches: 0,
      answers: [answer([0, 1]), answer([], OUT_OF_RANGE)],
      standing: 'member',
      at: 0,
    };
    const taken = Promise.withResolvers<void>();
    const reads = session(broker, { take: () => taken.promise });
    const over = reads.serve();
    await pause(500);
    expect(broker.fetches).toBeLessThan(50);
    reads.stop();
    taken.resolve();
    await over;
  });
});
