/** Workers that are looked at and asked to stop while servers do not answer, each with something under way. */
import { Deployment } from '../e2e/deployment.ts';
import type { ServerName } from './fault-plan.ts';
import { addressesOf, type OwnServers } from './fault-run.ts';
import { exampleWorld } from './records.ts';

const ROLES = ['spans', 'events,payments', 'incidents', 'api'];
const INPUTS = ['payments', 'audit', 'alerts', 'spans'] as const;
const PAGES = ['/readyz', '/metrics'] as const;
/** Enough for all to have something under way. */
const INTO_IT_MS = 1_000;
/** Longer than any answer may take; those who look (Kubernetes, Prometheus) give up before. */
const LOOK_MS = 30_000;

export interface WhileFrozen {
  /** How long each role took to answer each page, in milliseconds, with the status; by `role page`. */
  looks: Record<string, { status: number; ms: number }>;
  /** How long each role took to stop, in milliseconds. */
  stops: Record<string, number>;
}

export async function whileFrozen(own: OwnServers, frozen: readonly ServerName[]): Promise<WhileFrozen> {
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
    const looks = processes.flatMap((each, at) =>
      PAGES.map(async (page) => [`${ROLES[at]} ${page}`, await look(`${each.url}${page}`)] as const),
    );
    const seen = Object.fromEntries(await Promise.all(looks));
    const from = performance.now();
    const times = processes.map(async (each, at) => {
      await each.stop();
      return [ROLES[at] ?? '', Math.round(performance.now() - from)] as const;
    });
    return { looks: seen, stops: Object.fromEntries(await Promise.all(times)) };
  } finally {
    for (const name of paused) await own[name].resume();
    await deployment.close();
  }
}

async function look(url: string): Promise<{ status: number; ms: number }> {
  const from = performance.now();
  const status = await fetch(url, { signal: AbortSignal.timeout(LOOK_MS) }).then(
    (answer) => answer.status,
    () => 0,
  );
  return { status, ms: Math.round(performance.now() - from) };
}
