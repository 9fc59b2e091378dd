// Goal: whatever the server or the way to it does, every item gets exactly one outcome, each that is said to be written is there once, and none
// that is said to be dead or not done was forgotten. Method: the real server behind a proxy that spoils requests.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  BULK_DEFAULTS,
  BulkWriter,
  type BulkItem,
  type BulkSettings,
} from '../../../src/adapters/elasticsearch/bulk.ts';
import { connectElastic, type ElasticConnection } from '../../../src/adapters/elasticsearch/connection.ts';
import { SeededRandom } from '../../../tools/seeded-random.ts';
import { serverFor, START_TIMEOUT_MS } from '../../servers/servers.ts';
import { openFaultProxy, type Fault, type FaultProxy } from './fault-proxy.ts';
import { openElastic, surroundings, type ElasticFixture } from './servers.ts';

const server = await serverFor('elasticsearch');
const SETTINGS: BulkSettings = {
  ...BULK_DEFAULTS,
  maxItems: 10,
  requestTimeoutMs: 2_000,
  giveUpMs: 60_000,
  refresh: true,
};

describe.skipIf(server === null)(
  'bulk writes over a way with faults [E2]',
  { timeout: START_TIMEOUT_MS },
  () => {
    let elastic: ElasticFixture;
    let proxy: FaultProxy;
    let connection: ElasticConnection;
    beforeAll(async () => {
      elastic = await openElastic(server?.url ?? '');
      proxy = await openFaultProxy(server?.url ?? '');
      connection = connectElastic({ nodes: [proxy.url], requestTimeoutMs: 2_000 });
    }, START_TIMEOUT_MS);
    afterEach(async () => {
      proxy.faults = () => null;
      await elastic.clear();
    });
    afterAll(async () => {
      await connection.close();
      await proxy.close();
      await elastic.close();
    });

    const items = (count: number): BulkItem[] =>
      Array.from({ length: count }, (_, i) => ({
        action: 'create',
        index: elastic.names.deadLetters,
        documentId: `d${i}`,
        source: JSON.stringify({ tenant: 'default', dropped: i }),
      }));
    const write = async (all: readonly BulkItem[], over: Partial<BulkSettings> = {}) =>
      await new BulkWriter(connection, { ...SETTINGS, ...over }, surroundings()).write(all);
    const stored = async (): Promise<number> => {
      const { count } = await elastic.connection.client.count({ index: elastic.names.deadLetters });
      return count;
    };

    it('writes all in requests of so many, and says where each stands', async () => {
      const before = proxy.bulks;
      const { outcomes, stopped } = await write(items(25));
      expect(stopped).toBeNull();
      expect(outcomes.every((outcome) => outcome.kind === 'written')).toBe(true);
      expect(proxy.bulks - before).toBe(3);
      expect(await stored()).toBe(25);
    });

    it.each<[string, Fault]>([
      ['429', { kind: 'answer', status: 429, type: 'es_rejected_execution_exception' }],
      ['503', { kind: 'answer', status: 503 }],
      ['502', { kind: 'answer', status: 502 }],
      ['no answer', { kind: 'hang' }],
      ['429 for half of the items', { kind: 'items', statusOf: (i) => (i % 2 === 0 ? 429 : null) }],
      ['503 for all items', { kind: 'items', statusOf: () => 503 }],
    ])('sends again after %s, and loses nothing', async (_, fault) => {
      const before = proxy.bulks;
      proxy.faults = ({ count }) => (count - before <= 2 ? fault : null);
      const { outcomes, stopped } = await write(items(25));
      expect(stopped).toBeNull();
      expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => 'written'));
      expect(await stored()).toBe(25);
    });

    it('finds what was written although the answer was lost in conflict with itself, never double', async () => {
      const before = proxy.bulks;
      proxy.faults = ({ count }) => (count - before === 1 ? { kind: 'lose' } : null);
      const { outcomes } = await write(items(25));
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(10);
      expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(15);
      expect(await stored()).toBe(25);
    });

    it('halves a request that is too large, down to the one that is', async () => {
      proxy.faults = ({ path, body }) =>
        path.startsWith('/_bulk') && body.length > 300 ? { kind: 'answer', status: 413 } : null;
      const large = { tenant: 'default', dead_letter: { text: 'x'.repeat(400) } };
      const all = items(9);
      all.push({
        action: 'create',
        index: elastic.names.deadLetters,
        documentId: 'large',
        source: JSON.stringify(large),
      });
      const { outcomes, stopped } = await write(all);
      expect(stopped).toBeNull();
      expect(outcomes.at(-1)).toEqual({ kind: 'dead', type: 'content_too_large' });
      expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(9);
      expect(await stored()).toBe(9);
    });

    it('sets aside what the server will never take, and writes the rest', async () => {
      const all = items(5);
      all[1] = { ...(all[1] as BulkItem), source: '{"nobody":"4111111111111111"}' };
      all[3] = { ...(all[3] as BulkItem), source: '{"dropped":"4111111111111111x"}' };
      const { outcomes } = await write(all);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['written', 'dead', 'written', 'dead', 'written']);
      expect(outcomes[1]).toEqual({ kind: 'dead', type: 'strict_dynamic_mapping_exception' });
      expect(JSON.stringify(outcomes)).not.toContain('4111');
    });

    it.each<[string, Fault, string]>([
      ['401', { kind: 'answer', status: 401, type: 'security_exception' }, 'CF_SERVER_SETUP'],
      ['403', { kind: 'answer', status: 403, type: 'cluster_block_exception' }, 'CF_SERVER_SETUP'],
      ['403 for an item', { kind: 'items', statusOf: (i) => (i === 3 ? 403 : null) }, 'CF_SERVER_SETUP'],
    ])('stops at %s, and says what was not done', async (_, fault, code) => {
      const before = proxy.bulks;
      proxy.faults = ({ count }) => (count - before >= 2 ? fault : null);
      const { outcomes, stopped } = await write(items(40), { maxRequests: 1 });
      expect(stopped?.code).toBe(code);
      expect(stopped?.message).not.toContain('4111');
      const written = outcomes.filter(({ kind }) => kind === 'written').length;
      expect(written + outcomes.filter(({ kind }) => kind === 'not_done').length).toBe(40);
      expect(await stored()).toBe(written);
    });

    it('says that an index is missing', async () => {
      const [item] = items(1);
      const { outcomes, stopped } = await write([
        { ...(item as BulkItem), index: `${elastic.names.prefix}-none` },
      ]);
      expect(outcomes).toEqual([{ kind: 'not_done' }]);
      expect(stopped).toMatchObject({
        code: 'CF_SERVER_SETUP',
        message: expect.stringContaining('lacks an index'),
      });
    });

    it('gives up after a while without any progress, and says so', async () => {
      proxy.faults = () => ({ kind: 'answer', status: 429 });
      const { outcomes, stopped } = await write(items(15), { giveUpMs: 300 });
      expect(stopped?.code).toBe('CF_UNREACHABLE');
      expect(outcomes.every(({ kind }) => kind === 'not_done')).toBe(true);
    });

    it('loses nothing and doubles nothing, whatever comes in whatever order', async () => {
      const random = new SeededRandom(20_261);
      const faults: Fault[] = [
        { kind: 'answer', status: 429 },
        { kind: 'answer', status: 503 },
        { kind: 'answer', status: 413 },
        { kind: 'answer', status: 400 },
        { kind: 'lose' },
        { kind: 'items', statusOf: (i) => [429, null, 503, null][i % 4] ?? null },
      ];
      // A request of one item is spared what would be its end.
      proxy.faults = ({ path, body }) => {
        const fault = faults[random.integer(0, faults.length * 2)] ?? null;
        const single = body.split('\n').length <= 3;
        const isEnd = fault?.kind === 'answer' && fault.status < 429;
        return path.startsWith('/_bulk') && !(single && isEnd) ? fault : null;
      };
      const { outcomes, stopped } = await write(items(200));
      expect(stopped).toBeNull();
      expect(outcomes.filter(({ kind }) => kind !== 'written' && kind !== 'conflict')).toEqual([]);
      expect(await stored()).toBe(200);
    });
  },
);
