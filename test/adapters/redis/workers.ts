// Two workers as the protocol of src/adapters/redis/generation.ts wants them: one reads spans, one keeps events, and
// each does all of its own again when it is told that the window was lost.
import { CounterfoilError } from '../../../src/model/errors.ts';
import type { WindowStore } from '../../../src/ports/window-store.ts';
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import { chunkOf, entryOf } from '../../conformance/window-store-chunks.ts';

const KEYS = 20;
const OFFSETS = [0, 1, 2];
const EVENTS = ['ev_1', 'ev_2'];

/** Something to do that must have been done under the generation that there is in the end. */
interface Task {
  run: Run;
  doneUnder: string | null;
}

type Run = (generation: string) => Promise<void>;

/** A worker that does its tasks in a random order, pausing now and then. */
class Worker {
  readonly #store: WindowStore;
  readonly #tasks: Task[];
  #generation: string;
  losses = 0;

  constructor(store: WindowStore, generation: string, runs: readonly Run[]) {
    this.#store = store;
    this.#generation = generation;
    this.#tasks = runs.map((run) => ({ run, doneUnder: null }));
  }

  async work(random: SeededRandom): Promise<void> {
    for (;;) {
      const left = this.#tasks.filter(({ doneUnder }) => doneUnder !== this.#generation);
      if (left.length === 0) return;
      const task = random.pick(left);
      try {
        const generation = this.#generation;
        await task.run(generation);
        task.doneUnder = generation;
      } catch (error) {
        await this.#takeUp(error);
      }
      if (random.chance(0.3)) await new Promise(setImmediate);
    }
  }

  /** What a worker that has nothing to do does now and then. */
  async poll(): Promise<boolean> {
    const present = await this.#store.generation();
    if (present === this.#generation) return false;
    this.losses += 1;
    this.#generation = await this.#store.begin();
    return true;
  }

  async #takeUp(error: unknown): Promise<void> {
    if (!(error instanceof CounterfoilError && error.code === 'CF_WINDOW_LOST')) throw error;
    this.losses += 1;
    this.#generation = await this.#store.begin();
  }
}

/** Who put what under which generation and had it acknowledged, and what it then saw. */
class Meetings {
  readonly #put = new Set<string>();
  readonly #seen = new Set<string>();

  chunk(generation: string, spanKey: string, offset: number, eventIds: readonly string[]): void {
    this.#put.add(`${generation} ${spanKey} ${offset}`);
    for (const eventId of eventIds) this.#seen.add(`${generation} ${spanKey} ${offset} ${eventId}`);
  }

  event(generation: string, spanKey: string, eventId: string, offsets: readonly number[]): void {
    this.#put.add(`${generation} ${spanKey} ${eventId}`);
    for (const offset of offsets) this.#seen.add(`${generation} ${spanKey} ${offset} ${eventId}`);
  }

  /** Chunks and events that were put under the same generation although no side saw the other. */
  missed(generations: Iterable<string>, spanKeys: readonly string[]): string[] {
    const pairs = [...generations].flatMap((generation) =>
      spanKeys.flatMap((spanKey) =>
        OFFSETS.flatMap((offset) =>
          EVENTS.filter(
            (eventId) =>
              this.#put.has(`${generation} ${spanKey} ${offset}`) &&
              this.#put.has(`${generation} ${spanKey} ${eventId}`),
          ).map((eventId) => `${generation} ${spanKey} ${offset} ${eventId}`),
        ),
      ),
    );
    return pairs.filter((pair) => !this.#seen.has(pair));
  }
}

export interface Outcome {
  /** Pairs of a chunk and an event that were acknowledged under one generation, and of which no side saw the other. */
  missed: string[];
  /** How often a worker was told. */
  losses: number;
}

/**
 * Lets both workers put everything while `disturb` does what it does, until both have done all of it under one generation.
 * @param disturb is called once at the beginning, and awaited
 */
export async function workThrough(
  stores: { spans: WindowStore; events: WindowStore },
  random: SeededRandom,
  disturb: () => Promise<void>,
): Promise<Outcome> {
  const meetings = new Meetings();
  const generations = new Set<string>();
  const spanKeys = Array.from({ length: KEYS }, (_, i) => `n:prod/shop/pod-${i}`);
  const putSpans = spanKeys.flatMap((spanKey) =>
    OFFSETS.map((offset) => async (generation: string): Promise<void> => {
      const hot = await stores.spans.putSpans([chunkOf({ spanKey, offset })]);
      meetings.chunk(
        generation,
        spanKey,
        offset,
        (hot.get(spanKey) ?? []).map(({ eventId }) => eventId),
      );
      generations.add(generation);
    }),
  );
  const putEvents = spanKeys.flatMap((spanKey) =>
    EVENTS.map((eventId) => async (generation: string): Promise<void> => {
      const chunks = await stores.events.putEvent([spanKey], entryOf(eventId));
      meetings.event(
        generation,
        spanKey,
        eventId,
        chunks.map(({ offset }) => offset),
      );
    }),
  );
  const spans = new Worker(stores.spans, await stores.spans.begin(), putSpans);
  const events = new Worker(stores.events, await stores.events.begin(), putEvents);
  const bothWork = async (): Promise<void> => {
    await Promise.all([spans.work(random.fork('spans')), events.work(random.fork('events'))]);
  };
  await Promise.all([bothWork(), disturb()]);
  for (let settled = false; !settled;) {
    await bothWork();
    settled = !(await spans.poll()) && !(await events.poll());
  }
  return { missed: meetings.missed(generations, spanKeys), losses: spans.losses + events.losses };
}
