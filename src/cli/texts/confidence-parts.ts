/**
 * How the confidence of a stored link came about: the factors that give exactly its figure.
 *
 * A link document keeps the figure, its method and its gap; base, half-life, order factor and cap are settings. The
 * few combinations that a link can have are computed again with the engine's own function, and the one that gives
 * the stored figure is the explanation. None does when the link was made under other settings, and that is said.
 *
 * Worked example: container_interval, gap -90 s, 0.540924 -> base 0.7, f 0.965936, factor 0.8, no cap.
 */
import { confidenceOf, decayOf } from '../../join/confidence.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { JoinSettings } from '../../model/join-settings.ts';

export interface ConfidenceParts {
  base: number;
  /** 0.5^(|gap| / half-life); 1 where the method does not decay. */
  decay: number;
  /** Of the binding: 1, or less for an order-level id. */
  factor: number;
  capped: boolean;
}

/** The parts of a link's confidence; null when the settings in force do not give it. */
export function confidenceParts(link: LinkDocument['link'], settings: JoinSettings): ConfidenceParts | null {
  const gap = Math.round(link.gap_ms * 1_000);
  const declared = settings.methods[link.method].base;
  const bases = link.method === 'node_interval' ? [declared, settings.escapeBase] : [declared];
  const caps = link.provenance === 'self' ? [false, true] : [false];
  for (const capped of caps) {
    for (const base of bases) {
      for (const factor of [1, settings.orderFactor]) {
        if (confidenceOf(base, link.method, gap, factor, capped, settings) === link.confidence) {
          return { base, decay: decayOf(link.method, gap, settings), factor, capped };
        }
      }
    }
  }
  return null;
}
