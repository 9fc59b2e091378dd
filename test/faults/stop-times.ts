/** Workers that are asked to stop while servers do not answer, each with something under way. */
import { Deployment } from '../e2e/deployment.ts';
import type { ServerName } from './fault-plan.ts';
import { addressesOf, type OwnServers } from './fault-run.ts';
import { exampleWorld } from './records.ts';

const ROLES = ['spans', 'events,payments', 'incidents', 'api'];
const INPUTS = ['payments', 'audit', 'alerts', 'spans'] as const;
/** Enough for all to have something under way. */
const INTO_IT_MS = 1_000;

/** How long each role took, in milliseconds. */
export async function stopTimes(
  own: OwnServers,
  frozen: readonly ServerName[],
): Promise<Record<string, number>> {
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
