// Goal: behind a name that moves to another primary, a worker moves too: the server that it was connected to is a replica from then on, keeps the
// connection, and refuses every write. Method: two servers, and a port that leads to one of them.
import { connect as open, createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { command, textOf } from '../../../src/adapters/redis/command.ts';
import { canStart, privateServer, START_TIMEOUT_MS, type PrivateServer } from '../../servers/servers.ts';
import { connect, nodesOf, settingsFor, withClient } from './connections.ts';

describe.skipIf(!(await canStart('redis')))('[W6] a Redis behind a name', () => {
  const started: PrivateServer[] = [];
  const doors: Server[] = [];
  const own = async (): Promise<PrivateServer> => {
    const one = await privateServer('redis', { settings: ['appendonly=no'] });
    started.push(one);
    return one;
  };
  afterAll(async () => {
    for (const door of doors) door.close();
    await Promise.all(started.map((one) => one.stop()));
  }, START_TIMEOUT_MS);

  it(
    'is reached where the name leads, once the old primary is a replica',
    { timeout: START_TIMEOUT_MS },
    async () => {
      const [former, next] = [await own(), await own()];
      let behind = nodesOf(former.address)[0];
      const door = createServer((socket) => {
        const other = open(behind?.port ?? 0, behind?.host);
        socket.pipe(other).pipe(socket);
        for (const each of [socket, other]) each.on('error', () => undefined);
      }).listen(0, '127.0.0.1');
      doors.push(door);
      await new Promise((resolve) => door.once('listening', resolve));
      const nodes = [{ host: '127.0.0.1', port: (door.address() as AddressInfo).port }];
      const connection = await connect(settingsFor(former.address, { nodes, retryMs: 3_000 }));
      const put = (): ReturnType<typeof connection.run> =>
        connection.run([{ slot: 0, commands: [command('SET', 'a', 'b'), command('GET', 'a')] }]);
      await put();
      behind = nodesOf(next.address)[0];
      await withClient(former.address, (client) => client.replicaof('127.0.0.1', 1));
      const [reply] = await put();
      expect(textOf(reply?.replies[1])).toBe('b');
      connection.close();
    },
  );
});
