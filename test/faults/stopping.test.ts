/**
 * Goal: a worker that is asked to stop does so within seconds though a server does not answer [K8]: whoever stops it (a rolling
 * update, a node that is emptied) kills it after half a minute. What was under way is done again by the next.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { Deployment } from '../e2e/deployment.ts';
import { canStart } from '../servers/servers.ts';
import type { ServerName } from './fault-plan.ts';
import { addressesOf } from './fault-run.ts';
import { OwnedServers } from './owned-servers.ts';
import { exampleWorld } from './records.ts';

const ROLES = ['spans', 'events', 'payments', 'incidents', 'api'];
const STOP_MS = 15_000;

const servers = new OwnedServers();
afterAll(() => servers.stop(), 60_000);

const can = (await canStart('kafka')) && (await canStart('redis')) && (await canStart('elasticsearch'));

describe.skipIf(!can)('stopping', () => {
  test.each<ServerName>(['redis', 'elasticsearch', 'kafka'])(
    '[K8] while %s does not answer',
    { timeout: 180_000 },
    async (name) => {
      const own = await servers.all();
      const deployment = await Deployment.open(addressesOf(own), { options: { cluster: 'prod-eu' } });
      let isFrozen = false;
      try {
        const processes = await Promise.all(ROLES.map((role) => deployment.start(role, { bounded: true })));
        const { records } = exampleWorld();
        const producer = await deployment.producer();
        for (const input of ['payments', 'audit', 'alerts', 'spans'] as const)
          await producer.send(
            input,
            records[input].map((value, at) => ({ value, partition: at % deployment.partitions })),
          );
        await producer.close();
        await own[name].pause();
        isFrozen = true;
        const from = performance.now();
        const stopped = processes.map(async (each, at) => {
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          await each.stop();
          console.log(name, ROLES[at], Math.round(performance.now() - from - 1_000));
        });
        await Promise.all(stopped);
        expect(performance.now() - from).toBeLessThan(STOP_MS);
      } finally {
        if (isFrozen) await own[name].resume();
        await deployment.close();
      }
    },
  );
});
