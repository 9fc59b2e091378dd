/**
 * Which spans of a record are let in, by the time of the partition they came in (DESIGN 4.4): not those from the future, and not those too
 * late for any event that is still remembered.
 *
 * As the engine judges a request (live/admission.ts), with the difference that a worker knows the partitions that it reads and no
 * others: what is late there may be in time for the input as a whole, which is as slow as its slowest partition.
 */
import type { InputMode } from '../../join/partition-progress.ts';
import { countReason, type InputAccounts } from '../../model/accounting.ts';
import { MICROS_PER_MINUTE, type Instant, type Micros } from '../../model/instant.ts';
import type { TimeSettings } from '../../model/time-settings.ts';
import { withRows } from '../live/frame-rows.ts';
import type { BuiltSpans } from '../live/frame-builder.ts';
import type { RecordCount } from '../live/span-notes.ts';

export interface AdmittedSpans {
  spans: Pick<BuiltSpans, 'spans' | 'identities' | 'carried'>;
  count: RecordCount;
  skewed: number;
  beyondHorizon: number;
}

/** One partition, while a worker reads it. */
export class SpanAdmission {
  readonly #mode: InputMode;
  readonly #time: TimeSettings;
  readonly #lateHorizon: Micros;
  #watermark: Instant = -Infinity;
  #latest: Instant = -Infinity;
  /** Spans behind the watermark since they were last taken, by the beginning of the minute in which they ended. */
  #late = new Map<Instant, number>();

  constructor(mode: InputMode, time: TimeSettings, lateHorizon: Micros) {
    this.#mode = mode;
    this.#time = time;
    this.#lateHorizon = lateHorizon;
  }

  /** @param offset of the record */
  admit(built: BuiltSpans, offset: number, now: Instant): AdmittedSpans {
    const counts = { skewed: 0, beyondHorizon: 0, late: 0 };
    const end = (at: number): Instant => built.spans?.end[at] ?? 0;
    const spans = withRows(built, (at) => this.#letsIn(end(at), now, counts));
    const { account } = built;
    const plain = account.records === 1 && account.items.accepted === account.items.decoded;
    const { skewed, beyondHorizon, late } = counts;
    const more = !plain || account.decoded !== 1 || skewed + beyondHorizon + late > 0;
    const count = more ? accountOf(account, counts) : account.items.accepted;
    return { spans, count: [offset, count], skewed, beyondHorizon };
  }

  #letsIn(
    end: Instant,
    now: Instant,
    counts: { skewed: number; beyondHorizon: number; late: number },
  ): boolean {
    if (this.#mode === 'live' && end > now + this.#time.maxSkew) counts.skewed += 1;
    else if (this.#mode === 'live' && end < this.#watermark - this.#lateHorizon) counts.beyondHorizon += 1;
    else {
      this.#latest = Math.max(this.#latest, end);
      if (end < this.#watermark) {
        counts.late += 1;
        const minute = end - (((end % MICROS_PER_MINUTE) + MICROS_PER_MINUTE) % MICROS_PER_MINUTE);
        this.#late.set(minute, (this.#late.get(minute) ?? 0) + 1);
      }
      return true;
    }
    return false;
  }

  /** What was let in is written. Returns what the engine is told of it. */
  written(): { latest: Instant | null; late: [minute: Instant, count: number][] } {
    this.#watermark = Math.max(this.#watermark, this.#latest - this.#time.outOfOrderness);
    const late = [...this.#late];
    this.#late = new Map();
    return { latest: Number.isFinite(this.#latest) ? this.#latest : null, late };
  }

  /** The reader stood at the end of the partition when it asked. */
  idle(asked: Instant): void {
    this.#watermark = Math.max(this.#watermark, asked - this.#time.maxEventDelay);
  }
}

function accountOf(
  account: InputAccounts,
  { skewed, beyondHorizon, late }: { skewed: number; beyondHorizon: number; late: number },
): InputAccounts {
  const { items } = account;
  const accepted = items.accepted - skewed - beyondHorizon;
  const refused = { ...account.refused };
  if (skewed > 0) countReason(refused, 'skewed', skewed);
  if (beyondHorizon > 0) countReason(refused, 'beyond_horizon', beyondHorizon);
  return { ...account, refused, items: { ...items, accepted, skewed, beyond_horizon: beyondHorizon, late } };
}
