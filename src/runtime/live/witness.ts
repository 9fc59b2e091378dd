/** Rows that may have met an event, as facts: the same rows of the same record give the same fact, however they were found. */
import type { Interval } from '../../join/confidence.ts';
import { unpackSpans, type SpanRows } from '../../join/span-chunk.ts';
import { pickRows, rowMeets } from '../../join/split-spans.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { WitnessFact } from '../../ports/fact-store.ts';
import type { SpanChunk } from '../../ports/window-store.ts';

/** The rows of a chunk that lie in an event's times; none or one fact. */
export function witnessOf(chunk: SpanChunk, eventId: string, interval: Interval): WitnessFact[] {
  const rows = unpackSpans(chunk.packed);
  const picked = pickRows(rows, (at) => rowMeets(rows, at, interval));
  const { partition, offset, bucket, spanKey } = chunk;
  return picked === null
    ? []
    : [{ eventId, chunkId: `${partition}:${offset}:${bucket}:${spanKey}`, ...picked }];
}

/** The given rows of a record, for an event that names their trace; none or one fact. */
export function witnessByTrace(
  rows: SpanRows,
  { partition, offset }: LogPosition,
  eventId: string,
  picked: ReadonlySet<number>,
): WitnessFact[] {
  const found = pickRows(rows, (at) => picked.has(at));
  return found === null ? [] : [{ eventId, chunkId: `${partition}:${offset}:trace`, ...found }];
}
