// Goal: a wrong address, login or certificate is told in words that help, without a secret; an idle connection costs nothing.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/embedded/clock.ts';
import { connectKafka, type KafkaNote, type KafkaSettings } from '../../../src/adapters/kafka/connection.ts';
import { openKafkaLog } from '../../../src/adapters/kafka/event-log.ts';
import { openTopicReader } from '../../../src/adapters/kafka/topic-reader.ts';
import { ensureTopics } from '../../../src/adapters/kafka/topics.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { entryOf, plain, takeAll } from '../../conformance/event-log.suite.ts';
import {
  canStart,
  privateServer,
  serverFor,
  START_TIMEOUT_MS,
  type PrivateServer,
} from '../../servers/servers.ts';

const WRONG_PASSWORD = 'a-wrong-pass-word';
const isThere = await canStart('kafka');
const shared = await serverFor('kafka');
const timeouts = { connectMs: 3_000, giveUpMs: 3_000 };

async function failureOf(settings: KafkaSettings): Promise<{ error: CounterfoilError; notes: KafkaNote[] }> {
  const notes: KafkaNote[] = [];
  const failed = await connectKafka(settings, (note) => notes.push(note)).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(CounterfoilError);
  const error = failed as CounterfoilError;
  expect(error.code).toBe('CF_UNREACHABLE');
  return { error, notes };
}

describe('a broker that is not there', () => {
  it('[K9] is named, with what to check', async () => {
    const settings = { brokers: ['127.0.0.1:1'], clientId: 'test', tls: null, sasl: null, timeouts };
    const { error, notes } = await failureOf(settings);
    expect(error.message).toContain('127.0.0.1:1');
    expect(error.message).toContain('check that the address is right');
    expect(notes.every(({ name }) => name === 'kafka_driver')).toBe(true);
  });
});

describe.skipIf(!isThere)('a broker with logins and certificates', () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await privateServer('kafka', { auth: true, tls: true });
  }, START_TIMEOUT_MS);
  afterAll(() => server.stop());

  const settings = (): KafkaSettings => {
    const { secureNodes, caFile, user: username, password } = server.address;
    return {
      brokers: secureNodes,
      clientId: 'test',
      tls: { ca: readFileSync(caFile, 'utf8'), cert: null, key: null },
      sasl: { mechanism: 'scram-sha-256', username, password },
      timeouts,
    };
  };

  it('[K9] takes the right ones, for everything', async () => {
    const connection = await connectKafka(settings(), () => undefined);
    const topic = `secure-${randomUUID()}`;
    const need = {
      topic,
      partitions: 1,
      replication: 1,
      minInsyncReplicas: 1,
      retentionMs: -1,
      maxMessageBytes: 1_000_000,
    };
    await ensureTopics(connection, [need], true);
    const log = await openKafkaLog(connection, { topic, tenant: 'acme', group: 'secure' });
    await log.append(entryOf(1));
    expect((await takeAll(log)).map(plain)).toEqual([plain(entryOf(1))]);
    await log.close();
    const reader = await openTopicReader(
      connection,
      { group: `secure-${randomUUID()}`, topics: [topic] },
      systemClock,
    );
    const took = Promise.withResolvers<number>();
    const run = reader.run({
      take: async ({ records }) => took.resolve(records.length),
      idle: async () => undefined,
    });
    expect(await took.promise).toBe(1);
    await reader.stop();
    await run;
  });

  it('[K9] refuses a wrong password, and that is what is said; the password is not', async () => {
    const { address } = server;
    const sasl = { mechanism: 'scram-sha-256' as const, username: address.user, password: WRONG_PASSWORD };
    const { error, notes } = await failureOf({ ...settings(), sasl });
    expect(error.message).toMatch(/refused the login/);
    expect(JSON.stringify([error.message, notes])).not.toContain(WRONG_PASSWORD);
  });

  it('[K9] is not trusted when another authority signed for it', async () => {
    const { error } = await failureOf({ ...settings(), tls: { ca: null, cert: null, key: null } });
    expect(error.message).toMatch(/No secure connection/);
  });

  it('[K9] that wants TLS is not reached without', async () => {
    const { error } = await failureOf({ ...settings(), tls: null });
    expect(error.message).toContain(server.address.secureNodes[0]);
  });
});

describe.skipIf(!isThere)('a broker that goes away', () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await privateServer('kafka', {
      settings: ['broker.session.timeout.ms=1000', 'broker.heartbeat.interval.ms=250'],
    });
  }, START_TIMEOUT_MS);
  afterAll(() => server.stop());

  it('[K5] and comes back has lost nothing that was acknowledged; log and readers go on by themselves', async () => {
    const notes: KafkaNote[] = [];
    const { nodes } = server.address;
    const connection = await connectKafka(
      { brokers: nodes, clientId: 'test', tls: null, sasl: null },
      (note) => notes.push(note),
    );
    const topic = `killed-${randomUUID()}`;
    const need = {
      topic,
      partitions: 1,
      replication: 1,
      minInsyncReplicas: 1,
      retentionMs: -1,
      maxMessageBytes: 1_000_000,
    };
    await ensureTopics(connection, [need], true);
    const log = await openKafkaLog(connection, { topic, tenant: 'acme', group: 'killed' });
    const seen = new Set<number>();
    const reader = await openTopicReader(
      connection,
      { group: `killed-${randomUUID()}`, topics: [topic] },
      systemClock,
    );
    const run = reader.run({
      take: async ({ records }) => {
        for (const { offset } of records) seen.add(offset);
      },
      idle: async () => undefined,
    });
    const stop = new AbortController();
    const followed: number[] = [];
    const following = (async (): Promise<void> => {
      for await (const records of log.read({ partition: 0, offset: 0 }, stop.signal))
        followed.push(...records.map(({ offset }) => offset));
    })();
    const acknowledged: number[] = [];
    const appendSome = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) acknowledged.push((await log.append(entryOf(i))).offset);
    };
    await appendSome(50);
    await server.kill();
    const during = appendSome(50);
    await server.restart();
    await during;
    await appendSome(20);
    await expect.poll(() => seen.size, { timeout: 20_000 }).toBe(120);
    await expect.poll(() => followed.length, { timeout: 20_000 }).toBe(120);
    expect(acknowledged).toEqual(followed);
    stop.abort();
    await following;
    await reader.stop();
    await run;
    await log.close();
    expect(notes.some(({ name }) => name === 'kafka_retry')).toBe(true);
  }, 60_000);
});

describe.skipIf(shared === null)('an idle connection', () => {
  it('[K9] sets no timers and warns of nothing', async () => {
    const connection = await connectKafka(
      { brokers: shared?.nodes ?? [], clientId: 'test', tls: null, sasl: null },
      () => undefined,
    );
    const cluster = connection.cluster();
    await cluster.connect();
    await cluster.refreshMetadata();
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', onWarning);
    const set = vi.spyOn(globalThis, 'setTimeout');
    await pause(300);
    expect(set.mock.calls.length).toBeLessThan(5);
    set.mockRestore();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    await cluster.disconnect();
  });
});
