/** The transaction ids that the spans of a frame carry, as facts. */
import { traceIdAt } from '../../join/packed-spans.ts';
import type { CarriedFact } from '../../ports/fact-store.ts';
import type { Frame } from './frame.ts';

export function carriedFactsOf({ spans, carried }: Pick<Frame, 'spans' | 'carried'>): CarriedFact[] {
  if (spans === null) return [];
  return carried.map(({ row, attribute, value }) => ({
    traceId: traceIdAt(spans, row),
    at: spans.start[row] ?? 0,
    attribute,
    value,
  }));
}
