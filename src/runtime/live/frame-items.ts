/** Some items of a frame, picked by their times; the usual case, all of them, copies nothing. */
import type { Instant } from '../../model/instant.ts';
import type { Frame } from './frame.ts';
import { withRows } from './frame-rows.ts';

/** The facts of a frame. */
export type FrameItems = Pick<Frame, 'observations' | 'payments' | 'identities' | 'carried' | 'spans'>;

/** @param picks is asked once for each item; of a span: its end */
export function pickItems(
  { observations, payments, spans, identities, carried }: FrameItems,
  picks: (at: Instant) => boolean,
): FrameItems {
  return {
    observations: observations.filter(({ start }) => picks(start)),
    payments: payments.filter(({ time }) => picks(time)),
    ...withRows({ spans, identities, carried }, (at) => picks(spans?.end[at] ?? 0)),
  };
}

/** How many there are. */
export function countItems({ observations, payments, spans }: FrameItems): number {
  return observations.length + payments.length + (spans?.length ?? 0);
}
