/** Some items of a frame, picked by their times; the usual case, all of them, copies nothing. */
import { pickRows } from '../../join/split-spans.ts';
import { unpackSpans } from '../../join/span-chunk.ts';
import type { Instant } from '../../model/instant.ts';
import type { CarriedId, Frame } from './frame.ts';

/** The facts of a frame. */
export type FrameItems = Pick<Frame, 'observations' | 'payments' | 'identities' | 'carried' | 'spans'>;
type SpanItems = Pick<Frame, 'identities' | 'carried' | 'spans'>;

/** @param picks is asked once for each item; of a span: its end */
export function pickItems(frame: FrameItems, picks: (at: Instant) => boolean): FrameItems {
  const observations = frame.observations.filter(({ start }) => picks(start));
  const payments = frame.payments.filter(({ time }) => picks(time));
  return { observations, payments, ...pickSpans(frame, picks) };
}

function pickSpans({ spans, identities, carried }: FrameItems, picks: (at: Instant) => boolean): SpanItems {
  if (spans === null) return { spans, identities, carried };
  const kept = Array.from({ length: spans.length }, (_, at) => picks(spans.end[at] ?? 0));
  if (kept.every(Boolean)) return { spans, identities, carried };
  const picked = pickRows(spans, (at) => kept[at] ?? false);
  if (picked === null) return { spans: null, identities: [], carried: [] };
  const rows = unpackSpans(picked.packed);
  // The dictionary has another order now, and identities are found by their place in it.
  const byId = new Map(spans.dictionary.map((id, at) => [id, identities[at]]));
  return {
    spans: rows,
    identities: rows.dictionary.flatMap((id) => byId.get(id) ?? []),
    carried: movedTo(kept, carried),
  };
}

/** Carried ids by the new numbers of their rows; those of rows that are not kept are left out. */
function movedTo(kept: readonly boolean[], carried: readonly CarriedId[]): CarriedId[] {
  let next = 0;
  const rowAfter = kept.map((keeps) => (keeps ? next++ : null));
  return carried.flatMap((each) => {
    const row = rowAfter[each.row] ?? null;
    return row === null ? [] : { ...each, row };
  });
}

/** How many there are. */
export function countItems({ observations, payments, spans }: FrameItems): number {
  return observations.length + payments.length + (spans?.length ?? 0);
}
