/** A frame with some of its spans only. */
import { pickRows } from '../../join/split-spans.ts';
import { unpackSpans } from '../../join/span-chunk.ts';
import type { Frame } from './frame.ts';

type SpanItems = Pick<Frame, 'spans' | 'carried' | 'identities'>;

/** The usual case, that all are kept, copies nothing. */
export function withRows<F extends SpanItems>(frame: F, keeps: (row: number) => boolean): F {
  const { spans, carried, identities } = frame;
  if (spans === null) return frame;
  const kept = new Uint8Array(spans.length);
  let count = 0;
  for (let at = 0; at < kept.length; at += 1) if (keeps(at)) count += kept[at] = 1;
  if (count === kept.length) return frame;
  const picked = pickRows(spans, (at) => kept[at] === 1);
  if (picked === null) return { ...frame, spans: null, carried: [], identities: [] };
  const rowAfter: number[] = [];
  for (let at = 0, row = 0; at < kept.length; at += 1) rowAfter.push(kept[at] === 1 ? row++ : -1);
  const moved = carried.map((each) => ({ ...each, row: rowAfter[each.row] ?? -1 }));
  const rows = unpackSpans(picked.packed);
  const named = new Map(spans.dictionary.map((id, at) => [id, identities[at]]));
  return {
    ...frame,
    spans: rows,
    carried: moved.filter(({ row }) => row >= 0),
    // The dictionary has other numbers now, and fewer.
    identities: rows.dictionary.flatMap((id) => named.get(id) ?? []),
  };
}
