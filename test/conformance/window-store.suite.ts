// Goal: of a span and an event under one key, whichever comes first, one side sees the other; and nothing that was put
// is lost before its bucket expires, nor kept after. Asks through the port alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterfoilError } from '../../src/model/errors.ts';
import { bucketEnd } from '../../src/model/span-bucket.ts';
import type { SpanChunk, WindowStore } from '../../src/ports/window-store.ts';
import {
  BUCKET,
  chunkOf,
  chunksFrom,
  entryOf,
  expectChunks,
  KEY,
  LAST,
  START,
} from './window-store-chunks.ts';
import { eventsSuite, expirySuite, keepingSuite, type Using } from './window-store-contents.ts';
import { missedMeetings } from './window-store-meetings.ts';
import { commands, outcomeOf, WindowModel } from './window-store-model.ts';

/** An empty store of its own; with `capBytes`, one that holds about so many bytes of spans and no more. */
export type OpenWindow = (capBytes?: number) => WindowStore | Promise<WindowStore>;

export interface WindowSuiteSizes {
  /** Of random command sequences and of random orders of arrival. */
  runs: number;
}

/** Time for a run, on a store that is far away. */
const RUN_MS = 100;

export function windowStoreSuite(name: string, open: OpenWindow, { runs }: WindowSuiteSizes): void {
  /** A test on a store of its own. */
  const using =
    (use: (store: WindowStore) => Promise<void>, capBytes?: number) => async (): Promise<void> => {
      const store = await open(capBytes);
      try {
        await use(store);
      } finally {
        await store.close();
      }
    };

  describe(`${name}: a window store`, () => {
    meetingSuite(using, runs);
    keepingSuite(using);
    expirySuite(using);
    eventsSuite(using);
    limitsSuite(using);

    it(
      'does what the naive model does, whatever is asked of it',
      { timeout: 30_000 + runs * RUN_MS },
      async () => {
        const property = fc.asyncProperty(commands, async (sequence) => {
          const compare = using(async (store) => {
            const model = new WindowModel();
            for (const command of sequence)
              expect(await outcomeOf(store, command), command.do).toEqual(model.outcomeOf(command));
          });
          await compare();
        });
        await fc.assert(property, { numRuns: runs, seed: 20_260_310 });
      },
    );
  });
}

function meetingSuite(using: Using, runs: number): void {
  it(
    'shows the event to spans that come later, and the spans to an event that comes later',
    using(async (store) => {
      await store.putSpans([chunkOf({ offset: 1 })]);
      expectChunks(await store.putEvent([KEY], entryOf('ev_1')), [chunkOf({ offset: 1 })]);
      const hot = await store.putSpans([chunkOf({ offset: 2 }), chunkOf({ spanKey: 'u:other' })]);
      expect([...hot]).toEqual([[KEY, [entryOf('ev_1')]]]);
    }),
  );

  it(
    'lets at least one side see the other when both come at once',
    { timeout: 30_000 + runs * RUN_MS },
    using(async (store) => {
      for (let seed = 0; seed < runs; seed += 1) expect(await missedMeetings(store, seed)).toEqual([]);
    }),
  );

  it(
    'loses no span at the edge of a bucket, and none for its length',
    using(async (store) => {
      const all = [-2, -1, 0, 1, 40].map((shift) => chunkOf({ bucket: BUCKET + shift }));
      await store.putSpans(all);
      // A span that ends at `from` matches; one that ends a microsecond earlier need not be there.
      expectChunks(await chunksFrom(store, [KEY], START), all.slice(2));
      expectChunks(await chunksFrom(store, [KEY], START - 1), all.slice(1));
      expectChunks(await chunksFrom(store, [KEY], LAST), all.slice(2));
      expectChunks(await chunksFrom(store, [KEY], LAST + 1), all.slice(3));
      expectChunks(await chunksFrom(store, [KEY], 0), all);
      expectChunks(await chunksFrom(store, [KEY], bucketEnd(BUCKET + 40)), []);
    }),
  );
}

function limitsSuite(using: Using): void {
  it('rejects what it has no room for, as a whole, and takes it once there is room', () => {
    const batch = (n: number): SpanChunk[] =>
      [0, 1, 2, 3].map((i) => chunkOf({ bucket: BUCKET + n, offset: n * 4 + i, length: 4_000 }));
    const use = async (store: WindowStore): Promise<void> => {
      let taken = 0;
      while ((await rejectionOf(store.putSpans(batch(taken)))) === null && taken < 1_000) taken += 1;
      expect(taken).toBeGreaterThan(5);
      expect(taken).toBeLessThan(100);
      expect(await rejectionOf(store.putSpans(batch(taken)))).toBe('CF_OVER_LIMIT');
      const held = Array.from({ length: taken }, (_, n) => batch(n)).flat();
      expect((await store.usage()).chunks).toBe(held.length);
      expectChunks(await store.putEvent([KEY], entryOf('ev_1')), held);
      expect([...(await store.putSpans([]))]).toEqual([]);
      await store.expire(bucketEnd(BUCKET + 2));
      expect([...(await store.putSpans(batch(taken))).keys()]).toEqual([KEY]);
      expectChunks(await chunksFrom(store), [...held.slice(12), ...batch(taken)]);
    };
    return using(use, 262_144)();
  });

  it(
    'keeps its generation while it loses nothing',
    using(async (store) => {
      const generation = await store.generation();
      expect(generation).not.toBe('');
      await store.putSpans([chunkOf({})]);
      await store.putEvent([KEY], entryOf('ev_1'));
      await store.dropEvents(['ev_1']);
      await store.expire(LAST + 1);
      expect(await store.generation()).toBe(generation);
    }),
  );

  it(
    'closes twice, and takes and gives nothing more',
    using(async (store) => {
      await store.putSpans([chunkOf({})]);
      await store.close();
      await store.close();
      await expect(store.putSpans([chunkOf({})])).rejects.toThrow('closed');
      await expect(store.putEvent([KEY], entryOf('ev_1'))).rejects.toThrow('closed');
      await expect(store.dropEvents([])).rejects.toThrow('closed');
      await expect(store.expire(0)).rejects.toThrow('closed');
      await expect(store.completeFrom()).rejects.toThrow('closed');
      await expect(store.generation()).rejects.toThrow('closed');
      await expect(store.usage()).rejects.toThrow('closed');
    }),
  );
}

/** The code of the error, null where there was none. */
async function rejectionOf(call: Promise<unknown>): Promise<string | null> {
  try {
    await call;
    return null;
  } catch (error) {
    return error instanceof CounterfoilError ? error.code : String(error);
  }
}
