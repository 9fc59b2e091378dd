/**
 * Deadlines: until when an action can be taken, from what a payment states and the rules of its rail.
 *
 * What: a form of the data file (`until`) is evaluated for one payment in one state. Why a form and not a date: a
 * cut-off depends on when the payment got there, on the calendar, and on the clocks of one city.
 *
 *   never          no deadline
 *   attr           the time that the payment states; a plain date means its start, or `at` on it, in `tz`
 *   cut-off        the first `time` in `tz` on a business day at or after the payment entered the state
 *   after ... add  a duration, business days or months after a stated time, or after `state_at`; then `at` in `tz`
 *   any_earliest   the earliest of those that can be told; none of them: cannot be told
 *   all_latest     the latest of those that can be told; leaving one out can only make it earlier
 *   else           what holds where the attribute is missing or no time
 *
 * A form that needs a missing attribute, or a day outside the years of its calendar, cannot be told. Who asks treats
 * such a deadline as past: an action whose deadline nobody knows must not count as money that can be saved.
 *
 * Cost: a few clock computations; see zoned-time.ts.
 * Worked example: cut-off 16:30 Europe/Berlin on TARGET days, entered Friday 2026-03-13 16:00 UTC (17:00 in Berlin):
 * Monday 2026-03-16 15:30 UTC.
 * Source: DESIGN section 5; reference/impact section 1.2.
 */
import { isInstant, parseInstant, type Instant, type Micros } from '../model/instant.ts';
import type { Calendar } from './calendar.ts';
import { addMonths, parseDay, type Day } from './day.ts';
import type { Zone } from './zoned-time.ts';

/** A deadline that never comes: later than every instant. */
export const NEVER = Number.POSITIVE_INFINITY;

/** An instant, `NEVER`, or null where it cannot be told. */
export type Deadline = number | null;

export type Addition =
  | { kind: 'duration'; micros: Micros }
  | { kind: 'business_days'; days: number; calendar: Calendar }
  | { kind: 'months'; months: number };

export type Until =
  | { form: 'never' }
  | { form: 'attr'; name: string; at: Micros | null; zone: Zone; otherwise: Until | null }
  | { form: 'cutoff'; time: Micros; zone: Zone; calendar: Calendar | null }
  | { form: 'after'; name: string; add: Addition; at: Micros | null; zone: Zone; otherwise: Until | null }
  | { form: 'any_earliest' | 'all_latest'; of: Until[] };

/** What a deadline is computed from. */
export interface DeadlineBasis {
  /** When the payment entered the state. */
  stateAt: Instant;
  attributes: Readonly<Record<string, string>>;
}

/** The name under which the entry into the state stands beside the attributes. */
export const STATE_AT = 'state_at';

/** Longest closure that a cut-off waits for. */
const MAX_CLOSED_DAYS = 60;

/** The deadline (exclusive) of a form for one payment. */
export function deadlineOf(until: Until, basis: DeadlineBasis): Deadline {
  switch (until.form) {
    case 'never':
      return NEVER;
    case 'attr':
    case 'after':
      return (
        statedDeadline(until, basis) ?? (until.otherwise === null ? null : deadlineOf(until.otherwise, basis))
      );
    case 'cutoff':
      return known(nextCutOff(until, basis.stateAt));
    default: {
      const deadlines = until.of
        .map((part) => deadlineOf(part, basis))
        .filter((deadline) => deadline !== null);
      if (deadlines.length === 0) return null;
      return until.form === 'any_earliest' ? Math.min(...deadlines) : Math.max(...deadlines);
    }
  }
}

function statedDeadline(until: Extract<Until, { form: 'attr' | 'after' }>, basis: DeadlineBasis): Deadline {
  const stated = until.name === STATE_AT ? basis.stateAt : statedTime(basis.attributes[until.name], until);
  if (stated === null) return null;
  return known(until.form === 'attr' ? stated : added(stated, until));
}

/** A full time stands for itself; a plain date is a day in the zone of the form. */
function statedTime(
  text: string | undefined,
  { form, at, zone }: Extract<Until, { form: 'attr' | 'after' }>,
): Deadline {
  if (text === undefined) return null;
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  const day = parseDay(text);
  if (day === undefined) return null;
  return zone.instantOf({ day, time: form === 'attr' ? (at ?? 0) : 0 });
}

function added(from: Instant, { add, at, zone }: Extract<Until, { form: 'after' }>): Deadline {
  if (add.kind === 'duration') {
    const later = from + add.micros;
    return at === null ? later : zone.instantOf({ day: zone.wallTimeAt(later).day, time: at });
  }
  const { day, time } = zone.wallTimeAt(from);
  const later = laterDay(day, add);
  return later === undefined ? null : zone.instantOf({ day: later, time: at ?? time });
}

function laterDay(day: Day, add: Exclude<Addition, { kind: 'duration' }>): Day | undefined {
  return add.kind === 'months' ? addMonths(day, add.months) : add.calendar.addBusinessDays(day, add.days);
}

function nextCutOff({ time, zone, calendar }: Extract<Until, { form: 'cutoff' }>, from: Instant): Deadline {
  const first = zone.wallTimeAt(from).day;
  for (let day = first; day <= first + MAX_CLOSED_DAYS; day += 1) {
    const open = calendar === null || calendar.isBusinessDay(day);
    if (open === undefined) return null;
    if (!open) continue;
    const instant = zone.instantOf({ day, time });
    if (instant >= from) return instant;
  }
  return null;
}

/** Times before 1970 or after 2255 are no instants. */
function known(deadline: Deadline): Deadline {
  return deadline !== null && isInstant(deadline) ? deadline : null;
}
