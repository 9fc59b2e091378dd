/**
 * Which items of a frame are let in (DESIGN 4.4): not those from the future, which would drag the watermark along, and not
 * those too late for any event that is still remembered. Both are counted, and one dead letter says how many and why.
 *
 * Judged when a record is applied, not when it is received: what is late depends on everything that was read before it.
 */
import type { Instant } from '../../model/instant.ts';
import type { RefusalReason } from '../../model/refusal.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { Frame } from './frame.ts';
import { withRows } from './frame-rows.ts';
import type { Timekeeper, Timing } from './timekeeper.ts';

export interface Admitted {
  frame: Frame;
  skewed: number;
  beyondHorizon: number;
  /** Of those let in, behind the watermark. */
  late: number;
  /** Of the record in the log, for those not let in. */
  place: string;
  /** Why some were not let in. */
  refused: { reason: RefusalReason; text: string }[];
}

export class Admission {
  readonly #time: Timekeeper;

  constructor(time: Timekeeper) {
    this.#time = time;
  }

  admit(frame: Frame, { partition, offset }: LogPosition, now: Instant): Admitted {
    const counts: Record<Timing, number> = { ok: 0, late: 0, skewed: 0, beyond_horizon: 0 };
    const letsIn = (at: Instant): boolean => {
      const timing = this.#time.judge(frame.input, at, now);
      counts[timing] += 1;
      return timing === 'ok' || timing === 'late';
    };
    const observations = frame.observations.filter(({ start }) => letsIn(start));
    const payments = frame.payments.filter(({ time }) => letsIn(time));
    const rows = withRows(frame, (at) => letsIn(frame.spans?.end[at] ?? 0));
    return {
      frame: { ...rows, observations, payments },
      skewed: counts.skewed,
      beyondHorizon: counts.beyond_horizon,
      late: counts.late,
      place: `log:${partition}:${offset}`,
      refused: [...skewText(counts.skewed), ...horizonText(counts.beyond_horizon)],
    };
  }
}

function skewText(count: number): Admitted['refused'] {
  if (count === 0) return [];
  const text = `${count} items lie further in the future than join.max_skew allows; check the clock of their sender.`;
  return [{ reason: 'skewed', text }];
}

function horizonText(count: number): Admitted['refused'] {
  if (count === 0) return [];
  const text = `${count} items are older than join.late_horizon; give them to \`counterfoil correlate\` instead.`;
  return [{ reason: 'beyond_horizon', text }];
}
