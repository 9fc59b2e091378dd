/**
 * Which items of a frame are let in (DESIGN 4.4): not those from the future, which would drag the watermark along, and not
 * those too late for any event that is still remembered. Both are counted, and one dead letter says how many and why.
 *
 * Judged when a record is applied, not when it is received: what is late depends on everything that was read before it.
 */
import { pickRows } from '../../join/split-spans.ts';
import { unpackSpans, type SpanRows } from '../../join/span-chunk.ts';
import type { Instant } from '../../model/instant.ts';
import type { RefusalReason } from '../../model/refusal.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { CarriedId, Frame } from './frame.ts';
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
    const spans = frame.spans === null ? null : rowsLetIn(frame.spans, frame.carried, letsIn);
    return {
      frame: { ...frame, observations, payments, ...spans },
      skewed: counts.skewed,
      beyondHorizon: counts.beyond_horizon,
      late: counts.late,
      place: `log:${partition}:${offset}`,
      refused: [...skewText(counts.skewed), ...horizonText(counts.beyond_horizon)],
    };
  }
}

/** Rows and carried ids of those let in; the usual case, all of them, copies nothing. */
function rowsLetIn(
  rows: SpanRows,
  carried: readonly CarriedId[],
  letsIn: (at: Instant) => boolean,
): { spans: SpanRows | null; carried: readonly CarriedId[] } {
  const kept = Array.from({ length: rows.length }, (_, at) => letsIn(rows.end[at] ?? 0));
  if (kept.every(Boolean)) return { spans: rows, carried };
  const picked = pickRows(rows, (at) => kept[at] ?? false);
  if (picked === null) return { spans: null, carried: [] };
  const rowAfter: number[] = [];
  for (let at = 0, row = 0; at < kept.length; at += 1) rowAfter.push(kept[at] === true ? row++ : -1);
  const moved = carried.map((each) => ({ ...each, row: rowAfter[each.row] ?? -1 }));
  return { spans: unpackSpans(picked.packed), carried: moved.filter(({ row }) => row >= 0) };
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
