// Goal: entries of one writer stand in the log in the order of its calls, whatever fails: a reader counts by offsets that only grow, and takes what
// stands before a watermark for all there is. Method: the appender, and a producer that fails as it is told to.
import type { Producer, ProducerRecord, RecordMetadata } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { KafkaConnection } from '../../../src/adapters/kafka/connection.ts';
import { LogAppender } from '../../../src/adapters/kafka/log-appender.ts';
import type { TopicAccess } from '../../../src/adapters/kafka/topic-access.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';

const entryOf = (text: string) => ({ value: Buffer.from(text), from: null, to: null });
const AWAY = new CounterfoilError('CF_UNREACHABLE', 'away');

interface Broker {
  failures: number;
  sent: string[];
  disconnect: () => Promise<void>;
}

function appenderTo(broker: Broker, maxWaitingBytes = 1e6): LogAppender {
  const send = async ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
    if (broker.failures-- > 0) throw AWAY;
    const base = broker.sent.push(...messages.map(({ value }) => String(value))) - messages.length;
    return [{ topicName: 't', partition: 0, errorCode: 0, baseOffset: String(base) }];
  };
  const producer = { connect: async () => undefined, disconnect: broker.disconnect, send };
  const connection = { producer: () => producer as unknown as Producer } as unknown as KafkaConnection;
  const access = {
    patiently: async <T>(_doing: string, action: () => Promise<T>): Promise<T> => await action(),
  } as unknown as TopicAccess;
  // Of a size that each entry has a request of its own.
  const settings = {
    topic: 't',
    partition: 0,
    key: 'k',
    partBytes: 2,
    maxWaitingBytes,
    codec: 'none',
  } as const;
  return new LogAppender(connection, access, settings);
}

const outcomes = async (appends: readonly Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(appends)).map(({ status }) => status);

describe('[K3] appends to a topic', () => {
  it('leave nothing that was given after one that failed', async () => {
    const broker: Broker = { failures: 1, sent: [], disconnect: async () => undefined };
    const appender = appenderTo(broker);
    const appends = ['a', 'b', 'c'].map((text) => appender.append(entryOf(text)));
    expect(await outcomes(appends)).toEqual(['rejected', 'rejected', 'rejected']);
    await Promise.all(['a', 'b', 'c'].map((text) => appender.append(entryOf(text))));
    expect(broker.sent).toEqual(['a', 'b', 'c']);
    await appender.close();
  });

  it('leave nothing that was given after one for which there was no room', async () => {
    const broker: Broker = { failures: 0, sent: [], disconnect: async () => undefined };
    const appender = appenderTo(broker, 1_100);
    const appends = ['a', 'b'.repeat(100), 'c'].map((text) => appender.append(entryOf(text)));
    expect(await outcomes(appends)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await appender.append(entryOf('b'));
    expect(broker.sent).toEqual(['a', 'b']);
    await appender.close();
  });

  it('wait for no connection that does not end', async () => {
    const hangs = Promise.withResolvers<void>();
    const broker: Broker = { failures: 1, sent: [], disconnect: () => hangs.promise };
    const appender = appenderTo(broker);
    await expect(appender.append(entryOf('a'))).rejects.toBe(AWAY);
    await appender.append(entryOf('a'));
    expect(broker.sent).toEqual(['a']);
    hangs.resolve();
    await appender.close();
  });
});
