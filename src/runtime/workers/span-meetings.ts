/** A batch of spans meets the events and traces of all workers: hop 1, then hop 2, each side written before the other is read. */
import type { JoinSettings } from '../../model/join-settings.ts';
import type { CarriedFact, WitnessFact } from '../../ports/fact-store.ts';
import type { TraceStore } from '../../ports/trace-store.ts';
import type { WindowStore } from '../../ports/window-store.ts';
import { markedFor } from '../live/meetings.ts';
import { timesOf, witnessByTrace, witnessOf } from '../live/witness.ts';
import type { SpanBatch } from './span-batch.ts';

/** What was found. */
export interface Met {
  witnesses: WitnessFact[];
  /** Ids on traces that met an event, each at least once. */
  carried: CarriedFact[];
}

export class SpanMeetings {
  readonly #windows: WindowStore;
  readonly #traces: TraceStore;
  readonly #join: JoinSettings;

  constructor(windows: WindowStore, traces: TraceStore, join: JoinSettings) {
    this.#windows = windows;
    this.#traces = traces;
    this.#join = join;
  }

  async meet(batch: SpanBatch): Promise<Met> {
    if (batch.isEmpty) return { witnesses: [], carried: [] };
    const witnesses = [...(await this.#hot(batch)), ...(await this.#named(batch))];
    const carried = await this.#carried(batch);
    if (witnesses.length > 0) carried.push(...(await this.#mark(witnesses)));
    return { witnesses, carried };
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
    for (const { traceId, eventId } of await this.#traces.namedAmong(batch.traceIds()))
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

  async #mark(witnesses: readonly WitnessFact[]): Promise<CarriedFact[]> {
    const latest = witnesses.reduce((most, { packed }) => Math.max(most, timesOf(packed).end), -Infinity);
    const traceIds = new Set(witnesses.flatMap((witness) => witness.traceIds));
    return await this.#traces.putMet([...traceIds], latest + markedFor(this.#join));
  }
}
