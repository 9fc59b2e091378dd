/**
 * Rows that may have met an event, as facts: the same rows of the same record give the same fact, however they were found.
 *
 * A fact is a function of its chunk, not of how far the event reached when it met it: a later end of the event would
 * otherwise give more rows under the same id, and the store keeps the first. Which rows match is decided at evaluation.
 */
import type { Interval } from '../../join/confidence.ts';
import { traceIdAt } from '../../join/packed-spans.ts';
import { unpackSpans, type SpanRows } from '../../join/span-chunk.ts';
import { pickRows, rowMeets } from '../../join/split-spans.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { WitnessFact } from '../../ports/fact-store.ts';
import type { SpanChunk } from '../../ports/window-store.ts';

/** The whole chunk where any of its rows lies in an event's times; none or one fact. */
export function witnessOf(chunk: SpanChunk, eventId: string, interval: Interval): WitnessFact[] {
  const { partition, offset, bucket, spanKey, packed } = chunk;
  const rows = unpackSpans(packed);
  const traceIds = new Set<string>();
  let meets = false;
  for (let at = 0; at < rows.length; at += 1) {
    meets ||= rowMeets(rows, at, interval);
    traceIds.add(traceIdAt(rows, at));
  }
  const chunkId = `${partition}:${offset}:${bucket}:${spanKey}`;
  return meets ? [{ eventId, chunkId, traceIds: [...traceIds], packed }] : [];
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

/** From the earliest start to the latest end of packed rows. */
export function timesOf(packed: Uint8Array): Interval {
  const { start, end } = unpackSpans(packed);
  return {
    start: start.reduce((least, at) => Math.min(least, at), Infinity),
    end: end.reduce((most, at) => Math.max(most, at), -Infinity),
  };
}
