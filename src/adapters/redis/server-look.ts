/**
 * Looks at Redis for `doctor`: each server by itself, of a Cluster every primary. Nothing is written, no mark is made. What would keep a worker
 * from starting (server-check.ts) is told here beside all the rest, because nothing that is found keeps from looking on.
 */
import { Redis } from 'ioredis';
import type { CounterfoilError } from '../../model/errors.ts';
import { MICROS_PER_SECOND, type Instant } from '../../model/instant.ts';
import type { ClockReading } from '../../ports/clock-reading.ts';
import { faultOf, unreachable } from './faults.ts';
import { optionsOf } from './node.ts';
import { lookAtRights, type RightsLook } from './rights-look.ts';
import { addressText, type RedisAddress, type RedisSettings } from './settings.ts';
import { slotRanges } from './slot-table.ts';
import type { Reply } from './command.ts';
import { traceKeys } from './trace-keys.ts';
import { windowKeys } from './window-keys.ts';

export interface RedisLook {
  nodes: readonly RedisNodeLook[];
  /** Of a Cluster: slots that no primary has; null: it is none, or did not say. */
  unservedSlots: number | null;
  window: WindowLook;
}

export interface RedisNodeLook {
  address: string;
  /** Why it could not be looked at; whatever else could be is there all the same. */
  fault: CounterfoilError | null;
  info: RedisInfo | null;
  rights: RightsLook | null;
  /** Null: it did not say. */
  clock: ClockReading | null;
}

export interface RedisInfo {
  version: string;
  policy: string;
  isCluster: boolean;
  role: string;
  hasHistory: boolean;
  usedBytes: number;
  /** Its `maxmemory`, or the memory of its machine where it has none. */
  mostBytes: number;
  hasMaxMemory: boolean;
  evictedKeys: number;
}

/** What is there of window and traces, on all servers that answered together. */
export interface WindowLook {
  /** Of `shards`. */
  marked: number;
  shards: number;
  /** Bytes of spans, as the shards count them. */
  bytes: number;
}

const SLOTS = 16_384;
/** Somebody waits for the answer. */
const COMMAND_TIMEOUT_MS = 5_000;

interface Looked extends RedisNodeLook {
  shown: Pick<WindowLook, 'marked' | 'bytes'>;
  primaries: readonly RedisAddress[] | null;
  servedSlots: number;
}

/** Looks at the servers; `now` is asked before and after the time of each. */
export async function lookAtRedis(settings: RedisSettings, now: () => Instant): Promise<RedisLook> {
  const first = await Promise.all(settings.nodes.map((address) => lookAtNode(address, settings, now)));
  const teller = first.find(({ primaries }) => primaries !== null);
  const known = new Set(settings.nodes.map(addressText));
  const others = (teller?.primaries ?? []).filter((address) => !known.has(addressText(address)));
  const rest = await Promise.all(others.map((address) => lookAtNode(address, settings, now)));
  const all = [...first, ...rest];
  return {
    nodes: all.map(({ address, fault, info, rights, clock }) => ({ address, fault, info, rights, clock })),
    unservedSlots: teller === undefined ? null : SLOTS - teller.servedSlots,
    window: {
      marked: all.reduce((sum, { shown }) => sum + shown.marked, 0),
      shards: keysOf(settings.namespace).length,
      bytes: all.reduce((sum, { shown }) => sum + shown.bytes, 0),
    },
  };
}

async function lookAtNode(
  address: RedisAddress,
  settings: RedisSettings,
  now: () => Instant,
): Promise<Looked> {
  const looked: Looked = {
    address: addressText(address),
    fault: null,
    info: null,
    rights: null,
    clock: null,
    shown: { marked: 0, bytes: 0 },
    primaries: null,
    servedSlots: 0,
  };
  const client = new Redis({ ...optionsOf(address, settings), commandTimeout: COMMAND_TIMEOUT_MS });
  // The reason why a connection was refused comes this way; what connecting rejects with only says that it is closed.
  let why: Error | null = null;
  client.on('error', (error: Error) => {
    why ??= error;
  });
  try {
    await client.connect();
    looked.clock = await clockOf(client, looked.address, now).catch(() => null);
    looked.rights = await lookAtRights(client, settings.namespace).catch(() => null);
    looked.info = infoOf(await client.info());
    if (looked.info.isCluster) await addSlots(client, address, looked);
    looked.shown = await shownOf(client, settings.namespace);
  } catch (error) {
    looked.fault = asFault(why ?? error, looked.address);
  } finally {
    client.disconnect();
  }
  return looked;
}

async function clockOf(client: Redis, of: string, now: () => Instant): Promise<ClockReading> {
  const asked = now();
  const [seconds, micros] = await client.time();
  return { of, asked, said: Number(seconds) * MICROS_PER_SECOND + Number(micros), answered: now() };
}

function infoOf(text: string): RedisInfo {
  const valueOf = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
  const maxMemory = Number(valueOf('maxmemory'));
  return {
    version: valueOf('redis_version'),
    policy: valueOf('maxmemory_policy'),
    isCluster: valueOf('cluster_enabled') === '1',
    role: valueOf('role'),
    hasHistory: valueOf('master_replid') !== '',
    usedBytes: Number(valueOf('used_memory')),
    mostBytes: maxMemory > 0 ? maxMemory : Number(valueOf('total_system_memory')),
    hasMaxMemory: maxMemory > 0,
    evictedKeys: Number(valueOf('evicted_keys')),
  };
}

async function addSlots(client: Redis, address: RedisAddress, looked: Looked): Promise<void> {
  const ranges = slotRanges((await client.callBuffer('CLUSTER', 'SLOTS')) as Reply, address);
  const primaries = new Map(ranges.map(({ primary }) => [addressText(primary), primary]));
  looked.primaries = [...primaries.values()];
  looked.servedSlots = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

/** Marks and bytes of the shards that this server has; of the others it says that they are elsewhere. */
async function shownOf(client: Redis, namespace: string): Promise<Looked['shown']> {
  const pipeline = client.pipeline();
  for (const key of keysOf(namespace)) pipeline.hmget(key, 'g', 'b');
  const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) =>
    error === null ? (reply as (string | null)[]) : [],
  );
  return {
    marked: replies.filter(([mark]) => typeof mark === 'string').length,
    bytes: replies.reduce((sum, [, bytes]) => sum + Number(bytes ?? 0), 0),
  };
}

function keysOf(namespace: string): string[] {
  return [...windowKeys(namespace), ...traceKeys(namespace)].map(({ meta }) => meta);
}

function asFault(error: unknown, address: string): CounterfoilError {
  if (!(error instanceof Error)) return unreachable(address, new Error('unknown'));
  return faultOf(error, address);
}
