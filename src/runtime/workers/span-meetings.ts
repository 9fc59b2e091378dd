/**
 * A batch of spans meets the events and traces that the engine has written: right side of hops 1 and 2, written before the left is read.
 * Which traces met an event the engine marks, when it hears of it.
 */
import type { CounterfoilError } from '../../model/errors.ts';
import type { CarriedFact, WitnessFact } from '../../ports/fact-store.ts';
import type { TraceStore } from '../../ports/trace-store.ts';
import type { WindowStore } from '../../ports/window-store.ts';
import { witnessByTrace, witnessOf } from '../live/witness.ts';
import type { SpanBatch } from './span-batch.ts';

/** What was found. */
export interface Met {
  witnesses: WitnessFact[];
  /** Ids on traces that met an event before. */
  carried: CarriedFact[];
}

export class SpanMeetings {
  readonly #windows: WindowStore;
  readonly #traces: TraceStore;

  constructor(windows: WindowStore, traces: TraceStore) {
    this.#windows = windows;
    this.#traces = traces;
  }

  /** Where what all share was lost, it is taken up as it is now: the engine puts its events back, and asks the topic for what is gone. */
  async meet(batch: SpanBatch): Promise<Met> {
    if (batch.isEmpty) return { witnesses: [], carried: [] };
    for (;;) {
      try {
        return await this.#meet(batch);
      } catch (error) {
        if ((error as Partial<CounterfoilError>).code !== 'CF_WINDOW_LOST') throw error;
        await this.#windows.begin();
        await this.#traces.begin();
      }
    }
  }

  async #meet(batch: SpanBatch): Promise<Met> {
    const witnesses = [...(await this.#hot(batch)), ...(await this.#named(batch))];
    return { witnesses, carried: await this.#carried(batch) };
  }

  async #hot({ chunks }: SpanBatch): Promise<WitnessFact[]> {
    const hot = await this.#windows.putSpans(chunks);
    return chunks.flatMap((chunk) =>
      (hot.get(chunk.spanKey) ?? []).flatMap(({ eventId, from, to }) =>
        witnessOf(chunk, eventId, { start: from, end: to }),
      ),
    );
  }

  /** Spans of traces that events name; the spans are in their topic, so an event that names one later finds them there. */
  async #named(batch: SpanBatch): Promise<WitnessFact[]> {
    const named = new Map<string, string[]>();
    for (const { traceId, eventId } of await this.#traces.namedAmong(() => batch.traceIds()))
      named.set(traceId, [...(named.get(traceId) ?? []), eventId]);
    const witnesses: WitnessFact[] = [];
    for (const { rows, position, traceId, picked } of batch.rowsOf(named))
      for (const eventId of named.get(traceId) ?? [])
        witnesses.push(...witnessByTrace(rows, position, eventId, picked));
    return witnesses;
  }

  async #carried({ carried }: SpanBatch): Promise<CarriedFact[]> {
    if (carried.length === 0) return [];
    const met = await this.#traces.putCarried(carried);
    return carried.filter(({ traceId }) => met.has(traceId));
  }
}
