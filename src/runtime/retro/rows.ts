/**
 * First pass of the retro lane: which spans of the log may have met the event. They are kept packed; of all others
 * nothing is.
 *
 * What: a span may have met it when its identity makes it a candidate (join/hot-events.ts, the test of the batch lane, not
 * the hot lists of the live one) and it lies in the event's window, or when it is of the trace that the event names.
 *
 * Cost: for a span outside the window two comparisons; for one in it a look-up by its identity; 44 bytes for each one kept,
 * in memory, then in a file. Worked example: four hours of a pod among 200: 290 M spans are looked at, 1.4 M are kept.
 */
import { meets, windowOf, type Interval } from '../../join/confidence.ts';
import { HotEvents } from '../../join/hot-events.ts';
import { KeyTable, wordsOfHex } from '../../join/key-table.ts';
import type { Knowledge } from '../../join/knowledge.ts';
import { columnsOf, SpanPacker, traceIdAt, type SpanColumns } from '../../join/packed-spans.ts';
import type { SpanRows } from '../../join/span-chunk.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { SpanLog } from '../../ports/span-log.ts';

/** The most traces that are followed to their payments. */
const MAX_TRACES = 2_000_000;

export class RetroRows {
  /** Looked at, and kept; a span delivered twice counts twice. */
  seen = 0;
  kept = 0;
  /** Ids of the traces of the rows that were kept. */
  readonly traceIds: string[] = [];
  /** From the earliest start to the latest end of the rows kept. */
  readonly reach: Interval = { start: Infinity, end: -Infinity };
  readonly #knowledge: Knowledge;
  readonly #hotEvents: HotEvents;
  readonly #window: Interval;
  readonly #trace: readonly number[] | null;
  readonly #traces = new KeyTable();
  readonly #log: SpanLog;
  readonly #packer: SpanPacker;
  /** By identity, where its pod does not change with time. */
  readonly #candidates = new Map<number, boolean>();

  constructor(event: SecurityEvent, knowledge: Knowledge, settings: JoinSettings, log: SpanLog) {
    this.#knowledge = knowledge;
    this.#hotEvents = new HotEvents([event], knowledge.inventory, knowledge.neighbourhood, settings);
    this.#window = windowOf(event, settings);
    this.#trace = event.traceId === null ? null : wordsOfHex(event.traceId);
    this.#log = log;
    this.#packer = new SpanPacker(log);
    if (event.traceId !== null) this.#note(event.traceId, wordsOfHex(event.traceId));
  }

  /** @param ordinals of the identities of the rows' dictionary */
  add(rows: SpanRows, ordinals: readonly number[]): void {
    const { start, end } = rows;
    for (let at = 0; at < rows.length; at += 1) {
      const interval = { start: start[at] ?? 0, end: end[at] ?? 0 };
      const inWindow = meets(this.#window, interval);
      if (inWindow) this.seen += 1;
      const ordinal = ordinals[rows.identity[at] ?? 0] ?? 0;
      const wanted = (inWindow && this.#isCandidate(ordinal, interval.start)) || this.#isOfTrace(rows, at);
      if (wanted) this.#keep(rows, at, ordinal, interval);
    }
  }

  #isCandidate(ordinal: number, at: number): boolean {
    const { identities } = this.#knowledge;
    const timed = identities.isTimed(ordinal);
    const known = timed ? undefined : this.#candidates.get(ordinal);
    if (known !== undefined) return known;
    const span = identities.resolve(ordinal, at);
    const answer = span !== null && this.#hotEvents.candidatesOf(span).length > 0;
    if (!timed) this.#candidates.set(ordinal, answer);
    return answer;
  }

  #isOfTrace({ trace }: SpanRows, at: number): boolean {
    return this.#trace?.every((word, i) => trace[at * 4 + i] === word) ?? false;
  }

  #keep(rows: SpanRows, at: number, ordinal: number, { start, end }: Interval): void {
    this.kept += 1;
    this.#packer.copy(rows, at, ordinal);
    this.reach.start = Math.min(this.reach.start, start);
    this.reach.end = Math.max(this.reach.end, end);
    const word = at * 4;
    const { trace } = rows;
    const words = [
      trace[word] ?? 0,
      trace[word + 1] ?? 0,
      trace[word + 2] ?? 0,
      trace[word + 3] ?? 0,
    ] as const;
    if (this.#traces.find(...words) < 0) this.#note(traceIdAt(rows, at), words);
  }

  #note(traceId: string, words: readonly [number, number, number, number]): void {
    this.#traces.insert(...words);
    this.traceIds.push(traceId);
    if (this.traceIds.length > MAX_TRACES)
      throw new CounterfoilError(
        'CF_OVER_LIMIT',
        `More than ${MAX_TRACES} traces passed there in that time. Ask about a shorter time (--from, --to).`,
      );
  }

  /** Whether a row belongs to a trace of which a row was kept. */
  holdsTraceOf({ trace }: SpanColumns, at: number): boolean {
    const word = at * 4;
    return (
      this.#traces.find(trace[word] ?? 0, trace[word + 1] ?? 0, trace[word + 2] ?? 0, trace[word + 3] ?? 0) >=
      0
    );
  }

  /** The rows that were kept; after the last `add`. */
  *chunks(): Iterable<SpanColumns> {
    this.#packer.flush();
    for (const chunk of this.#log.chunks()) yield columnsOf(chunk);
  }
}
