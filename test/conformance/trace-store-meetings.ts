// Ids and marks of the same traces that arrive at the same time, in many orders: what the rendezvous must not lose.
import { setImmediate } from 'node:timers/promises';
import type { TraceStore } from '../../src/ports/trace-store.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { NOON, traceId } from './facts.ts';

const TRACES = 6;
const IDS = 3;

async function dawdle(random: SeededRandom): Promise<void> {
  for (let turns = random.integer(0, 6); turns > 0; turns -= 1) {
    if (random.chance(0.2)) await setImmediate();
    else await Promise.resolve();
  }
}

/**
 * Puts ids and marks of the same traces, all at once.
 * @returns the ids that no side saw together with the mark of their trace
 */
export async function missedIds(
  spanSide: TraceStore,
  eventSide: Pick<TraceStore, 'putMet'>,
  seed: number,
): Promise<string[]> {
  const seen = new Set<string>();
  const expected: string[] = [];
  const arrivals: (() => Promise<void>)[] = [];
  for (let t = 0; t < TRACES; t += 1) {
    const trace = traceId(`race ${seed}/${t}`);
    for (let i = 0; i < IDS; i += 1) {
      const value = `${trace} ${i}`;
      expected.push(value);
      arrivals.push(async () => {
        const met = await spanSide.putCarried([{ traceId: trace, at: NOON, attribute: 'order.id', value }]);
        if (met.has(trace)) seen.add(value);
      });
    }
    arrivals.push(async () => {
      for (const { value } of await eventSide.putMet([trace], NOON)) seen.add(value);
    });
  }
  const random = new SeededRandom(seed);
  await Promise.all(
    arrivals.map(async (arrive, i) => {
      await dawdle(random.fork(String(i)));
      await arrive();
    }),
  );
  return expected.filter((value) => !seen.has(value));
}
