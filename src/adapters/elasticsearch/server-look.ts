/**
 * Looks at Elasticsearch for `doctor`: each address by itself, then templates, rights, blocks, disks and clocks of the cluster. Only reads; what may
 * not be read is said to be so, and keeps from nothing else.
 */
import type { Client, estypes } from '@elastic/elasticsearch';
import type { CounterfoilError } from '../../model/errors.ts';
import { MICROS_PER_MS, type Instant } from '../../model/instant.ts';
import type { ClockReading } from '../../ports/clock-reading.ts';
import { connectElastic, type ElasticConnection, type ElasticSettings } from './connection.ts';
import { statusOf } from './server-errors.ts';
import type { IndexNames } from './stored-document.ts';
import { checkTemplates, type TemplateFinding } from './template-check.ts';

/** What was seen, or why it could not be. */
export type Seen<T> = { seen: T; fault: null } | { seen: null; fault: CounterfoilError };

export interface ElasticLook {
  addresses: readonly ElasticAddressLook[];
  /** Null: no address answers. */
  cluster: ElasticClusterLook | null;
}

export interface ElasticAddressLook {
  address: string;
  fault: CounterfoilError | null;
  version: string;
}

export interface ElasticClusterLook {
  templates: Seen<readonly TemplateFinding[]>;
  /** Privileges that are lacking, each as `read`; empty also where nobody is asked who he is. */
  lacking: Seen<readonly ElasticRight[]>;
  indexBlocks: Seen<readonly BlockLook[]>;
  clusterBlocks: Seen<readonly BlockLook[]>;
  /** `green`, `yellow` or `red`, of our indices. */
  health: Seen<string>;
  disks: Seen<readonly ElasticDiskLook[]>;
  clocks: readonly ClockReading[];
}

export type ElasticRight = 'read' | 'write' | 'create_index' | 'view_index_metadata';

export interface BlockLook {
  /** Null: of all indices, by a setting of the cluster. */
  index: string | null;
  /** Such as `read_only_allow_delete`. */
  block: string;
}

export interface ElasticDiskLook {
  node: string;
  path: string;
  freeBytes: number;
  /** Below it shards are moved away, and none is put there. */
  highBytes: number;
  /** Below it every index that has a shard there is blocked. */
  floodBytes: number;
}

/** Somebody waits for the answer. */
const TIMEOUT_MS = 10_000;

/** Looks at all of it; `now` is asked before and after the times of the nodes. */
export async function lookAtElastic(
  settings: ElasticSettings,
  names: IndexNames,
  rights: readonly ElasticRight[],
  now: () => Instant,
): Promise<ElasticLook> {
  const quick = { ...settings, requestTimeoutMs: TIMEOUT_MS, maxRetries: 0 };
  const looked = await Promise.all(
    settings.nodes.map(async (node) => ({ node, look: await lookAtAddress({ ...quick, nodes: [node] }) })),
  );
  const nodes = looked.filter(({ look }) => look.fault === null).map(({ node }) => node);
  const addresses = looked.map(({ look }) => look);
  if (nodes.length === 0) return { addresses, cluster: null };
  const connection = connectElastic({ ...quick, nodes });
  try {
    return { addresses, cluster: await clusterOf(connection, names, rights, now) };
  } finally {
    await connection.close();
  }
}

async function lookAtAddress(settings: ElasticSettings): Promise<ElasticAddressLook> {
  const connection = connectElastic(settings);
  try {
    const { seen: version, fault } = await seeing(connection, 'its version', versionOf);
    return { address: connection.place, fault, version: version ?? '' };
  } finally {
    await connection.close();
  }
}

/** Empty: it is told to those alone who may monitor the cluster, which a worker need not. */
async function versionOf(client: Client): Promise<string> {
  try {
    return (await client.info()).version.number;
  } catch (error) {
    if (statusOf(error) === 403) return '';
    throw error;
  }
}

async function clusterOf(
  connection: ElasticConnection,
  names: IndexNames,
  rights: readonly ElasticRight[],
  now: () => Instant,
): Promise<ElasticClusterLook> {
  const pattern = `${names.prefix}-*`;
  const asked = now();
  const stats = await seeing(connection, 'the state of its nodes', (client) =>
    client.nodes.stats({ metric: 'fs' }),
  );
  const answered = now();
  return {
    templates: await seen(() => checkTemplates(connection, names)),
    lacking: await seeing(connection, 'what this user may do', (client) =>
      lackingOf(client, pattern, rights),
    ),
    indexBlocks: await seeing(connection, 'the blocks of its indices', (client) =>
      indexBlocks(client, pattern),
    ),
    clusterBlocks: await seeing(connection, 'its settings', clusterBlocks),
    health: await seeing(connection, 'the health of its indices', async (client) => {
      const { status } = await client.cluster.health({ index: pattern, allow_no_indices: true } as object);
      return status.toLowerCase();
    }),
    disks: stats.seen === null ? stats : { seen: disksOf(stats.seen), fault: null },
    clocks: Object.values(stats.seen?.nodes ?? {}).map((node) => ({
      of: `node ${node.name ?? 'without a name'}`,
      asked,
      said: (node.timestamp ?? 0) * MICROS_PER_MS,
      answered,
    })),
  };
}

async function seeing<T>(
  connection: ElasticConnection,
  what: string,
  request: (client: Client) => Promise<T>,
): Promise<Seen<T>> {
  return await seen(() => connection.ask(`reading ${what}`, request));
}

async function seen<T>(look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { seen: await look(), fault: null };
  } catch (error) {
    // Every error of a connection is one with a code.
    return { seen: null, fault: error as CounterfoilError };
  }
}

/** A server without security has no such question, and answers that there is no handler. */
async function lackingOf(
  client: Client,
  pattern: string,
  rights: readonly ElasticRight[],
): Promise<ElasticRight[]> {
  try {
    const answer = await client.security.hasPrivileges({
      index: [{ names: [pattern], privileges: [...rights] }],
    });
    const has = answer.index[pattern] ?? {};
    return rights.filter((right) => has[right] !== true);
  } catch (error) {
    if ([400, 404, 405].includes(statusOf(error) ?? 0)) return [];
    throw error;
  }
}

async function indexBlocks(client: Client, pattern: string): Promise<BlockLook[]> {
  const indices = await client.indices.getSettings({
    index: pattern,
    name: 'index.blocks.*',
    flat_settings: true,
    allow_no_indices: true,
    expand_wildcards: 'all',
  });
  return Object.entries(indices).flatMap(([index, { settings = {} }]) =>
    blocksIn(index, 'index.blocks.', Object.entries(settings)),
  );
}

async function clusterBlocks(client: Client): Promise<BlockLook[]> {
  const { persistent, transient } = await client.cluster.getSettings({ flat_settings: true });
  return blocksIn(null, 'cluster.blocks.', Object.entries({ ...persistent, ...transient }));
}

function blocksIn(
  index: string | null,
  prefix: string,
  settings: readonly (readonly [string, unknown])[],
): BlockLook[] {
  return settings
    .filter(([name, value]) => name.startsWith(prefix) && String(value) === 'true')
    .map(([name]) => ({ index, block: name.slice(prefix.length) }));
}

/** Not in the types of the client: what the server itself makes of its watermarks. */
interface DataPath {
  path?: string;
  available_in_bytes?: number;
  high_watermark_free_space_in_bytes?: number;
  flood_stage_free_space_in_bytes?: number;
}

function disksOf({ nodes }: estypes.NodesStatsResponse): ElasticDiskLook[] {
  return Object.values(nodes).flatMap(({ name, fs }) =>
    ((fs?.data ?? []) as DataPath[]).map((data) => ({
      node: name ?? 'without a name',
      path: data.path ?? '',
      freeBytes: data.available_in_bytes ?? Infinity,
      highBytes: data.high_watermark_free_space_in_bytes ?? 0,
      floodBytes: data.flood_stage_free_space_in_bytes ?? 0,
    })),
  );
}
