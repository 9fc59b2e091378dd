import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createWindowStore } from '../../src/adapters/embedded/window-store.ts';
import { openRedisWindow } from '../../src/adapters/redis/window-store.ts';
import type { WindowStore } from '../../src/ports/window-store.ts';
import { closingBoth, connect, settingsFor } from '../adapters/redis/connections.ts';
import { serverFor } from '../servers/servers.ts';
import { entryOf } from './window-store-chunks.ts';
import { missedMeetings } from './window-store-meetings.ts';
import { windowStoreSuite } from './window-store.suite.ts';

const directory = mkdtempSync(join(tmpdir(), 'counterfoil-window-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A tenth: each run asks a store some dozens of times. */
const SIZES = { runs: Math.ceil(Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2_000) / 10) };

windowStoreSuite(
  'embedded, all in memory',
  (capBytes = 2 ** 30) => createWindowStore({ maxBytes: capBytes, maxSpilledBytes: 0, directory }),
  SIZES,
);
windowStoreSuite(
  'embedded, some of it in files',
  (capBytes = 2 ** 30) =>
    createWindowStore({ maxBytes: 50_000, maxSpilledBytes: capBytes - 50_000, directory }),
  SIZES,
);
windowStoreSuite(
  'embedded, all of it in files',
  (capBytes = 2 ** 30) => createWindowStore({ maxBytes: 0, maxSpilledBytes: capBytes, directory }),
  SIZES,
);

for (const kind of ['redis', 'redis-cluster'] as const) {
  const server = await serverFor(kind);
  if (server === null) continue;
  windowStoreSuite(
    kind,
    async (capBytes = 2 ** 30) => {
      const connection = await connect(settingsFor(server));
      return closingBoth(await openRedisWindow(connection, { maxBytes: capBytes }), connection);
    },
    { runs: Math.ceil(SIZES.runs / 4) },
  );
}

/** An event that looks first and writes then: the mistake against which the suite is there. */
function readingFirst(store: WindowStore): WindowStore {
  return {
    putSpans: (chunks) => store.putSpans(chunks),
    putEvent: async (spanKeys, entry) => {
      const probe = `probe of ${entry.eventId}`;
      const chunks = await store.putEvent(spanKeys, entryOf(probe, entry.from));
      await store.dropEvents([probe]);
      await store.putEvent(spanKeys, entry);
      return chunks;
    },
    dropEvents: (eventIds) => store.dropEvents(eventIds),
    expire: (before) => store.expire(before),
    completeFrom: () => store.completeFrom(),
    generation: () => store.generation(),
    begin: () => store.begin(),
    usage: () => store.usage(),
    close: () => store.close(),
  };
}

it('the suite notices a store that reads before it writes', async () => {
  const store = readingFirst(createWindowStore({ directory }));
  const missed: string[] = [];
  for (let seed = 0; seed < 50; seed += 1) missed.push(...(await missedMeetings(store, seed)));
  expect(missed.length).toBeGreaterThan(0);
  await store.close();
});
