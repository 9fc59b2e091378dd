/**
 * Goal: a worker that is asked to stop does so within seconds though servers do not answer [K8]: whoever stops it (a rolling update, a
 * node that is emptied) kills it after half a minute. What was under way is done again by the next. Many seeds of fault runs ask for each
 * server alone, too.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { Deployment } from '../e2e/deployment.ts';
import { canStart } from '../servers/servers.ts';
import type { ServerName } from './fault-plan.ts';
import { addressesOf } from './fault-run.ts';
import { OwnedServers } from './owned-servers.ts';
import { exampleWorld } from './records.ts';

const ROLES = ['spans', 'events,payments', 'incidents', 'api'];
const INPUTS = ['payments', 'audit', 'alerts', 'spans'] as const;
const ALL: readonly ServerName[] = ['redis', 'elasticsearch', 'kafka'];
const IS_LONG = Number(process.env['COUNTERFOIL_TEST_FAULT_SEEDS'] ?? 8) > 8;
/** Enough for all to have something under way. */
const INTO_IT_MS = 1_000;
const STOP_MS = 20_000;

const servers = new OwnedServers();
afterAll(() => servers.stop(), 60_000);

const can = (await canStart('kafka')) && (await canStart('redis')) && (await canStart('elasticsearch'));

/** How long each role took, in milliseconds. */
async function stopTimes(frozen: readonly ServerName[]): Promise<Record<string, number>> {
  const own = await servers.all();
  const deployment = await Deployment.open(addressesOf(own), { options: { cluster: 'prod-eu' } });
  const paused: ServerName[] = [];
  try {
    const processes = await Promise.all(ROLES.map((role) => deployment.start(role, { bounded: true })));
    for (const input of INPUTS) await deployment.produce(input, exampleWorld().records[input]);
    for (const name of frozen) {
      await own[name].pause();
      paused.push(name);
    }
    await new Promise((resolve) => setTimeout(resolve, INTO_IT_MS));
    const from = performance.now();
    const times = processes.map(async (each, at) => {
      await each.stop();
      return [ROLES[at] ?? '', Math.round(performance.now() - from)] as const;
    });
    return Object.fromEntries(await Promise.all(times));
  } finally {
    for (const name of paused) await own[name].resume();
    await deployment.close();
  }
}

describe.skipIf(!can)('stopping', () => {
  test.each(IS_LONG ? [ALL, ...ALL.map((name) => [name])] : [ALL])(
    '[K8] while %j do not answer',
    { timeout: 240_000 },
    async (...frozen) => {
      const times = await stopTimes(frozen);
      expect(Object.entries(times).filter(([, ms]) => ms > STOP_MS)).toEqual([]);
    },
  );
});
