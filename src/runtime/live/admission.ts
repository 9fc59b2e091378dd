/**
 * Which items of a frame are let in (DESIGN 4.4): not those from the future, which would drag the watermark along, and not
 * those too late for any event that is still remembered. Both are counted, and one dead letter says how many and why. Nor payments
 * of another tenant, which a worker with another setting has written: their documents would not be ours to keep.
 *
 * Judged when a record is applied, not when it is received: what is late depends on everything that was read before it.
 */
import type { Instant } from '../../model/instant.ts';
import type { RefusalReason } from '../../model/refusal.ts';
import type { LogPosition } from '../../ports/event-log.ts';
import type { SetAsideFact } from '../../ports/fact-store.ts';
import type { Frame } from './frame.ts';
import { pickItems } from './frame-items.ts';
import { formatLogPlace } from './log-place.ts';
import { sourceOf } from './origin.ts';
import type { Timekeeper, Timing } from './timekeeper.ts';

export interface Admitted {
  frame: Frame;
  skewed: number;
  beyondHorizon: number;
  /** Of those let in, behind the watermark. */
  late: number;
  /** For which there is no room, or which are not ours. */
  refusedItems: number;
  /** By which bounds spans were not let in; null: none were. */
  setAside: SetAsideFact | null;
  /** Of the record in the log, for those not let in. */
  place: string;
  /** Why some were not let in. */
  refused: SetAside[];
}

/** Items that were set aside for one reason. */
interface SetAside {
  reason: RefusalReason;
  text: string;
  count: number;
  /** They are the items of the record whose time is later; null: that does not tell them apart. */
  laterThan: Instant | null;
}

export class Admission {
  readonly #time: Timekeeper;
  readonly #tenant: string;

  constructor(time: Timekeeper, tenant: string) {
    this.#time = time;
    this.#tenant = tenant;
  }

  admit(frame: Frame, position: LogPosition, now: Instant): Admitted {
    const counts: Record<Timing, number> = {
      ok: 0,
      late: 0,
      skewed: 0,
      beyond_horizon: 0,
      too_many_events: 0,
    };
    const source = frame.origin === null ? null : sourceOf(frame.origin);
    const letsIn = (at: Instant): boolean => {
      const timing = this.#time.judge(frame.input, at, now, source);
      counts[timing] += 1;
      return timing === 'ok' || timing === 'late';
    };
    const payments = frame.payments.filter(({ tenant }) => tenant === this.#tenant);
    const others = frame.payments.length - payments.length;
    const items = pickItems({ ...frame, payments }, letsIn);
    return {
      frame: { ...frame, ...items },
      skewed: counts.skewed,
      beyondHorizon: counts.beyond_horizon,
      late: counts.late,
      refusedItems: counts.too_many_events + others,
      setAside: this.#setAside(frame, position, counts, now),
      place: formatLogPlace(position),
      refused: [
        ...skewed(counts.skewed, this.#time.latestLetIn(now)),
        ...beyondHorizon(counts.beyond_horizon),
        ...roomText(counts.too_many_events),
        ...ofOthers(others),
      ],
    };
  }

  /** To be asked before the watermark moves on. */
  #setAside(
    { input, spans }: Frame,
    { partition, offset }: LogPosition,
    counts: Record<Timing, number>,
    now: Instant,
  ): SetAsideFact | null {
    if (spans === null || counts.skewed + counts.beyond_horizon === 0) return null;
    const earlierThan = counts.beyond_horizon === 0 ? null : this.#time.earliestLetIn(input);
    const laterThan = counts.skewed === 0 ? null : this.#time.latestLetIn(now);
    return { partition, offset, earlierThan, laterThan };
  }
}

export function skewText(count: number): string {
  return `${count} items lie further in the future than join.max_skew allows; check the clock of their sender. Once their time has come they can be redriven.`;
}

export function horizonText(count: number): string {
  return `${count} items are older than join.late_horizon; give them to \`counterfoil correlate\` instead.`;
}

function skewed(count: number, laterThan: Instant): SetAside[] {
  return count === 0 ? [] : [{ reason: 'skewed', text: skewText(count), count, laterThan }];
}

function beyondHorizon(count: number): SetAside[] {
  return count === 0 ? [] : [{ reason: 'beyond_horizon', text: horizonText(count), count, laterThan: null }];
}

function roomText(count: number): SetAside[] {
  if (count === 0) return [];
  const text = `${count} items may be new events, and as many are remembered as may be; narrow the rules, or shorten join.late_horizon. \`counterfoil replay\` takes them in later.`;
  return [{ reason: 'too_many_events', text, count, laterThan: null }];
}

function ofOthers(count: number): SetAside[] {
  if (count === 0) return [];
  const text = `${count} payment ${count === 1 ? 'record is' : 'records are'} of another tenant: a worker that writes to our topic of links has another \`tenant\`. Give that one topics and a \`namespace\` of its own, or our tenant, and produce its records again.`;
  return [{ reason: 'other_tenant', text, count, laterThan: null }];
}
