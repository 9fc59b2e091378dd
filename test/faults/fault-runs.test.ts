/**
 * Goal: whatever happens to workers and servers while records come, in the end every document is what the batch lane says of the same
 * records, every record is counted once, and nobody had to help [S7]. Method: seeded plans (fault-plan.ts) on servers of their own:
 * `kill -9` and SIGSTOP of any worker, workers that come and go, Redis flushed, crashed and frozen, Kafka and Elasticsearch crashed and
 * frozen, and a way to Elasticsearch that answers what it likes. And a worker that is asked to stop does so within seconds though servers
 * do not answer [S11]: whoever stops it (a rolling update, a node that is emptied) kills it after half a minute.
 *
 * COUNTERFOIL_TEST_FAULT_SEEDS says how many, COUNTERFOIL_TEST_FIRST_SEED from where: a failing seed is repeated with these.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canStart } from '../servers/servers.ts';
import { faultPlan, type ServerName } from './fault-plan.ts';
import { FaultRun } from './fault-run.ts';
import { correlated, countsOf, exampleWorld, randomWorld, type World } from './records.ts';
import { OwnedServers } from './owned-servers.ts';
import { whileFrozen } from './while-frozen.ts';

const SEEDS = Number(process.env['COUNTERFOIL_TEST_FAULT_SEEDS'] ?? 8);
const FIRST = Number(process.env['COUNTERFOIL_TEST_FIRST_SEED'] ?? 1);
const PARTITIONS = 3;
const ALL: readonly ServerName[] = ['redis', 'elasticsearch', 'kafka'];
const STOP_MS = 20_000;
/** Kubernetes waits a second by default, Prometheus ten; the machine may be busy. */
const LOOK_MS = 6_000;

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-faults-'));
const servers = new OwnedServers();
afterAll(async () => {
  await servers.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

const can = (await canStart('kafka')) && (await canStart('redis')) && (await canStart('elasticsearch'));

/** The example has links enough that something is always on its way; the random worlds have what is rare. */
function worldOf(seed: number): World {
  return seed % 2 === 0 ? exampleWorld() : randomWorld(seed);
}

async function wrongOf(seed: number): Promise<string> {
  const world = worldOf(seed);
  const plan = faultPlan(seed, countsOf(world), { partitions: PARTITIONS });
  const run = await FaultRun.open(await servers.all(), world, plan);
  const repeat = `COUNTERFOIL_TEST_FIRST_SEED=${seed} COUNTERFOIL_TEST_FAULT_SEEDS=1 npx vitest run test/faults/fault-runs.test.ts`;
  return await run.through(await correlated(world, scratch), repeat);
}

describe.skipIf(!can)('[S7] faults change nothing', () => {
  const seeds = Array.from({ length: SEEDS }, (_, at) => FIRST + at);
  test.each(seeds)('seed %i', { timeout: 240_000 }, async (seed) => {
    expect(await wrongOf(seed)).toBe('');
  });
});

describe.skipIf(!can)('[S11] workers', () => {
  // A long run asks for each alone, too.
  const cases = SEEDS > 8 ? [ALL, ...ALL.map((name) => [name])] : [ALL];
  test.each(cases.map((frozen) => ({ frozen })))(
    'answer and stop within seconds while $frozen do not answer',
    { timeout: 240_000 },
    async ({ frozen }) => {
      const { looks, stops } = await whileFrozen(await servers.all(), frozen);
      const wrong = Object.entries(looks).filter(
        ([page, { status, ms }]) =>
          ms > LOOK_MS || (page.endsWith('/metrics') ? status !== 200 : ![200, 503].includes(status)),
      );
      expect(wrong).toEqual([]);
      expect(Object.entries(stops).filter(([, ms]) => ms > STOP_MS)).toEqual([]);
    },
  );
});
