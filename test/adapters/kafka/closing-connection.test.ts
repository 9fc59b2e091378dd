// Goal: a request that is sent at the very moment in which its connection is closed comes to an end, as does the closing: the driver would keep it for
// ever, and with it everything that waits for the connection to be closed. Method: the driver's connection, and a server that answers nothing;
// every order in which the two can come within one turn of the event loop.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driver } from '../../../src/adapters/kafka/driver.ts';

interface DriverConnection {
  connect(): Promise<unknown>;
  send(asked: object): Promise<unknown>;
  disconnect(): Promise<unknown>;
}
const Connection = createRequire(import.meta.url)('kafkajs/src/network/connection') as new (
  settings: object,
) => DriverConnection;

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const logger = { ...quiet, namespace: () => quiet };
const socketFactory = (
  createRequire(import.meta.url)('kafkajs/src/network/socketFactory') as () => unknown
)();
const { requests } = createRequire(import.meta.url)('kafkajs/src/protocol/requests') as {
  requests: { Metadata: { protocol: (of: object) => (fields: object) => object } };
};
const asked = requests.Metadata.protocol({ version: 0 })({ topics: [] });

describe('[K9] a connection that is closed', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((socket) => void socket.on('error', () => undefined).resume()).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => server.once('listening', resolve));
  });
  afterAll(() => void server.close());

  it('ends what is on its way', async () => {
    const { port } = server.address() as AddressInfo;
    // The driver as it is mended, and not as it comes.
    expect(driver.Kafka).toBeDefined();
    for (let ticks = 0; ticks < 20; ticks += 1) {
      const times = { connectionTimeout: 1_000, requestTimeout: 300 };
      const connection = new Connection({ ...times, host: '127.0.0.1', port, logger, socketFactory });
      await connection.connect();
      const sent = connection.send(asked).catch(() => undefined);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      const closed = connection.disconnect();
      const late = pause(1_000, 'late');
      expect(await Promise.race([Promise.all([sent, closed]).then(() => 'ended'), late]), `${ticks}`).toBe(
        'ended',
      );
      expect(await Promise.race([connection.disconnect().then(() => 'ended'), late]), `${ticks}`).toBe(
        'ended',
      );
    }
  });
});
