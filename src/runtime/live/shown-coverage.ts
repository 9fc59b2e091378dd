/** The coverage of a closed event as its documents show it (join/coverage.ts computes it). */
import type { Coverage } from '../../join/coverage.ts';
import type { StoredWatermark } from '../../join/partition-progress.ts';
import type { CoveragePart } from '../../model/documents/parts.ts';
import { formatInstant } from '../../model/instant.ts';
import type { ActiveEvent } from './active-events.ts';

export function shownCoverage({ ratio, inputs }: Coverage): CoveragePart {
  return {
    ratio,
    inputs: inputs.map(({ name, partitions, watermark, late, sampling_ratio: samplingRatio }) => ({
      name,
      partitions,
      ...(samplingRatio === null ? {} : { sampling_ratio: samplingRatio }),
      ...shownWatermark(watermark),
      late,
    })),
  };
}

/** Neither `none` nor `end` is an instant. */
function shownWatermark(watermark: StoredWatermark): { complete_until?: string } {
  return typeof watermark === 'number' ? { complete_until: formatInstant(watermark) } : {};
}

/** Of an incident that is closed: that of the event of which least was read. */
export function leastCoverage(events: readonly ActiveEvent[]): CoveragePart | null {
  const known = events.flatMap(({ coverage }) => coverage ?? []);
  return known.reduce<CoveragePart | null>(
    (least, each) => (least !== null && least.ratio <= each.ratio ? least : each),
    null,
  );
}
