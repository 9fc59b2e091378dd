/** Spans of some records on their way to the shared window, and what is to be told of them, by partition. */
import type { Learned } from '../../join/learned.ts';
import { KeyTable } from '../../join/key-table.ts';
import { traceIdAt } from '../../join/packed-spans.ts';
import type { SpanRows } from '../../join/span-chunk.ts';
import { splitSpans } from '../../join/split-spans.ts';
import { MICROS_PER_MINUTE, type Instant } from '../../model/instant.ts';
import type { Refusal, RefusalReason } from '../../model/refusal.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { CarriedFact } from '../../ports/fact-store.ts';
import type { SpanChunk } from '../../ports/window-store.ts';
import { horizonText, skewText } from '../live/admission.ts';
import { carriedFactsOf } from '../live/carried.ts';
import type { BuiltSpans } from '../live/frame-builder.ts';
import type { RecordCount, SpanNotes, Talked } from '../live/span-notes.ts';
import type { AdmittedSpans } from './span-admission.ts';

/** Spans of one key that ended in one minute. */
interface Talk {
  key: string;
  minute: number;
  last: Instant;
  count: number;
}

/** What one partition gave to a batch. */
export class SourceSpans {
  readonly counts: RecordCount[] = [];
  readonly refused: Refusal[] = [];
  /** That were let in. */
  spanCount = 0;
  readonly #talked = new Map<string, Talk>();

  /** @param name of the record, for what is refused of it */
  take({ refused }: BuiltSpans, { count, spans, skewed, beyondHorizon }: AdmittedSpans, name: string): void {
    this.counts.push(count);
    this.refused.push(...refused);
    this.spanCount += spans.spans?.length ?? 0;
    const place = { input: name, line: 0, column: 0 };
    const refuse = (reason: RefusalReason, text: string): void =>
      void this.refused.push({ reason, text, place, excerpt: null });
    if (skewed > 0) refuse('skewed', skewText(skewed));
    if (beyondHorizon > 0) refuse('beyond_horizon', horizonText(beyondHorizon));
  }

  /** A record that holds no spans. */
  takeNothing(offset: number, { account, refused }: Pick<BuiltSpans, 'account' | 'refused'>): void {
    this.counts.push([offset, account]);
    this.refused.push(...refused);
  }

  /** What a key said in a minute, to be added to. */
  talkOf(key: string, minute: number): Talk {
    const name = `${minute} ${key}`;
    let talk = this.#talked.get(name);
    if (talk === undefined) {
      talk = { key, minute, last: -Infinity, count: 0 };
      this.#talked.set(name, talk);
    }
    return talk;
  }

  talked(): Talked[] {
    return [...this.#talked.values()].map(({ key, last, count }) => [key, last, count]);
  }
}

/** Rows of one record, where its chunks are. */
interface PlacedRows {
  rows: SpanRows;
  position: LogPosition;
}

export class SpanBatch {
  readonly chunks: SpanChunk[] = [];
  readonly carried: CarriedFact[] = [];
  readonly #learned: Learned;
  readonly #sources = new Map<string, SourceSpans>();
  readonly #records: PlacedRows[] = [];

  constructor(learned: Learned) {
    this.#learned = learned;
  }

  source(name: string): SourceSpans {
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = new SourceSpans();
      this.#sources.set(name, source);
    }
    return source;
  }

  get sources(): ReadonlyMap<string, SourceSpans> {
    return this.#sources;
  }

  /** @param position of the record, its partition by number */
  add(
    source: SourceSpans,
    { spans: { spans, identities, carried } }: AdmittedSpans,
    position: LogPosition,
  ): void {
    if (spans === null) return;
    this.#learned.seeSpans(spans, identities);
    const keys = spans.dictionary.map((id) => this.#learned.spanKeyOfId(id));
    // Spans of one identity mostly end in one minute, so the name of that is made once.
    const talks: (Talk | undefined)[] = keys.map(() => undefined);
    for (let at = 0; at < spans.length; at += 1) {
      const identity = spans.identity[at] ?? 0;
      const key = keys[identity] ?? null;
      if (key === null) continue;
      const end = spans.end[at] ?? 0;
      const minute = Math.floor(end / MICROS_PER_MINUTE);
      let talk = talks[identity];
      if (talk?.minute !== minute) talk = talks[identity] = source.talkOf(key, minute);
      talk.count += 1;
      if (end > talk.last) talk.last = end;
    }
    this.chunks.push(...splitSpans(spans, position, (id) => this.#learned.spanKeyOfId(id)));
    this.carried.push(...carriedFactsOf({ spans, carried }));
    this.#records.push({ rows: spans, position });
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** Every trace of the batch, once. */
  traceIds(): string[] {
    const seen = new KeyTable();
    const ids: string[] = [];
    for (const { rows } of this.#records)
      for (let at = 0; at < rows.length; at += 1) {
        const { trace } = rows;
        const word = at * 4;
        const known = seen.size;
        seen.insert(trace[word] ?? 0, trace[word + 1] ?? 0, trace[word + 2] ?? 0, trace[word + 3] ?? 0);
        if (seen.size > known) ids.push(traceIdAt(rows, at));
      }
    return ids;
  }

  /** Records with spans of some traces, and which rows of them those are. */
  *rowsOf(
    traces: ReadonlyMap<string, unknown>,
  ): Iterable<PlacedRows & { traceId: string; picked: Set<number> }> {
    if (traces.size === 0) return;
    for (const { rows, position } of this.#records) {
      const byTrace = new Map<string, Set<number>>();
      for (let at = 0; at < rows.length; at += 1) {
        const traceId = traceIdAt(rows, at);
        if (traces.has(traceId)) byTrace.set(traceId, (byTrace.get(traceId) ?? new Set()).add(at));
      }
      for (const [traceId, picked] of byTrace) yield { rows, position, traceId, picked };
    }
  }
}

export const NOTHING_TOLD: SpanNotes = {
  counts: [],
  latest: null,
  late: [],
  talked: [],
  identities: [],
  witnesses: [],
  carried: [],
};
