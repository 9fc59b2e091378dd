/**
 * Goal: how many workers there are, and of how many nodes the servers are, changes nothing: one, two and four workers, a Redis Cluster of
 * three, and three brokers of which one dies and comes back, give the documents of the batch lane, and count each record once [S8].
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  canStart,
  privateServer,
  serverFor,
  type PrivateServer,
  type ServerAddress,
} from '../servers/servers.ts';
import { faultPlan, type Fault } from './fault-plan.ts';
import { FaultRun, type OwnServers, type RunSettings } from './fault-run.ts';
import { correlated, countsOf, exampleWorld, type Expected } from './records.ts';

const REPEAT = 'npx vitest run test/faults/topologies.test.ts';
const world = exampleWorld();

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-topologies-'));
const started: PrivateServer[] = [];
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

const [kafka, redis, elasticsearch] = [
  await serverFor('kafka'),
  await serverFor('redis'),
  await serverFor('elasticsearch'),
];
const redisCluster = await serverFor('redis-cluster');
const hasBrokers = await canStart('kafka-cluster');

let expected: Promise<Expected> | null = null;

async function wrongOf(
  servers: OwnServers,
  faults: readonly Fault[],
  settings: RunSettings,
): Promise<string> {
  const { partitions = 3 } = settings;
  const plan = faultPlan(settings.workers ?? 1, countsOf(world), { partitions, faults });
  const faultRun = await FaultRun.open(servers, world, plan, settings);
  return await faultRun.through(await (expected ??= correlated(world, scratch)), REPEAT);
}

/** A server of the whole run, to which nothing is done. */
function shared(address: ServerAddress): PrivateServer {
  const never = (): Promise<void> => Promise.reject(new Error('others use this server'));
  return { address, kill: never, pause: never, resume: never, restart: never, stop: never };
}

describe.skipIf(kafka === null || redis === null || elasticsearch === null)('[S8] any topology', () => {
  if (kafka === null || redis === null || elasticsearch === null) return;
  const servers = { kafka: shared(kafka), redis: shared(redis), elasticsearch: shared(elasticsearch) };

  test.each([1, 4])('[S8] %i workers', { timeout: 180_000 }, async (workers) => {
    expect(await wrongOf(servers, [], { workers, partitions: 4 })).toBe('');
  });

  test.skipIf(redisCluster === null)('[S8] 2 workers, a Redis Cluster', { timeout: 180_000 }, async () => {
    if (redisCluster === null) return;
    expect(await wrongOf({ ...servers, redis: shared(redisCluster) }, [], { workers: 2 })).toBe('');
  });

  test.skipIf(!hasBrokers)('[S8] three brokers, one of which dies', { timeout: 240_000 }, async () => {
    const brokers = await privateServer('kafka-cluster');
    started.push(brokers);
    const faults: Fault[] = [{ does: 'crash', server: 'kafka', node: 2 }];
    const settings = { workers: 2, replication: 3 };
    expect(await wrongOf({ ...servers, kafka: brokers }, faults, settings)).toBe('');
  });
});
