/** What the tests of this room share: a connection, names of their own, timers of the machine, a seeded source of chance. */
import { randomUUID } from 'node:crypto';
import { systemTimers } from '../../../src/adapters/embedded/timers.ts';
import { systemClock } from '../../../src/adapters/embedded/clock.ts';
import type { BulkSurroundings } from '../../../src/adapters/elasticsearch/bulk.ts';
import { connectElastic, type ElasticConnection } from '../../../src/adapters/elasticsearch/connection.ts';
import { IndexNames } from '../../../src/adapters/elasticsearch/stored-document.ts';
import { installTemplates } from '../../../src/adapters/elasticsearch/template-install.ts';
import { SeededRandom } from '../../../tools/seeded-random.ts';

export interface ElasticFixture {
  connection: ElasticConnection;
  names: IndexNames;
  /** Removes every document. */
  clear(): Promise<void>;
  /** Makes what was written visible to searches. */
  refresh(): Promise<void>;
  /** Removes what the file made. */
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;

export function surroundings(seed = 1): BulkSurroundings {
  const random = new SeededRandom(seed);
  return { clock: systemClock, timers: systemTimers, random: () => random.unit() };
}

/** @param url of the server; templates and indices of a prefix of its own are installed there */
export async function openElastic(url: string): Promise<ElasticFixture> {
  const connection = connectElastic({ nodes: [url], requestTimeoutMs: REQUEST_TIMEOUT_MS });
  const names = new IndexNames(`cf-test-${randomUUID().slice(0, 8)}`);
  const index = `${names.prefix}-*`;
  await installTemplates(connection, names);
  return {
    connection,
    names,
    clear: async () => {
      await connection.client.indices.refresh({ index });
      const query = { match_all: {} };
      await connection.client.deleteByQuery({ index, query, refresh: true, conflicts: 'proceed' });
    },
    refresh: async () => {
      await connection.client.indices.refresh({ index });
    },
    close: async () => {
      const found = await connection.client.indices.resolveIndex({ name: index });
      for (const { name } of found.indices) await connection.client.indices.delete({ index: name });
      await connection.client.indices.deleteIndexTemplate({ name: index });
      await connection.close();
    },
  };
}
