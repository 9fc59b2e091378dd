/**
 * Goal: while Elasticsearch is away nothing is lost and nothing grows but a backlog that is shown: documents wait on the disk up to a
 * limit, then records wait in their topic, the memory of the worker stays as it is; afterwards all of it leaves [K6]. Method: so few may
 * wait that the limit is reached at once. COUNTERFOIL_TEST_OUTAGE_SECONDS says for how long it is away.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { InputName } from '../../src/model/accounting.ts';
import { openFaultProxy } from '../adapters/elasticsearch/fault-proxy.ts';
import { Deployment, realServers } from '../e2e/deployment.ts';
import type { LiveProcess } from '../e2e/live-process.ts';
import { correlated, exampleWorld, type World } from './records.ts';

const OUTAGE_MS = 1_000 * Number(process.env['COUNTERFOIL_TEST_OUTAGE_SECONDS'] ?? 20);
const PAYMENTS = 6_000;
const MAX_WAITING = 500;
/** What one batch of records can add: the limit is looked at before each. */
const BATCH = 4_000;
const GROWTH_BYTES = 150 * 2 ** 20;
const PAGE_BYTES = 4_096;
const LOOK_MS = 500;

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-away-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const servers = await realServers();

/** The example, and payments enough to fill what may wait several times. */
function largeWorld(): World {
  const world = exampleWorld();
  const payments = Array.from({ length: PAYMENTS }, (_, at) =>
    JSON.stringify({
      id: `pay_more_${at}`,
      time: new Date(Date.UTC(2026, 2, 10, 14, 0, 0) + at * 10).toISOString(),
      rail: 'card',
      state: 'authorized',
      amount: '12.34',
      currency: 'EUR',
    }),
  );
  return { ...world, records: { ...world.records, payments: [...world.records.payments, ...payments] } };
}

async function gauge({ url }: LiveProcess, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`counterfoil_${name}`));
  return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

function residentBytes({ pid }: LiveProcess): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}

async function isReady({ url }: LiveProcess): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok;
}

/** Looks again and again while it is away. @returns what was seen of the worker */
async function watch(incidents: LiveProcess, endMs: number) {
  const seen = { depth: 0, lag: 0, first: 0, most: 0, wasUnready: false };
  while (performance.now() < endMs) {
    seen.depth = Math.max(seen.depth, await gauge(incidents, 'outbox_depth'));
    seen.lag = Math.max(seen.lag, await gauge(incidents, 'queue_depth'));
    seen.wasUnready ||= !(await isReady(incidents));
    const bytes = residentBytes(incidents);
    // From then on nothing is taken up any more.
    if (seen.depth >= MAX_WAITING && seen.first === 0) seen.first = bytes;
    seen.most = Math.max(seen.most, bytes);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return seen;
}

describe.skipIf(servers === null)('Elasticsearch away', () => {
  if (servers === null) return;

  test(
    '[K6] records wait, memory does not grow, nothing is lost',
    { timeout: OUTAGE_MS + 240_000 },
    async () => {
      const world = largeWorld();
      const proxy = await openFaultProxy(servers.elasticsearch.url);
      const elasticsearch = { nodes: [proxy.url], max_waiting: MAX_WAITING };
      const deployment = await Deployment.open(servers, { options: { cluster: 'prod-eu', elasticsearch } });
      try {
        const ends = join(deployment.folder, 'ends.json');
        writeFileSync(ends, JSON.stringify(endsOf(world, deployment)));
        const start = (role: string): Promise<LiveProcess> =>
          deployment.start(role, { bounded: true, untilOffsets: ends });
        const [incidents] = await Promise.all(['incidents', 'spans', 'events,payments'].map(start));
        if (incidents === undefined) throw new Error('it was not started');
        proxy.faults = () => ({ kind: 'cut' });
        const end = performance.now() + OUTAGE_MS;
        const inputs = Object.entries(world.records) as [InputName, string[]][];
        for (const [input, records] of inputs) await deployment.produce(input, records);
        const seen = await watch(incidents, end);
        expect(seen.wasUnready).toBe(true);
        expect(seen.depth).toBeGreaterThanOrEqual(MAX_WAITING);
        expect(seen.depth).toBeLessThan(MAX_WAITING + BATCH);
        expect(seen.lag).toBeGreaterThan(0);
        expect(seen.most - seen.first).toBeLessThan(GROWTH_BYTES);
        expect((await deployment.documents()).payments).toEqual([]);
        proxy.faults = () => null;
        expect(await incidents.ended).toBe(0);
        expect(await deployment.documents()).toEqual((await correlated(world, scratch)).documents);
      } finally {
        await proxy.close();
        await deployment.close();
      }
    },
  );
});

/** As `produce` spreads them. */
function endsOf({ records }: World, deployment: Deployment): Record<string, number[]> {
  const { partitions } = deployment;
  return Object.fromEntries(
    Object.entries(records).map(([input, values]) => [
      deployment.topic(input as InputName),
      Array.from({ length: partitions }, (_, at) => values.filter((__, i) => i % partitions === at).length),
    ]),
  );
}
