// Spans and events that arrive at the same time, in many orders: what the rendezvous must not lose.
import { setImmediate } from 'node:timers/promises';
import type { WindowStore } from '../../src/ports/window-store.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { chunkOf, entryOf } from './window-store-chunks.ts';

const KEYS = 6;
const CHUNKS = 3;
const EVENTS = 2;

/** Lets others run: a seeded number of times, within the microtasks or around the event loop. */
async function dawdle(random: SeededRandom): Promise<void> {
  for (let turns = random.integer(0, 6); turns > 0; turns -= 1) {
    if (random.chance(0.2)) await setImmediate();
    else await Promise.resolve();
  }
}

/**
 * Puts chunks and events under the same keys, all at once.
 * @param eventSide another store on the same content, for the events
 * @returns the pairs of chunk and event of which neither side saw the other
 */
export async function missedMeetings(
  store: WindowStore,
  seed: number,
  eventSide: WindowStore = store,
): Promise<string[]> {
  const seen = new Set<string>();
  const expected: string[] = [];
  const arrivals: (() => Promise<void>)[] = [];
  for (let k = 0; k < KEYS; k += 1) {
    const spanKey = `n:race-${seed}/${k}`;
    const events = Array.from({ length: EVENTS }, (_, i) => `${spanKey} event ${i}`);
    for (let offset = 0; offset < CHUNKS; offset += 1) {
      expected.push(...events.map((eventId) => `${offset} and ${eventId}`));
      arrivals.push(async () => {
        const hot = await store.putSpans([chunkOf({ spanKey, offset })]);
        for (const { eventId } of hot.get(spanKey) ?? []) seen.add(`${offset} and ${eventId}`);
      });
    }
    for (const eventId of events) {
      arrivals.push(async () => {
        const chunks = await eventSide.putEvent([spanKey], entryOf(eventId));
        for (const { offset } of chunks) seen.add(`${offset} and ${eventId}`);
      });
    }
  }
  const random = new SeededRandom(seed);
  await Promise.all(
    arrivals.map(async (arrive, i) => {
      await dawdle(random.fork(String(i)));
      await arrive();
    }),
  );
  return expected.filter((pair) => !seen.has(pair));
}
