import { expect, it } from 'vitest';
import { createTraceStore } from '../../src/adapters/embedded/trace-store.ts';
import { openRedisTraces } from '../../src/adapters/redis/trace-store.ts';
import type { TraceStore } from '../../src/ports/trace-store.ts';
import { closingBoth, connect, settingsFor } from '../adapters/redis/connections.ts';
import { serverFor } from '../servers/servers.ts';
import { NOON } from './facts.ts';
import { missedIds } from './trace-store-meetings.ts';
import { traceStoreSuite } from './trace-store.suite.ts';

/** A fortieth: each run asks a store some dozens of times. */
const SIZES = { runs: Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2_000) / 40) };

traceStoreSuite(
  'embedded',
  async (maxCarried = 1_000_000) => {
    const store = createTraceStore({ maxCarried });
    return { spanSide: store, eventSide: store };
  },
  SIZES,
);

for (const kind of ['redis', 'redis-cluster'] as const) {
  const server = await serverFor(kind);
  if (server === null) continue;
  traceStoreSuite(
    kind,
    async (maxCarried = 1_000_000) => {
      const settings = settingsFor(server);
      const side = async (): Promise<TraceStore> => {
        const connection = await connect(settings);
        return closingBoth(await openRedisTraces(connection, { maxCarried }), connection);
      };
      return { spanSide: await side(), eventSide: await side() };
    },
    SIZES,
  );
}

it('the suite notices a store that reads before it writes', async () => {
  const store = createTraceStore();
  // A mark that nobody needs is not kept: putting it only reads.
  await store.expire({ carried: -Infinity, marks: NOON });
  const readingFirst: Pick<TraceStore, 'putMet'> = {
    putMet: async (traceIds, until) => {
      const carried = await store.putMet(traceIds, NOON - 1);
      await store.putMet(traceIds, until);
      return carried;
    },
  };
  const missed: string[] = [];
  for (let seed = 0; seed < 50; seed += 1) missed.push(...(await missedIds(store, readingFirst, seed)));
  expect(missed.length).toBeGreaterThan(0);
  await store.close();
});
