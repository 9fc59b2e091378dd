/**
 * Calendar days as integers, so that "the day after" is `+ 1` and no zone can creep in.
 *
 * Worked example: `2024-02-29` is day 19782, a Thursday; one year of months later it is 2025-02-28, because months clamp
 * to the end of the month.
 */

/** Days since 1970-01-01, which was a Thursday. */
export type Day = number;

const MS_PER_DAY = 86_400_000;
const ISO_DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A day from `2026-03-10`; undefined for other text and for days that do not exist. */
export function parseDay(text: string): Day | undefined {
  const m = ISO_DAY.exec(text);
  if (m === null) return undefined;
  const day = dayOfDate(Number(m[1]), Number(m[2]), Number(m[3]));
  return formatDay(day) === text ? day : undefined;
}

/** `2026-03-10`. */
export function formatDay(day: Day): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** Months count from 1; days beyond the month roll over into the next one. */
export function dayOfDate(year: number, month: number, dayOfMonth: number): Day {
  return Date.UTC(year, month - 1, dayOfMonth) / MS_PER_DAY;
}

/** The year that a day lies in. */
export function yearOf(day: Day): number {
  return new Date(day * MS_PER_DAY).getUTCFullYear();
}

/** Saturday or Sunday. */
export function isWeekend(day: Day): boolean {
  const fromThursday = ((day % 7) + 7) % 7;
  return fromThursday === 2 || fromThursday === 3;
}

/** The same day of a later month, or the last day of that month where it is shorter. */
export function addMonths(day: Day, months: number): Day {
  const date = new Date(day * MS_PER_DAY);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + 1 + months;
  const lastOfMonth = dayOfDate(year, month + 1, 1) - 1;
  return Math.min(dayOfDate(year, month, 1) + date.getUTCDate() - 1, lastOfMonth);
}
