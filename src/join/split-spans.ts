/**
 * Rows of one log record as chunks of the window: one for each span key and bucket (DESIGN 4.3).
 *
 * Cost: a copy of each row. Worked example: 500 rows of 20 pods, all of one ten seconds: 20 chunks of 25 rows.
 */
import type { Interval } from './confidence.ts';
import type { Instant } from '../model/instant.ts';
import { bucketOf } from '../model/span-bucket.ts';
import type { SpanChunk } from '../ports/window-store.ts';
import { traceIdAt } from './packed-spans.ts';
import { SpanRowWriter, type SpanRows } from './span-chunk.ts';

/** A chunk before it is packed, and where the rows of one identity go while their bucket stays the same. */
interface Open {
  spanKey: string;
  bucket: number;
  rows: SpanRowWriter;
}

interface Lane {
  spanKey: string | null;
  bucket: number;
  chunk: Open | null;
  ordinal: number;
}

/** @param spanKeyOf key of an identity; null: its spans can match nothing */
export function splitSpans(
  rows: SpanRows,
  position: { partition: number; offset: number },
  spanKeyOf: (identityId: string) => string | null,
): SpanChunk[] {
  const chunks = new Map<string, Open>();
  const lanes: Lane[] = rows.dictionary.map((id) => ({
    spanKey: spanKeyOf(id),
    bucket: NaN,
    chunk: null,
    ordinal: 0,
  }));
  for (let at = 0; at < rows.length; at += 1) {
    const identity = rows.identity[at] ?? 0;
    const lane = lanes[identity];
    if (lane === undefined || lane.spanKey === null) continue;
    const bucket = bucketOf(rows.end[at] ?? 0);
    if (lane.bucket !== bucket) turn(lane, lane.spanKey, bucket, chunks, rows.dictionary[identity] ?? '');
    lane.chunk?.rows.copy(rows, at, lane.ordinal);
  }
  return [...chunks.values()].map(({ spanKey, bucket, rows: open }) => ({
    spanKey,
    bucket,
    ...position,
    packed: open.pack(),
  }));
}

function turn(
  lane: Lane,
  spanKey: string,
  bucket: number,
  chunks: Map<string, Open>,
  identityId: string,
): void {
  const key = `${bucket}\0${spanKey}`;
  let chunk = chunks.get(key);
  if (chunk === undefined) {
    chunk = { spanKey, bucket, rows: new SpanRowWriter() };
    chunks.set(key, chunk);
  }
  lane.bucket = bucket;
  lane.chunk = chunk;
  lane.ordinal = chunk.rows.intern(identityId);
}

/** Rows that a test picks, packed, with the traces they belong to; null: none. */
export function pickRows(
  rows: SpanRows,
  picks: (at: number) => boolean,
): { packed: Uint8Array; traceIds: string[] } | null {
  const picked = new SpanRowWriter();
  const traces = new Set<string>();
  for (let at = 0; at < rows.length; at += 1) {
    if (!picks(at)) continue;
    picked.copy(rows, at, picked.intern(rows.dictionary[rows.identity[at] ?? 0] ?? ''));
    traces.add(traceIdAt(rows, at));
  }
  return picked.length === 0 ? null : { packed: picked.pack(), traceIds: [...traces] };
}

/** Whether row `at` meets the interval. */
export function rowMeets(rows: SpanRows, at: number, { start, end }: Interval): boolean {
  const from: Instant = rows.start[at] ?? 0;
  return (rows.end[at] ?? 0) >= start && from <= end;
}
