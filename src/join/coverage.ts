/**
 * How much of what could concern an event had been read when it closed (SPEC T13), and what its result may be called.
 *
 * What: a count of partitions and their watermarks per span input, what came late, what was sampled away; and one word.
 * Why the word: "no links" means nothing without it. It is never part of an event's content: it says when and how the
 * answer was computed, not what the facts are, so it stands in `meta` and is not hashed.
 *
 * Worked example: the spans input has 4 partitions, one stalled, none late, unsampled: ratio 0.75. The event closes
 * nevertheless only when the stalled one's watermark, too, has passed: 0.75 tells that it stands still *now*.
 * Source: DESIGN 4.4, 4.6.
 */
import type { Instant } from '../model/instant.ts';
import type { PartitionState, StoredWatermark } from './partition-progress.ts';
import { storedOf } from './partition-progress.ts';
import type { TelemetrySilent } from './talk-rate.ts';
import type { PartitionStatus } from './watermark.ts';

/** One span input as it stands when the event closes. */
export interface InputAtClose {
  name: string;
  partitions: readonly PartitionStatus[];
  watermark: Instant;
  /** Its late items so far whose time lies in the event's window. */
  late: number;
  /** Spans kept of spans made, 0..1; null where nobody says. */
  samplingRatio: number | null;
}

export interface InputCoverage {
  name: string;
  /** `expected`: as the log lists them; `usable`: of these those that are read, have been read, or are at their end. */
  partitions: { expected: number; usable: number };
  watermark: StoredWatermark;
  /** By partition, those that are not usable. */
  unusable: { partition: number; state: PartitionState; watermark: StoredWatermark }[];
  late: number;
  sampling_ratio: number | null;
}

/** Plain JSON. */
export interface Coverage {
  /** Usable / expected partitions over all span inputs; 0 where there are none. */
  ratio: number;
  inputs: InputCoverage[];
}

/** What a closed event may be called: `partial` until the retro lane has run, `final_unverified` where a pod fell silent. */
export type ClosedState = 'final' | 'final_unverified' | 'partial';

/** Beyond these the list of an input says no more than its counts. */
const MAX_UNUSABLE = 100;

const UNUSABLE: ReadonlySet<PartitionState> = new Set(['unowned', 'stalled']);

/** Coverage of an event by its span inputs, in the order of their names. */
export function coverageOf(inputs: readonly InputAtClose[]): Coverage {
  const covered = inputs.map(inputCoverage).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const expected = covered.reduce((sum, { partitions }) => sum + partitions.expected, 0);
  const usable = covered.reduce((sum, { partitions }) => sum + partitions.usable, 0);
  return { ratio: expected === 0 ? 0 : usable / expected, inputs: covered };
}

function inputCoverage({ name, partitions, watermark, late, samplingRatio }: InputAtClose): InputCoverage {
  const unusable = partitions.filter(({ state }) => UNUSABLE.has(state));
  return {
    name,
    partitions: { expected: partitions.length, usable: partitions.length - unusable.length },
    watermark: storedOf(watermark),
    unusable: unusable.slice(0, MAX_UNUSABLE).map((one) => ({
      partition: one.partition,
      state: one.state,
      watermark: storedOf(one.watermark),
    })),
    late,
    sampling_ratio: samplingRatio,
  };
}

/**
 * The word for an event that closes.
 * @param olderThanLookBack spans of its window are gone from the window store and the retro lane has not read them
 * @param silences of the pods concerned, see talk-rate.ts
 */
export function closedStateOf(olderThanLookBack: boolean, silences: readonly TelemetrySilent[]): ClosedState {
  if (olderThanLookBack) return 'partial';
  return silences.length > 0 ? 'final_unverified' : 'final';
}
