// Goal: a broker that takes connections and answers nothing is said to be away, and is used again once it answers: the driver would take the
// connection on which it never got an answer for a good one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectKafka, type KafkaLog } from '../../../src/adapters/kafka/connection.ts';
import { canStart, privateServer, START_TIMEOUT_MS, type PrivateServer } from '../../servers/servers.ts';

const possible = await canStart('kafka');

describe.skipIf(!possible)('a broker that hangs', { timeout: START_TIMEOUT_MS }, () => {
  let broker: PrivateServer;
  beforeAll(async () => {
    broker = await privateServer('kafka');
  }, START_TIMEOUT_MS);
  afterAll(() => broker.stop());

  const connect = async (connectMs: number, log: KafkaLog = () => undefined): Promise<unknown> => {
    const timeouts = { connectMs, requestMs: connectMs };
    const settings = { brokers: broker.address.nodes, clientId: 'test', tls: null, sasl: null, timeouts };
    return await connectKafka(settings, log);
  };

  it('cannot be reached', async () => {
    await broker.pause();
    await expect(connect(300)).rejects.toMatchObject({
      code: 'CF_UNREACHABLE',
      message: expect.stringContaining('timed out') as string,
    });
    await broker.resume();
  });

  it('is reached by the next attempt when it answers again', async () => {
    await broker.pause();
    const awake: Promise<void>[] = [];
    const connected = connect(1_000, ({ text }) => {
      if (text.includes('timed out') && awake.length === 0) awake.push(broker.resume());
    });
    await expect(connected).resolves.toBeDefined();
    await Promise.all(awake);
  });
});
