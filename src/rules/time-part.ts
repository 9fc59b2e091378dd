/**
 * Parts of a date: what `minute`, `hour`, `day`, `week`, `month` and `year` compare.
 *
 * The date is taken as the record writes it, in its own time zone: Sigma asks for no conversion. What is read is ISO 8601
 * with at least a day; a number or another spelling has no parts, and never matches.
 *
 * Worked example: `2026-01-01T23:59:07.5+02:00` -> minute 59, hour 23, day 1, month 1, year 2026, week 1 (the week that
 * holds the Thursday, ISO 8601).
 * Source: Sigma modifiers appendix v2.1, "Time Modifiers"; ISO 8601.
 */

export const TIME_PARTS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;

export type TimePart = (typeof TIME_PARTS)[number];

/** What a rule may ask for. The specification ends weeks at 52; ISO 8601 has years with 53. */
export const TIME_RANGES: Readonly<Record<TimePart, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [0, 9999],
};

const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d(?:[.,]\d{1,12})?)?(?: ?(?:Z|[+-]\d\d(?::?\d\d)?))?)?$/i;
/** Longer texts are no dates. */
const MAX_DATE_LENGTH = 64;
const MS_PER_DAY = 86_400_000;

/** The part of a date; undefined where the text is no date, or a day without a time is asked for its hour. */
export function timePartOf(text: string, part: TimePart): number | undefined {
  const parts = text.length > MAX_DATE_LENGTH ? null : DATE.exec(text.trim());
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0] = parts.slice(1, 4).map(Number);
  if (!isDay(year, month, day)) return undefined;
  switch (part) {
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day':
      return day;
    case 'week':
      return weekOf(year, month, day);
    default: {
      const [hour, minute] = [parts[4], parts[5]];
      if (hour === undefined || Number(hour) > 23 || Number(minute) > 59) return undefined;
      return Number(part === 'hour' ? hour : minute);
    }
  }
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(dayOf(year, month, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Milliseconds; years below 100 are meant as they are written. */
function dayOf(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

/** The number of the week that holds the Thursday of this one. */
function weekOf(year: number, month: number, day: number): number {
  const at = dayOf(year, month, day);
  const weekday = (new Date(at).getUTCDay() + 6) % 7;
  const thursday = at + (3 - weekday) * MS_PER_DAY;
  const newYear = dayOf(new Date(thursday).getUTCFullYear(), 1, 1);
  return 1 + Math.floor((thursday - newYear) / MS_PER_DAY / 7);
}
